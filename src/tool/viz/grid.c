/* grid.c - means of the values that a cell of the picture covers. */
#include "viz/grid.h"

#include <math.h>

/* The values from *a to before *b, of n, that cell i of `cells` covers; at least one. */
static void span(size_t n, size_t cells, size_t i, size_t *a, size_t *b)
{
    *a = (size_t)((double)i * (double)n / (double)cells);
    *b = (size_t)((double)(i + 1) * (double)n / (double)cells);
    *a = *a < n ? *a : n - 1;
    *b = *b > n ? n : *b > *a ? *b : *a + 1;
}

double grid_height(const struct figure_grid *g, const struct axis *z, size_t rows,
                   size_t columns, size_t row, size_t column)
{
    size_t top, bottom, left, right, n = 0;
    double mean = 0;
    span(g->rows, rows, row, &top, &bottom);
    span(g->columns, columns, column, &left, &right);
    for (size_t r = top; r < bottom; r++)
        for (size_t c = left; c < right; c++) {
            const double v = g->z[r * g->columns + c];
            if (isfinite(v))
                mean += (v - mean) / (double)++n;
        }
    if (n == 0)
        return NAN;
    /* No logarithm is not a number, which fmax passes over. */
    return fmin(fmax(axis_place(z, mean), 0), 1);
}
