/* embed.h - turns symbols into vectors: row ids[t][b] of embed.weight [V, E]. */
#ifndef CHARNN_NN_EMBED_H
#define CHARNN_NN_EMBED_H

#include <stdint.h>

#include "base/pool.h"
#include "math/kernels.h"
#include "nn/param.h"

/* x [T][E/16][B][16] = rows ids [T][B] of the table p, which is in the weights w. */
void embed_forward(const struct param *p, const struct kernels *k, const real *w,
                   const int32_t *ids, size_t T, size_t B, real *x,
                   const struct team *team);

/* Quantises x to q, with absmax [T][B].  Each member works on the same steps as in
 * embed_forward, so no barrier is needed between the two calls. */
void embed_quantize(const struct kernels *k, const real *x, size_t panels, size_t T,
                    size_t B, int16_t *q, real *absmax, const struct team *team);

/* Adds dx to the rows of g.  Members divide the columns, so the order of every sum is fixed. */
void embed_backward(const struct param *p, const struct kernels *k, real *g,
                    const int32_t *ids, size_t T, size_t B, const real *dx,
                    const struct team *team);

#endif
