/* svg_lines.c - lines, single points, marks. */
#include <math.h>
#include <string.h>

#include "viz/markup.h"
#include "viz/palette.h"
#include "viz/svg.h"
#include "viz/thin.h"

static unsigned color_of(const struct figure_line *line)
{
    return (unsigned)line->color % PALETTE_LINES;
}

/* --------------------------------------------------------------------- paths */

struct path {
    struct buf *out, dots; /* dots: single points between interruptions */
    const struct svg_area *area;
    unsigned color;
    int run; /* points since the last interruption */
    double x, y;
};

/* Far outside is as good as far, far outside. */
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

static void add_point(void *arg, double x, double y)
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

static void put_line(struct buf *out, const struct figure *f,
                     const struct figure_line *line, const struct axes *axes,
                     const struct svg_area *area)
{
    static const char *const classes[] = { "", " cf-faint", " cf-dashed" };
    struct path p = { .out = out, .area = area, .color = color_of(line) };
    buf_printf(out, "<path class=\"cf-line cf-c%u%s\" d=\"", p.color, classes[line->style]);
    thin_walk(f, line, axes, add_point, &p);
    end_run(&p);
    buf_str(out, "\">");
    if (line->name) {
        buf_str(out, "<title>");
        markup_text(out, line->name, strlen(line->name));
        buf_str(out, "</title>");
    }
    buf_str(out, "</path>");
    buf_add(out, p.dots.data, p.dots.len);
    out->failed = out->failed || p.dots.failed;
    buf_release(&p.dots);
}

/* --------------------------------------------------------------------- marks */

enum { LABELS = 64 };

/* Where values stand already. */
struct labels {
    struct svg_area box[LABELS];
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

/* Above the point, below, right, left, further above, ...: the first place that is free. */
static struct svg_area find_place(const struct labels *l, const struct svg_area *area,
                                  double x, double y, double width)
{
    static const struct {
        double x, y;
    } sides[] = {
        { -0.5, -24 }, { -0.5, 8 }, { 0, -8 },  { -1, -8 },    { 0, -26 },
        { -1, -26 },   { 0, 10 },   { -1, 10 }, { -0.5, -42 }, { -0.5, 26 },
    };
    const struct svg_area first = { x - width / 2, y - 24, width, 16 };
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        const double aside = sides[i].x == 0 ? 8 : sides[i].x == -1 ? -8 : 0;
        struct svg_area box = first;
        box.x = x + sides[i].x * width + aside;
        box.y = y + sides[i].y;
        if (is_free(l, &box, area))
            return box;
    }
    return first;
}

static void put_mark(struct buf *out, const struct figure_line *line, double x, double y,
                     const struct svg_area *area, struct labels *labels)
{
    char value[AXIS_TEXT];
    axis_value(line->y[line->mark], value);
    const struct svg_area box = find_place(labels, area, x, y, svg_text_width(value));
    if (labels->n < LABELS)
        labels->box[labels->n++] = box;
    buf_printf(out, "<circle class=\"cf-dot cf-d%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>",
               color_of(line), x, y);
    svg_text(out, " cf-halo", "middle", box.x + box.width / 2, box.y + 12, INFINITY, value);
}

static void put_marks(struct buf *out, const struct figure *f, const struct axes *axes,
                      const struct svg_area *area)
{
    struct labels labels = { .n = 0 };
    for (size_t i = 0; i < f->n_lines; i++) {
        const struct figure_line *line = &f->lines[i];
        if (line->mark >= line->n || !axis_shows(&f->x, line->x[line->mark]) ||
            !axis_shows(&f->y, line->y[line->mark]))
            continue;
        const double x = axis_place(&axes->x, line->x[line->mark]);
        const double y = axis_place(&axes->y, line->y[line->mark]);
        if (x >= 0 && x <= 1 && y >= 0 && y <= 1)
            put_mark(out, line, area->x + x * area->width, area->y + (1 - y) * area->height,
                     area, &labels);
    }
}

/* Faint lines below the others.  An inner svg element cuts off what is outside. */
void svg_lines(struct buf *out, const struct figure *f, const struct axes *axes,
               const struct svg_area *area)
{
    buf_printf(out, "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">\n", area->x,
               area->y, area->width, area->height);
    for (int faint = 1; faint >= 0; faint--)
        for (size_t i = 0; i < f->n_lines; i++)
            if ((f->lines[i].style == FIGURE_FAINT) == faint) {
                put_line(out, f, &f->lines[i], axes, area);
                buf_char(out, '\n');
            }
    buf_str(out, "</svg>\n");
    put_marks(out, f, axes, area);
}
