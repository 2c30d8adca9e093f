/*
 * recovery.h - bad steps, and how a run recovers from them.
 *
 * A gradient that is not finite: the step is skipped, the weights are not touched.  A loss
 * that jumps, or weights that are not finite: the run rolls back to the best validated
 * weights, or to the first ones while there are none; the optimiser's slots are cleared
 * and the learning rate is halved from there on.  Both count as bad steps; a validation
 * that is better than all before sets the count to 0, BAD_STEPS_MOST end the run.
 * Everything follows from the losses of the steps, so that a resumed run does the same.
 */
#ifndef CHARNN_TRAIN_RECOVERY_H
#define CHARNN_TRAIN_RECOVERY_H

#include "charnn.h"

enum { BAD_STEPS_MOST = 5 };

/* All return -1 when the run cannot go on. */

/* After a step whose loss or gradient is not finite. */
int recovery_skip(struct charnn_trainer *t, struct charnn_error *e);

/* After any other step, with its loss. */
int recovery_watch(struct charnn_trainer *t, double loss, struct charnn_error *e);

/* Before a validation: rolls back weights that are not finite. */
int recovery_check_weights(struct charnn_trainer *t, struct charnn_error *e);

/* When a run is resumed.  The last checkpoint is written before the best one; if the run was
 * killed between the two, and the weights are the best ones, writes the best one now. */
void recovery_finish_save(struct charnn_trainer *t);

#endif
