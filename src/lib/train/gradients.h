/*
 * gradients.h - --log-gradients: every so many steps, a line of the log with the norms of
 * the gradient of a loss at a chunk's last step, back through time.
 *
 * Measured on the next chunk, from the states carried into it and without dropout.  It uses
 * the training network between two steps: the next step overwrites all that it writes.
 */
#ifndef CHARNN_TRAIN_GRADIENTS_H
#define CHARNN_TRAIN_GRADIENTS_H

#include "charnn.h"

/* Logs a line when the number of steps done is a multiple of log_gradients. */
void gradients_log(struct charnn_trainer *t);

#endif
