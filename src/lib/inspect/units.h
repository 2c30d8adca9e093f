/*
 * units.h - implements charnn_units_find: searches for units that follow features of the
 * text.
 */
#ifndef CHARNN_INSPECT_UNITS_H
#define CHARNN_INSPECT_UNITS_H

#include "base/pool.h"
#include "charnn_inspect.h"
#include "nn/model.h"
#include "text/corpus.h"

/* The corpus must be encoded with the model's vocabulary, and *config must be valid except
 * for the layer and the state, which are checked here.  After a failure *units is empty. */
int units_find(const struct model *m, struct pool *pool, const struct corpus *corpus,
               const struct charnn_units_config *config, struct charnn_units *units,
               struct charnn_error *e);

#endif
