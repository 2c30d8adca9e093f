/* dense.h - what a matrix of weights reads: the numbers of T steps, and where the weights
 * are int8 codes, the numbers' codes too (math/kernels.h, struct code_product). */
#ifndef CHARNN_NN_DENSE_H
#define CHARNN_NN_DENSE_H

#include <stdint.h>

#include "math/kernels.h"

struct dense {
    const real *x;        /* [T][units][B][16] */
    size_t step;          /* numbers from one step to the next; codes too */
    const int16_t *codes; /* the same shape, or NULL */
    const real *range;    /* [T][B], or NULL */
};

/* The codes and ranges [B] of one step x [panels][B][16]: a range is the row's largest
 * size. */
void dense_encode(const struct kernels *k, const real *x, size_t panels, size_t B,
                  int16_t *codes, real *range);

#endif
