/*
 * trainer.c - the loop: chunk, loss, gradient, update; now and then a validation and a
 * save.
 */
#include "train/trainer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/rng.h"
#include "nn/phase.h"
#include "train/schedule.h"

enum { HISTORY_BYTES = 100000, FITS = 40 };
static const double REPORT_SECONDS = 0.5, SAVE_SECONDS = 300;

/* ------------------------------------------------------------------------ events */

struct charnn_event trainer_event(const struct charnn_trainer *t,
                                  enum charnn_event_kind kind)
{
    const struct progress *p = &t->progress;
    return (struct charnn_event){
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
        .exact_loss = NAN,
    };
}

void trainer_note(const struct charnn_trainer *t, const char *note)
{
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_NOTE);
    ev.note = note;
    if (*note)
        t->report(&ev, t->report_arg);
}

int trainer_validates(const struct charnn_trainer *t)
{
    return t->evaluator.stack.m != NULL;
}

size_t trainer_held_out(const struct charnn_trainer *t)
{
    const struct batch_plan *p = &t->plan;
    if (t->held_out.n)
        return t->held_out.n;
    return p->split == SPLIT_STREAMS ? p->valid_chunks * p->T * p->B
                                     : p->valid_hi - p->valid_lo;
}

struct charnn_summary trainer_summary(const struct charnn_trainer *t)
{
    const struct batch_plan *p = &t->plan;
    return (struct charnn_summary){
        .characters = (int64_t)t->corpus.n,
        .train_characters =
            (int64_t)(p->split == SPLIT_STREAMS ? p->steps_per_epoch * p->T * p->B
                                                : p->train_n),
        .valid_characters = (int64_t)trainer_held_out(t),
        .symbols = (int64_t)t->corpus.vocab.size,
        .folded = t->corpus.folded,
        .bytes_of_memory = (int64_t)(t->model.arena.size + t->stack.arena.size +
                                     t->arena.size + t->evaluator.stack.arena.size),
        .parameters = (int64_t)model_count(&t->model),
        .steps_per_epoch = (int64_t)p->steps_per_epoch,
        .steps = t->progress.steps,
        .threads = pool_size(t->pool),
        .unit = t->corpus.vocab.unit == VOCAB_CHAR ? "char" : "byte",
        .isa = isa_name(t->isa),
    };
}

static const char *split_name(const struct charnn_trainer *t)
{
    return t->held_out.n ? "file" : t->plan.split == SPLIT_STREAMS ? "streams" : "tail";
}

/* ---------------------------------------------------------------------- one step */

struct step {
    struct charnn_trainer *t;
    double rate;
};

static void clear_share(real *x, size_t n, const struct team *team)
{
    size_t lo, hi;
    team_share(team, n, &lo, &hi);
    memset(x + lo, 0, (hi - lo) * sizeof *x);
}

static void step_job(void *arg, const struct team *team)
{
    const struct step *s = arg;
    struct charnn_trainer *t = s->t;
    const double terms = t->config.gradient == CHARNN_GRADIENT_SUM
                             ? (double)t->plan.B
                             : (double)(t->plan.B * t->plan.T);
    clear_share(t->gradient, t->model.set.total, team);
    team_mark(team, PHASE_UPDATE);
    team_sync(team);
    stack_forward(&t->stack, t->ids, team);
    stack_train(&t->stack, t->ids, t->targets, (real)(1 / terms), t->gradient, team);
    const double norm = optim_step(&t->optim, t->model.weights, t->gradient,
                                   t->progress.step, s->rate, team);
    if (team->id == 0)
        *t->step_norm = norm;
    team_mark(team, PHASE_UPDATE);
    model_pack(&t->model, team);
    team_mark(team, PHASE_PACK);
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

static double mean_loss(const struct charnn_trainer *t)
{
    const size_t n = t->plan.B * t->plan.T;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)t->stack.loss[i];
    return sum / (double)n;
}

/* The first parameter whose gradient is not finite. */
static const char *culprit(const struct charnn_trainer *t)
{
    for (size_t i = 0; i < t->model.set.n; i++) {
        const struct param *p = &t->model.set.list[i];
        for (size_t j = 0; j < p->size; j++)
            if (!isfinite(t->gradient[p->offset + j]))
                return p->name;
    }
    return "the loss";
}

/* Whose states are carried into this step: none at the beginning of an epoch, and of each
 * stream with its chance, so that beginning a text is practised too. */
static void carry_or_reset(struct charnn_trainer *t, int fresh)
{
    const uint64_t step = (uint64_t)t->progress.step;
    if (fresh)
        stack_reset(&t->stack);
    for (size_t b = 0; !fresh && t->config.reset > 0 && b < t->plan.B; b++) {
        const uint64_t draw = rng_hash((uint64_t)t->config.seed ^ 0x7265736574, step, b);
        if (rng_unit(draw) < t->config.reset)
            stack_reset_row(&t->stack, b);
    }
}

/* One step; *loss is the mean over the chunk, in nats per character. */
static int train_step(struct charnn_trainer *t, double *loss, double *rate,
                      struct charnn_error *e)
{
    struct progress *p = &t->progress;
    carry_or_reset(t, batch_train(&t->plan, &t->corpus, (uint64_t)p->step, t->ids, t->targets));
    *rate = schedule_rate(&t->config, p->step, p->steps, (int64_t)t->plan.steps_per_epoch);
    pool_profile(t->pool, t->config.profile ? &t->profile : NULL);
    t->stack.dropout.key =
        rng_hash((uint64_t)t->config.seed, 0x64726f70, (uint64_t)p->step);
    pool_run(t->pool, stack_team(&t->stack), step_job, &(struct step){ t, *rate });
    pool_profile(t->pool, NULL);
    *loss = mean_loss(t);
    if (!isfinite(*loss) || !isfinite(*t->step_norm))
        return err_set(
            e,
            "step %lld: the gradient of %s is not finite; %s holds the run before this "
            "step; try again with a lower --learning-rate or --clip",
            (long long)p->step + 1, culprit(t), t->last_path);
    stack_carry(&t->stack);
    p->step++;
    p->epoch = (double)p->step / (double)t->plan.steps_per_epoch;
    return 0;
}

/* ------------------------------------------------------------- validation, saving */

/* What has happened since the last line of the log, and since the last validation. */
struct meter {
    double line_at, line_seconds, line_loss, rate;
    int64_t line_steps;
    double loss, last_loss;
    int64_t steps;
    double saved_at;
    double pause_seconds; /* spent on planned validations and saves, and how many */
    int64_t pauses;
    double fitted_at;
    int64_t validated; /* the step of the last validation, and its loss */
    double valid_loss;
};

static double mean_since(struct meter *m)
{
    const double loss = m->steps ? m->loss / (double)m->steps : NAN;
    m->loss = 0;
    m->steps = 0;
    m->saved_at = clock_seconds();
    return loss;
}

static double validate(struct charnn_trainer *t)
{
    if (t->held_out.n)
        return evaluate_stretch(&t->evaluator, &t->held_out, 0, t->held_out.n);
    if (t->plan.split == SPLIT_STREAMS)
        return evaluate_chunks(&t->evaluator, &t->corpus, &t->plan);
    return evaluate_stretch(&t->evaluator, &t->corpus, t->plan.valid_lo, t->plan.valid_hi);
}

/* Drops every second entry (none holds a brace inside). */
static void thin_history(struct buf *h)
{
    size_t to = 0, entry = 0;
    for (size_t at = 0; at < h->len; entry++) {
        const char *end = memchr(h->data + at, '}', h->len - at);
        assert(end); /* ckpt_read has checked what was read */
        const size_t next = (size_t)(end - h->data) + 1 + (end + 1 < h->data + h->len);
        if (entry % 2 == 0) {
            memmove(h->data + to, h->data + at, next - at);
            to += next - at;
        }
        at = next;
    }
    h->len = to - (h->data[to - 1] == ',');
    h->data[h->len] = 0;
}

/* What the checkpoint tells of the way here; long runs keep every second entry, and again.
 */
static void remember(struct charnn_trainer *t, double train_loss, double valid_loss)
{
    if (t->history.len > HISTORY_BYTES && !t->history.failed)
        thin_history(&t->history);
    struct json_out j = { .b = &t->history, .first = t->history.len == 0 };
    json_open(&j, NULL, '{');
    json_put_int(&j, "step", t->progress.step);
    json_put_real(&j, "seconds", t->progress.seconds);
    json_put_real(&j, "train_loss", train_loss);
    json_put_real(&j, "valid_loss", valid_loss);
    json_close(&j, '}');
}

/* Whether these weights belong into NAME.  What was best before does not count when it is
 * not there: never written, or by a run that had another name. */
static int is_best(const struct charnn_trainer *t, double loss)
{
    return !trainer_validates(t) || isnan(t->progress.best_loss) ||
           t->progress.best_missing || loss < t->progress.best_loss;
}

/* Patience counts only the validations of the plan, so that a stop, which validates too,
 * does not change what follows. */
static void count_patience(struct progress *p, double loss)
{
    const int better = isnan(p->planned_best) || loss < p->planned_best;
    p->waited = better ? 0 : p->waited + 1;
    p->planned_best = better ? loss : p->planned_best;
}

static void report_validation(struct charnn_trainer *t, double train_loss, double loss)
{
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_VALID);
    ev.train_loss = train_loss;
    ev.valid_loss = loss;
    log_event(&t->log, &ev, split_name(t));
    t->report(&ev, t->report_arg);
}

enum occasion { AS_PLANNED, AT_A_STOP };

static void validate_and_save(struct charnn_trainer *t, struct meter *m, enum occasion why)
{
    struct progress *p = &t->progress;
    const double train_loss = mean_since(m);
    const double loss = trainer_validates(t) ? validate(t) : NAN;
    const int best = is_best(t, loss);
    if (best) {
        p->best_loss = loss;
        p->best_step = p->step;
    }
    if (trainer_validates(t))
        report_validation(t, train_loss, loss);
    if (why == AS_PLANNED) {
        count_patience(p, loss);
        remember(t, train_loss, loss);
    }
    if (best)
        trainer_save_best(t, loss);
    trainer_save_last(t, loss);
    m->validated = p->step;
    m->valid_loss = loss;
}

/* The single-stream figure costs a sequential pass; past this it is left to `charnn eval`.
 */
static double exact_loss(struct charnn_trainer *t, struct charnn_error *e)
{
    const double work = 2e12; /* multiply-adds: a minute or so */
    const struct corpus *c = t->held_out.n ? &t->held_out : &t->corpus;
    const size_t lo = t->held_out.n ? 0 : t->plan.valid_lo;
    const size_t hi = t->held_out.n ? t->held_out.n : t->plan.valid_hi;
    struct evaluator one;
    if (t->fits_time || !trainer_validates(t) || (!t->held_out.n && t->plan.split == SPLIT_STREAMS) ||
        (double)(hi - lo) * (double)t->model.set.total > work)
        return NAN;
    if (evaluator_init(&one, &t->model, 1, 64, t->pool, e) < 0)
        return NAN;
    const double loss = evaluate_stretch(&one, c, lo, hi);
    evaluator_release(&one);
    return loss;
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
    ev.train_loss = m->line_loss / (double)m->line_steps;
    ev.grad_norm = *t->step_norm;
    ev.learning_rate = m->rate;
    ev.chars_per_second =
        (double)(m->line_steps * (int64_t)(t->plan.B * t->plan.T)) / m->line_seconds;
    log_event(&t->log, &ev, "");
    t->report(&ev, t->report_arg);
    m->line_at = now;
    m->line_steps = 0;
    m->line_seconds = m->line_loss = 0;
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
    m->line_loss += loss;
    m->line_steps++;
    m->loss += loss;
    m->last_loss = loss;
    m->steps++;
    m->rate = rate;
    report_step(t, m, 0);
    return 0;
}

/* Seconds that a validation with its save takes; before the first, from the length of what
 * is held out: reading costs a third of learning. */
static double pause_seconds(const struct charnn_trainer *t, const struct meter *m,
                            double step_seconds)
{
    if (m->pauses)
        return m->pause_seconds / (double)m->pauses;
    return (double)trainer_held_out(t) / (double)(3 * t->plan.B * t->plan.T) * step_seconds;
}

/* Now and then, the plan's new length, so that training and validations end with the
 * budget. */
static void fit_time(struct charnn_trainer *t, struct meter *m)
{
    struct progress *p = &t->progress;
    const double now = clock_seconds(), left = t->budget - (now - t->began);
    if (!t->fits_time || p->step >= p->steps || now - m->fitted_at < t->budget / FITS)
        return;
    const double step = p->seconds / (double)p->step, pause = pause_seconds(t, m, step);
    const double each = step + pause / (double)t->valid_every;
    const double more = (left - pause) / each;
    const int64_t n = p->step + (more < 1 ? 1 : (int64_t)more);
    m->fitted_at = now;
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
    *status = stop ? CHARNN_INTERRUPTED : CHARNN_STOPPED;
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
        fit_time(t, m);
        if (p->step % t->valid_every == 0 && p->step < p->steps) {
            const double start = clock_seconds();
            validate_and_save(t, m, AS_PLANNED);
            m->pause_seconds += clock_seconds() - start;
            m->pauses++;
        }
        else if (clock_seconds() - m->saved_at > SAVE_SECONDS ||
                 (atomic_load(&t->request) & REQUEST_SAVE)) {
            atomic_fetch_and(&t->request, ~REQUEST_SAVE);
            m->saved_at = clock_seconds();
            trainer_save_last(t, NAN);
        }
    }
    if (p->step >= p->steps)
        *status = CHARNN_DONE;
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
static double finish(struct charnn_trainer *t, struct meter *m, enum charnn_status status)
{
    const struct progress *p = &t->progress;
    report_step(t, m, 1);
    if (status != CHARNN_DONE)
        t->config.stop_at = p->step; /* what repeats this run */
    if (status != CHARNN_INTERRUPTED && m->validated != p->step) {
        const int planned = status == CHARNN_DONE && !isnan(m->last_loss);
        validate_and_save(t, m, planned ? AS_PLANNED : AT_A_STOP);
    } else {
        save_unvalidated(t);
        trainer_save_last(t, m->validated == p->step ? m->valid_loss : NAN);
    }
    return m->validated == p->step ? m->valid_loss : NAN;
}

static void start(struct charnn_trainer *t)
{
    const struct charnn_summary s = trainer_summary(t);
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_START);
    log_start(&t->log, &t->config, &s, &ev);
    t->report(&ev, t->report_arg);
}

static void end(struct charnn_trainer *t, enum charnn_status status, double last_loss,
                double valid_loss, struct charnn_error *e)
{
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_END);
    ev.status = status;
    ev.train_loss = last_loss;
    ev.valid_loss = valid_loss;
    ev.exact_loss = status == CHARNN_INTERRUPTED ? NAN : exact_loss(t, e);
    log_event(&t->log, &ev, "");
    t->report(&ev, t->report_arg);
}

int trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                struct charnn_error *e)
{
    struct meter m = { .line_at = clock_seconds(),
                       .fitted_at = clock_seconds(),
                       .saved_at = clock_seconds(),
                       .validated = -1,
                       .last_loss = NAN };
    if (!t->resumed && t->config.overwrite)
        unlink(t->last_path); /* of the run that this one replaces */
    if (log_open(&t->log, t->log_path, t->resumed ? t->progress.step : -1, e) < 0)
        return -1;
    start(t);
    if (steps(t, &m, status, e) < 0) {
        trainer_save_last(t, NAN);
        log_close(&t->log, NULL);
        return -1;
    }
    const double loss = finish(t, &m, *status);
    end(t, *status, m.last_loss, loss, e);
    const int saved = trainer_saved(t, e);
    return log_close(&t->log, saved < 0 ? NULL : e) < 0 || saved < 0 ? -1 : 0;
}
