/* weights.h - the weights that a run starts from or returns to. */
#ifndef CHARNN_TRAIN_WEIGHTS_H
#define CHARNN_TRAIN_WEIGHTS_H

#include <stdbool.h>

#include "charnn.h"
#include "nn/param.h"

struct ckpt;

/* Sets the initial weights, as --seed and --init say; `init` is the model of --init-from, or
 * NULL. */
int weights_init(struct charnn_trainer *t, const struct ckpt *init, struct charnn_error *e);
/* Resets the weights to their initial values; reads the model of --init-from again. */
int weights_init_again(struct charnn_trainer *t, struct charnn_error *e);
/* Restores weights, slots, states and history from a .last.bin. */
int weights_restore(struct charnn_trainer *t, const struct ckpt *from,
                    struct charnn_error *e);
/* The weights that are saved as the model: the average (--ema), or the weights
 * themselves. */
const real *weights_saved(const struct charnn_trainer *t);
/* The other arrays of a .last.bin, with one number for each weight: the optimiser's slots
 * and, with --ema, the weights that are trained, as "raw".  Returns how many. */
enum { WEIGHTS_SLOTS = 3 };
size_t weights_slots(const struct charnn_trainer *t,
                     struct param_slot slots[WEIGHTS_SLOTS]);
/* Starts the average, if there is one, from the present weights. */
void weights_begin_average(struct charnn_trainer *t);
/* Whether the weights and the optimiser's slots are finite.  Otherwise they are not saved. */
bool weights_finite(const struct charnn_trainer *t);

#endif
