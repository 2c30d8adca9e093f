/* peak.h - measures this machine's multiply-add peak and read bandwidth. */
#ifndef CHARNN_MATH_PEAK_H
#define CHARNN_MATH_PEAK_H

#include "base/pool.h"
#include "math/kernels.h"

/* Flops per second of `threads` members of the pool together; takes about 0.25 s. */
double peak_flops(struct pool *pool, int threads, const struct kernels *k);

/* Bytes per second at which all threads of the pool together read an array of `bytes`, again and
 * again, each thread its own part; takes about 0.1 s.  NaN if out of memory. */
double peak_bandwidth(struct pool *pool, const struct kernels *k, size_t bytes);

#endif
