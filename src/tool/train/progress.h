/* progress.h - what a training run says to people, on stderr. */
#ifndef CHARNN_TRAIN_PROGRESS_H
#define CHARNN_TRAIN_PROGRESS_H

#include <signal.h>
#include <stdbool.h>

#include "charnn.h"

struct report {
    struct charnn_trainer *trainer; /* NULL while it is being built */
    char **files;                   /* as given; ends with NULL */
    bool quiet, is_tty;
    bool start_waits;                 /* the start came before the trainer was ours */
    volatile sig_atomic_t save_asked; /* say it when a checkpoint is written */
    struct charnn_event start, valid; /* of this session; the last validation */
    double began, said;               /* on the clock: this session, its last plain line */
    int64_t tenth;                    /* of the run, already told */
    double train_loss;                /* of the last step reported; NaN before */
};

/* The callback for charnn_trainer_new; arg is a struct report. */
void report_event(const struct charnn_event *e, void *arg);

/* Says what a run consists of. */
void report_start(struct report *r);

#endif
