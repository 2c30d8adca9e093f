/* peak.h - measures this machine's multiply-add peak and read bandwidth. */
#ifndef CHARNN_MATH_PEAK_H
#define CHARNN_MATH_PEAK_H

#include "base/pool.h"
#include "math/kernels.h"

/* Flops per second of `threads` members of the pool together; takes about 0.25 s. */
double peak_flops(struct pool *pool, int threads, const struct kernels *k);

/* The bytes per second that all threads of the pool together read from an array of `bytes`,
 * each thread its own part, again and again; takes about 0.1 s.  NaN if out of memory. */
double peak_bandwidth(struct pool *pool, const struct kernels *k, size_t bytes);

#endif
