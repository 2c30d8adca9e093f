/* line.h - reads standard input line by line, up to a maximum length. */
#ifndef CHARNN_CLI_LINE_H
#define CHARNN_CLI_LINE_H

#include "base/buf.h"

enum { LINE_LIMIT = 1 << 24 }; /* bytes */

/* LINE_LONG: the line had more than LINE_LIMIT bytes and was skipped.  LINE_FAILED: a failed
 * read, which a signal may be the cause of, or no memory: see line_die. */
enum line { LINE_END, LINE_READ, LINE_LONG, LINE_FAILED };

/* Replaces *line by the next line, without its newline; it may hold NUL bytes. */
enum line line_read(struct buf *line);

/* Right after LINE_FAILED: ends the program with the reason. */
_Noreturn void line_die(const struct buf *line);

#endif
