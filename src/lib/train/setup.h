/* setup.h - builds a run: from settings and texts, or from a .last.bin. */
#ifndef CHARNN_TRAIN_SETUP_H
#define CHARNN_TRAIN_SETUP_H

#include "charnn.h"

/* Builds a zeroed trainer whose callback is set.  Release it in any case. */
int setup_trainer(struct charnn_trainer *t, const struct charnn_config *config,
                  const char *const *texts, size_t n_texts, struct charnn_error *e);
void setup_release(struct charnn_trainer *t);

#endif
