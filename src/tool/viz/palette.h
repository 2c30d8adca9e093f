/* palette.h - colours that the colour-blind can tell apart, as 0xRRGGBB. */
#ifndef CHARNN_VIZ_PALETTE_H
#define CHARNN_VIZ_PALETTE_H

#include <stdbool.h>

enum { PALETTE_LINES = 7 };

/* Colours of lines: Okabe and Ito's; one is black on a light background and yellow on a
 * dark one.  Any i is valid; colours repeat after PALETTE_LINES. */
unsigned palette_line(int color, bool dark);

/* Colours of values from 0 to 1, dark to light: viridis, interpolated between nine of its
 * colours. */
unsigned palette_viridis(double t);

#endif
