/* step.c - one step of training, on all threads. */
#include "train/step.h"

#include <math.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/rng.h"
#include "nn/gradient.h"
#include "nn/phase.h"
#include "train/schedule.h"
#include "train/trainer.h"
#include "train/recovery.h"

/* Keys for the random draws of a step: constants that only have to differ. */
#define DRAW_RESET UINT64_C(0x7265736574)
#define DRAW_RIGHT UINT64_C(0x7269676874)
#define DRAW_DROPOUT UINT64_C(0x64726f70)
#define DRAW_WEIGHT_DROP UINT64_C(0x7764726f70)

struct step {
    struct charnn_trainer *t;
    double rate;
    bool done; /* written by team member 0 */
};

/* The loss is the mean over the chunk or, with --gradient sum, the sum over time steps of
 * the mean over rows. */
static void step_backward(struct charnn_trainer *t, const struct team *team)
{
    const struct batch_plan *b = &t->plan.batch;
    const double terms =
        t->config->gradient == CHARNN_GRADIENT_SUM ? (double)b->B : (double)(b->B * b->T);
    network_backward(&t->net, t->step.ids, t->step.targets, (real)(1 / terms),
                     t->step.gradient, team);
}

static void step_update(struct charnn_trainer *t, double rate, const struct team *team)
{
    const int64_t since_cleared = t->progress.step - t->progress.optim_start;
    const double norm = optim_step(&t->optim, t->model.weights, t->step.gradient,
                                   since_cleared, rate, team);
    if (team->id == 0)
        *t->step.norm = norm;
    team_mark(team, PHASE_UPDATE);
    model_pack(&t->model, team);
    team_mark(team, PHASE_PACK);
}

static void step_job(void *arg, const struct team *team)
{
    struct step *s = arg;
    struct charnn_trainer *t = s->t;
    gradient_clear(t->step.gradient, t->model.set.total, team);
    team_mark(team, PHASE_UPDATE);
    network_forward(&t->net, t->step.ids, team);
    step_backward(t, team);
    if (team_stopped(team))
        return;
    step_update(t, s->rate, team);
    if (team->id == 0)
        s->done = true;
}

bool step_compute(struct charnn_trainer *t, double rate)
{
    struct step s = { .t = t, .rate = rate };
    pool_run_until(t->pool, network_team(&t->net), step_job, &s, &t->stop_asked);
    return s.done;
}

/* ----------------------------------------------------------------------- before a step */

/* Copies the states before the step to t->step.states, or back. */
static void copy_states(struct charnn_trainer *t, bool back)
{
    const struct stack *s = &t->net.forward;
    float *x = t->step.states;
    for (size_t i = 0; i < t->model.shape.layers; i++)
        for (int kind = 0; kind < (int)t->model.cell->states; kind++) {
            if (back)
                stack_set_state(s, i, kind, x);
            else
                stack_get_state(s, i, kind, x);
            x += t->plan.batch.B * t->model.shape.size;
        }
}

/* Resets the states of all streams when an epoch begins.  Otherwise carries them over, but
 * resets each with the probability --reset, so that the model also learns to begin a
 * text. */
static void carry_or_reset(struct charnn_trainer *t, bool epoch_begins)
{
    const uint64_t seed = (uint64_t)t->config->seed, step = (uint64_t)t->progress.step;
    copy_states(t, false);
    if (epoch_begins) {
        stack_reset(&t->net.forward);
        return;
    }
    if (t->config->reset <= 0)
        return;
    for (size_t b = 0; b < t->plan.batch.B; b++)
        if (rng_unit(rng_hash(seed ^ DRAW_RESET, step, b)) < t->config->reset)
            stack_reset_row(&t->net.forward, b);
}

/* Sets the text to the right of the chunk, for the reverse stack.  Its length is random, up
 * to four chunks.  So the model also learns to predict near the end of a text, and without
 * any text to the right, as charnn fill needs. */
static void look_right(struct charnn_trainer *t)
{
    enum { CHUNKS = 4 };
    const struct batch_plan *plan = &t->plan.batch;
    const struct bidir *b = &t->net.bidir;
    const uint64_t seed = (uint64_t)t->config->seed, step = (uint64_t)t->progress.step;
    const struct batch_chunk chunk = batch_train_chunk(plan, step);
    batch_right(plan, &t->data.corpus, &chunk, b->most, b->text, b->n);
    for (size_t row = 0; row < plan->B; row++) {
        const double draw = rng_unit(rng_hash(seed ^ DRAW_RIGHT, step, row));
        const int32_t end = (int32_t)(draw * CHUNKS * (double)plan->T);
        if (end < b->n[row])
            b->n[row] = end;
    }
    network_begin_reverse(&t->net);
}

bool step_prepare(struct charnn_trainer *t)
{
    const uint64_t seed = (uint64_t)t->config->seed, step = (uint64_t)t->progress.step;
    const bool epoch_begins =
        batch_train(&t->plan.batch, &t->data.corpus, step, t->step.ids, t->step.targets);
    if (t->net.reverse)
        look_right(t);
    t->net.forward.dropout.key = rng_hash(seed, DRAW_DROPOUT, step);
    t->net.forward.weight_drop.key = rng_hash(seed, DRAW_WEIGHT_DROP, step);
    return epoch_begins;
}

/* ------------------------------------------------------------------------ the step */

static double learning_rate(const struct charnn_trainer *t)
{
    const struct progress *p = &t->progress;
    const double rate = schedule_rate(t->config, p->step, t->plan.steps,
                                      (int64_t)t->plan.batch.steps_per_epoch);
    return ldexp(rate, -(int)p->rollbacks);
}

static double mean_loss(const struct charnn_trainer *t)
{
    const size_t n = t->plan.batch.B * t->plan.batch.T;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)t->net.loss[i];
    return sum / (double)n;
}

int step_train(struct charnn_trainer *t, struct charnn_error *e)
{
    struct progress *p = &t->progress;
    const double start = clock_seconds(), rate = learning_rate(t);
    carry_or_reset(t, step_prepare(t));
    pool_profile(t->pool, t->config->profile ? &t->step.profile : NULL);
    const bool done = step_compute(t, rate);
    pool_profile(t->pool, NULL);
    if (!done) {
        copy_states(t, true);
        return 0;
    }
    p->step++;
    p->epoch = (double)p->step / (double)t->plan.batch.steps_per_epoch;
    double loss = mean_loss(t);
    int status;
    if (isfinite(loss) && isfinite(*t->step.norm)) {
        stack_carry(&t->net.forward);
        status = recovery_watch(t, loss, e);
    } else {
        loss = NAN;
        status = recovery_skip(t, e);
    }
    if (status == 0)
        stats_add_step(t, loss, rate, clock_seconds() - start);
    return status;
}

void step_profile(const struct charnn_trainer *t, struct buf *out)
{
    const double *seconds = t->step.profile.seconds;
    double total = 0;
    for (int i = 0; i < PHASES; i++)
        total += seconds[i];
    for (int i = 0; i < PHASES; i++)
        buf_printf(out, "%-20s %8.3f s %5.1f %%\n", phase_names[i], seconds[i],
                   total > 0 ? 100 * seconds[i] / total : 0);
    struct rusage use;
    if (getrusage(RUSAGE_SELF, &use) == 0)
        buf_printf(out, "%-20s %8.1f MiB\n", "peak memory", (double)use.ru_maxrss / 1024);
}
