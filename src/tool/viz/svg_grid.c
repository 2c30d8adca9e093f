/*
 * svg_grid.c - draws a heat map as one path per colour.  Paths are in units of cells, and
 * scaled to the plot area.
 */
#include <math.h>
#include <stdlib.h>

#include "viz/palette.h"
#include "viz/svg.h"
#include "viz/thin.h"

enum { COLORS = 64, ROWS = 96, COLUMNS = 160 };

struct cells {
    size_t rows, columns;
    signed char *color; /* [rows][columns], 0 to COLORS - 1; -1: no value */
};

static bool cells_make(struct cells *c, const struct figure_grid *g, const struct axis *z)
{
    c->rows = g->rows < ROWS ? g->rows : ROWS;
    c->columns = g->columns < COLUMNS ? g->columns : COLUMNS;
    c->color = malloc(c->rows * c->columns);
    if (!c->color)
        return false;
    for (size_t i = 0; i < c->rows * c->columns; i++) {
        const double t =
            thin_height(g, z, c->rows, c->columns, i / c->columns, i % c->columns);
        c->color[i] = (signed char)(isnan(t) ? -1 : t < 1 ? (int)(t * COLORS) : COLORS - 1);
    }
    return true;
}

/* Draws all cells of a colour; adjacent cells in a row become one rectangle. */
static void put_color(struct buf *out, const struct cells *c, int color)
{
    bool any = false;
    for (size_t i = 0, n; i < c->rows * c->columns; i += n) {
        const size_t row = i / c->columns, end = (row + 1) * c->columns;
        n = 1;
        if (c->color[i] != color)
            continue;
        while (i + n < end && c->color[i + n] == color)
            n++;
        if (!any)
            buf_printf(out, "<path fill=\"#%06x\" d=\"",
                       palette_viridis((color + 0.5) / COLORS));
        any = true;
        buf_printf(out, "M%zu %zuh%zuv1h-%zuz", i % c->columns, row, n, n);
    }
    if (any)
        buf_str(out, "\"/>\n");
}

static void put_cells(struct buf *out, const struct cells *c, const struct svg_area *area)
{
    buf_printf(out,
               "<g shape-rendering=\"crispEdges\" transform=\"translate(%.1f %.1f) "
               "scale(%.5f %.5f)\">\n",
               area->x, area->y, area->width / (double)c->columns,
               area->height / (double)c->rows);
    for (int color = 0; color < COLORS; color++)
        put_color(out, c, color);
    buf_str(out, "</g>\n");
}

static void put_bar(struct buf *out, const struct figure *f, const struct axis *z,
                    const struct svg_area *area)
{
    const double x = area->x + area->width + 14;
    signed char ramp[COLORS];
    const struct svg_area bar = { x, area->y, 12, area->height };
    for (int i = 0; i < COLORS; i++)
        ramp[i] = (signed char)(COLORS - 1 - i);
    put_cells(out, &(struct cells){ COLORS, 1, ramp }, &bar);
    for (size_t i = 0; i < z->n; i++)
        svg_text(out, "", "start", x + 17,
                 area->y + (1 - axis_place(z, z->tick[i])) * area->height + 4, INFINITY,
                 z->text[i]);
    if (f->z.label)
        svg_text_upwards(out, area->x + area->width + SVG_BAR - 2,
                         area->y + area->height / 2, area->height, f->z.label);
}

void svg_grid(struct buf *out, const struct figure *f, const struct axes *axes,
              const struct svg_area *area)
{
    struct cells c;
    if (!cells_make(&c, f->grid, &axes->z)) {
        out->failed = true;
        return;
    }
    put_cells(out, &c, area);
    put_bar(out, f, &axes->z, area);
    free(c.color);
}
