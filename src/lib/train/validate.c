/* validate.c - validation: the loss, n-gram baselines, history, patience, and a sample of
 * text. */
#include "train/validate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "mix/held_out.h"
#include "score/ngram.h"
#include "train/trainer.h"
#include "train/recovery.h"

_Static_assert((int)CHARNN_NGRAM_ORDERS == (int)NGRAM_ORDERS,
               "the public number is that of ngram.h");

enum { HISTORY_BYTES = 100000, SAMPLE_CHARACTERS = 120 };

/* The text to validate on; empty in a streams split, where each stream has its own. */
static struct ngram_stretch held_out(const struct charnn_trainer *t)
{
    const struct batch_plan *p = &t->plan.batch;
    if (t->data.held_out.n)
        return (struct ngram_stretch){ &t->data.held_out, 0, t->data.held_out.n };
    return (struct ngram_stretch){ &t->data.corpus, p->valid_lo, p->valid_hi };
}

static double validation_loss(struct charnn_trainer *t)
{
    const struct ngram_stretch held = held_out(t);
    if (t->plan.batch.split == CHARNN_SPLIT_STREAMS)
        return evaluate_chunks(&t->valid.evaluator, &t->data.corpus, &t->plan.batch);
    return evaluate_stretch(&t->valid.evaluator, held.corpus, held.lo, held.hi);
}

/* Packs the average of the weights, if there is one, so that it can be used. */
static void pack_average(struct charnn_trainer *t)
{
    if (t->optim.average)
        model_pack_all(&t->average, t->pool);
}

double validate_exact(struct charnn_trainer *t, struct charnn_error *e)
{
    const double most = 2e12; /* multiply-adds; so many take about a minute */
    const struct ngram_stretch held = held_out(t);
    struct evaluator one;
    if (t->plan.budget > 0 || !trainer_validates(t) ||
        t->plan.batch.split == CHARNN_SPLIT_STREAMS ||
        (double)(held.hi - held.lo) * (double)t->model.set.total > most)
        return NAN;
    if (evaluator_init(&one, trainer_model(t), 1, EXACT_STEPS, t->pool, e) < 0) {
        events_note(t, e->message);
        return NAN;
    }
    pack_average(t);
    one.stop = &t->stop_asked;
    const double loss = evaluate_stretch(&one, held.corpus, held.lo, held.hi);
    evaluator_release(&one);
    return loss;
}

/* ----------------------------------------------------------------------- baselines */

static void on_counted(void *arg, size_t done, size_t total)
{
    events_work(arg, "counting n-grams", done, total);
}

void validate_baselines(struct charnn_trainer *t)
{
    const bool done = !isnan(t->valid.ngram[0]);
    /* no baseline for a bidirectional model, because an n-gram model sees only the text
     * before a character */
    if (done || !trainer_validates(t) || t->config->bidirectional)
        return;
    const struct ngram_options options = { .V = t->data.corpus.vocab.size,
                                           .separator = t->model.reset_id,
                                           .stop = &t->stop_asked,
                                           .most = NGRAM_ORDERS - 1,
                                           .progress = on_counted,
                                           .arg = t };
    struct ngram_baselines found;
    struct charnn_error e;
    struct held_out split;
    int failed = held_out_split(&split, &t->plan.batch, &t->data.corpus,
                                t->data.held_out.n ? &t->data.held_out : NULL, &e);
    if (failed == 0)
        failed = ngram_baselines(&split.train, &split.held, &options, &found, &e);
    held_out_release(&split);
    if (atomic_load(&t->stop_asked))
        return;
    if (failed < 0) {
        events_note(t, e.message);
        return;
    }
    memcpy(t->valid.ngram, found.loss, sizeof t->valid.ngram);
    const struct charnn_event ev = events_make(t, CHARNN_EVENT_BASELINES);
    events_emit(t, &ev);
}

/* ------------------------------------------------------------------------- history */

/* Drops every second entry.  Entries contain no nested braces. */
static void thin_history(struct buf *h)
{
    size_t to = 0, entry = 0;
    for (size_t at = 0; at < h->len; entry++) {
        const char *end = memchr(h->data + at, '}', h->len - at);
        assert(end); /* ckpt_read has checked a history that comes from a file */
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

/* Adds an entry to the history that checkpoints store, and thins it if it is long. */
static void add_history(struct charnn_trainer *t, double train_loss, double valid_loss)
{
    if (t->valid.history.len > HISTORY_BYTES && !t->valid.history.failed)
        thin_history(&t->valid.history);
    struct json_out j = { .b = &t->valid.history, .first = t->valid.history.len == 0 };
    json_open(&j, NULL, '{');
    json_put_int(&j, "step", t->progress.step);
    json_put_real(&j, "seconds", t->progress.seconds);
    json_put_real(&j, "train_loss", train_loss);
    json_put_real(&j, "valid_loss", valid_loss);
    json_close(&j, '}');
}

/* ------------------------------------------------------------------------ saving */

/* Whether these weights become the best checkpoint.  A planned validation is compared only
 * with planned ones, so that stopping a run, which also validates, does not change how it
 * continues.  A validation at a stop counts only until the first planned one.  The best
 * loss so far is ignored if its file is missing, or has weights that were never validated. */
static bool is_best(const struct charnn_trainer *t, double loss, enum occasion why)
{
    const struct progress *p = &t->progress;
    if (!trainer_validates(t))
        return true;
    if (!isfinite(loss))
        return false;
    return p->best_missing || isnan(p->best_loss) || isnan(p->planned_best) ||
           (why == VALIDATE_PLANNED && loss < p->planned_best);
}

/* Call it only after planned validations, because only they count for patience. */
static void count_patience(struct progress *p, double loss)
{
    if (isfinite(loss) && (isnan(p->planned_best) || loss < p->planned_best)) {
        p->planned_best = loss;
        p->since_best = 0;
        p->bad_steps = 0;
    } else {
        p->since_best++;
    }
}

static void emit_validation(struct charnn_trainer *t, double train_loss, double loss)
{
    struct charnn_event ev = events_make(t, CHARNN_EVENT_VALID);
    char text[SAMPLE_CHARACTERS * CHARNN_CHARACTER_MAX];
    ev.train_loss = train_loss;
    ev.valid_loss = loss;
    ev.text = text;
    if (!t->config->bidirectional)
        ev.text_length = generator_sample(&t->valid.writer, (uint64_t)t->config->seed,
                                          SAMPLE_CHARACTERS, text);
    events_emit(t, &ev);
}

int validate_and_save(struct charnn_trainer *t, enum occasion why, struct charnn_error *e)
{
    struct progress *p = &t->progress;
    if (recovery_check_weights(t, e) < 0)
        return -1;
    validate_baselines(t);
    pack_average(t);
    const double start = clock_seconds();
    const double loss = trainer_validates(t) ? validation_loss(t) : NAN;
    p->valid_pending = why == VALIDATE_PLANNED && atomic_load(&t->stop_asked);
    if (atomic_load(&t->stop_asked))
        return 0; /* the caller saves; when the run is resumed, it does the planned
                   * validation */
    const double train_loss = stats_take_loss(t);
    const bool best = is_best(t, loss, why);
    if (best) {
        p->best_loss = loss;
        p->best_step = p->step;
    }
    if (why == VALIDATE_PLANNED) {
        count_patience(p, loss);
        add_history(t, train_loss, loss);
    }
    if (trainer_validates(t))
        emit_validation(t, train_loss, loss);
    /* Saves the last checkpoint before the best one.  If the run is killed in between, the
     * resumed run can write the best one, because the last one has the same weights.  In
     * the other order, the old last checkpoint would not match the new best one. */
    if (best)
        p->best_missing = 0;
    save_last(t, loss);
    if (best)
        save_best(t, loss);
    if (why == VALIDATE_PLANNED && t->config->keep_history)
        save_history(t, loss);
    stats_add_validation(t, loss, start);
    return 0;
}
