/*
 * trainer.c - the training loop: steps, with validations and saves, until the plan ends.
 */
#include "train/trainer.h"

#include <math.h>
#include <unistd.h>

#include "charnn_inspect.h"
#include "train/autoconf.h"
#include "train/recovery.h"
#include "train/weights.h"

static int train_until_end(struct charnn_trainer *t, enum charnn_status *status,
                           struct charnn_error *e)
{
    if (t->progress.valid_pending && validate_and_save(t, VALIDATE_PLANNED, e) < 0)
        return -1;
    while (!plan_ends(t, status)) {
        const int64_t before = t->progress.step;
        if (step_train(t, e) < 0) /* forward, backward, update */
            return -1;
        if (t->progress.step == before)
            continue;     /* the step was abandoned, because the run is asked to stop */
        gradients_log(t); /* before a save at this step: when the run is resumed, the log is
                           * cut after the step of the save */
        plan_fit(t);
        if (plan_validation_due(t)) {
            if (validate_and_save(t, VALIDATE_PLANNED, e) < 0)
                return -1;
        } else if (save_due(t)) {
            save_last(t, NAN);
        }
    }
    return 0;
}

/* Whether the log may lack the gradients of this step: at step 0 they have not been measured,
 * and later their measurement may have been abandoned when the run was stopped. */
static bool lacks_gradients(const struct charnn_trainer *t)
{
    const int64_t logged = t->events.log.gradients, step = t->progress.step;
    return logged < step && (logged >= 0 || step == 0);
}

/* Prepares a session, before its first step. */
static void start_run(struct charnn_trainer *t)
{
    const struct charnn_summary s = charnn_trainer_summary(t);
    const struct charnn_event ev = events_make(t, CHARNN_EVENT_START);
    log_start(&t->events.log, t->config, &s, &ev);
    t->events.on_event(&ev, t->events.arg);
    if (lacks_gradients(t))
        gradients_log(t);
    if (t->plan.budget > 0)
        validate_baselines(t); /* this early, so that its time counts as part of the run */
    if (t->resumed)
        recovery_finish_save(t);
    if (t->resumed && !t->progress.best_missing && !isnan(t->progress.loss)) {
        t->stats.validated = t->progress.step; /* so that a finished run is not validated
                                                * again */
        t->stats.valid_loss = t->progress.loss;
    }
}

/* Saves the current weights, which no validation has saved.  If there is no best checkpoint,
 * they are written there too, until the next validation replaces them; they usually have no
 * validation loss.  The order of the two files is that of validate_and_save: a run that is
 * killed in between can be resumed, and then writes the best checkpoint. */
static void save_unvalidated(struct charnn_trainer *t, double loss)
{
    struct progress *p = &t->progress;
    const bool best = weights_finite(t) &&
                      (!trainer_validates(t) || isnan(p->best_loss) || p->best_missing);
    if (best) {
        p->best_loss = t->stats.validated == p->step ? t->stats.valid_loss : NAN;
        p->best_step = p->step;
        p->best_missing = 0;
    }
    save_last(t, loss);
    if (best)
        save_best(t, p->best_loss);
}

/* A run that never had a finite validation loss has failed: there is no model to use. */
static int check_converged(const struct charnn_trainer *t, struct charnn_error *e)
{
    if (!trainer_validates(t) || isfinite(t->progress.best_loss))
        return 0;
    return err_set(e,
                   "no validation loss was finite: the run has diverged; begin again with "
                   "a smaller `learning-rate`");
}

/* The last validation and save.  If the run is interrupted, the validation is skipped, or
 * abandoned if it has begun, because the user is waiting. */
static int finish_run(struct charnn_trainer *t, enum charnn_status *status,
                      struct charnn_error *e)
{
    const struct progress *p = &t->progress;
    const bool planned = *status == CHARNN_STATUS_DONE && p->step > t->stats.first_step;
    const bool interrupted = *status == CHARNN_STATUS_INTERRUPTED;
    stats_flush(t);
    if (*status != CHARNN_STATUS_DONE)
        t->plan.stop_at = p->step; /* so that the command that repeats this run stops here
                                    * too */
    if (t->stats.validated != p->step && (planned || (!interrupted && weights_finite(t)))) {
        if (validate_and_save(t, planned ? VALIDATE_PLANNED : VALIDATE_AT_STOP, e) < 0)
            return -1;
        if (t->stats.validated == p->step)
            return check_converged(t, e);
        *status = CHARNN_STATUS_INTERRUPTED;
    }
    save_unvalidated(t, t->stats.valid_loss);
    return 0;
}

static struct charnn_event end_event(const struct charnn_trainer *t,
                                     enum charnn_status status)
{
    struct charnn_event ev = events_make(t, CHARNN_EVENT_END);
    ev.status = status;
    ev.train_loss = t->stats.last_loss;
    ev.valid_loss = t->stats.valid_loss;
    return ev;
}

/* Logs why the run failed. */
static void log_failure(struct charnn_trainer *t, const struct charnn_error *e)
{
    struct charnn_event ev = end_event(t, CHARNN_STATUS_FAILED);
    ev.note = e->message;
    log_event(&t->events.log, &ev);
    log_close(&t->events.log, NULL);
}

int trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                struct charnn_error *e)
{
    stats_begin(t);
    files_remove_temporaries(&t->files);
    if (!t->resumed)
        unlink(t->files.last); /* belongs to the run that this one replaces */
    if (log_begin(&t->events.log, t->resumed ? t->progress.step : -1, e) < 0)
        return -1;
    start_run(t);
    if (train_until_end(t, status, e) < 0 || finish_run(t, status, e) < 0) {
        save_unvalidated(t, NAN); /* saves what it can */
        log_failure(t, e);
        return -1;
    }
    if (save_check(t, e) < 0) {
        log_failure(t, e);
        return -1;
    }
    struct charnn_event ev = end_event(t, *status);
    if (*status != CHARNN_STATUS_INTERRUPTED)
        ev.exact_loss = validate_exact(t, e);
    log_event(&t->events.log, &ev);
    if (log_close(&t->events.log, e) < 0)
        return -1;
    t->events.on_event(&ev, t->events.arg);
    return 0;
}

int charnn_trainer_advance(struct charnn_trainer *t, int64_t steps, struct charnn_error *e)
{
    for (int64_t i = 0; i < steps && t->progress.step < t->plan.steps; i++)
        if (step_train(t, e) < 0)
            return -1;
    return 0;
}

struct charnn_summary charnn_trainer_summary(const struct charnn_trainer *t)
{
    const struct batch_plan *b = &t->plan.batch;
    const struct corpus *c = &t->data.corpus;
    return (struct charnn_summary){
        .characters = (int64_t)c->n,
        .train_characters =
            (int64_t)(b->split == CHARNN_SPLIT_STREAMS ? b->steps_per_epoch * b->T * b->B
                                                       : b->train_n),
        .valid_characters = (int64_t)plan_held_out(t),
        .symbols = (int64_t)c->vocab.size,
        .folded = c->folded,
        .bytes_of_memory = (int64_t)t->memory.most,
        .parameters = (int64_t)model_count(&t->model),
        .steps_per_epoch = (int64_t)b->steps_per_epoch,
        .step = t->progress.step,
        .steps = t->plan.steps,
        .work = autoconf_work(t->config, c->vocab.size, t->plan.steps),
        .threads = pool_size(t->pool),
        .unit = c->vocab.unit == VOCAB_CHAR ? "char" : "byte",
        .isa = isa_name(t->isa),
        .files = (int64_t)c->files,
        .bytes_of_text = (int64_t)c->bytes,
    };
}
