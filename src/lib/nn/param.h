/*
 * param.h - the registry of parameters: names, shapes and offsets, made once.
 *
 * Weights, gradients and the optimiser's slots are arrays of set->total numbers with the
 * same layout.  A loop may go over such an array as it is in memory, because padding is zero
 * and stays zero; or over the rows and columns of each parameter, as in PyTorch.
 *
 * Rows are `gates` groups of units; in memory each group is padded to whole panels, and
 * gate g is group (g + gate_shift) mod gates.  Columns are `concat` groups, one for each
 * concatenated input, padded in the same way to C columns (not padded for GATHER).
 * Layouts, for R padded rows:
 *
 *     COLUMNS  [C/16][R][16]     as GEMMs read and write weights; a second copy
 *                                [R/16][C][16] for the forward GEMM is packed after
 *                                each update
 *     GATHER   [R/16][cols][16]  input weights of one-hot symbols, and vectors (cols = 1)
 *     ROWS     [C/16][R][16]     embeddings: COLUMNS without the second copy
 *     INT8     [R/16][C/2][16][2]  like COLUMNS, but for the forward pass only: w / scale, one
 *                                scale per row (math/quant.h), in separate arrays q and
 *                                scales [R]
 */
#ifndef CHARNN_NN_PARAM_H
#define CHARNN_NN_PARAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "math/real.h"

enum param_layout { PARAM_COLUMNS, PARAM_GATHER, PARAM_ROWS, PARAM_INT8 };
enum { PARAM_NAME = 64 };

struct param {
    char name[PARAM_NAME];
    size_t rows, cols; /* as in PyTorch; a vector has cols = 1 */
    int dims;          /* 1 or 2: a vector or a matrix */
    size_t gates, gate_shift, concat;
    enum param_layout layout;
    size_t padded_rows;   /* R in the table above */
    size_t padded_cols;   /* C in the table above */
    size_t k;             /* index of the last column of C that is not padding, plus 1: the
                           * K of a GEMM */
    size_t offset, size;  /* in every array of the set, counted in numbers */
    size_t packed_offset; /* COLUMNS: of the packed copy; INT8: of q */
    size_t scale_offset;  /* INT8 only */
};

struct param_set {
    struct param *list;
    size_t n;
    size_t total, packed_total;  /* numbers in the weights, and in their packed copies */
    size_t q_total, scale_total; /* INT8: int8 numbers, scales */
    int failed;                  /* out of memory, or a size overflows size_t; stays set */
};

/* One array of an optimiser's state, with a number for each weight, in the same layout. */
struct param_slot {
    const char *name; /* "m", "v" */
    real *array;      /* [set.total] */
};

/* Adds a parameter and assigns its offsets; returns its index.  The members of *what from
 * name to layout must be set (0 in gates or concat means 1).  A failure sets s->failed. */
size_t param_add(struct param_set *s, const struct param *what);
void param_release(struct param_set *s);

/* The offset of element (row, col) in the arrays of the set; not for INT8. */
size_t param_at(const struct param *p, size_t row, size_t col);

/* Copy the rows * cols numbers of a parameter to and from row-major order. */
void param_export(const struct param *p, const real *array, float *row_major);
void param_import(const struct param *p, real *array, const float *row_major);

/* Quantises row-major numbers into an INT8 parameter. */
void param_quantize(const struct param *p, int8_t *q, real *scales, const float *row_major);

/* Packs the row panels [lo, hi) of a COLUMNS parameter; w and packed point to the first
 * number of this parameter. */
void param_pack_rows(const struct param *p, const real *w, real *packed, size_t lo,
                     size_t hi);

/* Updates the packed copies of all COLUMNS parameters; the team divides the work. */
void param_pack(const struct param_set *s, const real *weights, real *packed,
                const struct team *team);

#endif
