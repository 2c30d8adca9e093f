/*
 * head.h - the output layer: logits = W h + b, softmax, cross-entropy, and all their
 * gradients.
 *
 * Works through the chunk in blocks of whole steps, so that memory is block x V, never T*B
 * x V. The size of a block depends on B and V only.
 */
#ifndef CHARNN_NN_HEAD_H
#define CHARNN_NN_HEAD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/pool.h"
#include "math/kernels.h"
#include "nn/matrix.h"
#include "nn/param.h"

struct head {
    const struct kernels *k;
    const struct param *w, *b;
    struct matrix matrix; /* w for the forward product */
    size_t T, B, V, input_panels;
    size_t block; /* steps at a time */
    real *logits; /* [block][V/16][B][16] */
};

void head_plan(struct head *h, struct arena *a);

/* Logits of step t of x [T][input_panels][B][16] into h->logits[0] (for sampling). */
void head_logits(const struct head *h, const real *w, const struct dense *x, size_t t,
                 const struct team *team);

/* loss [T][B] = -ln p(target), 0 where target < 0. */
void head_loss(const struct head *h, const real *w, const struct dense *x,
               const int32_t *targets, real *loss, const struct team *team);

/* The same, and the gradients of scale * sum of losses: dx [T][input_panels][B][16] is set, g
 * added to. */
void head_backward(const struct head *h, const real *w, const struct dense *x,
                   const int32_t *targets, real scale, real *loss, real *dx, real *g,
                   const struct team *team);

#endif
