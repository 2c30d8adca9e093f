/* plan.c - the length of a run, which is given or fitted to a time. */
#include "train/plan.h"

#include <stdlib.h>

#include "base/clock.h"
#include "train/autoconf.h"
#include "train/trainer.h"

enum { VALIDATIONS = 40, VALID_SHARE = 20, FITS = 40 };

/* ------------------------------------------------------------------------- making it */

void plan_autoconf(struct charnn_trainer *t, struct charnn_config *c)
{
    /* the part of a time budget that is left after validations and checkpoints */
    static const double TRAINING = 0.93;
    const double valid = c->valid_file ? 0 : c->valid;
    double flops = 0;
    if (c->time > 0 && !c->steps && !c->epochs) {
        t->plan.budget = c->time;
        c->time = 0; /* replaced by a length in steps */
        flops = TRAINING * t->plan.budget * probe_speed(t->pool, t->isa);
    }
    autoconf_settings(c, (size_t)((double)t->data.corpus.n * (1 - valid)),
                      t->data.corpus.vocab.size, flops);
}

int plan_batches(struct charnn_trainer *t, struct charnn_config *c, struct charnn_error *e)
{
    struct batch_plan *b = &t->plan.batch;
    const struct corpus *corpus = &t->data.corpus;
    const struct batch_options options = { .B = (size_t)c->batch_size,
                                           .T = (size_t)c->seq_length,
                                           .valid = c->valid_file ? 0 : c->valid,
                                           .split = (int)c->split,
                                           .seed = (uint64_t)c->seed };
    if (batch_plan(b, corpus->n, &options, e) < 0)
        return -1;
    if (c->documents)
        batch_plan_documents(b, corpus, vocab_separator(&corpus->vocab));
    events_note(t, b->note);
    c->batch_size = (int64_t)b->B;
    c->seq_length = (int64_t)b->T;
    return 0;
}

/* The length given by --steps or --epochs. */
static int64_t plan_length(const struct charnn_trainer *t)
{
    const struct charnn_config *c = t->config;
    const int64_t epoch = (int64_t)t->plan.batch.steps_per_epoch;
    if (c->steps)
        return c->steps;
    return c->epochs > CKPT_STEPS_MOST / epoch ? CKPT_STEPS_MOST : c->epochs * epoch;
}

/* Steps between validations: about 40 in a run, taking at most a twentieth of the time. */
static int64_t plan_valid_every(const struct charnn_trainer *t)
{
    const int64_t cost = (int64_t)(VALID_SHARE * plan_valid_cost(t)) + 1;
    int64_t every = t->config->valid_every;
    if (!every) {
        every = (t->plan.steps + VALIDATIONS - 1) / VALIDATIONS;
        every = every < cost ? cost : every;
    }
    return every < 1 ? 1 : every;
}

int plan_steps(struct charnn_trainer *t, const struct ckpt *from, struct charnn_error *e)
{
    const struct charnn_config *c = t->config;
    struct run_plan *plan = &t->plan;
    const int64_t done = t->progress.step;
    /* Patience had ended the run, but the user resumed it anyway. */
    const bool past_patience = from && c->patience && t->progress.since_best >= c->patience;
    plan->steps = plan_length(t);
    if (from && c->steps == from->config.steps && c->epochs == from->config.epochs)
        plan->steps = from->progress.steps;
    if (!from || plan->steps != from->progress.steps || past_patience)
        buf_printf(&plan->lengths, "%s[%lld,%lld]", plan->lengths.len ? "," : "",
                   (long long)done, (long long)plan->steps);
    if (past_patience)
        t->progress.since_best = 0;
    plan->stop_at = c->stop_at;
    plan->valid_every = plan_valid_every(t);
    if (plan->steps < done)
        return err_usage(
            e, "this run has done %lld steps already; `steps` and `epochs` are totals",
            (long long)done);
    if (plan->stop_at && plan->stop_at < done)
        return err_usage(e,
                         "this run has done %lld steps already, more than `stop-at` %lld",
                         (long long)done, (long long)plan->stop_at);
    return 0;
}

size_t plan_held_out(const struct charnn_trainer *t)
{
    const struct batch_plan *b = &t->plan.batch;
    if (t->data.held_out.n)
        return t->data.held_out.n;
    return b->split == CHARNN_SPLIT_STREAMS ? b->valid_chunks * b->T * b->B
                                            : b->valid_hi - b->valid_lo;
}

double plan_valid_cost(const struct charnn_trainer *t)
{
    return (double)plan_held_out(t) / (double)(3 * t->plan.batch.B * t->plan.batch.T);
}

/* ---------------------------------------------------------------------- following it */

/* Seconds for a validation and its saves: the mean so far, or at first a cautious
 * estimate. */
static double pause_seconds(const struct charnn_trainer *t, double step_seconds)
{
    const struct run_stats *s = &t->stats;
    if (s->pauses)
        return s->pause_seconds / (double)s->pauses;
    return 1.25 * plan_valid_cost(t) * step_seconds;
}

/* Seconds for a step: between the mean over the run and the mean since the last fit,
 * because the load from other programs varies. */
static double step_seconds(const struct charnn_trainer *t)
{
    const struct progress *p = &t->progress;
    const double all = p->seconds / (double)p->step;
    const int64_t lately = p->step - t->stats.fitted.step;
    if (!lately)
        return all;
    return (all + (p->seconds - t->stats.fitted.seconds) / (double)lately) / 2;
}

void plan_fit(struct charnn_trainer *t)
{
    struct run_plan *plan = &t->plan;
    const struct progress *p = &t->progress;
    const double now = clock_seconds(), left = plan->budget - (now - plan->began);
    if (plan->budget <= 0 || p->step >= plan->steps ||
        now - t->stats.fitted.at < plan->budget / FITS)
        return;
    const double step = step_seconds(t), pause = pause_seconds(t, step);
    const double more = (left - pause) / (step + pause / (double)plan->valid_every);
    const int64_t n = p->step + (more < 1 ? 1 : (int64_t)more);
    t->stats.fitted.at = now;
    t->stats.fitted.seconds = p->seconds;
    t->stats.fitted.step = p->step;
    if (llabs(n - plan->steps) * 100 <= plan->steps)
        return;
    plan->steps = n;
    plan->lengths.len = 0; /* the recorded command gives this length from the beginning */
    buf_printf(&plan->lengths, "[0,%lld]", (long long)n);
}

bool plan_validation_due(const struct charnn_trainer *t)
{
    const int64_t step = t->progress.step;
    return step % t->plan.valid_every == 0 && step < t->plan.steps;
}

bool plan_ends(struct charnn_trainer *t, enum charnn_status *status)
{
    const struct charnn_config *c = t->config;
    const struct progress *p = &t->progress;
    *status = CHARNN_STATUS_DONE;
    if (p->step >= t->plan.steps)
        return true;
    *status = CHARNN_STATUS_INTERRUPTED;
    if (atomic_load(&t->stop_asked))
        return true;
    *status = CHARNN_STATUS_STOPPED;
    return (t->plan.stop_at && p->step >= t->plan.stop_at) ||
           (c->time > 0 && p->seconds >= c->time) ||
           (c->patience && trainer_validates(t) && p->since_best >= c->patience);
}

struct charnn_config plan_config(const struct charnn_trainer *t)
{
    struct charnn_config c = *t->config;
    c.stop_at = t->plan.stop_at;
    if (t->plan.budget > 0)
        c.steps = t->plan.steps;
    return c;
}
