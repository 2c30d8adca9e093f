/* dynamic.c - the update of dynamic evaluation. */
#include "score/dynamic.h"

#include <math.h>
#include <string.h>

#include "nn/gradient.h"

static const double CLIP = 1;

/* Takes all memory from the arena; called once to measure and once to allocate. */
static void plan_dynamic(struct dynamic *d)
{
    model_plan(&d->model, &d->arena);
    d->gradient = arena_take(&d->arena, d->model.set.total, sizeof *d->gradient);
    d->squares = gradient_plan(&d->arena, d->model.set.total);
}

int dynamic_init(struct dynamic *d, const struct model *m, double rate, double decay,
                 struct charnn_error *e)
{
    *d = (struct dynamic){
        .model = *m, .original = m, .rate = (real)rate, .decay = (real)decay
    };
    plan_dynamic(d);
    if (arena_alloc(&d->arena, "dynamic evaluation", e) < 0)
        return -1;
    plan_dynamic(d);
    memcpy(d->model.weights, m->weights, m->set.total * sizeof *m->weights);
    model_pack(&d->model, &(struct team){ .n = 1 });
    return 0;
}

void dynamic_release(struct dynamic *d)
{
    arena_release(&d->arena);
    *d = (struct dynamic){ 0 };
}

static void update_weights(const struct dynamic *d, real rate, const struct team *team)
{
    const real *g = d->gradient, *w0 = d->original->weights;
    real *w = d->model.weights;
    size_t lo, hi;
    team_range(team, d->model.set.total, &lo, &hi);
    for (size_t i = lo; i < hi; i++)
        w[i] += d->decay * (w0[i] - w[i]) - rate * g[i];
}

void dynamic_step(const struct dynamic *d, const struct network *net, const int32_t *ids,
                  const int32_t *targets, const struct team *team)
{
    double n = 0; /* number of targets; divides the gradient of the summed loss */
    for (size_t i = 0; i < net->T * net->B; i++)
        n += targets[i] >= 0;
    gradient_clear(d->gradient, d->model.set.total, team);
    network_backward(net, ids, targets, 1, d->gradient, team);
    const double length =
        gradient_norm(d->model.k, d->gradient, d->model.set.total, d->squares, team) / n;
    if (isfinite(length)) {
        const double clip = length > CLIP ? CLIP / length : 1;
        update_weights(d, (real)((double)d->rate * clip / n), team);
    }
    team_barrier(team); /* packing reads weights that other members have written */
    model_pack(&d->model, team);
    team_barrier(team);
}
