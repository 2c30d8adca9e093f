/* flow.c - computes norms of gradients. */
#include "nn/flow.h"

#include <math.h>

/* Takes all memory from the arena; called once to measure and once to allocate. */
static void plan_flow(struct flow *f, const struct stack *s)
{
    const size_t L = s->m->shape.layers;
    f->T = s->T;
    f->dh = arena_take(&f->arena, L * s->T, sizeof *f->dh);
    if (s->m->cell->states < 2)
        return;
    f->dc = arena_take(&f->arena, L * s->T, sizeof *f->dc);
    f->dc_all = arena_take(&f->arena, s->layers[0].plane, s->T * sizeof *f->dc_all);
}

int flow_init(struct flow *f, const struct stack *s, struct charnn_error *e)
{
    *f = (struct flow){ 0 };
    plan_flow(f, s);
    if (arena_alloc(&f->arena, "gradients of states", e) < 0)
        return -1;
    plan_flow(f, s);
    return 0;
}

void flow_release(struct flow *f)
{
    arena_release(&f->arena);
    *f = (struct flow){ 0 };
}

void flow_watch(const struct flow *f, struct stack *s)
{
    s->flow = f;
    for (size_t i = 0; i < s->m->shape.layers; i++)
        s->layers[i].dc_all = f ? f->dc_all : NULL;
}

double flow_row(const real *x, size_t panels, size_t B, size_t b)
{
    double squares = 0;
    for (size_t u = 0; u < panels; u++)
        for (size_t i = 0; i < PANEL; i++) {
            const double v = (double)x[(u * B + b) * PANEL + i];
            squares += v * v;
        }
    return sqrt(squares);
}

double flow_norm(const real *x, size_t panels, size_t B)
{
    double sum = 0;
    for (size_t b = 0; b < B; b++)
        sum += flow_row(x, panels, B, b);
    return sum / (double)B;
}

void flow_see(const struct flow *f, size_t i, const struct layer *l, const real *dh,
              const struct team *team)
{
    size_t lo, hi;
    team_range(team, f->T, &lo, &hi);
    for (size_t t = lo; t < hi; t++) {
        const size_t at = i * f->T + f->T - 1 - t;
        f->dh[at] = flow_norm(dh + (t + 1) * l->plane, l->panels, l->B);
        if (f->dc)
            f->dc[at] = flow_norm(f->dc_all + t * l->plane, l->panels, l->B);
    }
}

void flow_targets(int32_t *targets, size_t T, size_t B)
{
    for (size_t i = 0; i < (T - 1) * B; i++)
        targets[i] = -1;
}
