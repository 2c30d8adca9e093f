/* recovery.c - skips bad steps, and rolls back to earlier weights. */
#include "train/recovery.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "train/trainer.h"
#include "train/weights.h"

enum { SMOOTH_STEPS = 20 }; /* time constant of the smoothed loss, in steps */

static int count_bad_step(struct charnn_trainer *t, struct charnn_error *e)
{
    if (++t->progress.bad_steps < BAD_STEPS_MOST)
        return 0;
    return err_set(e,
                   "step %lld: %d bad steps without a better validation in between; try "
                   "again with a `learning-rate` below %g or a lower `clip`",
                   (long long)t->progress.step, BAD_STEPS_MOST, t->config->learning_rate);
}

/* ----------------------------------------------------------------------- rolling back */

/* Whether a file holds the best weights of this run. */
static bool is_best_checkpoint(const struct charnn_trainer *t, const struct ckpt *c)
{
    return c->progress.step == t->progress.best_step &&
           c->fingerprint == t->data.corpus.fingerprint;
}

void recovery_finish_save(struct charnn_trainer *t)
{
    struct progress *p = &t->progress;
    struct ckpt best;
    bool complete = false;
    if (p->step == 0 || p->step != p->best_step)
        return;
    if (ckpt_read(&best, t->files.best, NULL) == 0) {
        complete = is_best_checkpoint(t, &best);
        ckpt_release(&best);
    }
    if (!complete) {
        p->best_loss = p->loss;
        save_best(t, p->loss);
    }
}

static int read_best_weights(struct charnn_trainer *t, struct charnn_error *e)
{
    struct ckpt best;
    if (ckpt_read(&best, t->files.best, e) < 0)
        return -1;
    const int status =
        is_best_checkpoint(t, &best)
            ? ckpt_get_weights(&best, &t->model, e)
            : err_set(e,
                      "%s was not written by this run, so its weights cannot be restored",
                      t->files.best);
    ckpt_release(&best);
    return status;
}

/* Reads the best weights or, if `first`, the initial ones, and clears the optimiser.  A
 * checkpoint is in memory as a whole; it takes the place of the arrays that are cleared, so
 * that rolling back needs no additional memory. */
static int read_weights(struct charnn_trainer *t, bool first, struct charnn_error *e)
{
    const size_t bytes = t->optim.total * sizeof(real);
    arena_discard(t->step.gradient, bytes);
    for (size_t i = 0; i < t->optim.n_slots; i++)
        arena_discard(t->optim.slots[i].array, bytes);
    const int status = first ? weights_init_again(t, e) : read_best_weights(t, e);
#ifdef __GLIBC__
    malloc_trim(0); /* otherwise glibc may keep the memory of the checkpoint */
#endif
    for (size_t i = 0; i < t->optim.n_slots; i++)
        memset(t->optim.slots[i].array, 0, bytes);
    t->progress.optim_start = t->progress.step;
    return status;
}

/* Restores the best weights, and resets the optimiser and the recurrent states. */
static int restore_weights(struct charnn_trainer *t, bool first, struct charnn_error *e)
{
    struct progress *p = &t->progress;
    if (read_weights(t, first, e) < 0)
        return -1;
    weights_begin_average(t);
    model_pack_all(&t->model, t->pool);
    stack_reset(&t->net.forward);
    p->smooth_loss = p->lowest_loss = NAN;
    p->rollbacks++;
    return 0;
}

static int roll_back(struct charnn_trainer *t, const char *why, struct charnn_error *e)
{
    const struct progress *p = &t->progress;
    const bool first = isnan(p->planned_best) || p->best_missing;
    char to[64] = "the first weights", note[480];
    if (restore_weights(t, first, e) < 0) {
        /* The optimiser is cleared and the weights are bad, so .last.bin must stay. */
        t->saves.last_stays = true;
        return -1;
    }
    if (!first)
        snprintf(to, sizeof to, "the best weights (of step %lld)", (long long)p->best_step);
    snprintf(
        note, sizeof note,
        "step %lld: %s: back to %s, with %.3g of the planned learning rate from here on",
        (long long)p->step, why, to, ldexp(1, -(int)p->rollbacks));
    events_note(t, note);
    return count_bad_step(t, e);
}

/* ------------------------------------------------------------------------ watching */

/* The first parameter whose gradient is not finite; NULL: none. */
static const char *bad_gradient(const struct charnn_trainer *t)
{
    for (size_t i = 0; i < t->model.set.n; i++) {
        const struct param *p = &t->model.set.list[i];
        for (size_t j = 0; j < p->size; j++)
            if (!isfinite(t->step.gradient[p->offset + j]))
                return p->name;
    }
    return NULL;
}

int recovery_skip(struct charnn_trainer *t, struct charnn_error *e)
{
    char note[480];
    if (!weights_finite(t))
        return roll_back(t, "weights are not finite", e);
    t->progress.skipped++;
    stack_reset(&t->net.forward); /* the state carried over may not be finite either */
    const char *bad = bad_gradient(t);
    snprintf(note, sizeof note, "step %lld: the %s%s is not finite: step skipped",
             (long long)t->progress.step, bad ? "gradient of " : "loss", bad ? bad : "");
    events_note(t, note);
    return count_bad_step(t, e);
}

/* Whether the smoothed loss is more than twice its lowest value plus 0.5.  Even abrupt changes
 * in a text do not cause that. */
static bool loss_jumped(struct progress *p, double loss)
{
    if (isnan(p->smooth_loss))
        p->smooth_loss = loss;
    else
        p->smooth_loss += (loss - p->smooth_loss) / SMOOTH_STEPS;
    p->lowest_loss = fmin(p->lowest_loss, p->smooth_loss); /* fmin ignores a lowest_loss
                                                            * that is NaN */
    return p->smooth_loss > 2 * p->lowest_loss + 0.5;
}

int recovery_watch(struct charnn_trainer *t, double loss, struct charnn_error *e)
{
    struct progress *p = &t->progress;
    char why[96];
    if (!loss_jumped(p, loss))
        return 0;
    snprintf(why, sizeof why, "the loss jumped from %.3g to %.3g", p->lowest_loss,
             p->smooth_loss);
    return roll_back(t, why, e);
}

int recovery_check_weights(struct charnn_trainer *t, struct charnn_error *e)
{
    return weights_finite(t) ? 0 : roll_back(t, "weights are not finite", e);
}
