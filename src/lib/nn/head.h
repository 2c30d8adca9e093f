/*
 * head.h - the output layer: logits = W h + b, softmax, cross-entropy, and all their
 * gradients.
 *
 * It processes a chunk in blocks of whole steps, so that only the logits of one block are in
 * memory.  The size of a block does not depend on the number of threads.
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
    struct matrix matrix; /* w in the layout of the forward product */
    size_t T, B, V, input_panels;
    size_t block; /* number of steps in a block */
    real *logits; /* [block][V/16][B][16] */
};

/* Takes the logits from the arena; the members up to input_panels must be set. */
void head_plan(struct head *h, struct arena *a);

/* Computes the logits of step t of x [T][input_panels][B][16] in h->logits[0] (for
 * sampling). */
void head_logits(const struct head *h, const real *w, const struct dense *x, size_t t,
                 const struct team *team);

/* The arguments of head_run, which computes the losses of a chunk and, if dx is not NULL,
 * their gradients.  The team may stop it early (base/pool.h). */
struct head_chunk {
    const real *w;          /* the model's weights */
    const struct dense *x;  /* [T][input_panels][B][16] */
    const int32_t *targets; /* [T][B]; negative: ignored */
    real *loss;             /* [T][B] = -ln p(target), 0 where target < 0 */

    /* backward, if dx is not NULL: the gradients of scale * (sum of losses) */
    real scale;
    real *dx; /* [T][input_panels][B][16] set to the gradient of x */
    real *g;  /* the gradient of the weights is added to g */
};
void head_run(const struct head *h, const struct head_chunk *c, const struct team *team);

#endif
