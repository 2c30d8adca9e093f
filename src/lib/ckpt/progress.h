/* progress.h - how far a run has come, as its checkpoints store it: a JSON object. */
#ifndef CHARNN_CKPT_PROGRESS_H
#define CHARNN_CKPT_PROGRESS_H

#include <stdint.h>

#include "base/buf.h"

/* No run is longer. */
#define CKPT_STEPS_MOST ((int64_t)1000000000000000)

/* A new member is also a row in progress.c.  Losses are NaN while there are none. */
struct progress {
    int64_t step;  /* done */
    int64_t steps; /* of the plan */
    double epoch, seconds;
    double best_loss; /* of the weights in the best checkpoint */
    int64_t best_step;
    int64_t best_missing; /* 1: the best checkpoint could not be written, and lacks them */
    double planned_best; /* of the validations of the plan: they alone count for patience */
    int64_t since_best;  /* such validations since that one */
    double loss;         /* validation loss of the weights in this file */
    int64_t valid_pending; /* 1: the planned validation of this step is still to be done */
    /* recovery from bad steps (train/recovery.h) */
    double smooth_loss, lowest_loss; /* of the training steps since the last restart */
    int64_t skipped, rollbacks;      /* steps left out; times that the weights went back */
    int64_t bad_steps;               /* of both, since a better validation */
    int64_t optim_start;             /* the step at which the optimiser was last reset */
};

/* Of a run that has not begun. */
struct progress progress_none(void);

/* Adds the JSON object. */
void progress_write(const struct progress *p, struct buf *out);

/* Reads it into *p, in which members that the text lacks stay as they are, and checks it; -1
 * when it is damaged. */
int progress_read(struct progress *p, const char *text);

#endif
