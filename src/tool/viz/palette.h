/* palette.h - colours that the colour-blind can tell apart, as 0xRRGGBB. */
#ifndef CHARNN_VIZ_PALETTE_H
#define CHARNN_VIZ_PALETTE_H

#include <stdbool.h>

enum { PALETTE_LINES = 7 };

/* Of lines: Okabe and Ito's, without their yellow on light ground and their black on dark
 * ground, which are one.  Any number is a colour; they repeat after PALETTE_LINES. */
unsigned palette_line(int color, bool dark);

/* Of heights from 0 to 1, dark to light: viridis, by straight lines between nine of its
 * colours. */
unsigned palette_viridis(double t);

#endif
