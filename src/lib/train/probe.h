/* probe.h - how fast this machine trains. */
#ifndef CHARNN_TRAIN_PROBE_H
#define CHARNN_TRAIN_PROBE_H

#include "base/pool.h"
#include "math/isa.h"

/* Floating-point operations a second in training steps of a model of medium size; 0: out of
 * memory.  Takes about half a second. */
double probe_speed(struct pool *pool, enum isa isa);

#endif
