/* probe.h - how fast this machine trains, measured in a moment. */
#ifndef CHARNN_TRAIN_PROBE_H
#define CHARNN_TRAIN_PROBE_H

#include "base/pool.h"
#include "math/isa.h"

/* Useful multiplications and additions a second of training steps of a middling model; 0
 * when there is no memory for it.  Takes about half a second. */
double probe_speed(struct pool *pool, enum isa isa);

#endif
