/* estimate.h - what a run will need: time, and disk space for its checkpoints. */
#ifndef CHARNN_TRAIN_ESTIMATE_H
#define CHARNN_TRAIN_ESTIMATE_H

#include "charnn.h"

/* Refuses a run whose checkpoints the disk has no room for. */
int estimate_check_disk(const struct charnn_trainer *t, struct charnn_error *e);

#endif
