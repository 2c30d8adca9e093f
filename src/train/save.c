/* save.c - checkpoints of a run. */
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>

static void save(struct charnn_trainer *t, const char *path, double loss, int resumable)
{
    struct ckpt_out out = {
        .config = &t->config,
        .files = (const char *const *)t->files,
        .n_files = t->n_files,
        .vocab = &t->corpus.vocab,
        .fingerprint = t->corpus.fingerprint,
        .model = &t->model,
        .progress = t->progress,
        .history = t->history.data,
        .plans = t->plans.data,
    };
    struct charnn_error e;
    out.progress.loss = loss;
    if (resumable) {
        out.slots = t->optim.slots;
        out.n_slots = t->optim.n_slots;
        out.state = &t->stack;
    }
    const int failed = ckpt_write(path, &out, &e) < 0;
    if (resumable)
        t->last_missing = failed;
    else
        t->progress.best_missing = failed;
    if (failed) {
        snprintf(t->save_error, sizeof t->save_error, "%s", e.message);
        trainer_note(t, e.message);
        return;
    }
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_SAVE);
    ev.path = path;
    log_event(&t->log, &ev, "");
    t->report(&ev, t->report_arg);
}

void trainer_save_best(struct charnn_trainer *t, double loss)
{
    save(t, t->best_path, loss, 0);
}

void trainer_save_last(struct charnn_trainer *t, double loss)
{
    save(t, t->last_path, loss, 1);
}

int trainer_saved(const struct charnn_trainer *t, struct charnn_error *e)
{
    if (!t->progress.best_missing && !t->last_missing)
        return 0;
    return err_set(e, "%s", *t->save_error ? t->save_error : "nothing was saved");
}
