/* line.h - reads standard input line by line, up to a maximum length. */
#ifndef CHARNN_CLI_LINE_H
#define CHARNN_CLI_LINE_H

#include "base/buf.h"

enum { LINE_LIMIT = 1 << 24 }; /* bytes */

/* LINE_END: no more lines, a failed read or no memory.  LINE_LONG: the line had more than
 * LINE_LIMIT bytes and was skipped. */
enum line { LINE_END, LINE_READ, LINE_LONG };

/* Replaces *line by the next line, without its newline; it may hold NUL bytes. */
enum line line_read(struct buf *line);

#endif
