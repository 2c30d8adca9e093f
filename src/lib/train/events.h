/* events.h - the events of a run, for its log and for the callback of its caller. */
#ifndef CHARNN_TRAIN_EVENTS_H
#define CHARNN_TRAIN_EVENTS_H

#include "train/log.h"

struct run_events {
    struct log log;
    charnn_event_fn *on_event; /* never NULL */
    void *arg;
};

/* Makes an event with the members that are always known; all losses except best_loss and
 * those of the n-gram baselines are NaN. */
struct charnn_event events_make(const struct charnn_trainer *t,
                                enum charnn_event_kind kind);
/* Writes an event to the log and passes it to the callback. */
void events_emit(struct charnn_trainer *t, const struct charnn_event *ev);

/* Passes a WORK event to the callback, but not to the log: `done` of `total` units of the work
 * `what` are done. */
void events_work(struct charnn_trainer *t, const char *what, size_t done, size_t total);

/* Emits a NOTE event, unless the note is "". */
void events_note(struct charnn_trainer *t, const char *note);

#endif
