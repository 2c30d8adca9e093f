/* param.c - parameter layouts, and the loops that depend on them. */
#include "nn/param.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "math/quant.h"

/* The number of elements of a parameter, including padding; 0: too many. */
static size_t padded_size(const struct param *p)
{
    size_t size = 0;
    return size_mul(p->padded_rows, p->padded_cols, &size) ? size : 0;
}

/* Reserves `size` numbers in each array that the layout uses; false: too many. */
static bool place_in_arrays(struct param_set *s, struct param *p, size_t size)
{
    p->offset = s->total;
    if (p->layout == PARAM_INT8) {
        p->packed_offset = s->q_total;
        p->scale_offset = s->scale_total;
        return size && size_add(s->q_total, size, &s->q_total) &&
               size_add(s->scale_total, p->padded_rows, &s->scale_total);
    }
    p->size = size;
    p->packed_offset = s->packed_total;
    return size && size_add(s->total, padded(size), &s->total) &&
           (p->layout != PARAM_COLUMNS ||
            size_add(s->packed_total, size, &s->packed_total));
}

size_t param_add(struct param_set *s, const struct param *what)
{
    if (!array_room(&s->list, s->n, sizeof *s->list)) {
        s->failed = 1;
        return 0;
    }
    struct param *p = &s->list[s->n];
    *p = *what;
    p->gates = what->gates ? what->gates : 1;
    p->concat = what->concat ? what->concat : 1;
    assert(p->rows % p->gates == 0 && p->cols % p->concat == 0);
    assert(p->dims == 2 || p->cols == 1);
    assert(p->concat == 1 || p->layout != PARAM_GATHER);
    const size_t width = p->cols / p->concat;
    p->padded_rows = p->gates * padded(p->rows / p->gates);
    p->padded_cols = p->layout == PARAM_GATHER ? p->cols : p->concat * padded(width);
    p->k = (p->concat - 1) * padded(width) + width;
    if (!place_in_arrays(s, p, padded_size(p)))
        s->failed = 1;
    return s->n++;
}

void param_release(struct param_set *s)
{
    free(s->list);
    *s = (struct param_set){ 0 };
}

/* The row in memory of row `row`, which is counted as in PyTorch. */
static size_t row_of(const struct param *p, size_t row)
{
    const size_t units = p->rows / p->gates,
                 gate = (row / units + p->gate_shift) % p->gates;
    return gate * padded(units) + row % units;
}

/* The column in memory of column `col`, which is counted as in PyTorch; not for GATHER. */
static inline size_t col_of(const struct param *p, size_t col)
{
    const size_t width = p->cols / p->concat;
    return col / width * padded(width) + col % width;
}

static inline size_t place(const struct param *p, size_t r, size_t col)
{
    if (p->layout == PARAM_GATHER)
        return p->offset + (r / PANEL * p->cols + col) * PANEL + r % PANEL;
    const size_t c = col_of(p, col);
    return p->offset + (c / PANEL * p->padded_rows + r) * PANEL + c % PANEL;
}

size_t param_at(const struct param *p, size_t row, size_t col)
{
    return place(p, row_of(p, row), col);
}

/* A run of n numbers of one row; in memory they are `stride` apart. */
struct run {
    size_t at, stride, n;
};

static struct run run_at(const struct param *p, size_t row, size_t col)
{
    if (p->layout == PARAM_GATHER)
        return (struct run){ param_at(p, row, col), PANEL, p->cols - col };
    const size_t width = p->cols / p->concat, left = width - col % width;
    return (struct run){ param_at(p, row, col), 1, left < PANEL ? left : PANEL };
}

static void copy_out(const struct run *r, real *array, float *row)
{
    for (size_t i = 0; i < r->n; i++)
        row[i] = (float)array[r->at + i * r->stride];
}

static void copy_in(const struct run *r, real *array, float *row)
{
    for (size_t i = 0; i < r->n; i++)
        array[r->at + i * r->stride] = row[i];
}

/* Calls `copy` for each run of each row.  Goes through sixteen rows together, because their
 * numbers are adjacent in memory. */
static void each_run(const struct param *p, real *array, float *row_major,
                     void copy(const struct run *, real *, float *))
{
    for (size_t row = 0; row < p->rows; row += PANEL) {
        const size_t end = p->rows - row < PANEL ? p->rows : row + PANEL;
        for (size_t col = 0, n = 1; col < p->cols; col += n)
            for (size_t i = row; i < end; i++) {
                const struct run r = run_at(p, i, col);
                copy(&r, array, row_major + i * p->cols + col);
                n = r.n;
            }
    }
}

void param_export(const struct param *p, const real *array, float *row_major)
{
    each_run(p, (real *)(uintptr_t)array, row_major, copy_out);
}

void param_import(const struct param *p, real *array, const float *row_major)
{
    each_run(p, array, (float *)(uintptr_t)row_major, copy_in);
}

/* The layout of q is [rows / PANEL][cols / 2][PANEL][2] (nn/matrix.h). */
void param_quantize(const struct param *p, int8_t *q, real *scales, const float *row_major)
{
    assert(p->layout == PARAM_INT8);
    for (size_t row = 0; row < p->rows; row++, row_major += p->cols) {
        const struct quant quant = quant_of(row_major, p->cols);
        const size_t r = row_of(p, row);
        int8_t *to =
            q + p->packed_offset + r / PANEL * PANEL * p->padded_cols + r % PANEL * 2;
        scales[p->scale_offset + r] = quant.scale;
        for (size_t col = 0; col < p->cols; col++) {
            const size_t c = col_of(p, col);
            to[c / 2 * 2 * PANEL + c % 2] = quant_round(&quant, row_major[col]);
        }
    }
}

/* Packs row panel `panel`: 16 rows of the matrix, column after column. */
static void pack_row_panel(const struct param *p, const real *w, real *packed, size_t panel)
{
    const size_t cols = p->padded_cols;
    for (size_t q = 0; q < cols / PANEL; q++) {
        const real *from = w + (q * p->padded_rows + panel * PANEL) * PANEL;
        real *to = packed + (panel * cols + q * PANEL) * PANEL;
        for (size_t c = 0; c < PANEL; c++)
            for (size_t r = 0; r < PANEL; r++)
                to[c * PANEL + r] = from[r * PANEL + c];
    }
}

void param_pack_rows(const struct param *p, const real *w, real *packed, size_t lo,
                     size_t hi)
{
    for (size_t panel = lo; panel < hi; panel++)
        pack_row_panel(p, w, packed, panel);
}

void param_pack(const struct param_set *s, const real *weights, real *packed,
                const struct team *team)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct param *p = &s->list[i];
        size_t lo, hi;
        if (p->layout != PARAM_COLUMNS)
            continue;
        team_range(team, p->padded_rows / PANEL, &lo, &hi);
        param_pack_rows(p, weights + p->offset, packed + p->packed_offset, lo, hi);
    }
}
