/*
 * layer.c - a layer's memory, the division of its work among a team, and its state.
 *
 * Products over all steps are divided by steps, if there are at least as many steps as
 * members.  The time loop is divided by rows and, if there are few rows, by units inside
 * groups of rows.  A member that owns an element (row, unit) owns it in every gate and in the
 * state, so one barrier per step is enough inside a group, and none is needed if the group
 * has one member.
 */
#include "nn/layer_part.h"

#include <string.h>

enum {
    ROWS_LEAST = 4, /* rows of a group; with fewer rows, GEMM tiles are too small */
    CACHED_WEIGHTS = 200000, /* recurrent weights that fit the cache of one core */
    COLUMNS_LEAST = 4,       /* if W_hh does not fit, a group has at least this many
                              * members, which divide the columns of W_hh */
};

static void plan_int8(struct layer *l, struct arena *a)
{
    l->q = arena_take(a, l->plane, (l->T + 1) * sizeof *l->q);
    l->absmax = arena_take(a, l->B, (l->T + 1) * sizeof(real));
    l->absmax_in = l->reset_id >= 0 ? arena_take(a, l->B, l->T * sizeof(real)) : l->absmax;
    if (!l->absmax)
        return;
    for (size_t i = 0; i < (l->T + 1) * l->B; i++)
        l->absmax[i] = 1; /* stays 1 if the states are bounded */
}

static void plan_reset(struct layer *l, struct arena *a, int training)
{
    l->h_in = arena_take(a, l->plane, l->T * sizeof(real));
    if (l->cell->states == 2)
        l->c_in = arena_take(a, l->plane, l->T * sizeof(real));
    if (training)
        l->dh_in = arena_take(a, l->plane, sizeof(real));
}

void layer_plan(struct layer *l, struct arena *a, const struct layer *below)
{
    const size_t planes = l->cell->gates + l->cell->split_gates;
    l->panels = panels_of(l->H);
    l->plane = l->B * l->panels * PANEL;
    l->gates_stride = planes * l->plane;
    l->h = arena_take(a, l->plane, (l->T + 1) * sizeof(real));
    if (l->cell->states == 2)
        l->c = arena_take(a, l->plane, (l->T + 1) * sizeof(real));
    l->h_in = l->h;
    l->c_in = l->c;
    if (l->reset_id >= 0)
        plan_reset(l, a, !below);
    if (layer_is_int8(l))
        plan_int8(l, a);
    if (below) {
        l->gates = below->gates;
        return;
    }
    l->gates = arena_take(a, l->gates_stride, l->T * sizeof(real));
    if (l->cell->states == 2)
        l->dc = arena_take(a, l->plane, sizeof(real));
}

void layer_plan_drop(struct layer *l, struct arena *a)
{
    l->dropped = arena_take(a, l->w_hh->size, sizeof(real));
    l->dropped_packed = arena_take(a, l->w_hh->size, sizeof(real));
    l->hh.packed = l->dropped_packed;
}

void layer_drop_weights(const struct layer *l, const struct weight_drop *d, const real *w,
                        const struct team *team)
{
    size_t lo, hi;
    team_range(team, l->w_hh->padded_rows / PANEL, &lo, &hi);
    weight_drop_rows(d, l->k, l->index, l->w_hh, lo, hi, w + l->w_hh->offset, l->dropped);
    param_pack_rows(l->w_hh, l->dropped, l->dropped_packed, lo, hi);
}

/* The least number of rows that a group should have.  Every group reads all of W_hh in each
 * step.  So if W_hh does not fit into the cache of a core, there should be few groups, whose
 * members divide the columns of W_hh. */
static size_t rows_least(const struct layer *l, const struct team *team)
{
    const size_t groups = (size_t)team->n / COLUMNS_LEAST;
    const size_t rows = groups > 1 ? l->B / groups : l->B;
    const int cached = l->cell->gates * l->H * l->H <= CACHED_WEIGHTS;
    return cached || rows < ROWS_LEAST ? ROWS_LEAST : rows;
}

struct layer_part layer_part(const struct layer *l, const struct team *team)
{
    struct team_grid grid;
    struct layer_part p;
    size_t hi;
    team_grid(team, l->B, rows_least(l, team), &grid);
    p.t0 = 0;
    p.steps = l->T;
    p.row = grid.row_lo;
    p.rows = grid.row_hi - grid.row_lo;
    p.group = grid.group;
    team_range(&grid.group, l->panels, &p.panel, &hi);
    p.panels = hi - p.panel;
    return p;
}

void layer_carry(const struct layer *l)
{
    memcpy(l->h, l->h + l->T * l->plane, l->plane * sizeof *l->h);
    if (l->c)
        memcpy(l->c, l->c + l->T * l->plane, l->plane * sizeof *l->c);
}

void layer_reset(const struct layer *l)
{
    memset(l->h, 0, l->plane * sizeof *l->h);
    if (l->c)
        memset(l->c, 0, l->plane * sizeof *l->c);
}
