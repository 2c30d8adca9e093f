/*
 * weight_drop.h - DropConnect (Wan et al. 2013) of recurrent weights, the weight drop of
 * AWD-LSTM (Merity, Keskar and Socher 2018): a training step uses W_hh * mask / (1 - p), with
 * the same mask in all rows and time steps.
 *
 * A hash of (seed, step, layer, index) decides whether a weight is kept; the index counts the
 * elements of the padded matrix, row by row.  By the chain rule, the gradient of W_hh is the
 * gradient of the masked matrix, with the same mask and factor.
 */
#ifndef CHARNN_NN_WEIGHT_DROP_H
#define CHARNN_NN_WEIGHT_DROP_H

#include <stdint.h>

#include "math/kernels.h"
#include "nn/param.h"

struct weight_drop {
    double p;     /* probability to drop; 0: off */
    uint64_t key; /* from the seed and the training step */
};

/* y = mask * x / (1 - p) for the row panels [lo, hi) of w, a COLUMNS parameter of this
 * layer. x and y have the size of w, and may be the same. */
void weight_drop_rows(const struct weight_drop *d, const struct kernels *k, size_t layer,
                      const struct param *w, size_t lo, size_t hi, const real *x, real *y);

#endif
