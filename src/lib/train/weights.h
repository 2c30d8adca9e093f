/* weights.h - the weights that a run begins with or goes back to. */
#ifndef CHARNN_TRAIN_WEIGHTS_H
#define CHARNN_TRAIN_WEIGHTS_H

#include <stdbool.h>

#include "charnn.h"

struct ckpt;

/* The first weights, as --seed and --init say; `init`, which may be NULL, is --init-from.
 */
int weights_init(struct charnn_trainer *t, const struct ckpt *init, struct charnn_error *e);
/* The same once more: reads --init-from again. */
int weights_init_again(struct charnn_trainer *t, struct charnn_error *e);
/* Weights, slots, states and history of a .last.bin. */
int weights_restore(struct charnn_trainer *t, const struct ckpt *from,
                    struct charnn_error *e);
/* After any change of the weights but a step's. */
void weights_pack(struct charnn_trainer *t);
/* Whether the weights and the optimiser's slots are finite: no others are saved. */
bool weights_finite(const struct charnn_trainer *t);

#endif
