/* palette.h - colours that the colour-blind can tell apart, as 0xRRGGBB. */
#ifndef CHARNN_VIZ_PALETTE_H
#define CHARNN_VIZ_PALETTE_H

#include <stdbool.h>

enum { PALETTE_LINES = 7 };

/* Colours of lines, from Okabe and Ito; one of them is black on a light background and
 * yellow on a dark one.  Any i is valid; colours repeat after PALETTE_LINES. */
unsigned palette_line(int color, bool dark);

/* The colour of t from 0 (dark) to 1 (light): viridis, interpolated between nine
 * colours. */
unsigned palette_viridis(double t);

#endif
