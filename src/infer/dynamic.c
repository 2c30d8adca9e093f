/* dynamic.c - the update of dynamic evaluation. */
#include "infer/dynamic.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 4096 }; /* numbers whose squares are summed together */
static const double CLIP = 1;

static size_t blocks_of(const struct dynamic *d)
{
    return (d->model.set.total + BLOCK - 1) / BLOCK;
}

/* From the arena; runs twice (base/arena.h). */
static void plan(struct dynamic *d)
{
    model_plan(&d->model, &d->arena);
    d->gradient = arena_take(&d->arena, d->model.set.total, sizeof *d->gradient);
    d->squares = arena_take(&d->arena, blocks_of(d), sizeof *d->squares);
}

int dynamic_init(struct dynamic *d, const struct model *m, double rate, double decay,
                 struct charnn_error *e)
{
    *d = (struct dynamic){
        .model = *m, .original = m, .rate = (real)rate, .decay = (real)decay
    };
    plan(d);
    if (arena_alloc(&d->arena, "dynamic evaluation", e) < 0)
        return -1;
    plan(d);
    memcpy(d->model.weights, m->weights, m->set.total * sizeof *m->weights);
    model_pack(&d->model, &(struct team){ .n = 1 });
    return 0;
}

void dynamic_release(struct dynamic *d)
{
    arena_release(&d->arena);
    *d = (struct dynamic){ 0 };
}

/* The gradient's norm, the same in all members whatever their number: blocks are summed by
 * whoever owns them, and the sums by everyone in the same order. */
static double norm(const struct dynamic *d, const struct team *team)
{
    const size_t blocks = blocks_of(d), total = d->model.set.total;
    size_t lo, hi;
    double sum = 0;
    team_share(team, blocks, &lo, &hi);
    for (size_t b = lo; b < hi; b++) {
        const size_t at = b * BLOCK, left = total - at;
        d->squares[b] =
            d->model.k->sum_squares(d->gradient + at, left < BLOCK ? left : BLOCK);
    }
    team_sync(team);
    for (size_t b = 0; b < blocks; b++)
        sum += d->squares[b];
    return sqrt(sum);
}

static void update(const struct dynamic *d, real rate, const struct team *team)
{
    const real *g = d->gradient, *w0 = d->original->weights;
    real *w = d->model.weights;
    size_t lo, hi;
    team_share(team, d->model.set.total, &lo, &hi);
    for (size_t i = lo; i < hi; i++)
        w[i] += d->decay * (w0[i] - w[i]) - rate * g[i];
}

static void clear_share(const struct dynamic *d, const struct team *team)
{
    size_t lo, hi;
    team_share(team, d->model.set.total, &lo, &hi);
    memset(d->gradient + lo, 0, (hi - lo) * sizeof *d->gradient);
    team_sync(team);
}

void dynamic_step(const struct dynamic *d, const struct stack *s, const int32_t *ids,
                  const int32_t *targets, const struct team *team)
{
    double n = 0; /* of the mean: the gradient here is that of the sum */
    for (size_t i = 0; i < s->T * s->B; i++)
        n += targets[i] >= 0;
    clear_share(d, team);
    stack_train(s, ids, targets, 1, d->gradient, team);
    const double length = norm(d, team) / n;
    if (isfinite(length)) {
        const double clip = length > CLIP ? CLIP / length : 1;
        update(d, (real)((double)d->rate * clip / n), team);
    }
    team_sync(team); /* packing reads what others have written */
    model_pack(&d->model, team);
    team_sync(team);
}
