/*
 * axis.h - where values lie on an axis, and which of them are written beside it.
 *
 * Ticks are at steps of 1, 2 or 5 times a power of ten; on a log axis at powers of ten, and
 * at 2 and 5 times those where there are few.
 */
#ifndef CHARNN_VIZ_AXIS_H
#define CHARNN_VIZ_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "viz/figure.h"

enum { AXIS_TICKS = 24, AXIS_TEXT = 40 };

struct axis {
    double lo, hi; /* different; lo > hi where the axis runs backwards */
    bool log;      /* both positive */
    size_t n;
    double tick[AXIS_TICKS]; /* [n], rising */
    char text[AXIS_TICKS][AXIS_TEXT];
};

/* The smallest and the largest of some numbers; lo > hi: of none. */
struct range {
    double lo, hi;
};
extern const struct range range_none;
void range_add(struct range *r, double v);

/* Whether the axis has a place for v: it is finite, and positive if need be. */
bool axis_shows(const struct figure_axis *a, double v);

/* The range is what `a` wants, or that of the data with `margin` (a part of it) at both
 * ends; widened where it is none.  At most about `most` ticks. */
void axis_make(struct axis *axis, const struct figure_axis *a, struct range data,
               double margin, int most);

/* 0 at lo, 1 at hi.  v is one that the axis shows. */
double axis_place(const struct axis *axis, double v);

/* A value with four digits, for people. */
void axis_value(double v, char text[AXIS_TEXT]);

/* The axes of a figure; z that of its grid.  `most` ticks on x, y and z. */
struct axes {
    struct axis x, y, z;
    bool empty; /* nothing to show */
};
void axes_make(struct axes *axes, const struct figure *f, const int most[3]);

#endif
