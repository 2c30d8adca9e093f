/*
 * thin.h - the points of a line that a picture needs.
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

#endif
