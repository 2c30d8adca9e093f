/*
 * flow.h - looks on while gradients flow back through time: how large those of the states
 * are at each step.
 *
 * While it watches a training stack, every stack_backward leaves in it, of each layer and k
 * steps back from the chunk's end, the mean over the rows of |dL/dh_t| and |dL/dc_t|
 * (Euclidean norms, t = T - 1 - k): the gradients from all sides, from above and from the
 * next step.  With a loss at the last step only, they are the profile that shows how a
 * gradient vanishes or explodes (Bengio et al. 1994; Pascanu et al. 2013).
 */
#ifndef CHARNN_NN_FLOW_H
#define CHARNN_NN_FLOW_H

#include "nn/stack.h"

struct flow {
    size_t T;
    double *dh, *dc; /* [L][T], index k; dc: NULL for cells without c */
    real *dc_all;    /* [T][panels][B][16] of the layer at work */
    struct arena arena;
};

/* Memory for the stack's shape. */
int flow_init(struct flow *f, const struct stack *s, struct charnn_error *e);
void flow_release(struct flow *f);

/* From now on (f borrowed) it watches; NULL: nobody does. */
void flow_watch(const struct flow *f, struct stack *s);

/* In every member, between layer_backward of layer i with a meeting, and the next change of
 * dh [T + 1][panels][B][16]: takes the norms.  Divided by steps, so that every sum has one
 * order. */
void flow_see(const struct flow *f, size_t i, const struct layer *l, const real *dh,
              const struct team *team);

/* The Euclidean norm of row b of x [panels][B][16]. */
double flow_row(const real *x, size_t panels, size_t B, size_t b);

/* The mean of those of all rows. */
double flow_norm(const real *x, size_t panels, size_t B);

/* targets [T x B] of a loss at the last step only: what they were there, elsewhere -1. */
void flow_targets(int32_t *targets, size_t T, size_t B);

#endif
