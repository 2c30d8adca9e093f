/*
 * log.h - the .jsonl file: one JSON object a line.
 *
 * Every line has event, step, epoch, seconds.  A number that is not finite is null.  A
 * failed write is remembered: training continues, and the run reports it at its end.
 */
#ifndef CHARNN_TRAIN_LOG_H
#define CHARNN_TRAIN_LOG_H

#include <stdio.h>

#include "charnn.h"
#include "base/err.h"
#include "nn/flow.h"

struct log {
    FILE *f;
    char *path; /* owned */
    int failed;
};

/* Creates a log; with step >= 0 (resuming), continues the old one up to that step. */
int log_open(struct log *l, const char *path, int64_t step, struct charnn_error *e);

void log_start(struct log *l, const struct charnn_config *c, const struct charnn_summary *s,
               const struct charnn_event *ev);
void log_event(struct log *l, const struct charnn_event *ev);

/* An event "gradients": dh and dc (null where the cell has no c), for each of L layers an
 * array of norms, index k: k steps back (nn/flow.h). */
void log_flow(struct log *l, const struct charnn_event *ev, const struct flow *f, size_t L);

/* Returns -1 if a line could not be written. */
int log_close(struct log *l, struct charnn_error *e);

#endif
