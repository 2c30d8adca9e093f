/*
 * man.h - the parts of manual pages that all commands share.
 */
#ifndef CHARNN_CLI_MAN_H
#define CHARNN_CLI_MAN_H

#include "base/buf.h"

/* Adds text so that troff prints it as it is: hyphens, backslashes, and dots and quotes at
 * the beginning of a line. */
void man_text(const char *text, struct buf *out);

/* Adds the heading, and NAME: "charnn-train \- trains ..." from the first sentence of
 * `about`. */
void man_begin(const char *name, const char *about, struct buf *out);

/* Adds a section with lines that are not filled, such as examples. */
void man_lines(const char *heading, const char *lines, struct buf *out);

/* Adds EXIT STATUS, ENVIRONMENT and SEE ALSO. */
void man_end(const char *see_also, struct buf *out);

#endif
