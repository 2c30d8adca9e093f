/*
 * trace.h - implements charnn_trace: reads a text as one stream and emits the states and
 * gates of every unit after every character.
 */
#ifndef CHARNN_INSPECT_TRACE_H
#define CHARNN_INSPECT_TRACE_H

#include "base/pool.h"
#include "charnn_inspect.h"
#include "nn/model.h"
#include "text/corpus.h"

struct charnn_shape trace_shape(const struct model *m);

/* The corpus must be encoded with the model's vocabulary, and *config must be valid. */
int trace_text(const struct model *m, struct pool *pool, const struct corpus *corpus,
               const struct charnn_trace_config *config, charnn_trace_fn *each, void *arg,
               struct charnn_traced *traced, struct charnn_error *e);

#endif
