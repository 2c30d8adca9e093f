/*
 * skip.h - skip connections: the output u_l of each layer of a stack, and its backward
 * pass.
 *
 *     none      u_l = d(h_l)
 *     residual  u_1 = d(h_1), u_l = u_(l-1) + d(h_l)     He et al. 2016
 *     dense     u_l = [d(h_1); ...; d(h_l)]              Huang et al. 2017
 *
 * d is dropout.  Layer l + 1 reads u_l, and the head reads the u of the top layer.  The state
 * of layer l is h_l, without dropout or sum.  Dropout is applied before the sum, so the
 * identity path has no mask, and all readers of h_l see the same mask.
 *
 * A dense stack has one buffer for all u_l: the outputs of the layers are concatenated, and
 * layer l + 1 reads the first l.  The columns of its weights are padded layer by layer in
 * the same way (nn/param.h, concat).
 *
 * Functions run in every member of a team, with a barrier before and after.
 */
#ifndef CHARNN_NN_SKIP_H
#define CHARNN_NN_SKIP_H

#include "base/arena.h"
#include "base/pool.h"
#include "nn/matrix.h"
#include "nn/dropout.h"

struct skip {
    int kind; /* CHARNN_SKIP_NONE, ... */
    const struct kernels *k;
    size_t layers, T, B, panels; /* panels: of H */
    size_t plane, stride; /* numbers in one step of a layer; numbers from one step to the
                           * next in the buffers */
    real **up;  /* [L] buffers of [T] steps for d(h_l) or the sum; NULL: u_l is the state
                 * itself */
    int16_t *q; /* q: [T] steps, absmax: [T][B]; the most recent u, quantised; only with
                 * int8 weights */
    real *absmax;
    real *d; /* [T] steps: the gradient of u_l, from the last layer down; training only */
};

/* Takes the buffers that are needed from the arena (base/arena.h).  The members from `kind`
 * to `panels` must be set, and `up` must point to [L]. */
void skip_plan(struct skip *s, struct arena *a, int training, int dropout, int int8);

/* Whether u_i is the state of layer i itself, so that skip_forward need not be called. */
bool skip_is_state(const struct skip *s, const struct dropout *d, size_t i);

/* Computes u_i from h [T][panels][B][16] of layer i and, for residual, from u_(i-1). */
void skip_forward(const struct skip *s, const struct dropout *d, size_t i, const real *h,
                  const struct dense *below, const struct team *team);

/* u_i, which skip_forward has computed. */
struct dense skip_reads(const struct skip *s, size_t i);

/* Sets dh [T][panels][B][16] to the gradient of h_i, computed from s->d.  Without skip
 * connections it only applies the dropout mask to dh. */
void skip_backward(const struct skip *s, const struct dropout *d, size_t i, real *dh,
                   const struct team *team);

#endif
