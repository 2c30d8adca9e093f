/*
 * recovery.h - bad steps, and how a run recovers from them.
 *
 * If the loss or the gradient of a step is not finite, the step is skipped and the weights
 * do not change.  If the loss jumps, or weights are not finite, the run rolls back to the
 * best validated weights, or to the initial ones if no file has the best; the optimiser's slots
 * are cleared and the learning rate is halved from then on.  A skipped step and a rollback
 * both count as a bad step.  A new best planned validation resets the count; BAD_STEPS_MOST
 * bad steps end the run.  Everything depends only on the losses, so that a resumed run does
 * the same.
 */
#ifndef CHARNN_TRAIN_RECOVERY_H
#define CHARNN_TRAIN_RECOVERY_H

#include "charnn.h"

enum { BAD_STEPS_MOST = 5 };

/* These functions return -1 if the run cannot continue. */

/* Counts a skipped step, or rolls back if weights are not finite.  Call it after a step whose
 * loss or gradient is not finite. */
int recovery_skip(struct charnn_trainer *t, struct charnn_error *e);

/* Rolls back if the loss has jumped.  Call it after any other step, with its loss. */
int recovery_watch(struct charnn_trainer *t, double loss, struct charnn_error *e);

/* Rolls back if weights are not finite.  Call it before a validation. */
int recovery_check_weights(struct charnn_trainer *t, struct charnn_error *e);

/* Call it when a run is resumed.  A save writes .last.bin before the best checkpoint.  If the
 * run was killed between the two writes, and its weights are the best weights, this function
 * writes the best checkpoint. */
void recovery_finish_save(struct charnn_trainer *t);

#endif
