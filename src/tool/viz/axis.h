/*
 * axis.h - maps values to positions on an axis, and chooses ticks.
 *
 * Ticks are at steps of 1, 2 or 5 times a power of ten.  On a log axis they are at powers
 * of ten; if these are few, also at 2 and 5 times powers of ten.
 */
#ifndef CHARNN_VIZ_AXIS_H
#define CHARNN_VIZ_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "viz/figure.h"

enum { AXIS_TICKS = 24, AXIS_TEXT = 40 };

struct axis {
    double lo, hi; /* not equal; lo > hi: the axis is reversed */
    bool log;      /* lo and hi are positive */
    size_t n;
    double tick[AXIS_TICKS]; /* [n], increasing */
    char text[AXIS_TICKS][AXIS_TEXT];
};

/* The smallest and the largest of some numbers; lo > hi if there are none. */
struct range {
    double lo, hi;
};
extern const struct range range_none;
void range_add(struct range *r, double v);

/* Whether the axis can show v: it is finite and, on a log axis, positive. */
bool axis_shows(const struct figure_axis *a, double v);

/* Makes an axis with the range of `a` or, if that has none, the range of the data plus a
 * `margin` (a fraction of it) at both ends.  A range of one value is widened.  Makes about
 * `most` ticks. */
void axis_make(struct axis *axis, const struct figure_axis *a, struct range data,
               double margin, int most);

/* The position of v: 0 at lo, 1 at hi.  The axis must show v. */
double axis_place(const struct axis *axis, double v);

/* Writes a value with four significant digits; from 10,000 to a billion, as a whole number. */
void axis_value(double v, char text[AXIS_TEXT]);

/* The axes of a figure; z is the axis of the grid's values.  `most`: number of ticks on x,
 * y and z. */
struct axes {
    struct axis x, y, z;
    bool empty; /* there is nothing to show */
};
void axes_make(struct axes *axes, const struct figure *f, const int most[3]);

#endif
