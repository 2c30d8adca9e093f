/*
 * stats.h - running statistics of a training session: mean losses and speed for the log,
 * and the times from which a plan is fitted to a time budget.
 */
#ifndef CHARNN_TRAIN_STATS_H
#define CHARNN_TRAIN_STATS_H

#include <stdbool.h>

#include "charnn.h"

/* A mean of losses.  The losses of skipped steps are not finite and are left out. */
struct mean {
    double sum;
    int64_t n;
};

/* Members named `at` are times on the clock. */
struct run_stats {
    struct {
        double at, seconds, rate; /* when it was written; training time since; last learning
                                   * rate */
        int64_t steps;
        struct mean loss;
    } line;             /* the last line of the log */
    struct mean loss;   /* since the last validation */
    double last_loss;   /* loss of the last step that was not skipped; NaN: none in this
                         * session */
    double valid_loss;  /* loss of the current weights; NaN: not validated */
    int64_t validated;  /* the step of the last validation; -1: none */
    int64_t first_step; /* of this session */
    double saved_at;
    double pause_seconds; /* spent on validations and their saves */
    int64_t pauses;       /* the number of these validations */
    struct {
        double at, seconds; /* time on the clock; training time until then */
        int64_t step;
    } fitted; /* when the run's length was last fitted */
};

void stats_begin(struct charnn_trainer *t);

/* Call it after a step that took `seconds`; if the step was skipped, `loss` is NaN.  Emits a
 * line for the steps since the last line, if a line is due. */
void stats_add_step(struct charnn_trainer *t, double loss, double rate, double seconds);
/* Emits a line for the remaining steps. */
void stats_flush(struct charnn_trainer *t);

/* Returns the mean loss since the last validation (NaN: no steps) and resets it. */
double stats_take_loss(struct charnn_trainer *t);

/* Call after a validation and its saves, which began at `start`. */
void stats_add_validation(struct charnn_trainer *t, double loss, double start);

#endif
