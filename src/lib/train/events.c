/* events.c - makes events, and passes them to the log and the callback. */
#include "train/events.h"

#include <math.h>
#include <string.h>

#include "train/autoconf.h"
#include "train/trainer.h"

/* The name of the validation set, which is printed with its losses. */
static const char *split_name(const struct charnn_trainer *t)
{
    if (!trainer_validates(t))
        return "";
    if (t->data.held_out.n)
        return "file";
    return t->plan.batch.split == CHARNN_SPLIT_STREAMS ? "streams" : "tail";
}

struct charnn_event events_make(const struct charnn_trainer *t, enum charnn_event_kind kind)
{
    const struct progress *p = &t->progress;
    struct charnn_event ev = {
        .kind = kind,
        .step = p->step,
        .steps = t->plan.steps,
        .epoch = p->epoch,
        .seconds = p->seconds,
        .work = autoconf_work(t->config, t->data.corpus.vocab.size, p->step),
        .train_loss = NAN,
        .grad_norm = NAN,
        .learning_rate = NAN,
        .chars_per_second = NAN,
        .valid_loss = NAN,
        .best_loss = p->best_loss,
        .best_step = p->best_step,
        .skipped = p->skipped,
        .rollbacks = p->rollbacks,
        .exact_loss = NAN,
        .split = split_name(t),
    };
    memcpy(ev.ngram, t->valid.ngram, sizeof ev.ngram);
    return ev;
}

void events_emit(struct charnn_trainer *t, const struct charnn_event *ev)
{
    log_event(&t->events.log, ev);
    t->events.on_event(ev, t->events.arg);
}

void events_work(struct charnn_trainer *t, const char *what, size_t done, size_t total)
{
    struct charnn_event ev = events_make(t, CHARNN_EVENT_WORK);
    ev.note = what;
    ev.done = (int64_t)done;
    ev.total = (int64_t)total;
    t->events.on_event(&ev, t->events.arg);
}

void events_note(struct charnn_trainer *t, const char *note)
{
    struct charnn_event ev = events_make(t, CHARNN_EVENT_NOTE);
    ev.note = note;
    if (*note)
        events_emit(t, &ev);
}
