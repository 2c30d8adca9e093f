/*
 * flow.h - records the norms of the gradients of the states during backpropagation through
 * time.
 *
 * While it is attached to a training stack, every stack_backward stores, for each layer and
 * each step k back from the end of the chunk (t = T - 1 - k), the mean over the rows of the
 * Euclidean norms |dL/dh_t| and |dL/dc_t|.  These are the whole gradients, from the layer
 * above and from the next step.  With a loss at the last step only, they show how a gradient
 * vanishes or explodes (Bengio et al. 1994; Pascanu et al. 2013).
 */
#ifndef CHARNN_NN_FLOW_H
#define CHARNN_NN_FLOW_H

#include "nn/stack.h"

struct flow {
    size_t T;
    double *dh, *dc; /* [L][T], index k; dc is NULL for cells without c */
    real *dc_all;    /* [T][panels][B][16] gradients of c in the layer whose backward pass
                      * is running */
    struct arena arena;
};

/* Allocates for the shape of the stack.  -1: out of memory; sets e. */
int flow_init(struct flow *f, const struct stack *s, struct charnn_error *e);
void flow_release(struct flow *f);

/* Attaches f (borrowed) to the stack; NULL detaches. */
void flow_watch(const struct flow *f, struct stack *s);

/* Computes the norms of layer i from dh [T + 1][panels][B][16].  Runs in every member of
 * the team, after layer_backward and a barrier, before dh changes.  Each member computes
 * whole steps, so the order of every sum is fixed. */
void flow_see(const struct flow *f, size_t i, const struct layer *l, const real *dh,
              const struct team *team);

/* The Euclidean norm of row b of x [panels][B][16]. */
double flow_row(const real *x, size_t panels, size_t B, size_t b);

/* The mean of flow_row over all rows. */
double flow_norm(const real *x, size_t panels, size_t B);

/* Limits the loss to the last step: sets targets [T x B] to -1 except in the last row. */
void flow_targets(int32_t *targets, size_t T, size_t B);

#endif
