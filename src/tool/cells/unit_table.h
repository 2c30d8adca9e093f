/* unit_table.h - what a search for units found (charnn_units_find), for people and as JSON. */
#ifndef CHARNN_CELLS_UNIT_TABLE_H
#define CHARNN_CELLS_UNIT_TABLE_H

#include "base/buf.h"
#include "charnn_inspect.h"

void unit_table_text(struct buf *out, const struct charnn_units *units);

/* One object and a newline. */
void unit_table_json(struct buf *out, const struct charnn_units *units);

#endif
