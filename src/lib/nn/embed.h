/* embed.h - symbols to vectors: row ids[t][b] of embed.weight [V, E]. */
#ifndef CHARNN_NN_EMBED_H
#define CHARNN_NN_EMBED_H

#include <stdint.h>

#include "base/pool.h"
#include "math/kernels.h"
#include "nn/param.h"

/* x [T][E/16][B][16] = rows of the table w */
void embed_forward(const struct param *p, const struct kernels *k, const real *w,
                   const int32_t *ids, size_t T, size_t B, real *x,
                   const struct team *team);

/* x quantised, and absmax [T][B]; each member does the steps that embed_forward gave
 * it: no meeting between the two. */
void embed_quantize(const struct kernels *k, const real *x, size_t panels, size_t T,
                    size_t B, int16_t *q, real *absmax, const struct team *team);

/* Adds dx into the rows of g; divided by columns, so every sum has one order. */
void embed_backward(const struct param *p, const struct kernels *k, real *g,
                    const int32_t *ids, size_t T, size_t B, const real *dx,
                    const struct team *team);

#endif
