/*
 * autoconf.h - chooses hyperparameters from the length of the text, the number of its
 * symbols, and the compute budget.
 */
#ifndef CHARNN_TRAIN_AUTOCONF_H
#define CHARNN_TRAIN_AUTOCONF_H

#include <stddef.h>

#include "base/pool.h"
#include "charnn.h"
#include "math/isa.h"

/* Replaces every CHARNN_AUTO, for a training text of `characters` characters with `symbols`
 * different ones; also sets the steps, if neither steps nor epochs were given.  `tflops` is
 * the budget of the whole run in Tflop; if it is 0, the length of the text determines it. */
void autoconf_settings(struct charnn_config *c, size_t characters, size_t symbols,
                       double tflops);

/* The longest run that autoconf_settings plans: with more steps, a model of this size
 * would overfit a training text of `characters` characters in spite of all regularization.
 * It is at least as long as the default run. */
int64_t autoconf_most_steps(const struct charnn_config *c, size_t characters,
                            size_t symbols);

/* Rounds to two digits, so that a command that contains the number stays readable. */
double autoconf_round(double x);

/* Floating-point operations of one step: 6 for each matrix weight and character. */
double autoconf_step_flops(const struct charnn_config *c, size_t symbols);
/* The floating-point operations of this many steps, in Tflop. */
double autoconf_work(const struct charnn_config *c, size_t symbols, int64_t steps);

/* In probe.c: floating-point operations a second in training steps of a model of medium size;
 * 0: out of memory.  Takes about half a second. */
double probe_speed(struct pool *pool, enum isa isa);

#endif
