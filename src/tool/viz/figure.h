/*
 * figure.h - pictures of numbers: panels of lines or of a heat map, as SVG, as text for a
 * terminal, or as CSV.
 *
 * A figure is plain data that the caller owns; the functions here append it to a text.  The
 * SVG is one self-contained element, in colours that the colour-blind can tell apart (Okabe
 * and Ito 2008; heat maps: viridis, van der Walt and Smith 2015), for light and dark
 * backgrounds.
 */
#ifndef CHARNN_VIZ_FIGURE_H
#define CHARNN_VIZ_FIGURE_H

#include <stddef.h>

#include "base/buf.h"

enum figure_scale { FIGURE_LINEAR, FIGURE_LOG };
enum figure_style { FIGURE_SOLID, FIGURE_FAINT, FIGURE_DASHED };

struct figure_tick {
    double at;
    const char *text;
};

struct figure_axis {
    const char *label; /* with its unit: "validation loss (nats/char)" */
    enum figure_scale scale;
    double lo, hi; /* the range; lo > hi: reversed; equal: use the range of the data */
    const struct figure_tick *ticks; /* [n_ticks] increasing; replace the automatic ticks;
                                      * lo and hi must be set */
    size_t n_ticks;
};

/* A line.  It is interrupted at points that are not finite (or, on a log axis, not
 * positive). */
struct figure_line {
    const char *name;    /* for the legend; NULL: not listed */
    const double *x, *y; /* [n] */
    size_t n;
    int color; /* index into the palette; related lines have the same */
    enum figure_style style;
    size_t mark; /* index of the point that is marked with a dot and its value; n or more:
                  * none */
};

/* A heat map: rows from top to bottom, columns from left to right, coloured by z, on a log
 * scale if the axis z of the figure is logarithmic.  The range of the figure's x axis has the
 * values at the left and right edges of the map, that of its y axis those at the bottom and top
 * edges.  An axis without a range counts columns from the left, or rows from the top. */
struct figure_grid {
    const double *z; /* [rows][columns] */
    size_t rows, columns;
};

struct figure {
    const char *title;
    struct figure_axis x, y, z; /* z: colours of the grid */
    const struct figure_line *lines;
    size_t n_lines;
    const struct figure_grid *grid; /* drawn instead of lines; NULL: none */
};

/* Panels in reading order, `columns` per row. */
struct figure_page {
    const char *title; /* NULL: none */
    const char *note;  /* a sentence or two below the panels; long lines are wrapped; NULL:
                        * none */
    const struct figure *panels;
    size_t n, columns;
};

/* The memory of a page and of everything it points to.  Initialise to { 0 }. */
struct figure_memory {
    struct figure_block *blocks;
    bool failed; /* an allocation failed; stays true */
};
/* Returns zeroed memory; NULL after a failure. */
void *figure_alloc(struct figure_memory *m, size_t n, size_t size);
/* Returns a formatted text; "" after a failure. */
const char *figure_printf(struct figure_memory *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Frees all memory. */
void figure_free(struct figure_memory *m);

/* Texts may have any bytes: they are escaped, and bytes that are not UTF-8 become U+FFFD.
 * The classes of the SVG begin with "cf-", and it has no ids, so that one page can contain
 * several figures. */
void figure_svg(const struct figure_page *page, struct buf *out);

/* Appends one panel after the other, at most `width` columns wide and `height` rows high
 * (at least 24 and 8); with 24-bit colours if `color` is nonzero.  Without colours, faint
 * lines without a name are left out, because they would look like the others. */
void figure_text(const struct figure_page *page, int width, int height, int color,
                 struct buf *out);

/* Appends a header, then one row per point: panel,line,x,y; for a grid:
 * panel,row,column,z. */
void figure_csv(const struct figure_page *page, struct buf *out);

#endif
