/* step.c - one step of training, on all threads. */
#include "train/step.h"

#include <math.h>
#include <sys/resource.h>

#include "base/rng.h"
#include "nn/gradient.h"
#include "nn/phase.h"
#include "train/schedule.h"
#include "train/trouble.h"

struct step {
    struct charnn_trainer *t;
    double rate;
};

static void step_job(void *arg, const struct team *team)
{
    const struct step *s = arg;
    struct charnn_trainer *t = s->t;
    const double terms = t->config.gradient == CHARNN_GRADIENT_SUM
                             ? (double)t->plan.B
                             : (double)(t->plan.B * t->plan.T);
    gradient_clear(t->gradient, t->model.set.total, team);
    team_mark(team, PHASE_UPDATE);
    network_forward(&t->net, t->ids, team);
    network_backward(&t->net, t->ids, t->targets, (real)(1 / terms), t->gradient, team);
    const double norm =
        optim_step(&t->optim, t->model.weights, t->gradient,
                   t->progress.step - t->progress.slots_from, s->rate, team);
    if (team->id == 0)
        *t->step_norm = norm;
    team_mark(team, PHASE_UPDATE);
    model_pack(&t->model, team);
    team_mark(team, PHASE_PACK);
}

static double mean_loss(const struct charnn_trainer *t)
{
    const size_t n = t->plan.B * t->plan.T;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)t->net.loss[i];
    return sum / (double)n;
}

/* Whose states are carried into this step: none at the beginning of an epoch, and of each
 * stream with its chance, so that beginning a text is practised too. */
static void carry_or_reset(struct charnn_trainer *t, int fresh)
{
    const uint64_t step = (uint64_t)t->progress.step;
    if (fresh)
        stack_reset(&t->net.forward);
    for (size_t b = 0; !fresh && t->config.reset > 0 && b < t->plan.B; b++) {
        const uint64_t draw = rng_hash((uint64_t)t->config.seed ^ 0x7265736574, step, b);
        if (rng_unit(draw) < t->config.reset)
            stack_reset_row(&t->net.forward, b);
    }
}

/* What stands right of the chunk.  It ends anywhere in the next four chunks: so the ends of
 * texts are practised, and what charnn fill asks while it proposes, which is what may come
 * where nothing to the right is known. */
static void look_right(struct charnn_trainer *t)
{
    enum { CHUNKS = 4 };
    const struct bidir *b = &t->net.bidir;
    const uint64_t seed = (uint64_t)t->config.seed, step = (uint64_t)t->progress.step;
    batch_train_right(&t->plan, &t->corpus, step, b->most, b->text, b->n);
    for (size_t row = 0; row < t->plan.B; row++) {
        const double draw = rng_unit(rng_hash(seed ^ 0x7269676874, step, row));
        const int32_t end = (int32_t)(draw * CHUNKS * (double)t->plan.T);
        if (end < b->n[row])
            b->n[row] = end;
    }
    network_begin_reverse(&t->net);
}

static double rate_of(const struct charnn_trainer *t)
{
    const struct progress *p = &t->progress;
    return ldexp(schedule_rate(&t->config, p->step, p->steps,
                               (int64_t)t->plan.steps_per_epoch),
                 -(int)p->rewinds);
}

void try_step(struct charnn_trainer *t, double rate)
{
    struct progress *p = &t->progress;
    carry_or_reset(t, batch_train(&t->plan, &t->corpus, (uint64_t)p->step, t->ids,
                                  t->targets));
    if (t->net.reverse)
        look_right(t);
    pool_profile(t->pool, t->config.profile ? &t->profile : NULL);
    t->net.forward.dropout.key =
        rng_hash((uint64_t)t->config.seed, 0x64726f70, (uint64_t)p->step);
    pool_run(t->pool, network_team(&t->net), step_job, &(struct step){ t, rate });
    pool_profile(t->pool, NULL);
    p->step++;
    p->epoch = (double)p->step / (double)t->plan.steps_per_epoch;
}

int train_step(struct charnn_trainer *t, double *loss, double *rate, struct charnn_error *e)
{
    *rate = rate_of(t);
    try_step(t, *rate);
    *loss = mean_loss(t);
    if (!isfinite(*loss) || !isfinite(*t->step_norm)) {
        *loss = NAN;
        return trouble_skip(t, e);
    }
    stack_carry(&t->net.forward);
    return trouble_watch(t, *loss, e);
}

/* What went wrong is mended by train_step, which needs no file before the first
 * validation. */
int trainer_advance(struct charnn_trainer *t, int64_t steps, struct charnn_error *e)
{
    double loss, rate;
    for (int64_t i = 0; i < steps && t->progress.step < t->progress.steps; i++)
        if (train_step(t, &loss, &rate, e) < 0)
            return -1;
    return 0;
}

void trainer_profile(const struct charnn_trainer *t, struct buf *out)
{
    double total = 0;
    for (int i = 0; i < PHASES; i++)
        total += t->profile.seconds[i];
    for (int i = 0; i < PHASES; i++)
        buf_printf(out, "%-20s %8.3f s %5.1f %%\n", phase_names[i], t->profile.seconds[i],
                   total > 0 ? 100 * t->profile.seconds[i] / total : 0);
    struct rusage use;
    if (getrusage(RUSAGE_SELF, &use) == 0)
        buf_printf(out, "%-20s %8.1f MiB\n", "peak memory", (double)use.ru_maxrss / 1024);
}
