/* grid.h - what a heat map shows of a grid that may be finer than the picture. */
#ifndef CHARNN_VIZ_GRID_H
#define CHARNN_VIZ_GRID_H

#include "viz/axis.h"

/* The part of the colour scale (0 to 1) at a row and column of a picture of rows x columns:
 * that of the mean of the finite values there, NaN where there is none.  On a log scale
 * what is not positive counts as the smallest. */
double grid_height(const struct figure_grid *g, const struct axis *z, size_t rows,
                   size_t columns, size_t row, size_t column);

#endif
