/* trainer.c - the loop: steps, now and then a validation and a save, until the plan ends.
 */
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "train/gradients.h"
#include "train/step.h"
#include "train/trouble.h"
#include "train/validate.h"

enum { FITS = 40 };
static const double REPORT_SECONDS = 0.5, SAVE_SECONDS = 300;

/* ------------------------------------------------------------------------ events */

struct charnn_event trainer_event(const struct charnn_trainer *t,
                                  enum charnn_event_kind kind)
{
    const struct progress *p = &t->progress;
    struct charnn_event ev = {
        .kind = kind,
        .step = p->step,
        .steps = p->steps,
        .epoch = p->epoch,
        .seconds = p->seconds,
        .train_loss = NAN,
        .grad_norm = NAN,
        .learning_rate = NAN,
        .chars_per_second = NAN,
        .valid_loss = NAN,
        .best_loss = p->best_loss,
        .best_step = p->best_step,
        .skipped = p->skipped,
        .rewinds = p->rewinds,
        .exact_loss = NAN,
        .split = trainer_validates(t) ? split_name(t) : "",
    };
    memcpy(ev.ngram, t->ngram, sizeof ev.ngram);
    return ev;
}

void trainer_note(struct charnn_trainer *t, const char *note)
{
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_NOTE);
    ev.note = note;
    if (!*note)
        return;
    log_event(&t->log, &ev);
    t->report(&ev, t->report_arg);
}

int trainer_validates(const struct charnn_trainer *t)
{
    return t->evaluator.net.m != NULL;
}

size_t trainer_held_out(const struct charnn_trainer *t)
{
    const struct batch_plan *p = &t->plan;
    if (t->held_out.n)
        return t->held_out.n;
    return p->split == CHARNN_SPLIT_STREAMS ? p->valid_chunks * p->T * p->B
                                            : p->valid_hi - p->valid_lo;
}

double trainer_valid_steps(const struct charnn_trainer *t)
{
    return (double)trainer_held_out(t) / (double)(3 * t->plan.B * t->plan.T);
}

struct charnn_summary trainer_summary(const struct charnn_trainer *t)
{
    const struct batch_plan *p = &t->plan;
    return (struct charnn_summary){
        .characters = (int64_t)t->corpus.n,
        .train_characters =
            (int64_t)(p->split == CHARNN_SPLIT_STREAMS ? p->steps_per_epoch * p->T * p->B
                                                       : p->train_n),
        .valid_characters = (int64_t)trainer_held_out(t),
        .symbols = (int64_t)t->corpus.vocab.size,
        .folded = t->corpus.folded,
        .bytes_of_memory = (int64_t)(t->model.arena.size + t->net.arena.size +
                                     t->arena.size + t->evaluator.net.arena.size),
        .parameters = (int64_t)model_count(&t->model),
        .steps_per_epoch = (int64_t)p->steps_per_epoch,
        .step = t->progress.step,
        .steps = t->progress.steps,
        .threads = pool_size(t->pool),
        .unit = t->corpus.vocab.unit == VOCAB_CHAR ? "char" : "byte",
        .isa = isa_name(t->isa),
    };
}

/* ------------------------------------------------------------------------ accounts */

/* A mean of losses; those of skipped steps, which are not finite, are left out. */
struct mean {
    double sum;
    int64_t n;
};

static void mean_add(struct mean *m, double x)
{
    if (isfinite(x)) {
        m->sum += x;
        m->n++;
    }
}

/* The mean so far, NaN of nothing; begins anew. */
static double mean_take(struct mean *m)
{
    const double mean = m->n ? m->sum / (double)m->n : NAN;
    *m = (struct mean){ 0 };
    return mean;
}

/* What has happened since the last line of the log, and since the last validation. */
struct meter {
    double line_at, line_seconds, rate;
    struct mean line_loss, loss;
    int64_t line_steps;
    double last_loss; /* of a step that was not skipped; NaN: none in this session */
    double saved_at;
    double pause_seconds; /* spent on validations with their saves, and how many */
    int64_t pauses;
    double fitted_at, fitted_seconds; /* on the clock; of training */
    int64_t fitted_step;
    int64_t first_step; /* of this session */
    int64_t validated;  /* the step of the last validation */
    double valid_loss;  /* of the weights as they are; NaN: not validated */
};

static int validate_now(struct charnn_trainer *t, struct meter *m, enum occasion why,
                        struct charnn_error *e)
{
    if (trouble_mend(t, e) < 0)
        return -1;
    count_baselines(t);
    const double start = clock_seconds();
    m->valid_loss = validate_and_save(t, mean_take(&m->loss), why);
    m->validated = t->progress.step;
    m->saved_at = clock_seconds();
    m->pause_seconds += m->saved_at - start;
    m->pauses++;
    return 0;
}

/* -------------------------------------------------------------------------- the run */

/* A line for the steps since the last one, when it is time, or at the end whatever the
 * time. */
static void report_step(struct charnn_trainer *t, struct meter *m, int last)
{
    const double now = clock_seconds();
    if (m->line_steps == 0 || (now - m->line_at < REPORT_SECONDS && !last))
        return;
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_STEP);
    ev.train_loss = mean_take(&m->line_loss);
    ev.grad_norm = *t->step_norm;
    ev.learning_rate = m->rate;
    ev.chars_per_second =
        (double)(m->line_steps * (int64_t)(t->plan.B * t->plan.T)) / m->line_seconds;
    log_event(&t->log, &ev);
    t->report(&ev, t->report_arg);
    m->line_at = now;
    m->line_steps = 0;
    m->line_seconds = 0;
}

/* Trains one step and keeps the accounts. */
static int advance(struct charnn_trainer *t, struct meter *m, struct charnn_error *e)
{
    double loss, rate;
    const double start = clock_seconds();
    if (train_step(t, &loss, &rate, e) < 0)
        return -1;
    const double seconds = clock_seconds() - start;
    t->progress.seconds += seconds;
    m->line_seconds += seconds;
    m->line_steps++;
    mean_add(&m->line_loss, loss);
    mean_add(&m->loss, loss);
    m->valid_loss = NAN;
    m->last_loss = isfinite(loss) ? loss : m->last_loss;
    m->rate = rate;
    report_step(t, m, 0);
    return 0;
}

/* Seconds that a validation with its saves takes; before the first, an estimate on the safe
 * side. */
static double pause_seconds(const struct charnn_trainer *t, const struct meter *m,
                            double step_seconds)
{
    if (m->pauses)
        return m->pause_seconds / (double)m->pauses;
    return 1.25 * trainer_valid_steps(t) * step_seconds;
}

/* What a step will take: between its mean over the run and over the last while, since other
 * programs come and go. */
static double step_seconds(const struct progress *p, const struct meter *m)
{
    const double all = p->seconds / (double)p->step;
    const int64_t lately = p->step - m->fitted_step;
    return lately ? (all + (p->seconds - m->fitted_seconds) / (double)lately) / 2 : all;
}

/* Now and then, the plan's new length, so that training and validations end with the
 * budget. */
static void fit_time(struct charnn_trainer *t, struct meter *m)
{
    struct progress *p = &t->progress;
    const double now = clock_seconds(), left = t->budget - (now - t->began);
    if (!t->fits_time || p->step >= p->steps || now - m->fitted_at < t->budget / FITS)
        return;
    const double step = step_seconds(p, m), pause = pause_seconds(t, m, step);
    const double each = step + pause / (double)t->valid_every;
    const double more = (left - pause) / each;
    const int64_t n = p->step + (more < 1 ? 1 : (int64_t)more);
    m->fitted_at = now;
    m->fitted_seconds = p->seconds;
    m->fitted_step = p->step;
    if (llabs(n - p->steps) * 100 <= p->steps)
        return;
    p->steps = t->config.steps = n;
    t->plans.len = 0; /* what is remembered is the plan that it came to */
    buf_printf(&t->plans, "[0,%lld]", (long long)n);
}

/* Whether the run ends here though its plan does not; says how. */
static int ends_early(struct charnn_trainer *t, enum charnn_status *status)
{
    const struct charnn_config *c = &t->config;
    const int stop = (atomic_load(&t->request) & REQUEST_STOP) != 0;
    *status = stop ? CHARNN_STATUS_INTERRUPTED : CHARNN_STATUS_STOPPED;
    return stop || (c->stop_at && t->progress.step >= c->stop_at) ||
           (c->time > 0 && t->progress.seconds >= c->time) ||
           (c->patience && trainer_validates(t) && t->progress.waited >= c->patience);
}

static int steps(struct charnn_trainer *t, struct meter *m, enum charnn_status *status,
                 struct charnn_error *e)
{
    struct progress *p = &t->progress;
    while (p->step < p->steps && !ends_early(t, status)) {
        if (advance(t, m, e) < 0)
            return -1;
        log_gradients_when_due(
            t); /* before a save of this step: a resumed log is cut there */
        fit_time(t, m);
        if (p->step % t->valid_every == 0 && p->step < p->steps) {
            if (validate_now(t, m, AS_PLANNED, e) < 0)
                return -1;
        } else if (clock_seconds() - m->saved_at > SAVE_SECONDS ||
                   (atomic_load(&t->request) & REQUEST_SAVE)) {
            atomic_fetch_and(&t->request, ~REQUEST_SAVE);
            m->saved_at = clock_seconds();
            trainer_save_last(t, NAN);
        }
    }
    if (p->step >= p->steps)
        *status = CHARNN_STATUS_DONE;
    return 0;
}

/* Where NAME has nothing yet, weights that nobody validated are better than none; the next
 * validation replaces them. */
static void save_unvalidated(struct charnn_trainer *t)
{
    struct progress *p = &t->progress;
    if (trainer_validates(t) && !isnan(p->best_loss) && !p->best_missing)
        return;
    p->best_loss = NAN;
    p->best_step = p->step;
    trainer_save_best(t, NAN);
}

/* The last validation and save.  An interrupted run saves without validating: somebody
 * waits. */
static int finish(struct charnn_trainer *t, struct meter *m, enum charnn_status status,
                  struct charnn_error *e)
{
    const struct progress *p = &t->progress;
    const int planned = status == CHARNN_STATUS_DONE && p->step > m->first_step;
    report_step(t, m, 1);
    if (status != CHARNN_STATUS_DONE)
        t->config.stop_at = p->step; /* what repeats this run */
    if (m->validated != p->step &&
        (planned || (status != CHARNN_STATUS_INTERRUPTED && is_sound(t))))
        return validate_now(t, m, planned ? AS_PLANNED : AT_A_STOP, e);
    save_unvalidated(t);
    trainer_save_last(t, m->valid_loss);
    return 0;
}

static void start(struct charnn_trainer *t)
{
    const struct charnn_summary s = trainer_summary(t);
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_START);
    log_start(&t->log, &t->config, &s, &ev);
    t->report(&ev, t->report_arg);
}

static void end(struct charnn_trainer *t, enum charnn_status status, const struct meter *m,
                struct charnn_error *e)
{
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_END);
    ev.status = status;
    ev.train_loss = m->last_loss;
    ev.valid_loss = m->valid_loss;
    if (!(atomic_load(&t->request) & REQUEST_STOP))
        ev.exact_loss = exact_loss(t, e);
    log_event(&t->log, &ev);
    t->report(&ev, t->report_arg);
}

/* What can be saved is, and the log says why the run ended. */
static void fail(struct charnn_trainer *t, const struct meter *m,
                 const struct charnn_error *e)
{
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_END);
    save_unvalidated(t);
    trainer_save_last(t, NAN);
    ev.status = CHARNN_STATUS_FAILED;
    ev.train_loss = m->last_loss;
    ev.valid_loss = m->valid_loss;
    ev.note = e->message;
    log_event(&t->log, &ev);
    log_close(&t->log, NULL);
}

int trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                struct charnn_error *e)
{
    struct meter m = { .line_at = clock_seconds(),
                       .fitted_at = clock_seconds(),
                       .fitted_seconds = t->progress.seconds,
                       .fitted_step = t->progress.step,
                       .saved_at = clock_seconds(),
                       .first_step = t->progress.step,
                       .validated = -1,
                       .valid_loss = NAN,
                       .last_loss = NAN };
    if (!t->resumed && t->config.overwrite)
        unlink(t->last_path); /* of the run that this one replaces */
    if (log_open(&t->log, t->log_path, t->resumed ? t->progress.step : -1, e) < 0)
        return -1;
    start(t);
    if (!t->resumed)
        log_gradients_when_due(t); /* of the first weights */
    if (t->fits_time)
        count_baselines(t); /* now, so that the budget knows of them */
    if (t->resumed)
        trouble_catch_up(t);
    if (t->resumed && !t->progress.best_missing && !isnan(t->progress.loss)) {
        m.validated = t->progress.step; /* so that a finished run is not validated twice */
        m.valid_loss = t->progress.loss;
    }
    if (steps(t, &m, status, e) < 0 || finish(t, &m, *status, e) < 0) {
        fail(t, &m, e);
        return -1;
    }
    end(t, *status, &m, e);
    const int saved = trainer_saved(t, e);
    return log_close(&t->log, saved < 0 ? NULL : e) < 0 || saved < 0 ? -1 : 0;
}
