/*
 * figure_svg.c - draws the page, and around each panel its title, legend and axes.
 *
 * Text widths are estimates, because they depend on the reader's fonts, so some space is
 * left free.
 */
#include <math.h>
#include <string.h>

#include "viz/markup.h"
#include "viz/palette.h"
#include "viz/svg.h"

enum {
    EDGE = 16,
    WIDE = 760,   /* width of a panel that is alone in its row */
    NARROW = 500, /* width of a panel beside others */
    HEIGHT = 300, /* height of the plot area */
    TITLE = 26,
    LEGEND = 20, /* height of a row of the legend */
    BELOW = 48,  /* height of the ticks and the label of the x axis */
};

/* -------------------------------------------------------------------- legend */

static void draw_key(struct buf *out, const struct figure_line *line, double x, double y,
                     double room)
{
    static const char *const classes[] = { "", " cf-faint", " cf-dashed" };
    buf_printf(out, "<path class=\"cf-line cf-c%u%s\" d=\"M%.1f %.1fh24\"/>\n",
               (unsigned)line->color % PALETTE_LINES, classes[line->style], x, y - 4);
    svg_text(out, "", "start", x + 30, y, room - 30, line->name);
}

/* Draws the legend in rows from y down; returns how many rows.  If `out` is NULL, only
 * counts them. */
static int draw_legend(struct buf *out, const struct figure *f, double x, double y,
                       double width)
{
    double at = 0;
    int rows = 0;
    if (f->grid)
        return 0;
    for (size_t i = 0; i < f->n_lines; i++) {
        if (!f->lines[i].name)
            continue;
        const double wide = fmin(30 + svg_text_width(f->lines[i].name), width);
        if (rows == 0 || at + wide > width) {
            rows++;
            at = 0;
        }
        if (out)
            draw_key(out, &f->lines[i], x + at, y + rows * LEGEND - 6, wide + 4);
        at += wide + 18;
    }
    return rows;
}

/* ---------------------------------------------------------------------- axes */

static void draw_x_axis(struct buf *out, const struct axis *x, const char *label,
                        const struct svg_area *a, bool rules)
{
    const double bottom = a->y + a->height;
    double taken = -INFINITY;
    for (size_t i = 0; i < x->n; i++) {
        const size_t k = x->lo < x->hi ? i : x->n - 1 - i; /* in the order of positions,
                                                            * left to right */
        const double at = a->x + axis_place(x, x->tick[k]) * a->width;
        const double half = svg_text_width(x->text[k]) / 2;
        buf_printf(out, "<path class=\"%s\" d=\"M%.1f %.1fV%.1f\"/>\n",
                   rules ? "cf-rule" : "cf-axis", at, rules ? a->y : bottom, bottom + 4);
        if (at - half < taken + 8)
            continue;
        svg_text(out, "", "middle", at, bottom + 18, INFINITY, x->text[k]);
        taken = at + half;
    }
    if (label)
        svg_text(out, "", "middle", a->x + a->width / 2, bottom + 38, a->width, label);
}

static void put_y_axis(struct buf *out, const struct axis *y, const char *label,
                       double left, const struct svg_area *a, bool rules)
{
    for (size_t i = 0; i < y->n; i++) {
        const double at = a->y + (1 - axis_place(y, y->tick[i])) * a->height;
        buf_printf(out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>\n",
                   rules ? "cf-rule" : "cf-axis", a->x - 4, at,
                   rules ? a->x + a->width : a->x);
        svg_text(out, "", "end", a->x - 7, at + 4, INFINITY, y->text[i]);
    }
    if (label)
        svg_text_upwards(out, left + 11, a->y + a->height / 2, a->height + BELOW, label);
}

static double widest_label(const struct axis *axis)
{
    double width = 0;
    for (size_t i = 0; i < axis->n; i++)
        width = fmax(width, svg_text_width(axis->text[i]));
    return width;
}

/* -------------------------------------------------------------------- panels */

static double above(const struct figure *f, double width)
{
    return (f->title ? TITLE : 8) + draw_legend(NULL, f, 0, 0, width) * LEGEND + 6;
}

/* Draws a panel.  `head` is the height above the plot area.  It is the same for all panels
 * of a row, although their legends may differ in height. */
static void draw_panel(struct buf *out, const struct figure *f, double left, double top,
                       double width, double head)
{
    struct axes axes;
    axes_make(&axes, f, (const int[3]){ (int)width / 90, HEIGHT / 45, HEIGHT / 45 });
    const double side = (f->y.label ? 18 : 0) + 9 + widest_label(&axes.y);
    const struct svg_area a = { left + side, top + head,
                                width - side - (f->grid ? SVG_BAR : 8), HEIGHT };
    if (f->title)
        svg_text(out, " cf-title", "start", left, top + 15, width * 0.85, f->title);
    draw_legend(out, f, left, top + (f->title ? TITLE : 8), width);
    draw_x_axis(out, &axes.x, f->x.label, &a, !f->grid);
    put_y_axis(out, &axes.y, f->y.label, left, &a, !f->grid);
    if (axes.empty)
        svg_text(out, "", "middle", a.x + a.width / 2, a.y + a.height / 2, a.width,
                 "no data");
    else if (f->grid)
        svg_grid(out, f, &axes, &a);
    else
        svg_lines(out, f, &axes, &a);
    buf_printf(out, "<path class=\"cf-axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", a.x, a.y,
               a.y + a.height, a.x + a.width);
}

/* Draws the panels from y down; returns where they end.  If `out` is NULL, only measures. */
static double put_panels(struct buf *out, const struct figure_page *page, size_t columns,
                         double width, double y)
{
    for (size_t row = 0; row < page->n; row += columns) {
        const size_t end = row + columns < page->n ? row + columns : page->n;
        double head = 0;
        for (size_t i = row; i < end; i++)
            head = fmax(head, above(&page->panels[i], width));
        if (out)
            for (size_t i = row; i < end; i++)
                draw_panel(out, &page->panels[i],
                           EDGE + (double)(i - row) * (width + 2 * EDGE), y, width, head);
        y += head + HEIGHT + BELOW + EDGE;
    }
    return y;
}

/* -------------------------------------------------------------------- page */

/* How many bytes of a text fit on one line: whole words, at least one. */
static size_t line_length(const char *s, double width)
{
    for (size_t n = 0, next;; n = next) {
        next = n + strspn(s + n, " \n");
        next += strcspn(s + next, " \n");
        if (next == n || (n > 0 && markup_ems(s, next) * SVG_FONT > width))
            return n;
    }
}

/* Draws the note in lines from y down; returns the y of the last.  If `out` is NULL, only
 * measures. */
static double draw_note(struct buf *out, const char *note, double width, double y)
{
    const double most = 0.9 * width; /* because digits are wide in some fonts */
    while (note && *(note += strspn(note, " \n"))) {
        const size_t n = line_length(note, most);
        y += LEGEND;
        if (out) {
            buf_printf(out, "<text class=\"cf-text\" x=\"%d\" y=\"%.1f\">", EDGE, y);
            markup_fit(out, note, n, width / SVG_FONT);
            buf_str(out, "</text>\n");
        }
        note += n;
    }
    return y;
}

void figure_svg(const struct figure_page *page, struct buf *out)
{
    const size_t columns = page->columns > 0 && page->columns < page->n ? page->columns
                           : page->columns > 0 && page->n > 0           ? page->n
                                                                        : 1;
    const double width = columns > 1 ? NARROW : WIDE;
    const double whole = (double)columns * (width + 2 * EDGE);
    const double top = EDGE + (page->title ? 32 : 0);
    const double low = put_panels(NULL, page, columns, width, top);
    const double height = draw_note(NULL, page->note, whole - 2 * EDGE, low - EDGE) + EDGE;
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
               "width=\"%.0f\" height=\"%.0f\" style=\"max-width:100%%;height:auto\" "
               "role=\"img\" aria-label=\"",
               whole, height, whole, height);
    const char *title = page->title   ? page->title
                        : page->n > 0 ? page->panels[0].title
                                      : "";
    markup_text(out, title ? title : "");
    buf_str(out, "\">\n");
    svg_style(out);
    buf_printf(out, "<rect class=\"cf-ground\" width=\"%.0f\" height=\"%.0f\"/>\n", whole,
               height);
    if (page->title)
        svg_text(out, " cf-head", "start", EDGE, EDGE + 18, (whole - 2 * EDGE) * 0.7,
                 page->title);
    put_panels(out, page, columns, width, top);
    draw_note(out, page->note, whole - 2 * EDGE, low - EDGE);
    buf_str(out, "</svg>\n");
}
