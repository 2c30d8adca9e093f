/* schedule.c - computes learning rates. */
#include "train/schedule.h"

#include <math.h>

enum { CHAR_RNN_AFTER = 10 };
static const double COSINE_END = 0.02; /* the rate at the end, relative to the peak */

static double factor(const struct charnn_config *c, int64_t step, int64_t steps,
                     int64_t steps_per_epoch, int64_t warmup)
{
    const int64_t epoch = step / steps_per_epoch;
    switch (c->schedule) {
    case CHARNN_SCHEDULE_CHAR_RNN:
        return epoch < CHAR_RNN_AFTER ? 1 : pow(0.97, (double)(epoch - CHAR_RNN_AFTER + 1));
    case CHARNN_SCHEDULE_COSINE:
        return COSINE_END +
               (1 - COSINE_END) / 2 *
                   (1 + cos(M_PI * (double)(step - warmup) / (double)(steps - warmup)));
    default: return 1;
    }
}

double schedule_rate(const struct charnn_config *c, int64_t step, int64_t steps,
                     int64_t steps_per_epoch)
{
    const int64_t warmup = c->warmup < steps / 10 ? c->warmup : steps / 10;
    if (step < warmup)
        return c->learning_rate * (double)(step + 1) / (double)(warmup + 1);
    return c->learning_rate * factor(c, step, steps, steps_per_epoch, warmup);
}
