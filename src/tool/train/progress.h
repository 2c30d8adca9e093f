/* progress.h - shows the progress of a training run on stderr. */
#ifndef CHARNN_TRAIN_PROGRESS_H
#define CHARNN_TRAIN_PROGRESS_H

#include <signal.h>
#include <stdbool.h>

#include "charnn.h"

struct progress_display {
    struct charnn_trainer *trainer; /* NULL while it is being built */
    char **files;                   /* as given; ends with NULL */
    bool quiet, is_tty;
    bool start_pending;               /* the start event came before `trainer` was set */
    volatile sig_atomic_t save_asked; /* report the next checkpoint */
    struct charnn_event start, valid; /* of this session; of the last validation */
    double began, said; /* times of the session's start and its last plain line */
    double work_began;  /* of consecutive WORK events; 0: none */
    int64_t tenth;      /* tenths of the run shown so far */
    double train_loss;  /* of the last step event; NaN before */
};

/* The callback for charnn_trainer_new; arg is a struct progress_display. */
void progress_event(const struct charnn_event *e, void *arg);

/* Shows corpus, model, plan and machine. */
void progress_start(struct progress_display *p);

#endif
