/* line.h - lines of standard input, as long as is sensible. */
#ifndef CHARNN_CLI_LINE_H
#define CHARNN_CLI_LINE_H

#include "base/buf.h"

enum { LINE_MOST = 1 << 24 }; /* bytes */

/* LINE_END: nothing came before the end of input, a failed read, a signal or the end of
 * memory.  LINE_LONG: the line had more than LINE_MOST bytes, and was read and dropped. */
enum line { LINE_END, LINE_READ, LINE_LONG };

/* The next line replaces *line, without its newline; it may hold NUL bytes. */
enum line line_read(struct buf *line);

#endif
