/* svg.h - shared by the parts of an SVG figure.  Lengths are pixels of the picture. */
#ifndef CHARNN_VIZ_SVG_H
#define CHARNN_VIZ_SVG_H

#include "viz/axis.h"

enum { SVG_FONT = 13 };

struct svg_area {
    double x, y, width, height;
};

/* Adds the style element, for light and dark backgrounds. */
void svg_style(struct buf *out);

/* Adds text with its baseline at y, cut to `room`; anchor is "start", "middle" or "end". */
void svg_text(struct buf *out, const char *classes, const char *anchor, double x, double y,
              double room, const char *text);
/* Adds text that is rotated to read upwards, centred at y. */
void svg_text_upwards(struct buf *out, double x, double y, double room, const char *text);
double svg_text_width(const char *text);

/* Draws the lines of a figure, then marked points with their values. */
void svg_lines(struct buf *out, const struct figure *f, const struct axes *axes,
               const struct svg_area *area);

/* Draws a heat map and, to the right of the area, its colour scale, which is SVG_BAR wide
 * with its labels. */
enum { SVG_BAR = 84 };
void svg_grid(struct buf *out, const struct figure *f, const struct axes *axes,
              const struct svg_area *area);

#endif
