/* svg_lines.c - draws lines, single points and marks. */
#include <math.h>

#include "viz/markup.h"
#include "viz/palette.h"
#include "viz/svg.h"
#include "viz/thin.h"

static unsigned line_color(const struct figure_line *line)
{
    return (unsigned)line->color % PALETTE_LINES;
}

/* --------------------------------------------------------------------- paths */

struct path {
    struct buf *out, dots; /* dots: single points, which are not part of a line */
    const struct svg_area *area;
    unsigned color;
    int run; /* number of points since the last interruption */
    double x, y;
};

/* A coordinate, clamped if it is far outside the area. */
static double place(double begin, double length, double part)
{
    return begin + length * fmin(fmax(part, -9), 9);
}

static void end_run(struct path *p)
{
    if (p->run == 1)
        buf_printf(&p->dots, "<circle class=\"cf-d%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>",
                   p->color, p->x, p->y);
    p->run = 0;
}

static void path_point(void *arg, double x, double y)
{
    struct path *p = arg;
    if (isnan(x)) {
        end_run(p);
        return;
    }
    p->x = place(0, p->area->width, x);
    p->y = place(p->area->height, -p->area->height, y);
    buf_printf(p->out, "%c%.1f %.1f", p->run++ ? 'L' : 'M', p->x, p->y);
}

static void draw_svg_line(struct buf *out, const struct figure *f,
                          const struct figure_line *line, const struct axes *axes,
                          const struct svg_area *area)
{
    static const char *const classes[] = { "", " cf-faint", " cf-dashed" };
    struct path p = { .out = out, .area = area, .color = line_color(line) };
    buf_printf(out, "<path class=\"cf-line cf-c%u%s\" d=\"", p.color, classes[line->style]);
    thin_walk(f, line, axes, path_point, &p);
    end_run(&p);
    buf_str(out, "\">");
    if (line->name) {
        buf_str(out, "<title>");
        markup_text(out, line->name);
        buf_str(out, "</title>");
    }
    buf_str(out, "</path>");
    buf_add(out, p.dots.data, p.dots.len);
    out->failed = out->failed || p.dots.failed;
    buf_release(&p.dots);
}

/* --------------------------------------------------------------------- marks */

enum { LABELS = 64 };

/* The places occupied by labels and points. */
struct labels {
    struct svg_area box[2 * LABELS];
    size_t n;
};

static bool meets(const struct svg_area *a, const struct svg_area *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

static bool is_free(const struct labels *l, const struct svg_area *box,
                    const struct svg_area *area)
{
    if (box->x < area->x || box->y < area->y ||
        box->x + box->width > area->x + area->width ||
        box->y + box->height > area->y + area->height)
        return false;
    for (size_t i = 0; i < l->n; i++)
        if (meets(box, &l->box[i]))
            return false;
    return true;
}

/* Tries places above the point, below, to the right, to the left, further above, ... and
 * takes the first free one. */
static bool find_place(const struct labels *l, const struct svg_area *area, double x,
                       double y, double width, struct svg_area *box)
{
    static const struct {
        double x, y;
    } sides[] = { { -0.5, -23 }, { -0.5, 7 }, { 0, -8 }, { -1, -8 },    { 0, -24 },
                  { -1, -24 },   { 0, 8 },    { -1, 8 }, { -0.5, -40 }, { -0.5, 24 } };
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        const double aside = sides[i].x == 0 ? 8 : sides[i].x == -1 ? -8 : 0;
        *box =
            (struct svg_area){ x + sides[i].x * width + aside, y + sides[i].y, width, 16 };
        if (sides[i].x == -0.5) /* near an edge, the label need not be centred */
            box->x = fmax(fmin(box->x, area->x + area->width - width), area->x);
        if (is_free(l, box, area))
            return true;
    }
    return false;
}

/* Finds the position of the marked point in the picture; false: it is not visible. */
static bool find_mark(const struct figure *f, const struct figure_line *line,
                      const struct axes *axes, const struct svg_area *area, double *x,
                      double *y)
{
    const size_t m = line->mark;
    if (m >= line->n || !axis_shows(&f->x, line->x[m]) || !axis_shows(&f->y, line->y[m]))
        return false;
    *x = axis_place(&axes->x, line->x[m]);
    *y = axis_place(&axes->y, line->y[m]);
    const bool inside = *x >= 0 && *x <= 1 && *y >= 0 && *y <= 1;
    *x = area->x + *x * area->width;
    *y = area->y + (1 - *y) * area->height;
    return inside;
}

/* Draws the marked point and its value.  If there is no free place for the value, it is
 * shown only when the pointer is on the point. */
static void put_mark(struct buf *out, const struct figure_line *line, double x, double y,
                     const struct svg_area *area, struct labels *labels)
{
    char value[AXIS_TEXT];
    struct svg_area box;
    axis_value(line->y[line->mark], value);
    buf_printf(out,
               "<circle class=\"cf-dot cf-d%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\">"
               "<title>%s</title></circle>\n",
               line_color(line), x, y, value);
    if (labels->n >= 2 * LABELS ||
        !find_place(labels, area, x, y, svg_text_width(value), &box))
        return;
    labels->box[labels->n++] = box;
    svg_text(out, " cf-halo", "middle", box.x + box.width / 2, box.y + 12, INFINITY, value);
}

static void put_marks(struct buf *out, const struct figure *f, const struct axes *axes,
                      const struct svg_area *area)
{
    struct labels labels = { .n = 0 };
    double x, y;
    for (size_t i = 0; i < f->n_lines && labels.n < LABELS; i++)
        if (find_mark(f, &f->lines[i], axes, area, &x, &y))
            labels.box[labels.n++] = (struct svg_area){ x - 4, y - 4, 8, 8 };
    for (size_t i = 0; i < f->n_lines; i++)
        if (find_mark(f, &f->lines[i], axes, area, &x, &y))
            put_mark(out, &f->lines[i], x, y, area, &labels);
}

/* Draws faint lines first.  An inner svg element clips lines at the edge of the area. */
void svg_lines(struct buf *out, const struct figure *f, const struct axes *axes,
               const struct svg_area *area)
{
    buf_printf(out, "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">\n", area->x,
               area->y, area->width, area->height);
    for (int faint = 1; faint >= 0; faint--)
        for (size_t i = 0; i < f->n_lines; i++)
            if ((f->lines[i].style == FIGURE_FAINT) == faint) {
                draw_svg_line(out, f, &f->lines[i], axes, area);
                buf_char(out, '\n');
            }
    buf_str(out, "</svg>\n");
    put_marks(out, f, axes, area);
}
