/*
 * stats.h - running statistics of a session of training: mean losses and speed for the
 * log, and the times that a plan for a budget of seconds goes by.
 */
#ifndef CHARNN_TRAIN_STATS_H
#define CHARNN_TRAIN_STATS_H

#include <stdbool.h>

#include "charnn.h"

/* A mean of losses; those of skipped steps, which are not finite, are left out. */
struct mean {
    double sum;
    int64_t n;
};

/* Times without a unit are on the clock. */
struct run_stats {
    struct {
        double at, seconds, rate; /* when it was written; of training since; the last */
        int64_t steps;
        struct mean loss;
    } line;             /* since the last line of the log */
    struct mean loss;   /* since the last validation */
    double last_loss;   /* of a step that was not skipped; NaN: none in this session */
    double valid_loss;  /* of the weights as they are; NaN: not validated */
    int64_t validated;  /* the step of the last validation; -1: none */
    int64_t first_step; /* of this session */
    double saved_at;
    double pause_seconds; /* spent on validations with their saves, and how many */
    int64_t pauses;
    struct {
        double at, seconds; /* on the clock; of training */
        int64_t step;
    } fitted; /* when the length of the run was last adapted */
};

void stats_begin(struct charnn_trainer *t);

/* After a step that took so many seconds; loss NaN: it was skipped.  Emits a line for the
 * steps since the last line, when it is time. */
void stats_add_step(struct charnn_trainer *t, double loss, double rate, double seconds);
/* The line for what is left. */
void stats_flush(struct charnn_trainer *t);

/* The mean loss of the steps since the last validation, NaN of none; begins anew. */
double stats_take_loss(struct charnn_trainer *t);

/* After a validation with its saves, which began at `start`. */
void stats_add_validation(struct charnn_trainer *t, double loss, double start);

#endif
