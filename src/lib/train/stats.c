/* stats.c - keeps running statistics of a session. */
#include "train/stats.h"

#include <math.h>

#include "base/clock.h"
#include "train/trainer.h"

static const double LINE_SECONDS = 0.5; /* minimum time between lines of the log */

static void mean_add(struct mean *m, double x)
{
    if (isfinite(x)) {
        m->sum += x;
        m->n++;
    }
}

/* Returns the mean so far (NaN if there is none) and resets it. */
static double mean_take(struct mean *m)
{
    const double mean = m->n ? m->sum / (double)m->n : NAN;
    *m = (struct mean){ 0 };
    return mean;
}

void stats_begin(struct charnn_trainer *t)
{
    const struct progress *p = &t->progress;
    const double now = clock_seconds();
    t->stats = (struct run_stats){
        .line.at = now,
        .last_loss = NAN,
        .valid_loss = NAN,
        .validated = -1,
        .first_step = p->step,
        .saved_at = now,
        .fitted = { now, p->seconds, p->step },
    };
}

void stats_flush(struct charnn_trainer *t)
{
    struct run_stats *s = &t->stats;
    const struct batch_plan *b = &t->plan.batch;
    if (s->line.steps == 0)
        return;
    struct charnn_event ev = events_make(t, CHARNN_EVENT_STEP);
    ev.train_loss = mean_take(&s->line.loss);
    ev.grad_norm = *t->step.norm;
    ev.learning_rate = s->line.rate;
    ev.chars_per_second =
        (double)(s->line.steps * (int64_t)(b->B * b->T)) / s->line.seconds;
    events_emit(t, &ev);
    s->line.at = clock_seconds();
    s->line.steps = 0;
    s->line.seconds = 0;
}

void stats_add_step(struct charnn_trainer *t, double loss, double rate, double seconds)
{
    struct run_stats *s = &t->stats;
    t->progress.seconds += seconds;
    s->line.seconds += seconds;
    s->line.steps++;
    s->line.rate = rate;
    mean_add(&s->line.loss, loss);
    mean_add(&s->loss, loss);
    s->valid_loss = NAN;
    s->last_loss = isfinite(loss) ? loss : s->last_loss;
    if (clock_seconds() - s->line.at >= LINE_SECONDS)
        stats_flush(t);
}

double stats_take_loss(struct charnn_trainer *t)
{
    return mean_take(&t->stats.loss);
}

void stats_add_validation(struct charnn_trainer *t, double loss, double start)
{
    struct run_stats *s = &t->stats;
    s->valid_loss = loss;
    s->validated = t->progress.step;
    s->saved_at = clock_seconds();
    s->pause_seconds += s->saved_at - start;
    s->pauses++;
}
