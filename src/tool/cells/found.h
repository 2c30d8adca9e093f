/* found.h - what a search for units found (charnn_units_find), for people and as JSON. */
#ifndef CHARNN_CELLS_FOUND_H
#define CHARNN_CELLS_FOUND_H

#include "base/buf.h"
#include "charnn_inspect.h"

void found_text(struct buf *out, const struct charnn_units *units);

/* One object and a newline. */
void found_json(struct buf *out, const struct charnn_units *units);

#endif
