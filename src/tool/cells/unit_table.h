/* unit_table.h - the results of a search for units (charnn_units_find), as a table and as
 * JSON. */
#ifndef CHARNN_CELLS_UNIT_TABLE_H
#define CHARNN_CELLS_UNIT_TABLE_H

#include "base/buf.h"
#include "charnn_inspect.h"

void unit_table_text(struct buf *out, const struct charnn_units *units);

/* Adds one JSON object and a newline. */
void unit_table_json(struct buf *out, const struct charnn_units *units);

#endif
