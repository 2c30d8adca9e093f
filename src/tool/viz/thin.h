/*
 * thin.h - what a picture needs of lines and grids that are finer than it is.
 *
 * Of many points that fall into one column of the picture only the first, the lowest, the
 * highest and the last are walked, so that no spike is lost.
 */
#ifndef CHARNN_VIZ_THIN_H
#define CHARNN_VIZ_THIN_H

#include "viz/axis.h"

enum { THIN_COLUMNS = 500, THIN_FROM = 2000 }; /* lines of fewer points are walked whole */

/* A point at a part of both axes; NaN where the line is interrupted. */
typedef void thin_fn(void *arg, double x, double y);

void thin_walk(const struct figure *f, const struct figure_line *line,
               const struct axes *axes, thin_fn *fn, void *arg);

/* The part of the colour scale (0 to 1) at a row and column of a picture of rows x columns:
 * that of the mean of the finite values there, NaN where there is none.  On a log scale
 * what is not positive counts as the smallest. */
double thin_height(const struct figure_grid *g, const struct axis *z, size_t rows,
                   size_t columns, size_t row, size_t column);

#endif
