/* step.h - one step of training: forward, backward, update. */
#ifndef CHARNN_TRAIN_STEP_H
#define CHARNN_TRAIN_STEP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/pool.h"
#include "charnn.h"
#include "math/real.h"

/* The data of a step, besides the model, the network and the optimiser. */
struct run_step {
    struct arena arena; /* memory for the arrays below and the optimiser's slots */
    real *gradient;
    int32_t *ids, *targets; /* [T][B] */
    double *norm;           /* [1] norm of the gradient; written by team member 0 */
    float *states;          /* [L][states][B][H] before the step, in case it is abandoned */
    struct profile profile;
};

/* Does one step, updates the statistics, and recovers if the step is bad
 * (train/recovery.h).  If the run is asked to stop during the step, abandons it:
 * progress.step does not change.  -1: the run cannot continue. */
int step_train(struct charnn_trainer *t, struct charnn_error *e);

/* The two halves of a step, also used to measure speed.  step_prepare fetches the next chunk,
 * and returns whether it begins an epoch.  step_compute does forward, backward and update with
 * the learning rate `rate`, from the current states; it returns false if it was abandoned
 * before the update. */
bool step_prepare(struct charnn_trainer *t);
bool step_compute(struct charnn_trainer *t, double rate);

/* Appends a table of the time spent in each phase, one line per phase. */
void step_profile(const struct charnn_trainer *t, struct buf *out);

#endif
