/* step.h - one step of training. */
#ifndef CHARNN_TRAIN_STEP_H
#define CHARNN_TRAIN_STEP_H

#include "train/trainer.h"

/* One step.  *loss is the mean over the chunk in nats per character, NaN when the step was
 * skipped (train/trouble.h); *rate what it learned with.  -1: the run cannot go on. */
int train_step(struct charnn_trainer *t, double *loss, double *rate,
               struct charnn_error *e);

/* The same without looking at what came out, for measuring. */
void try_step(struct charnn_trainer *t, double rate);

#endif
