/* optim.c - updates weights and slots in one pass over them. */
#include "train/optim.h"

#include <math.h>

#include "nn/gradient.h"

void optim_plan(struct optim *o, struct arena *a)
{
    const int64_t kind = o->config->optimizer;
    const bool has_m = kind == CHARNN_OPTIMIZER_ADAM || kind == CHARNN_OPTIMIZER_ADAMW ||
                       kind == CHARNN_OPTIMIZER_SGD;
    const bool has_v = kind != CHARNN_OPTIMIZER_SGD;
    o->m = has_m ? arena_take(a, o->total, sizeof(real)) : NULL;
    o->v = has_v ? arena_take(a, o->total, sizeof(real)) : NULL;
    o->squares = gradient_plan(a, o->total);
    o->n_slots = 0;
    if (has_m)
        o->slots[o->n_slots++] = (struct param_slot){ "m", o->m };
    if (has_v)
        o->slots[o->n_slots++] = (struct param_slot){ "v", o->v };
}

static struct update update_constants(const struct charnn_config *c, int64_t step,
                                      double rate, double norm)
{
    const double t = (double)step + 1;
    const bool decoupled = c->optimizer == CHARNN_OPTIMIZER_ADAMW;
    return (struct update){
        .scale = (real)(c->clip > 0 && norm > c->clip ? c->clip / norm : 1),
        .clip = (real)(c->clip_value > 0 ? c->clip_value : INFINITY),
        .rate = (real)rate,
        .beta1 = (real)c->momentum,
        .beta2 = (real)c->decay_rate,
        .bias_correction1 =
            (real)(1 / (1 - pow((real)c->momentum, t))), /* with beta1 rounded to `real`, as
                                                          * above */
        .bias_correction2 = (real)(1 / (1 - pow((real)c->decay_rate, t))),
        .epsilon = (real)(c->optimizer == CHARNN_OPTIMIZER_ADAGRAD ? 1e-10 : 1e-8),
        .decay = (real)(decoupled ? 0 : c->weight_decay),
        .decay_factor = (real)(decoupled ? 1 - rate * c->weight_decay : 1),
    };
}

static void apply_update(const struct optim *o, const struct update *u, real *w,
                         const real *g, size_t at, size_t n)
{
    switch (o->config->optimizer) {
    case CHARNN_OPTIMIZER_RMSPROP: o->k->rmsprop(u, w + at, g + at, o->v + at, n); break;
    case CHARNN_OPTIMIZER_ADAGRAD: o->k->adagrad(u, w + at, g + at, o->v + at, n); break;
    case CHARNN_OPTIMIZER_SGD: o->k->sgd(u, w + at, g + at, o->m + at, n); break;
    default: o->k->adam(u, w + at, g + at, o->m + at, o->v + at, n);
    }
}

/* Updates numbers [lo, hi) of the arrays, parameter by parameter. */
static void update_range(const struct optim *o, const struct update *u, real *w,
                         const real *g, size_t lo, size_t hi)
{
    struct update undecayed = *u;
    undecayed.decay = 0;
    undecayed.decay_factor = 1;
    if (!o->set) {
        apply_update(o, u, w, g, lo, hi - lo);
        return;
    }
    for (size_t i = 0; i < o->set->n; i++) {
        const struct param *p = &o->set->list[i];
        const size_t end = p->offset + padded(p->size);
        const size_t from = p->offset > lo ? p->offset : lo, to = end < hi ? end : hi;
        if (from < to)
            apply_update(o, p->layout == PARAM_COLUMNS ? u : &undecayed, w, g, from,
                         to - from);
    }
}

/* The share by which the average moves toward the weights.  It falls with the number of
 * updates, so that the initial weights are soon forgotten: decay min(D, (1 + n) / (10 +
 * n)), as in tf.train.ExponentialMovingAverage. */
static double average_share(const struct charnn_config *c, int64_t step)
{
    const double n = (double)step + 1;
    return 1 - fmin(c->ema, (1 + n) / (10 + n));
}

double optim_step(const struct optim *o, real *weights, const real *gradient, int64_t step,
                  double rate, const struct team *team)
{
    const double norm = gradient_norm(o->k, gradient, o->total, o->squares, team);
    const struct update u = update_constants(o->config, step, rate, norm);
    size_t lo, hi;
    team_range(team, o->total / PANEL, &lo, &hi);
    if (isfinite(norm))
        update_range(o, &u, weights, gradient, lo * PANEL, hi * PANEL);
    if (isfinite(norm) && o->average)
        o->k->average(weights + lo * PANEL, o->average + lo * PANEL,
                      (real)average_share(o->config, step), (hi - lo) * PANEL);
    team_barrier(team);
    return norm;
}
