/*
 * save.h - saves the checkpoints of a run: the best weights, everything needed to resume,
 * and with --keep-history the weights of every validation.
 *
 * `loss` is the validation loss of the current weights (NaN: none).  A write that fails is
 * reported in a note; save_check returns its error at the end, unless a later save of the
 * same file succeeded.  Weights that are not finite are not saved: the existing file is not
 * changed.
 */
#ifndef CHARNN_TRAIN_SAVE_H
#define CHARNN_TRAIN_SAVE_H

#include <stdbool.h>

#include "charnn.h"

struct run_saves {
    char error[480];      /* the error of the last save that failed */
    bool last_missing;    /* the last write of .last.bin failed */
    bool history_missing; /* a write for --keep-history failed */
    bool last_stays; /* a rollback failed, so .last.bin is better than the present state */
};

void save_best(struct charnn_trainer *t, double loss);
void save_last(struct charnn_trainer *t, double loss);
void save_history(struct charnn_trainer *t, double loss);

/* Whether a save between validations is due, or was requested. */
bool save_due(struct charnn_trainer *t);

/* Fails if a file could not be written.  Call it at the end of the run. */
int save_check(const struct charnn_trainer *t, struct charnn_error *e);

#endif
