/* progress.h - how far a run has come; checkpoints store it as a JSON object. */
#ifndef CHARNN_CKPT_PROGRESS_H
#define CHARNN_CKPT_PROGRESS_H

#include <stdint.h>

#include "base/buf.h"

/* The maximum length of a run. */
#define CKPT_STEPS_MOST ((int64_t)1000000000000000)

/* A new member needs a row in progress.c.  Losses are NaN until measured. */
struct progress {
    int64_t step;  /* steps done */
    int64_t steps; /* steps planned */
    double epoch, seconds;
    double best_loss; /* validation loss of the weights in the best checkpoint */
    int64_t best_step;
    int64_t best_missing;  /* 1: the best weights could not be written, so no file has
                            * them */
    double planned_best;   /* best loss of the planned validations, the only ones that count
                            * for patience */
    int64_t since_best;    /* planned validations since the one with planned_best */
    double loss;           /* validation loss of the weights in this file */
    int64_t valid_pending; /* 1: the planned validation of this step is still to be done */
    /* recovery from bad steps (train/recovery.h) */
    double smooth_loss, lowest_loss; /* the smoothed training loss, and its lowest value
                                      * since the last rollback */
    int64_t skipped, rollbacks;      /* skipped steps; how often weights were rolled back */
    int64_t bad_steps;               /* skipped steps and rollbacks since the last better
                                      * validation */
    int64_t optim_start;             /* the step at which the optimiser was last reset */
};

/* The progress of a run that has not begun. */
struct progress progress_none(void);

/* Appends *p as a JSON object. */
void progress_write(const struct progress *p, struct buf *out);

/* Reads the JSON object `text` into *p and checks it; members that it lacks stay unchanged.
 * Returns -1 if it is damaged. */
int progress_read(struct progress *p, const char *text);

#endif
