/*
 * kernels.h - the functions that are compiled once per instruction set.
 *
 * Panels.  A matrix of N columns is stored as ceil(N/16) panels.  A panel holds 16 columns
 * of all rows, row after row: element (r, n) is at panel[n / 16][r * 16 + n % 16].
 * Activations have one set of panels for each time step: [t][N/16][rows][16].  Columns past
 * N are zero.  So the same buffer is the left operand of a step's GEMM and either operand
 * of the weight gradient, without a transpose or a copy.
 *
 * Every element of a result is a chain of multiply-adds in a fixed order, starting from its
 * old value.  So its bits do not depend on tiles, blocks, or the division of work among
 * threads.
 */
#ifndef CHARNN_MATH_KERNELS_H
#define CHARNN_MATH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "math/isa.h"
#include "math/real.h"

/* C += A B for each time step s:
 * C[s][q][r][:] += sum over k of A[s][k / 16][r][k % 16] B[q][k][:]
 * with r < rows, k < K, q < panels. */
struct gemm {
    size_t steps, rows, K, panels;
    const real *a;
    size_t a_stride, a_panel; /* elements from one step to the next, from one panel to the
                               * next */
    const real *b;
    size_t b_panel;   /* elements from one panel of B to the next; its rows are 16 apart */
    ptrdiff_t b_next; /* distance from the last panel of B to the data that is read after
                       * this product, to prefetch it; 0: nothing is prefetched */
    real *c;
    size_t c_stride, c_panel;
};

/* C += A^T B, summed over all rows of all time steps; C has the layout of the weights:
 * C[q][i][:] += sum over s, r of A[s][i / 16][r][i % 16] B[s][q][r][:]
 * with i < a_columns, q < b_panels. */
struct gemm_tn {
    size_t steps, rows, a_columns, b_panels;
    const real *a;
    size_t a_stride, a_panel;
    const real *b;
    size_t b_stride, b_panel;
    real *c;
    size_t c_panel;
};

/* C += A B with quantised operands: an activation x is stored as the int16 x * Q16_MAX /
 * absmax, with one absmax for each row; a weight w as the int8 w / scale, with one scale
 * for each column of B, the weights of one unit (math/quant.h):
 *
 *     C[s][q][r][j] += absmax[s][r] / Q16_MAX * scale[q][j] *
 *                      sum over k of A[s][k / 16][r][k % 16] * B[q][k / 2][j][k % 2]
 *
 * K is a whole number of panels.  A sum over 512 values of k is exact; such sums are added in
 * floating point. */
enum { Q16_MAX = 32767 };
#define ABSMAX_MIN ((real)1e-30) /* a row whose absmax is smaller counts as zero */
struct gemm_int8 {
    size_t steps, rows, blocks /* K / 16 */, panels;
    const int16_t *a;
    size_t a_stride, a_panel;
    const real *absmax;
    size_t absmax_stride;
    const int8_t *b;
    size_t b_panel;
    const real *scale;
    size_t scale_panel;
    real *c;
    size_t c_stride, c_panel;
};

/* One optimiser step: w are the weights, g the gradient, m and v the optimiser's slots.
 * Constants that depend on the step are computed by train/optim. */
struct update {
    real scale; /* factor of the gradient that clips its global norm */
    real clip;  /* limit of each element after scaling; infinite: none */
    real rate;
    real beta1, beta2;                       /* decay of m and of v */
    real bias_correction1, bias_correction2; /* 1 / (1 - beta^t) */
    real epsilon;
    real decay;        /* coupled: g += decay w */
    real decay_factor; /* decoupled: w *= decay_factor first */
};

struct kernels {
    const char *name;
    void (*gemm)(const struct gemm *p);
    void (*gemm_tn)(const struct gemm_tn *p);
    void (*gemm_int8)(const struct gemm_int8 *p);

    /* quantize stores one panel of rows as int16, by the absmax of each row.  absmax returns
     * the largest |x| of one row over several panels. */
    void (*quantize)(const real *x, const real *absmax, int16_t *q, size_t rows);
    real (*absmax)(const real *x, size_t panel, size_t panels);

    /* Replaces rows of logits z[q][r][16], of V columns, by the gradient of the
     * cross-entropy, scale * (softmax(z) - onehot(target)), and writes -ln p(target) to
     * loss[r].  The loss and the gradient of a row whose target is < 0 are zero. */
    void (*softmax_xent)(real *z, size_t panel, size_t rows, size_t V,
                         const int32_t *target, real scale, real *loss);

    /* These four work on one panel of rows.
     * gather: c[r][:] = bias[:] + table[ids[r]][:]; scatter: table[ids[r]][:] += d[r][:] */
    void (*gather)(real *c, const real *bias, const real *table, const int32_t *ids,
                   size_t rows);
    void (*scatter)(const real *d, real *table, const int32_t *ids, size_t rows);
    void (*broadcast)(real *c, const real *bias, size_t rows); /* c[r][:] = bias[:] */
    void (*colsum)(const real *d, real *sum, size_t rows); /* sum[:] += d[r][:] for all r */

    double (*sum_squares)(const real *x, size_t n); /* n a multiple of 16; NaN if any x is
                                                     * NaN */

    /* One step of an optimiser for n weights, n a multiple of 16; padding stays zero. */
    void (*adam)(const struct update *u, real *w, const real *g, real *m, real *v,
                 size_t n);
    void (*rmsprop)(const struct update *u, real *w, const real *g, real *v, size_t n);
    void (*adagrad)(const struct update *u, real *w, const real *g, real *v, size_t n);
    void (*sgd)(const struct update *u, real *w, const real *g, real *m, size_t n);

    /* a += share * (w - a); n a multiple of 16 */
    void (*average)(const real *w, real *a, real share, size_t n);

    /* y = keep ? x * gain : 0 for each element of [rows][16].  A hash of (key, first + r *
     * row_step + j) decides whether to keep element (r, j), with probability threshold /
     * 2^32. x and y may be the same. */
    void (*dropout)(const real *x, real *y, size_t rows, uint64_t key, uint32_t first,
                    uint32_t row_step, uint32_t threshold, real gain);

    /* n is a multiple of 16.  Tests and plots use these functions; cells inline them. */
    void (*tanh)(const real *x, real *y, size_t n);
    void (*sigmoid)(const real *x, real *y, size_t n);
    void (*exp)(const real *x, real *y, size_t n);

    /* Does `rounds` rounds of multiply-adds in registers and nothing else, and returns the
     * number of floating-point operations.  Its speed is the peak of the machine, with which
     * other speeds are compared. */
    double (*burn)(size_t rounds, real *sink);

    /* The sum of x[n], n a multiple of 128.  Its speed shows the bandwidth at which weights
     * can be read. */
    real (*sum)(const real *x, size_t n);
};

/* The table of one instruction set. */
const struct kernels *kernels_of(enum isa isa);

#endif
