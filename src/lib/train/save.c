/* save.c - checkpoints of a run. */
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "train/trouble.h"

/* -1: the file was not written, which has been said and is remembered. */
static int save(struct charnn_trainer *t, const char *path, double loss, int resumable)
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
        out.state = &t->net.forward;
    }
    if (ckpt_write(path, &out, &e) < 0) {
        snprintf(t->save_error, sizeof t->save_error, "%s", e.message);
        trainer_note(t, e.message);
        return -1;
    }
    struct charnn_event ev = trainer_event(t, CHARNN_EVENT_SAVE);
    ev.path = path;
    log_event(&t->log, &ev);
    t->report(&ev, t->report_arg);
    return 0;
}

void trainer_save_best(struct charnn_trainer *t, double loss)
{
    if (is_sound(t))
        t->progress.best_missing = save(t, t->best_path, loss, 0) < 0;
}

/* What is not sound goes back at the next step or validation; the file before it stays. */
void trainer_save_last(struct charnn_trainer *t, double loss)
{
    if (is_sound(t))
        t->last_missing = save(t, t->last_path, loss, 1) < 0;
}

void trainer_save_history(struct charnn_trainer *t, double loss)
{
    char suffix[96], end[32] = "";
    if (isfinite(loss))
        snprintf(end, sizeof end, "_%.4f", loss);
    snprintf(suffix, sizeof suffix, ".epoch%.2f_step%lld%s.bin", t->progress.epoch,
             (long long)t->progress.step, end);
    char *path = file_sibling(t->config.output, suffix);
    if (!path || save(t, path, loss, 0) < 0)
        t->history_missing = 1;
    free(path);
}

int trainer_saved(const struct charnn_trainer *t, struct charnn_error *e)
{
    if (!t->progress.best_missing && !t->last_missing && !t->history_missing)
        return 0;
    return err_set(e, "%s", *t->save_error ? t->save_error : "nothing was saved");
}
