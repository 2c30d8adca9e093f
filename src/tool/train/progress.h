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
    volatile sig_atomic_t save_asked; /* a signal asked for a save that is still to be
                                       * reported */
    struct charnn_event start, valid; /* start: of this session; valid: the last
                                       * validation */
    double began, said; /* clock times: the start of the session; the last time that
                         * progress was shown */
    double work_began;  /* time of the first of consecutive WORK events; 0: none */
    int64_t tenth;      /* tenths of the run shown so far */
    double train_loss;  /* from the last STEP event; NaN: none yet */
    bool explained;     /* it was said why a training loss can be above a validation loss */
};

/* The callback for charnn_trainer_new; arg is a struct progress_display. */
void progress_event(const struct charnn_event *e, void *arg);

/* Shows the lines at the start of a session: corpus, split, model, training, machine and
 * command. */
void progress_start(struct progress_display *p);

#endif
