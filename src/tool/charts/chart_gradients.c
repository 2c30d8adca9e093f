/*
 * chart_gradients.c - how far gradients reach back in time as training proceeds: for each
 * layer a heat map of the norms of dL/dh (and dL/dc) by training time and steps back.
 */
#include <math.h>

#include "charts/chart_part.h"

enum { COLUMNS_MOST = 1000 };

/* The gradients in one layer of one run. */
struct profile {
    const struct chart_job *job;
    size_t run, layer;
    bool cells; /* true: dL/dc; false: dL/dh */
};

/* The norm k steps back in an event; NaN if the event does not have it. */
static double norm_of(const struct profile *p, const struct run_gradients *g, size_t k)
{
    const double *norms = p->cells ? g->dc : g->dh;
    return norms && p->layer < g->layers && k < g->depth ? norms[p->layer * g->depth + k]
                                                         : NAN;
}

static const char *gradients_title(const struct profile *p)
{
    const char *title = figure_printf(p->job->memory, "layer %zu, %s", p->layer + 1,
                                      p->cells ? "dL/dc" : "dL/dh");
    return chart_name(p->job, p->run, title);
}

static size_t deepest(const struct run *r)
{
    size_t depth = 0;
    for (size_t i = 0; i < r->n_gradients; i++)
        depth = r->gradients[i].depth > depth ? r->gradients[i].depth : depth;
    return depth;
}

/* -------------------------------------------------------------------- figures */

static double x_at(const struct profile *p, size_t event)
{
    const struct run *r = &p->job->runs[p->run];
    return chart_x_of(p->job, r, &r->gradients[event].at);
}

/* Fills columns of equal width; each shows the event nearest to its middle. */
static void fill(const struct profile *p, double *z, size_t depth, size_t columns)
{
    const struct run *r = &p->job->runs[p->run];
    const size_t n = r->n_gradients;
    const double lo = x_at(p, 0), hi = x_at(p, n - 1);
    size_t event = 0;
    for (size_t c = 0; c < columns; c++) {
        const double x = lo + ((double)c + 0.5) * (hi - lo) / (double)columns;
        while (event + 1 < n && fabs(x_at(p, event + 1) - x) <= fabs(x_at(p, event) - x))
            event++;
        for (size_t k = 0; k < depth; k++)
            z[k * columns + c] = norm_of(p, &r->gradients[event], k);
    }
}

static bool add_map(const struct profile *p, struct figure *f)
{
    const struct run *r = &p->job->runs[p->run];
    const size_t columns = r->n_gradients < COLUMNS_MOST ? r->n_gradients : COLUMNS_MOST;
    const size_t depth = deepest(r);
    struct figure_grid *g = figure_alloc(p->job->memory, 1, sizeof *g);
    double *z = figure_alloc(p->job->memory, depth * columns, sizeof *z);
    if (!g || !z)
        return false;
    fill(p, z, depth, columns);
    *g = (struct figure_grid){ z, depth, columns };
    *f = (struct figure){
        .title = gradients_title(p),
        .x = { .label = p->job->x_label,
               .lo = x_at(p, 0),
               .hi = x_at(p, r->n_gradients - 1) },
        .y = { .label = "steps back in time", .lo = (double)depth, .hi = 0 },
        .z = { .label = "norm", .scale = FIGURE_LOG },
        .grid = g
    };
    if (f->x.lo == f->x.hi) /* there is only one event */
        f->x.hi += 1;
    return true;
}

/* For CSV: makes one line of each event. */
static bool add_table(const struct profile *p, struct figure *f)
{
    const struct run *r = &p->job->runs[p->run];
    struct figure_line *lines = figure_alloc(p->job->memory, r->n_gradients, sizeof *lines);
    if (!lines)
        return false;
    for (size_t i = 0; i < r->n_gradients; i++) {
        const struct run_gradients *g = &r->gradients[i];
        double *k = figure_alloc(p->job->memory, 2 * g->depth, sizeof *k);
        if (!k)
            return false;
        double *norm = k + g->depth;
        for (size_t j = 0; j < g->depth; j++) {
            k[j] = (double)j;
            norm[j] = norm_of(p, g, j);
        }
        lines[i] = (struct figure_line){ .name = figure_printf(p->job->memory, "step %.0f",
                                                               g->at.step),
                                         .x = k,
                                         .y = norm,
                                         .n = g->depth,
                                         .mark = g->depth };
    }
    *f = (struct figure){ .title = gradients_title(p),
                          .lines = lines,
                          .n_lines = r->n_gradients };
    return lines;
}

/* ---------------------------------------------------------------------- page */

/* The largest number of layers in any event, and whether any has a c; 0 layers if an event
 * has no x coordinate. */
static size_t shape_of(const struct chart_job *job, const struct run *r, bool *cells)
{
    size_t layers = 0;
    *cells = false;
    for (size_t i = 0; i < r->n_gradients; i++) {
        if (isnan(chart_x_of(job, r, &r->gradients[i].at)))
            return 0;
        layers = r->gradients[i].layers > layers ? r->gradients[i].layers : layers;
        *cells = *cells || r->gradients[i].dc;
    }
    return layers;
}

static void add_run(const struct chart_job *job, size_t run, struct figure *panels,
                    size_t *n)
{
    bool cells;
    const size_t layers = shape_of(job, &job->runs[run], &cells);
    for (size_t layer = 0; layer < layers; layer++)
        for (int of_cells = 0; of_cells <= cells && !job->memory->failed; of_cells++) {
            const struct profile p = { job, run, layer, of_cells };
            *n += job->o->table ? add_table(&p, &panels[*n]) : add_map(&p, &panels[*n]);
        }
}

/* Draws layers below each other, and dL/dh beside dL/dc. */
bool chart_gradients(struct chart_job *job)
{
    struct figure_page *page = &job->chart->page;
    size_t most = 0;
    bool cells = false, any_cells = false;
    for (size_t i = 0; i < job->n; i++) {
        most += 2 * shape_of(job, &job->runs[i], &cells);
        any_cells = any_cells || cells;
    }
    struct figure *panels = figure_alloc(job->memory, most, sizeof *panels);
    if (!panels || most == 0)
        return false;
    for (size_t i = 0; i < job->n; i++)
        add_run(job, i, panels, &page->n);
    page->panels = panels;
    page->columns = any_cells ? 2 : 1;
    return !job->memory->failed;
}
