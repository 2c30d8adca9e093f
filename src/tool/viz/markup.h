/* markup.h - puts text and JSON into SVG and HTML. */
#ifndef CHARNN_VIZ_MARKUP_H
#define CHARNN_VIZ_MARKUP_H

#include <stddef.h>

#include "base/buf.h"

/* Adds a string as text between tags or inside quotation marks.  Bytes that are not UTF-8,
 * control characters, and characters not allowed in XML, become U+FFFD; characters that are
 * not harmless (base/escape.h) become numeric references. */
void markup_text(struct buf *out, const char *s);

/* Appends as much of the n bytes, escaped, as fits into `ems` of a typical sans-serif font;
 * ends a text that is cut with an ellipsis. */
void markup_fit(struct buf *out, const char *s, size_t n, double ems);

/* The estimated width of a text in a typical sans-serif font, in ems. */
double markup_ems(const char *s, size_t n);

/* Appends JSON for an element <script type="application/json">, escaped so that it cannot
 * end the element. */
void markup_json(struct buf *out, const struct buf *json);

#endif
