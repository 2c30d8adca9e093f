/*
 * matrix.h - y += W x for many steps and rows at once, with W in float or int8: the one
 * product that layers and the head go forward with.
 */
#ifndef CHARNN_NN_MATRIX_H
#define CHARNN_NN_MATRIX_H

#include <stdint.h>

#include "math/kernels.h"

/* Weights as the product reads them; the numbers are the model's.  R rows, C columns, both
 * padded. */
struct matrix {
    const real *packed; /* [R/16][C][16], or NULL: the weights are int8, */
    const int8_t *q;    /* [R/16][C/2][16][2], times */
    const real *scale;  /* [R] */
    size_t k;           /* the last column that is not padding, + 1 */
    size_t panels;      /* C / 16 */
};

/* What it reads: the numbers of T steps, and for int8 weights their codes too
 * (math/kernels.h, struct gemm_int8). */
struct dense {
    const real *x;      /* [T][panels][B][16] */
    size_t stride;      /* numbers from one step to the next, of q too */
    const int16_t *q;   /* the same shape, or NULL */
    const real *absmax; /* [T][B], or NULL */
};

struct matrix_product {
    const struct matrix *w;
    const struct dense *x;
    size_t B;             /* rows of x and y, of which */
    size_t row, rows;     /* these are computed, */
    size_t t0, steps;     /* in these steps of x */
    size_t first, panels; /* row panels of w: so many from the first on, */
    size_t panel_stride;  /* so far from one to the next */
    size_t next;          /* the panel that will be read after them; 0: none */
    real *y;              /* the first panel's numbers of the first step and row */
    size_t y_stride, y_panel;
};
void matrix_product(const struct kernels *k, const struct matrix_product *p);

/* Quantises one step x [panels][B][16]; absmax [B]. */
void dense_quantize(const struct kernels *k, const real *x, size_t panels, size_t B,
                    int16_t *q, real *absmax);

#endif
