/* line.h - reads standard input line by line, up to a maximum length. */
#ifndef CHARNN_CLI_LINE_H
#define CHARNN_CLI_LINE_H

#include "base/buf.h"

enum { LINE_LIMIT = 1 << 24 }; /* the longest line, in bytes */

/* LINE_LONG: the line had more than LINE_LIMIT bytes and was skipped.  LINE_FAILED: reading
 * failed, perhaps because of a signal, or memory ran out; call line_die. */
enum line { LINE_END, LINE_READ, LINE_LONG, LINE_FAILED };

/* Replaces *line by the next line, without its newline; it may contain NUL bytes. */
enum line line_read(struct buf *line);

/* Call right after LINE_FAILED: ends the program with the reason. */
_Noreturn void line_die(const struct buf *line);

#endif
