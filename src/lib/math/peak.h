/* peak.h - how fast this machine multiplies and adds, measured now. */
#ifndef CHARNN_MATH_PEAK_H
#define CHARNN_MATH_PEAK_H

#include "base/pool.h"
#include "math/kernels.h"

/* Flops a second of `threads` members of the pool together; takes about a quarter of a
 * second. */
double peak_flops(struct pool *pool, int threads, const struct kernels *k);

#endif
