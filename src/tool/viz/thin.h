/*
 * thin.h - reduces lines and grids that are finer than the picture.
 *
 * Of many points in one column of the picture, thin_walk visits only the first, lowest,
 * highest and last, so that no spike is lost.
 */
#ifndef CHARNN_VIZ_THIN_H
#define CHARNN_VIZ_THIN_H

#include "viz/axis.h"

enum {
    THIN_COLUMNS = 500, /* columns that a line is thinned to */
    THIN_FROM = 2000,   /* lines of at most so many points are not thinned */
};

/* A point in axis coordinates, 0 to 1; NaN where the line is interrupted. */
typedef void thin_fn(void *arg, double x, double y);

void thin_walk(const struct figure *f, const struct figure_line *line,
               const struct axes *axes, thin_fn *fn, void *arg);

/* The colour of a cell in a picture of rows x columns: the position on the colour scale (0 to 1)
 * of the mean of the finite values in the cell; NaN if there are none.  On a log scale, a mean
 * that is not positive has position 0. */
double thin_height(const struct figure_grid *g, const struct axis *z, size_t rows,
                   size_t columns, size_t row, size_t column);

#endif
