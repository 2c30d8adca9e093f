/* validate.h - how good the weights are now, and which are kept. */
#ifndef CHARNN_TRAIN_VALIDATE_H
#define CHARNN_TRAIN_VALIDATE_H

#include "train/trainer.h"

enum occasion { AS_PLANNED, AT_A_STOP };

/* Validates, reports, and saves both checkpoints; train_loss is the mean since the last
 * time.  Returns the validation loss, NaN when nothing is held out. */
double validate_and_save(struct charnn_trainer *t, double train_loss, enum occasion why);

/* What n-gram models reach on the same split, counted and reported once, where there is
 * one. */
void count_baselines(struct charnn_trainer *t);

/* The last weights read as one stream; NaN where that would take too long. */
double exact_loss(struct charnn_trainer *t, struct charnn_error *e);

/* The validation set's name, which is printed with its figures. */
const char *split_name(const struct charnn_trainer *t);

#endif
