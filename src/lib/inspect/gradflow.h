/*
 * gradflow.h - takes the measurements of charnn_gradflow: a training network reads B
 * sequences of a text, each from zero state, with a loss only at the last of T steps.  The
 * training code computes the gradients.
 */
#ifndef CHARNN_INSPECT_GRADFLOW_H
#define CHARNN_INSPECT_GRADFLOW_H

#include "base/pool.h"
#include "charnn_inspect.h"
#include "nn/model.h"
#include "text/corpus.h"

/* Spreads the sequences evenly over the corpus, which is encoded with the model's
 * vocabulary and has at least config->length + 1 characters; messages call it `name`.
 * After a failure *out is empty. */
int gradflow_measure(const struct model *m, struct pool *pool, const struct corpus *c,
                     const char *name, const struct charnn_gradflow_config *config,
                     struct charnn_gradflow *out, struct charnn_error *e);

#endif
