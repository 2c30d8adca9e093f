/*
 * log.h - the .jsonl file: one JSON object per line.
 *
 * Every line has event, step, steps, epoch, seconds and work.  A number that is not finite is
 * null.  If a write fails, training continues, and the run reports the failure at its end.
 */
#ifndef CHARNN_TRAIN_LOG_H
#define CHARNN_TRAIN_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "charnn.h"
#include "base/err.h"
#include "nn/flow.h"

struct log {
    FILE *f;      /* NULL: the log is closed */
    char *path;   /* owned */
    bool created; /* the file did not exist before */
    bool begun;   /* log_begin was called; lines before that are discarded */
    bool failed;
    /* the step of the last "gradients" event that log_begin has kept; -1: none */
    int64_t gradients;
};

/* Opens and locks the file without changing it.  Until log_close, only the process that
 * holds this lock may write the files of the run.  The error names the process that holds
 * it. */
int log_open(struct log *l, const char *path, struct charnn_error *e);

bool log_is_empty(const struct log *l);

/* Empties the log or, with step >= 0 (in a resumed run), removes only the lines of later
 * steps and an incomplete last line. */
int log_begin(struct log *l, int64_t step, struct charnn_error *e);

void log_start(struct log *l, const struct charnn_config *c, const struct charnn_summary *s,
               const struct charnn_event *ev);
void log_event(struct log *l, const struct charnn_event *ev);

/* Writes a "gradients" event: dh and dc (null if the cell has no c).  Each has one array of
 * norms for each of the L layers; element k is the norm k steps back (nn/flow.h). */
void log_flow(struct log *l, const struct charnn_event *ev, const struct flow *f, size_t L);

/* Closes the log; -1 if a line could not be written.  Removes a file that log_open created
 * if log_begin was never called. */
int log_close(struct log *l, struct charnn_error *e);

#endif
