/* markup.h - text and JSON inside SVG and HTML. */
#ifndef CHARNN_VIZ_MARKUP_H
#define CHARNN_VIZ_MARKUP_H

#include <stddef.h>

#include "base/buf.h"

/* Adds n bytes as text between tags or inside quotation marks.  Bytes that are not UTF-8,
 * and characters that XML does not have, become U+FFFD. */
void markup_text(struct buf *out, const char *s, size_t n);

/* Adds what of the n bytes fits into so many ems of a usual sans-serif font, with an
 * ellipsis where it was cut; escaped. */
void markup_fit(struct buf *out, const char *s, size_t n, double ems);

/* The width of a text in a usual sans-serif font, in ems; an estimate. */
double markup_ems(const char *s, size_t n);

/* Adds JSON for an element <script type="application/json">, which it cannot end. */
void markup_json(struct buf *out, const struct buf *json);

#endif
