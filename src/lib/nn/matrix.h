/* matrix.h - y += W x for many steps and rows at once, with float or int8 weights: the
 * product of the forward pass, in layers and in the head. */
#ifndef CHARNN_NN_MATRIX_H
#define CHARNN_NN_MATRIX_H

#include <stdint.h>

#include "math/kernels.h"

/* Weights in the layout that the product reads: R rows by C columns, both padded.  Borrowed
 * from the model. */
struct matrix {
    const real *packed; /* [R/16][C][16]; NULL for int8 weights */
    const int8_t *q;    /* [R/16][C/2][16][2] int8 weights; a weight is q times the scale of
                         * its row */
    const real *scale;  /* [R] */
    size_t k;           /* index of the last column that is not padding, plus 1 */
    size_t panels;      /* C / 16 */
};

/* The input: T steps of activations, with a quantised copy if the weights are int8
 * (math/kernels.h, struct gemm_int8). */
struct dense {
    const real *x;      /* [T][panels][B][16] */
    size_t stride;      /* numbers from one step to the next, in x and in q */
    const int16_t *q;   /* the same shape, or NULL */
    const real *absmax; /* [T][B], or NULL */
};

struct matrix_product {
    const struct matrix *w;
    const struct dense *x;
    size_t B;             /* rows in x and y */
    size_t row, rows;     /* first row to compute, number of rows */
    size_t t0, steps;     /* first step of x, number of steps */
    size_t first, panels; /* first row panel of w, number of panels */
    size_t panel_stride;  /* distance between these panels, counted in panels */
    size_t next;          /* panel that is read next, to prefetch; 0: none */
    real *y;              /* the output, at the first step, row and panel */
    size_t y_stride, y_panel;
};
void matrix_product(const struct kernels *k, const struct matrix_product *p);

/* Quantises one step x [panels][B][16]; sets absmax [B]. */
void dense_quantize(const struct kernels *k, const real *x, size_t panels, size_t B,
                    int16_t *q, real *absmax);

#endif
