/*
 * flow_figure.c - profiles as a page of figures: a panel for each model, one for the
 * scalings of W_hh, the contribution of each step to dL/dW_hh as lines and as heat maps,
 * and |c| over time.
 */
#include <math.h>

#include "gradflow/flow.h"
#include "viz/axis.h"

enum { COLUMNS = 3 };
static const double DECADES = 1e-12,
                    MAP_DECADES = 1e-6; /* the smallest value shown, relative to the
                                         * largest */

/* A page under construction; owns what its figures point to. */
struct page {
    const struct flow_view *views;
    size_t n;
    struct figure_memory memory;
    struct figure *panels;
    size_t n_panels;
    struct figure_line *lines;
    size_t n_lines;
    double *back, *time; /* [longest] back: 0, 1, ...; time: longest, longest - 1, ... */
    size_t longest;
    struct range norms, maps; /* norms: of dL/dh and dL/dc; maps: of the heat maps */
    struct buf note;
};

/* ------------------------------------------------------------------------ memory */

/* Allocates more panels and lines than the page can need: each of four kinds of panels has at
 * most two lines per layer of a view, and the heat maps need one panel per view. */
static bool page_alloc(struct page *p)
{
    size_t layers = 0;
    for (size_t i = 0; i < p->n; i++) {
        layers += (size_t)p->views[i].flow.n_layers;
        if ((size_t)p->views[i].flow.length > p->longest)
            p->longest = (size_t)p->views[i].flow.length;
    }
    const size_t most = 4 * (2 * layers + p->n) + 8;
    p->panels = figure_alloc(&p->memory, most, sizeof *p->panels);
    p->lines = figure_alloc(&p->memory, most, sizeof *p->lines);
    p->back = figure_alloc(&p->memory, p->longest, sizeof *p->back);
    p->time = figure_alloc(&p->memory, p->longest, sizeof *p->time);
    for (size_t k = 0; k < p->longest && !p->memory.failed; k++) {
        p->back[k] = (double)k;
        p->time[k] = (double)(p->longest - k);
    }
    return !p->memory.failed;
}

static void page_release(struct page *p)
{
    figure_free(&p->memory);
    buf_release(&p->note);
}

/* ------------------------------------------------------------------------ ranges */

/* Whether this is the first view of its model. */
static bool is_first(const struct page *p, size_t i)
{
    return i == 0 || p->views[i].group != p->views[i - 1].group;
}

/* Whether the heat maps of view i are shown: only those of the first view of each model,
 * with W_hh unscaled. */
static bool has_maps(const struct page *p, size_t i)
{
    return p->views[i].radius == 0 && is_first(p, i) && p->views[i].flow.n_maps > 0;
}

static void add_positive(struct range *r, const double *x, int64_t n)
{
    if (!x)
        return;
    for (int64_t i = 0; i < n; i++)
        if (x[i] > 0 && isfinite(x[i]))
            range_add(r, x[i]);
}

/* Gives all models the same range, so that they can be compared. */
static void find_ranges(struct page *p)
{
    p->norms = p->maps = range_none;
    for (size_t i = 0; i < p->n; i++) {
        const struct charnn_gradflow *g = &p->views[i].flow;
        for (int64_t l = 0; l < g->n_layers; l++) {
            add_positive(&p->norms, g->layers[l].dh, g->length);
            add_positive(&p->norms, g->layers[l].dc, g->length);
        }
        if (!has_maps(p, i))
            continue;
        for (int64_t k = 0; k < g->n_maps; k++)
            add_positive(&p->maps, g->maps[k].z, g->map_rows * g->map_columns);
    }
}

/* ------------------------------------------------------------------------ panels */

static struct figure *add_panel(struct page *p, const char *title, struct figure_axis x,
                                struct figure_axis y)
{
    struct figure *f = &p->panels[p->n_panels++];
    *f = (struct figure){ .title = title, .x = x, .y = y, .lines = p->lines + p->n_lines };
    return f;
}

static void add_flow_line(struct page *p, struct figure *f, const char *name,
                          const double *x, const double *y, int64_t n, int color,
                          enum figure_style style)
{
    p->lines[p->n_lines++] =
        (struct figure_line){ name, x, y, (size_t)n, color, style, (size_t)n };
    f->n_lines++;
}

static const char *stage_suffix(const struct flow_view *v)
{
    return v->steps < 0 ? "" : v->steps == 0 ? ", before" : ", after";
}

static enum figure_style style_of(const struct flow_view *v)
{
    return v->steps == 0 ? FIGURE_DASHED : FIGURE_SOLID;
}

/* The name of a line: the quantity, the layer if there are several, and whether it is
 * before or after training. */
static const char *line_name(struct page *p, const char *what, const struct flow_view *v,
                             int64_t layer)
{
    if (v->flow.n_layers == 1)
        return figure_printf(&p->memory, "%s%s", what, stage_suffix(v));
    return figure_printf(&p->memory, "%s, layer %lld%s", what, (long long)layer + 1,
                         stage_suffix(v));
}

static void add_profile(struct page *p, struct figure *f, const struct flow_view *v)
{
    const struct charnn_gradflow *g = &v->flow;
    const enum figure_style style = style_of(v);
    for (int64_t l = 0; l < g->n_layers; l++) {
        const struct charnn_gradflow_layer *y = &g->layers[l];
        add_flow_line(p, f, line_name(p, "dL/dh", v, l), p->back, y->dh, g->length,
                      (int)(2 * l), style);
        if (y->dc)
            add_flow_line(p, f, line_name(p, "dL/dc", v, l), p->back, y->dc, g->length,
                          (int)(2 * l + 1), style);
    }
}

static const struct figure_axis steps_back = { .label = "steps back in time" };

static struct figure_axis log_axis(const char *label, struct range r, double least)
{
    return (struct figure_axis){
        .label = label, .scale = FIGURE_LOG, .lo = fmax(r.lo, r.hi * least), .hi = r.hi
    };
}

static void add_models(struct page *p)
{
    struct figure *f = NULL;
    for (size_t i = 0; i < p->n && p->views[i].radius == 0; i++) {
        if (is_first(p, i))
            f = add_panel(p, p->views[i].name, steps_back,
                          log_axis("norm of gradient", p->norms, DECADES));
        add_profile(p, f, &p->views[i]);
    }
}

static void add_scales(struct page *p)
{
    struct figure *f = NULL;
    int color = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct flow_view *v = &p->views[i];
        if (v->radius == 0)
            continue;
        if (!f)
            f = add_panel(p, "RNN, before training, W_hh scaled", steps_back,
                          log_axis("norm of dL/dh", p->norms, DECADES));
        const char *name = figure_printf(&p->memory, "spectral radius %g", v->radius);
        add_flow_line(p, f, name, p->back, v->flow.layers[v->flow.n_layers - 1].dh,
                      v->flow.length, color++, FIGURE_SOLID);
    }
}

/* Adds the contribution of each step to dL/dW_hh of the top layer, for all models except
 * the RNNs scaled to a spectral radius. */
static void add_parts(struct page *p)
{
    struct figure *f =
        add_panel(p, "each step's part of dL/dW_hh", steps_back, (struct figure_axis){ 0 });
    for (size_t i = 0; i < p->n && p->views[i].radius == 0; i++) {
        const struct flow_view *v = &p->views[i];
        const char *name = figure_printf(&p->memory, "%.100s%s", v->name, stage_suffix(v));
        add_flow_line(p, f, name, p->back, v->flow.layers[v->flow.n_layers - 1].dw,
                      v->flow.length, (int)v->group, style_of(v));
    }
    struct range norms = range_none;
    for (size_t i = 0; i < f->n_lines; i++)
        add_positive(&norms, f->lines[i].y, (int64_t)f->lines[i].n);
    f->y = log_axis("Frobenius norm", norms, DECADES);
}

static void add_memory(struct page *p)
{
    struct figure *f = NULL;
    for (size_t i = 0; i < p->n; i++) {
        const struct flow_view *v = &p->views[i];
        const struct charnn_gradflow_layer *l = &v->flow.layers[v->flow.n_layers - 1];
        if (!l->c || v->radius > 0)
            continue;
        if (!f)
            f = add_panel(p, "cell states",
                          (struct figure_axis){ .label = "characters read" },
                          (struct figure_axis){ .label = "norm of c" });
        const char *name = figure_printf(&p->memory, "%.100s%s", v->name, stage_suffix(v));
        add_flow_line(p, f, name, p->time + (p->longest - (size_t)v->flow.length), l->c,
                      v->flow.length, (int)v->group, style_of(v));
    }
}

/* ---------------------------------------------------------------------- heat maps */

/* The number of empty columns between two maps. */
static size_t map_gap(const struct charnn_gradflow *g)
{
    return 1 + (size_t)g->map_columns / 16;
}

/* Puts the maps of a view side by side; NULL: out of memory. */
static const struct figure_grid *join_maps(struct page *p, const struct charnn_gradflow *g)
{
    const size_t R = (size_t)g->map_rows, C = (size_t)g->map_columns;
    const size_t gap = map_gap(g), maps = (size_t)g->n_maps;
    const size_t columns = maps * (C + gap) - gap;
    struct figure_grid *grid = figure_alloc(&p->memory, 1, sizeof *grid);
    double *z = figure_alloc(&p->memory, R * columns, sizeof *z);
    if (p->memory.failed)
        return NULL;
    for (size_t r = 0; r < R; r++)
        for (size_t c = 0; c < columns; c++) {
            const size_t map = c / (C + gap), in = c % (C + gap);
            z[r * columns + c] = in < C ? g->maps[map].z[r * C + in] : NAN;
        }
    *grid = (struct figure_grid){ z, R, columns };
    return grid;
}

/* The x axis of joined maps: a map and the gap after it are 1 wide. */
static struct figure_axis map_axis(struct page *p, const struct charnn_gradflow *g)
{
    const double C = (double)g->map_columns, width = C + (double)map_gap(g);
    struct figure_tick *ticks = figure_alloc(&p->memory, (size_t)g->n_maps, sizeof *ticks);
    const int64_t n = ticks ? g->n_maps : 0;
    for (int64_t k = 0; k < n; k++) {
        const char *name = figure_printf(&p->memory, "%lld", (long long)g->maps[k].back);
        ticks[k] = (struct figure_tick){ (double)k + C / 2 / width, name };
    }
    return (struct figure_axis){ .label = "steps back in time",
                                 .lo = 0,
                                 .hi = (double)(g->n_maps - 1) + C / width,
                                 .ticks = ticks,
                                 .n_ticks = (size_t)n };
}

/* The y axis, from top to bottom, with the name of each gate at the middle of its rows. */
static struct figure_axis gate_axis(struct page *p, const struct charnn_gradflow *g)
{
    const struct charnn_gradflow_layer *l = &g->layers[g->n_layers - 1];
    struct figure_tick *ticks = figure_alloc(&p->memory, (size_t)l->n_gates, sizeof *ticks);
    const int n = ticks ? l->n_gates : 0;
    for (int k = 0; k < n; k++)
        ticks[k] = (struct figure_tick){ k + 0.5, l->gates[k].name };
    return (struct figure_axis){ .label = "rows of W_hh, by gate",
                                 .lo = l->n_gates,
                                 .hi = 0,
                                 .ticks = ticks,
                                 .n_ticks = (size_t)n };
}

static void add_maps(struct page *p, const struct flow_view *v)
{
    const char *title =
        figure_printf(&p->memory, "%.100s%s: dL/dW_hh", v->name, stage_suffix(v));
    struct figure *f = add_panel(p, title, map_axis(p, &v->flow), gate_axis(p, &v->flow));
    f->lines = NULL;
    f->grid = join_maps(p, &v->flow);
    f->z = log_axis("size", p->maps, MAP_DECADES);
}

/* ----------------------------------------------------------------------- the page */

/* Adds spectral radius and largest singular value of each top layer's W_hh. */
static void add_flow_note(struct page *p)
{
    struct buf *note = &p->note;
    buf_str(note, "W_hh of the top layer, spectral radius / largest singular value.");
    for (size_t i = 0; i < p->n && p->views[i].radius == 0; i++) {
        const struct flow_view *v = &p->views[i];
        const struct charnn_gradflow_layer *l = &v->flow.layers[v->flow.n_layers - 1];
        buf_printf(note, " %s%s:", v->name, stage_suffix(v));
        for (int g = 0; g < l->n_gates; g++)
            buf_printf(note, " %s %.3f/%.3f%s", l->gates[g].name, l->gates[g].radius,
                       l->gates[g].singular, g + 1 < l->n_gates ? "," : ".");
    }
    buf_printf(note, " %s", flow_why_two);
}

/* False: out of memory.  The page must be released even then. */
static bool page_make(struct page *p, const struct flow_view *views, size_t n,
                      struct figure_page *page)
{
    *p = (struct page){ .views = views, .n = n };
    if (!page_alloc(p))
        return false;
    find_ranges(p);
    add_models(p);
    add_scales(p);
    add_parts(p);
    add_memory(p);
    for (size_t i = 0; i < n; i++)
        if (has_maps(p, i))
            add_maps(p, &views[i]);
    add_flow_note(p);
    *page = (struct figure_page){ .title = "How gradients flow back through time",
                                  .note = p->note.data,
                                  .panels = p->panels,
                                  .n = p->n_panels,
                                  .columns = COLUMNS };
    return !p->note.failed && !p->memory.failed;
}

void flow_svg(const struct flow_view *views, size_t n, struct buf *out)
{
    struct page p;
    struct figure_page page;
    if (page_make(&p, views, n, &page))
        figure_svg(&page, out);
    else
        out->failed = true;
    page_release(&p);
}

void flow_text(const struct flow_view *views, size_t n, int width, int color,
               struct buf *out)
{
    enum { HEIGHT = 14 };
    struct page p;
    struct figure_page page;
    const bool made = page_make(&p, views, n, &page);
    page.note = NULL; /* the table above has these numbers */
    if (made)
        figure_text(&page, width, HEIGHT, color, out);
    else
        out->failed = true;
    page_release(&p);
}
