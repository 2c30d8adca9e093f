/*
 * axis.h - maps values to positions on an axis, and chooses ticks.
 *
 * Ticks are at steps of 1, 2 or 5 times a power of ten; on a log axis at powers of ten, and
 * also at 2 and 5 times those if there are few.
 */
#ifndef CHARNN_VIZ_AXIS_H
#define CHARNN_VIZ_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "viz/figure.h"

enum { AXIS_TICKS = 24, AXIS_TEXT = 40 };

struct axis {
    double lo, hi; /* different; lo > hi: the axis is reversed */
    bool log;      /* lo and hi are positive */
    size_t n;
    double tick[AXIS_TICKS]; /* [n], increasing */
    char text[AXIS_TICKS][AXIS_TEXT];
};

/* The smallest and the largest of some numbers; lo > hi: none. */
struct range {
    double lo, hi;
};
extern const struct range range_none;
void range_add(struct range *r, double v);

/* Whether v can be shown on the axis: it is finite, and positive on a log axis. */
bool axis_shows(const struct figure_axis *a, double v);

/* The range is that of `a`, or of the data with a `margin` (a fraction of it) at both ends;
 * widened if empty.  Makes at most about `most` ticks. */
void axis_make(struct axis *axis, const struct figure_axis *a, struct range data,
               double margin, int most);

/* The position of v: 0 at lo, 1 at hi.  The axis must show v. */
double axis_place(const struct axis *axis, double v);

/* A value with four digits, for people. */
void axis_value(double v, char text[AXIS_TEXT]);

/* The axes of a figure; z is the grid's.  `most`: ticks on x, y and z. */
struct axes {
    struct axis x, y, z;
    bool empty; /* nothing to show */
};
void axes_make(struct axes *axes, const struct figure *f, const int most[3]);

#endif
