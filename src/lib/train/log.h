/*
 * log.h - the .jsonl file: one JSON object a line.
 *
 * Every line has event, step, epoch, seconds.  A number that is not finite is null.  A
 * failed write is remembered: training continues, and the run reports it at its end.
 */
#ifndef CHARNN_TRAIN_LOG_H
#define CHARNN_TRAIN_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "charnn.h"
#include "base/err.h"
#include "nn/flow.h"

struct log {
    FILE *f;      /* NULL: closed */
    char *path;   /* owned */
    bool created; /* there was no such file */
    bool begun;   /* by log_begin; lines before it are dropped */
    bool failed;
};

/* Opens and locks the file, and leaves what it holds: who has the log may write the files of the
 * run until log_close.  An error names the process that has it. */
int log_open(struct log *l, const char *path, struct charnn_error *e);

/* Whether it holds anything. */
bool log_is_empty(const struct log *l);

/* Empties the log; with step >= 0 (resuming) it loses the lines of later steps only. */
int log_begin(struct log *l, int64_t step, struct charnn_error *e);

void log_start(struct log *l, const struct charnn_config *c, const struct charnn_summary *s,
               const struct charnn_event *ev);
void log_event(struct log *l, const struct charnn_event *ev);

/* An event "gradients": dh and dc (null where the cell has no c), for each of L layers an
 * array of norms, index k: k steps back (nn/flow.h). */
void log_flow(struct log *l, const struct charnn_event *ev, const struct flow *f, size_t L);

/* -1 when some line could not be written.  A file that log_open made and log_begin never saw is
 * removed. */
int log_close(struct log *l, struct charnn_error *e);

#endif
