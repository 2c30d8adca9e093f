/* schedule.h - the learning rate at each step. */
#ifndef CHARNN_TRAIN_SCHEDULE_H
#define CHARNN_TRAIN_SCHEDULE_H

#include "charnn.h"

/*
 * The learning rate at step `step` (0-based) of `steps`, by schedule:
 *
 *     constant   the learning rate
 *     char-rnn   the learning rate, times 0.97 for each finished epoch from the tenth on
 *     cosine     the learning rate at first; it falls along half a cosine to 2 % of that at
 *                the end of the run (Loshchilov and Hutter 2017)
 *
 * In the first `warmup` steps, at most a tenth of the run, the rate rises linearly instead.
 */
double schedule_rate(const struct charnn_config *c, int64_t step, int64_t steps,
                     int64_t steps_per_epoch);

#endif
