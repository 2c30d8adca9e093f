/*
 * recovery.h - steps that go wrong, and how a run recovers from them.
 *
 * A gradient that is not finite: the step is skipped, the weights are not touched.  A loss
 * that jumps, or weights that are not finite: the weights go back to the best validated
 * ones (NAME), or to the first ones while there are none; the optimiser's memory is cleared
 * and the learning rate halved from there on.  Either is a strike; a better validation
 * forgives them all, STRIKES without one end the run.  Everything follows from the losses
 * of the steps, so that a resumed run does the same.
 */
#ifndef CHARNN_TRAIN_RECOVERY_H
#define CHARNN_TRAIN_RECOVERY_H

#include "charnn.h"

enum { STRIKES = 5 };

/* After a step whose loss or gradient is not finite. */
int recovery_skip(struct charnn_trainer *t, struct charnn_error *e);

/* After any other step, with its loss. */
int recovery_watch(struct charnn_trainer *t, double loss, struct charnn_error *e);

/* After a resumption: where a kill came after the save of the last weights, the best ones,
 * and before NAME was made of them, it is made now. */
void recovery_finish_save(struct charnn_trainer *t);

/* Before a validation of the plan: weights that are not sound go back. */
int recovery_check_weights(struct charnn_trainer *t, struct charnn_error *e);

#endif
