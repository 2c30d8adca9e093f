/*
 * real.h - the number type of tensors, and the panel width.
 *
 * `make VARIANT=double` defines CHARNN_DOUBLE: everything but the vector kernels is then
 * built in double precision, over the same layouts, so that gradient checks test the code
 * that is used.
 */
#ifndef CHARNN_MATH_REAL_H
#define CHARNN_MATH_REAL_H

#include <stddef.h>

#ifdef CHARNN_DOUBLE
typedef double real;
#else
typedef float real;
#endif

/* The number of units in a panel.  The widths of weights and activations are padded to a
 * multiple of PANEL. */
enum { PANEL = 16 };

static inline size_t panels_of(size_t n)
{
    return (n + PANEL - 1) / PANEL;
}

static inline size_t padded(size_t n)
{
    return panels_of(n) * PANEL;
}

#endif
