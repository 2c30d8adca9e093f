/*
 * param.h - the registry: every parameter's name, shape and place, made once.
 *
 * Weights, gradients and the optimiser's slots are arrays of set->total numbers with the
 * same layout.  Loops over them are of two kinds: flat, which ignore the layout, because
 * padding is zero and stays zero; and logical, by row and column as in PyTorch.
 *
 * Rows are `gates` groups of units; in memory each group is padded to whole panels, and
 * logical gate g is group (g + gate_shift) mod gates.  Columns are `concat` groups, one for
 * each input that is concatenated, padded in the same way to C columns (those of GATHER are
 * not padded).  Layouts, for R padded rows:
 *
 *     COLUMNS  [C/16][R][16]     as GEMMs read and write weights; a second copy
 *                                [R/16][C][16] for the forward GEMM is packed after
 *                                each update
 *     GATHER   [R/16][cols][16]  input weights of one-hot symbols, and vectors (cols = 1)
 *     ROWS     [C/16][R][16]     embeddings: COLUMNS without the second copy
 *     INT8     [R/16][C/2][16][2]  COLUMNS for forward use alone, as int8: w / scale, one
 *                                scale a row (math/quant.h); in arrays of their own, q and
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
    size_t rows, cols; /* logical; a vector has cols = 1 */
    int dims;          /* 1 or 2: a vector or a matrix */
    size_t gates, gate_shift, concat;
    enum param_layout layout;
    size_t padded_rows;   /* R */
    size_t padded_cols;   /* C */
    size_t k;             /* the last column's place in C, + 1: K of a GEMM over them */
    size_t offset, size;  /* in numbers, in every array of the set */
    size_t packed_offset; /* COLUMNS: of the packed copy; INT8: of q */
    size_t scale_offset;  /* INT8 */
};

struct param_set {
    struct param *list;
    size_t n;
    size_t total, packed_total;  /* numbers */
    size_t q_total, scale_total; /* int8 numbers, scales */
    int failed;                  /* sticky: memory, or a size beyond size_t */
};

/* What an optimiser keeps for each weight: another array with the layout of the set. */
struct param_slot {
    const char *name; /* "m", "v" */
    real *array;      /* [set.total] */
};

/* Adds a parameter that is described by name to layout (gates, concat: 0 is 1) and gives it
 * a place; returns its index. */
size_t param_add(struct param_set *s, const struct param *what);
void param_release(struct param_set *s);

/* Where element (row, col) stands in an array of the set; not of INT8. */
size_t param_at(const struct param *p, size_t row, size_t col);

/* To and from row-major logical order: rows * cols values. */
void param_export(const struct param *p, const real *array, float *row_major);
void param_import(const struct param *p, real *array, const float *row_major);

/* The same into an INT8 parameter. */
void param_quantize(const struct param *p, int8_t *q, real *scales, const float *row_major);

/* The packed copies of all COLUMNS parameters, divided over the team. */
void param_pack(const struct param_set *s, const real *weights, real *packed,
                const struct team *team);

#endif
