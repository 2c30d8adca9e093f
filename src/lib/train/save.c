/* save.c - saves the checkpoints of a run. */
#include "train/save.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "train/trainer.h"
#include "train/weights.h"

static const double SAVE_SECONDS = 300;

/* Writes a checkpoint.  -1: it could not be written; a note says why, and save_check will
 * return the error. */
static int save_file(struct charnn_trainer *t, const char *path, double loss,
                     bool resumable)
{
    const struct charnn_config config = plan_config(t);
    struct ckpt_out out = {
        .config = &config,
        .files = (const char *const *)t->files.inputs,
        .n_files = t->files.n_texts,
        .vocab = &t->data.corpus.vocab,
        .fingerprint = t->data.corpus.fingerprint,
        .model = &t->model,
        .weights = weights_saved(t),
        .progress = t->progress,
        .history = t->valid.history.data,
        .plans = t->plan.lengths.data,
    };
    struct param_slot slots[WEIGHTS_SLOTS];
    struct charnn_error e;
    out.progress.steps = t->plan.steps;
    out.progress.loss = loss;
    if (resumable) {
        out.n_slots = weights_slots(t, slots);
        out.slots = slots;
        out.state = &t->net.forward;
    }
    if (files_check_output(&t->files, path, &e) < 0 || ckpt_write(path, &out, &e) < 0) {
        snprintf(t->saves.error, sizeof t->saves.error, "%s", e.message);
        events_note(t, e.message);
        return -1;
    }
    struct charnn_event ev = events_make(t, CHARNN_EVENT_SAVE);
    ev.path = path;
    events_emit(t, &ev);
    return 0;
}

void save_best(struct charnn_trainer *t, double loss)
{
    if (!weights_finite(t))
        return;
    t->progress.best_missing = 0; /* progress is also written into the file */
    t->progress.best_missing = save_file(t, t->files.best, loss, false) < 0;
}

void save_last(struct charnn_trainer *t, double loss)
{
    if (!t->saves.last_stays && weights_finite(t))
        t->saves.last_missing = save_file(t, t->files.last, loss, true) < 0;
}

void save_history(struct charnn_trainer *t, double loss)
{
    char suffix[96], end[32] = "";
    if (isfinite(loss))
        snprintf(end, sizeof end, "_%.4f", loss);
    snprintf(suffix, sizeof suffix, ".epoch%.2f_step%lld%s.bin", t->progress.epoch,
             (long long)t->progress.step, end);
    char *path = file_sibling(t->config->output, suffix);
    if (!path || save_file(t, path, loss, false) < 0)
        t->saves.history_missing = true;
    free(path);
}

bool save_due(struct charnn_trainer *t)
{
    const double now = clock_seconds();
    const bool asked = atomic_exchange(&t->save_asked, false);
    if (!asked && now - t->stats.saved_at <= SAVE_SECONDS)
        return false;
    t->stats.saved_at = now;
    return true;
}

int save_check(const struct charnn_trainer *t, struct charnn_error *e)
{
    const struct run_saves *s = &t->saves;
    if (!t->progress.best_missing && !s->last_missing && !s->history_missing)
        return 0;
    return err_set(e, "%s", *s->error ? s->error : "nothing was saved");
}
