/* progress.h - shows the progress of a training run on stderr. */
#ifndef CHARNN_TRAIN_PROGRESS_H
#define CHARNN_TRAIN_PROGRESS_H

#include <signal.h>
#include <stdbool.h>

#include "charnn.h"

struct progress_display {
    struct charnn_trainer *trainer; /* NULL while the run is being built */
    char **files;                   /* as given on the command line; ends with NULL */
    bool quiet, is_tty;
    bool start_pending;               /* the start event came before `trainer` was set */
    volatile sig_atomic_t save_asked; /* a signal asked for a save, which is to be
                                       * reported */
    struct charnn_event start, valid; /* start: of this session; valid: the last
                                       * validation */
    double began, said; /* clock readings: when the session started, and when a plain line
                         * was last printed */
    double work_began;  /* when the first of consecutive WORK events came; 0: none */
    int64_t tenth;      /* tenths of the run that were shown so far */
    double train_loss;  /* from the last STEP event; NaN: none yet */
};

/* The callback for charnn_trainer_new; arg is a struct progress_display. */
void progress_event(const struct charnn_event *e, void *arg);

/* Shows corpus, model, plan and machine. */
void progress_start(struct progress_display *p);

#endif
