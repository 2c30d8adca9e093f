/* skip.c - computes skip connections step by step. */
#include "nn/skip.h"

#include <string.h>

#include "charnn.h"

static real *take_steps(const struct skip *s, struct arena *a)
{
    return arena_take(a, s->stride, s->T * sizeof(real));
}

static void plan_concat(const struct skip *s, struct arena *a)
{
    real *all = take_steps(s, a);
    for (size_t i = 0; i < s->layers; i++)
        s->up[i] = all ? all + i * s->plane : NULL;
}

/* With residual sums, only the first layer needs a buffer of its own for its masked
 * output. */
static void plan_masked(const struct skip *s, struct arena *a)
{
    const size_t n = s->kind == CHARNN_SKIP_NONE ? s->layers : 1;
    for (size_t i = 0; i < n; i++)
        s->up[i] = take_steps(s, a);
}

/* In training each layer keeps its sum, for the weight gradients; inference has one sum for
 * all layers. */
static void plan_sums(const struct skip *s, struct arena *a, int training)
{
    for (size_t i = 1; i < s->layers; i++)
        s->up[i] = training || i == 1 ? take_steps(s, a) : s->up[i - 1];
}

void skip_plan(struct skip *s, struct arena *a, int training, int dropout, int int8)
{
    s->stride = s->kind == CHARNN_SKIP_DENSE ? s->layers * s->plane : s->plane;
    if (s->kind == CHARNN_SKIP_DENSE)
        plan_concat(s, a);
    else if (dropout)
        plan_masked(s, a);
    if (s->kind == CHARNN_SKIP_RESIDUAL)
        plan_sums(s, a, training);
    if (s->kind == CHARNN_SKIP_NONE)
        return;
    if (training)
        s->d = take_steps(s, a);
    if (int8) {
        s->q = arena_take(a, s->stride, s->T * sizeof *s->q);
        s->absmax = arena_take(a, s->B, s->T * sizeof(real));
    }
}

bool skip_is_state(const struct skip *s, const struct dropout *d, size_t i)
{
    return s->kind != CHARNN_SKIP_DENSE && (s->kind == CHARNN_SKIP_NONE || i == 0) &&
           d->p == 0;
}

static void add_outputs(real *sum, const real *x, const real *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] = x[i] + y[i];
}

/* Computes y = d(x) for one step: x with dropout, or a copy of x if there is none. */
static void drop_outputs(const struct skip *s, const struct dropout *d, size_t i, size_t t,
                         const real *x, real *y)
{
    if (d->p > 0)
        dropout_step(d, s->k, i, t, s->B, s->panels, x, y);
    else
        memcpy(y, x, s->plane * sizeof *y);
}

void skip_forward(const struct skip *s, const struct dropout *d, size_t i, const real *h,
                  const struct dense *below, const struct team *team)
{
    const int sums = s->kind == CHARNN_SKIP_RESIDUAL && i > 0;
    const size_t panels = s->kind == CHARNN_SKIP_DENSE ? (i + 1) * s->panels : s->panels;
    size_t lo, hi;
    team_range(team, s->T, &lo, &hi);
    for (size_t t = lo; t < hi; t++) {
        const real *x = h + t * s->plane;
        real *up = s->up[i] + t * s->stride;
        if (!sums || d->p > 0)
            drop_outputs(s, d, i, t, x, up);
        if (sums)
            add_outputs(up, d->p > 0 ? up : x, below->x + t * below->stride, s->plane);
        if (s->q)
            dense_quantize(s->k, skip_reads(s, i).x + t * s->stride, panels, s->B,
                           s->q + t * s->stride, s->absmax + t * s->B);
    }
}

struct dense skip_reads(const struct skip *s, size_t i)
{
    return (struct dense){ .x = s->kind == CHARNN_SKIP_DENSE ? s->up[0] : s->up[i],
                           .stride = s->stride,
                           .q = s->q,
                           .absmax = s->absmax };
}

void skip_backward(const struct skip *s, const struct dropout *d, size_t i, real *dh,
                   const struct team *team)
{
    const real *above = s->kind == CHARNN_SKIP_NONE    ? dh
                        : s->kind == CHARNN_SKIP_DENSE ? s->d + i * s->plane
                                                       : s->d;
    size_t lo, hi;
    team_range(team, s->T, &lo, &hi);
    for (size_t t = lo; t < hi; t++)
        drop_outputs(s, d, i, t, above + t * s->stride, dh + t * s->plane);
}
