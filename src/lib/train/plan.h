/*
 * plan.h - the plan of a run: its batches, its length, when it validates and when it ends.
 *
 * The settings are constant once a run is built.  The plan may change later: the length,
 * while it is fitted to a time budget, and the step at which the run stops.
 */
#ifndef CHARNN_TRAIN_PLAN_H
#define CHARNN_TRAIN_PLAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "charnn.h"
#include "text/batch.h"

struct ckpt;

struct run_plan {
    struct batch_plan batch;
    int64_t steps;       /* planned length of the run */
    int64_t valid_every; /* steps between validations */
    int64_t stop_at;     /* save and stop at this step; 0: run to the end */
    double budget;       /* time budget in seconds, to which the length is fitted; 0:
                          * none */
    int64_t steps_most;  /* the most steps to which the length is fitted; 0: any */
    double began;        /* time on the clock when the run began */
    struct buf lengths;  /* elements of a JSON array: see `plans` in struct ckpt */
    size_t settled;      /* bytes of `lengths` before the last plan, which may still
                          * change */
};

/* Chooses all settings that are CHARNN_AUTO, and the length of a run with a time budget. */
void plan_autoconf(struct charnn_trainer *t, struct charnn_config *c);
/* Computes B, T and the split, and sets c->batch_size and c->seq_length to B and T. */
int plan_batches(struct charnn_trainer *t, struct charnn_config *c, struct charnn_error *e);
/* Sets the number of steps, and how often to validate; `from` is the run to resume, or NULL.
 * If the length changes, chooses the automatic settings again, except those that the
 * restored state depends on. */
int plan_steps(struct charnn_trainer *t, struct charnn_config *c, const struct ckpt *from,
               struct charnn_error *e);

/* The number of held-out characters. */
size_t plan_held_out(const struct charnn_trainer *t);
/* The cost of a validation, in training steps; a forward pass costs a third of a step. */
double plan_valid_cost(const struct charnn_trainer *t);

/* Fits the length to the time budget again, if the last fit was long ago.  Call it after every
 * step. */
void plan_fit(struct charnn_trainer *t);
bool plan_validation_due(const struct charnn_trainer *t);
/* Whether the run ends before the next step, and how. */
bool plan_ends(struct charnn_trainer *t, enum charnn_status *status);

/* The settings that repeat this run: with the length that was fitted to the budget, and the
 * step at which the run stopped. */
struct charnn_config plan_config(const struct charnn_trainer *t);

#endif
