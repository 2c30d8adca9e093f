/*
 * optim.h - the optimiser: gradient norm, clipping and update, in loops over whole
 * arrays.
 *
 * Slots have the layout of the weights.  adam and adamw have m and v, rmsprop and adagrad
 * v, sgd m.  Weight decay applies to matrices that multiply activations, not to biases,
 * one-hot input weights or embeddings.
 */
#ifndef CHARNN_TRAIN_OPTIM_H
#define CHARNN_TRAIN_OPTIM_H

#include "base/arena.h"
#include "base/pool.h"
#include "charnn.h"
#include "math/kernels.h"
#include "nn/param.h"

struct optim {
    const struct kernels *k;
    const struct charnn_config *config; /* borrowed */
    const struct param_set *set;        /* borrowed: tells which parameters decay; NULL: all
                                         * parameters decay */
    size_t total;                       /* numbers in each array; a multiple of 16 */
    struct param_slot slots[2];
    size_t n_slots;
    real *average;   /* average of the weights, for --ema; borrowed; NULL: none */
    real *m, *v;     /* slots; NULL if not used */
    double *squares; /* scratch: nn/gradient.h */
};

/* Takes the slots from the arena; called once to measure and once to allocate
 * (base/arena.h). */
void optim_plan(struct optim *o, struct arena *a);

/* Computes the global norm of the gradient (the same for any number of members), does the
 * update of step `step` (0-based) at this rate, and returns the norm.  If the norm is not
 * finite, nothing changes.  It is called in every member of a team, and ends with a
 * barrier. */
double optim_step(const struct optim *o, real *weights, const real *gradient, int64_t step,
                  double rate, const struct team *team);

#endif
