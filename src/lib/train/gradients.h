/*
 * gradients.h - --log-gradients: now and then, how the gradient of a loss at a chunk's last
 * step flows back through time, as a line of the log.
 *
 * Measured on the chunk that comes next, from the states carried into it and without
 * dropout, in the training stack itself between two steps: all that it overwrites there,
 * the next step overwrites too.
 */
#ifndef CHARNN_TRAIN_GRADIENTS_H
#define CHARNN_TRAIN_GRADIENTS_H

#include "charnn.h"

/* Logs a profile where the settings ask for one after so many steps. */
void gradients_log(struct charnn_trainer *t);

#endif
