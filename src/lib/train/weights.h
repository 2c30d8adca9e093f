/* weights.h - the weights that a run starts from or returns to. */
#ifndef CHARNN_TRAIN_WEIGHTS_H
#define CHARNN_TRAIN_WEIGHTS_H

#include <stdbool.h>

#include "charnn.h"

struct ckpt;

/* Initial weights, by --seed and --init; `init` is the model of --init-from, or NULL. */
int weights_init(struct charnn_trainer *t, const struct ckpt *init, struct charnn_error *e);
/* Resets the weights to the initial ones; reads the model of --init-from again. */
int weights_init_again(struct charnn_trainer *t, struct charnn_error *e);
/* Restores weights, slots, states and history from a .last.bin. */
int weights_restore(struct charnn_trainer *t, const struct ckpt *from,
                    struct charnn_error *e);
/* Whether the weights and the optimiser's slots are finite; only then are they saved. */
bool weights_finite(const struct charnn_trainer *t);

#endif
