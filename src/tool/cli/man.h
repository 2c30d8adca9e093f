/*
 * man.h - the parts of manual pages that all commands share.
 */
#ifndef CHARNN_CLI_MAN_H
#define CHARNN_CLI_MAN_H

#include "base/buf.h"

/* Adds text, escaping what troff would interpret: hyphens, backslashes, and dots and quotes
 * at the beginning of a line. */
void man_text(const char *text, struct buf *out);

/* Adds the title line and the section NAME, "charnn-train \- trains ...", with the first
 * sentence of `about`. */
void man_begin(const char *name, const char *about, struct buf *out);

/* Adds a section with lines that are not filled, such as examples. */
void man_lines(const char *heading, const char *lines, struct buf *out);

/* Adds EXIT STATUS, ENVIRONMENT and SEE ALSO. */
void man_end(const char *see_also, struct buf *out);

#endif
