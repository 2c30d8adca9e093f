/* peak.h - measures this machine's multiply-add peak. */
#ifndef CHARNN_MATH_PEAK_H
#define CHARNN_MATH_PEAK_H

#include "base/pool.h"
#include "math/kernels.h"

/* Flops per second of `threads` members of the pool together; takes about 0.25 s. */
double peak_flops(struct pool *pool, int threads, const struct kernels *k);

#endif
