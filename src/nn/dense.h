/* dense.h - what a matrix of weights reads: the numbers of T steps, and where the weights
 * are int8 codes, the numbers' codes too (math/kernels.h, struct code_product). */
#ifndef CHARNN_NN_DENSE_H
#define CHARNN_NN_DENSE_H

#include <stdint.h>

#include "math/real.h"

struct dense {
    const real *x;        /* [T][units][B][16] */
    const int16_t *codes; /* the same shape, or NULL */
    const real *range;    /* [T][B], or NULL */
};

#endif
