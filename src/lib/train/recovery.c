/* recovery.c - skipping a step, going back to good weights. */
#include "train/recovery.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "train/trainer.h"
#include "train/weights.h"

enum { MEMORY = 20 }; /* steps that the smoothed loss remembers */

static void __attribute__((format(printf, 2, 3)))
tell(struct charnn_trainer *t, const char *format, ...)
{
    char text[480];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    events_note(t, text);
}

static int strike(struct charnn_trainer *t, struct charnn_error *e)
{
    if (++t->progress.bad_steps < STRIKES)
        return 0;
    return err_set(e,
                   "step %lld: %d steps went wrong without a better validation between "
                   "them; try again with a `learning-rate` below %g or a lower `clip`",
                   (long long)t->progress.step, STRIKES, t->config->learning_rate);
}

/* ---------------------------------------------------------------------- going back */

/* Whether NAME holds the best weights that this run knows of. */
static int is_current(const struct charnn_trainer *t, const struct ckpt *best)
{
    return best->progress.step == t->progress.best_step &&
           best->fingerprint == t->data.corpus.fingerprint;
}

void recovery_finish_save(struct charnn_trainer *t)
{
    const struct progress *p = &t->progress;
    struct ckpt best;
    int current = 0;
    if (p->step == 0 || p->step != p->best_step)
        return;
    if (ckpt_read(&best, t->files.best, NULL) == 0) {
        current = is_current(t, &best);
        ckpt_release(&best);
    }
    if (!current)
        save_best(t, p->loss);
}

static int best_weights(struct charnn_trainer *t, struct charnn_error *e)
{
    struct ckpt best;
    if (ckpt_read(&best, t->files.best, e) < 0)
        return -1;
    int status = is_current(t, &best)
                     ? ckpt_get_weights(&best, &t->model, e)
                     : err_set(e, "%s is not what this run wrote: it cannot go back to it",
                               t->files.best);
    ckpt_release(&best);
    return status;
}

static int rewind_weights(struct charnn_trainer *t, struct charnn_error *e)
{
    struct progress *p = &t->progress;
    const int first = isnan(p->planned_best) || p->best_missing;
    if ((first ? weights_draw_again(t, e) : best_weights(t, e)) < 0)
        return -1;
    for (size_t i = 0; i < t->optim.n_slots; i++)
        memset(t->optim.slots[i].array, 0, t->optim.total * sizeof(real));
    weights_pack(t);
    stack_reset(&t->net.forward);
    p->optim_start = p->step;
    p->smooth_loss = p->lowest_loss = NAN;
    p->rollbacks++;
    return 0;
}

static int go_back(struct charnn_trainer *t, const char *why, struct charnn_error *e)
{
    struct progress *p = &t->progress;
    char to[64] = "the first weights";
    if (rewind_weights(t, e) < 0)
        return -1;
    if (!isnan(p->planned_best) && !p->best_missing)
        snprintf(to, sizeof to, "the best weights (of step %lld)", (long long)p->best_step);
    tell(t, "step %lld: %s: back to %s, with %.3g of the learning rate from here on",
         (long long)p->step, why, to, ldexp(1, -(int)p->rollbacks));
    return strike(t, e);
}

/* ------------------------------------------------------------------------ watching */

/* The first parameter whose gradient is not finite. */
static const char *culprit(const struct charnn_trainer *t)
{
    for (size_t i = 0; i < t->model.set.n; i++) {
        const struct param *p = &t->model.set.list[i];
        for (size_t j = 0; j < p->size; j++)
            if (!isfinite(t->step.gradient[p->offset + j]))
                return p->name;
    }
    return "the loss";
}

int recovery_skip(struct charnn_trainer *t, struct charnn_error *e)
{
    if (!weights_finite(t))
        return go_back(t, "weights are not finite", e);
    t->progress.skipped++;
    stack_reset(&t->net.forward); /* what would be carried may not be finite either */
    tell(t, "step %lld: the gradient of %s is not finite: step skipped",
         (long long)t->progress.step, culprit(t));
    return strike(t, e);
}

/* Whether the smoothed loss has more than doubled: ordinary texts do not do that to a
 * model, not even where they change. */
static int jumped(struct progress *p, double loss)
{
    p->smooth_loss =
        isnan(p->smooth_loss) ? loss : p->smooth_loss + (loss - p->smooth_loss) / MEMORY;
    p->lowest_loss = fmin(p->lowest_loss, p->smooth_loss); /* of NaN and x: x */
    return p->smooth_loss > 2 * p->lowest_loss + 0.5;
}

int recovery_watch(struct charnn_trainer *t, double loss, struct charnn_error *e)
{
    struct progress *p = &t->progress;
    char why[96];
    if (!jumped(p, loss))
        return 0;
    snprintf(why, sizeof why, "the loss jumped from %.3g to %.3g", p->lowest_loss,
             p->smooth_loss);
    return go_back(t, why, e);
}

int recovery_check_weights(struct charnn_trainer *t, struct charnn_error *e)
{
    return weights_finite(t) ? 0 : go_back(t, "weights are not finite", e);
}
