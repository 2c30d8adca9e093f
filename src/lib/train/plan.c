/* plan.c - the length of a run: given, or fitted to a time. */
#include "train/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "train/autoconf.h"
#include "train/trainer.h"

static const double TFLOP = 1e12;
enum { VALIDATIONS = 40, VALID_SHARE = 20, FITS = 40 };

/* ------------------------------------------------------------------- making the plan */

/* The share of a time budget that is spent in training steps; the rest is for validations
 * and checkpoints. */
static const double TRAINING = 0.93;

static size_t training_characters(const struct charnn_trainer *t,
                                  const struct charnn_config *c)
{
    return (size_t)((double)t->data.corpus.n * (1 - (c->valid_file ? 0 : c->valid)));
}

static void choose_settings(struct charnn_trainer *t, struct charnn_config *c)
{
    autoconf_settings(c, training_characters(t, c), t->data.corpus.vocab.size, c->work);
}

/* After the settings are chosen for a budget of work: the run ends before it overfits. */
static void limit_work(struct charnn_trainer *t, const struct charnn_config *c)
{
    char note[240];
    const size_t symbols = t->data.corpus.vocab.size;
    t->plan.steps_most = autoconf_most_steps(c, training_characters(t, c), symbols);
    if (c->steps < t->plan.steps_most)
        return;
    snprintf(
        note, sizeof note,
        "%.3g Tflop would overfit this text: the run is planned for %.3g (`steps` sets "
        "any length)",
        c->work, autoconf_work(c, symbols, c->steps));
    events_note(t, note);
}

void plan_autoconf(struct charnn_trainer *t, struct charnn_config *c)
{
    if (c->time > 0 && !c->steps && !c->epochs && c->work <= 0) {
        t->plan.budget = c->time;
        c->time = 0; /* a length in steps replaces it */
        c->work = autoconf_round(TRAINING * t->plan.budget * probe_speed(t->pool, t->isa) /
                                 TFLOP);
    }
    config_note_chosen(c);
    const bool by_work = c->work > 0 && !c->steps && !c->epochs;
    choose_settings(t, c);
    if (by_work)
        limit_work(t, c);
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
    if (corpus->vocab.documents.kind)
        batch_plan_documents(b, corpus, vocab_separator(&corpus->vocab));
    events_note(t, b->note);
    c->batch_size = (int64_t)b->B;
    c->seq_length = (int64_t)b->T;
    return 0;
}

static int64_t step_count(double n)
{
    return n < 1 ? 1 : n > (double)CKPT_STEPS_MOST ? CKPT_STEPS_MOST : (int64_t)n;
}

/* The work of this many steps, in Tflop. */
static double work_of(const struct charnn_trainer *t, int64_t steps)
{
    return autoconf_work(t->config, t->data.corpus.vocab.size, steps);
}

/* The length given by --steps, --epochs or --work; a number after + is added to the steps
 * done. */
static int64_t plan_length(const struct charnn_trainer *t, const struct charnn_config *c)
{
    const double done = (double)t->progress.step;
    const double epoch = (double)t->plan.batch.steps_per_epoch;
    if (c->steps)
        return step_count((double)c->steps +
                          (config_added(c, config_field("steps")) ? done : 0));
    if (c->epochs)
        return step_count((double)c->epochs * epoch +
                          (config_added(c, config_field("epochs")) ? done : 0));
    return step_count(c->work / work_of(t, 1) +
                      (config_added(c, config_field("work")) ? done : 0));
}

/* Steps between validations: about 40 validations in a run, which take at most a twentieth
 * of its time. */
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

/* Whether a setting that depends on the length was given with --resume. */
static bool settings_given(const struct charnn_config *c)
{
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_replanned(&config_fields[i]) && config_given(c, &config_fields[i]))
            return true;
    return false;
}

static int err_reached(const struct charnn_trainer *t, struct charnn_error *e)
{
    const int64_t done = t->progress.step;
    return err_usage(e,
                     "this run has already done %lld steps (%.2g Tflop, %.0f seconds); the "
                     "length counts from its beginning: to add to it, put a + before the "
                     "number: `steps` +%lld",
                     (long long)done, work_of(t, done), t->progress.seconds,
                     (long long)done);
}

/* For --resume with --time alone: plans a run of that many seconds.  They include the time
 * of earlier sessions, unless there is a +. */
static int plan_more_time(struct charnn_trainer *t, struct charnn_config *c,
                          struct charnn_error *e)
{
    const struct progress *p = &t->progress;
    const double before = config_added(c, config_field("time")) ? 0 : p->seconds;
    const double left = c->time - before;
    if (left <= 0)
        return err_reached(t, e);
    t->plan.budget = left;
    c->time = 0;
    c->steps = step_count((double)p->step + TRAINING * left * probe_speed(t->pool, t->isa) /
                                                TFLOP / work_of(t, 1));
    c->epochs = 0;
    return 0;
}

/* Sets the length of a resumed run, and chooses its automatic settings again for that
 * length. */
static int plan_resumed(struct charnn_trainer *t, struct charnn_config *c,
                        const struct ckpt *from, struct charnn_error *e)
{
    const bool time_given = config_given(c, config_field("time")) && c->time > 0;
    t->plan.steps = from->progress.steps;
    if (time_given && config_has_length(c) && config_added(c, config_field("time")))
        c->time += t->progress.seconds;
    if (!config_has_length(c) && !time_given)
        return 0;
    if (!config_has_length(c) && plan_more_time(t, c, e) < 0)
        return -1;
    t->plan.steps = plan_length(t, c);
    if (t->plan.steps <= t->progress.step)
        return err_reached(t, e);
    c->steps = t->plan.steps;
    c->epochs = 0;
    if (config_added(c, config_field("work")))
        c->work = 0; /* this is not the work of the whole run */
    if (t->plan.steps == from->progress.steps)
        return 0;
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_replanned(&config_fields[i]) && config_chosen(c, &config_fields[i]))
            config_set_auto(c, &config_fields[i]);
    choose_settings(t, c);
    return 0;
}

int plan_steps(struct charnn_trainer *t, struct charnn_config *c, const struct ckpt *from,
               struct charnn_error *e)
{
    struct run_plan *plan = &t->plan;
    const int64_t done = t->progress.step;
    /* The run had ended because of patience, and the user resumes it anyway. */
    const bool past_patience =
        from && !c->resume_if_there && c->patience && t->progress.since_best >= c->patience;
    if (!from)
        plan->steps = plan_length(t, c);
    else if (plan_resumed(t, c, from, e) < 0)
        return -1;
    plan->settled = plan->lengths.len;
    if (!from || plan->steps != from->progress.steps || past_patience || settings_given(c))
        ckpt_put_plan(&plan->lengths, done, plan->steps, c);
    if (past_patience)
        t->progress.since_best = 0;
    plan->stop_at = c->stop_at;
    plan->valid_every = plan_valid_every(t);
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

/* ---------------------------------------------------------------- following the plan */

/* The seconds that a validation and its saves take: the mean so far or, before the first
 * validation, a cautious estimate. */
static double pause_seconds(const struct charnn_trainer *t, double step_seconds)
{
    const struct run_stats *s = &t->stats;
    if (s->pauses)
        return s->pause_seconds / (double)s->pauses;
    return 1.25 * plan_valid_cost(t) * step_seconds;
}

/* The seconds that a step takes: halfway between the mean over the run and the mean since the
 * last fit, because the load of the machine varies. */
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
    int64_t n = p->step + (more < 1 ? 1 : (int64_t)more);
    if (plan->steps_most && n > plan->steps_most)
        n = plan->steps_most;
    t->stats.fitted.at = now;
    t->stats.fitted.seconds = p->seconds;
    t->stats.fitted.step = p->step;
    if (llabs(n - plan->steps) * 100 <= plan->steps)
        return;
    plan->steps = n;
    plan->valid_every = plan_valid_every(t);
    plan->lengths.len = plan->settled; /* replaces the last plan, as if the run had had the
                                        * new length from the start of this session */
    ckpt_put_plan(&plan->lengths, t->stats.first_step, n, t->config);
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
