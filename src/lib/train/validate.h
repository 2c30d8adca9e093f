/* validate.h - validates, and saves the checkpoints that depend on the result. */
#ifndef CHARNN_TRAIN_VALIDATE_H
#define CHARNN_TRAIN_VALIDATE_H

#include "base/buf.h"
#include "charnn.h"
#include "sample/generator.h"
#include "score/evaluate.h"

struct run_validation {
    struct evaluator evaluator;        /* net.m is NULL if nothing is held out */
    struct generator writer;           /* generates the samples shown by validations */
    double ngram[CHARNN_NGRAM_ORDERS]; /* losses of the n-gram baselines; NaN until they are
                                        * computed */
    struct buf history;                /* the validations so far: elements of a JSON
                                        * array */
};

/* Chunk length for the exact loss, which is computed with a single stream. */
enum { EXACT_STEPS = 64 };

enum occasion { VALIDATE_PLANNED, VALIDATE_AT_STOP };

/* Validates, emits the losses, and saves the checkpoints.  If the run is asked to stop
 * during the validation, returns without a result and without saving.  Returns -1 if the
 * weights are not finite and the run cannot continue (train/recovery.h). */
int validate_and_save(struct charnn_trainer *t, enum occasion why, struct charnn_error *e);

/* Computes and emits the losses of n-gram models on the same split, once per session. */
void validate_baselines(struct charnn_trainer *t);

/* The loss on the held-out text read as one stream, as charnn eval computes it.  NaN if
 * nothing is held out, if the split is streams, if the run has a time budget, if it would take
 * too long, or if memory is short, which is reported as a note. */
double validate_exact(struct charnn_trainer *t, struct charnn_error *e);

#endif
