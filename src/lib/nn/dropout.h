/*
 * dropout.h - inverted dropout (Srivastava et al. 2014); masks are computed, not stored.
 *
 * A hash of (seed, step, layer, t, row, unit) decides whether an element is kept, so
 * forward, backward, a resumed run and a gradient check see the same mask.  With one mask
 * for a whole sequence (Gal and Ghahramani 2016), t is 0 at every step.
 */
#ifndef CHARNN_NN_DROPOUT_H
#define CHARNN_NN_DROPOUT_H

#include <stdint.h>

#include "math/kernels.h"

struct dropout {
    double p;     /* probability to drop; 0 = off */
    int sequence; /* whether all steps of a chunk share one mask */
    uint64_t key; /* from the seed and the training step */
};

/* y = mask * x / (1 - p) for step t, x and y [panels][B][16]; they may be the same. */
void dropout_step(const struct dropout *d, const struct kernels *k, size_t layer, size_t t,
                  size_t B, size_t panels, const real *x, real *y);

/* For the dropout kernels: an element is kept if its draw is below the threshold, and is
 * then multiplied by the gain. */
static inline uint32_t dropout_threshold(double p)
{
    return (uint32_t)((1 - p) * 4294967295.0);
}

static inline real dropout_gain(double p)
{
    return (real)(1 / (1 - p));
}

#endif
