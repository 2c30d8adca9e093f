/* schedule.h - the learning rate at each step. */
#ifndef CHARNN_TRAIN_SCHEDULE_H
#define CHARNN_TRAIN_SCHEDULE_H

#include "charnn.h"

/*
 * The learning rate at step `step` (0-based) of `steps`, by schedule:
 *
 *     constant   the learning rate
 *     char-rnn   times 0.97 for each epoch finished after the tenth
 *     cosine     falls along half a cosine to 2 % of it at the end of the run (Loshchilov
 *                and Hutter 2017)
 *
 * all after `warmup` steps of linear rise (at most a tenth of the run).
 */
double schedule_rate(const struct charnn_config *c, int64_t step, int64_t steps,
                     int64_t steps_per_epoch);

#endif
