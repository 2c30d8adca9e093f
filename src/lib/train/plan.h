/*
 * plan.h - the plan of a run: its batches, its length, when it validates and when it ends.
 *
 * The settings are constant once a run is built.  What changes later is in the plan: the
 * length while it is fitted to a budget of seconds, and the step at which the run stops.
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
    double budget;       /* seconds that the length is fitted to; 0: the length is given */
    double began;        /* clock reading when the run began */
    struct buf lengths;  /* elements of a JSON array: see `plans` in struct ckpt */
    size_t settled;      /* bytes of these that the last plan cannot change */
};

/* Chooses all settings that are CHARNN_AUTO, and the length of a run with a budget. */
void plan_autoconf(struct charnn_trainer *t, struct charnn_config *c);
/* Computes B, T and the split, and sets c->batch_size and c->seq_length to B and T. */
int plan_batches(struct charnn_trainer *t, struct charnn_config *c, struct charnn_error *e);
/* Sets how many steps, and how often to validate; `from`: the run to resume, or NULL.  With
 * another length the settings that were chosen automatically are chosen again, except for
 * those that the state depends on. */
int plan_steps(struct charnn_trainer *t, struct charnn_config *c, const struct ckpt *from,
               struct charnn_error *e);

/* How many characters are validated on. */
size_t plan_held_out(const struct charnn_trainer *t);
/* The time of a validation, in training steps; a forward pass takes a third of a step. */
double plan_valid_cost(const struct charnn_trainer *t);

/* From time to time, fits the length to the budget again. */
void plan_fit(struct charnn_trainer *t);
bool plan_validation_due(const struct charnn_trainer *t);
/* Whether the run ends before the next step, and how. */
bool plan_ends(struct charnn_trainer *t, enum charnn_status *status);

/* The settings that repeat this run, with the length fitted to a budget and the step at
 * which it stopped. */
struct charnn_config plan_config(const struct charnn_trainer *t);

#endif
