/* line.c - reads a line, up to a limit. */
#include "cli/line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/msg.h"

enum line line_read(struct buf *line)
{
    size_t n = 0;
    int c;
    line->len = 0;
    buf_add(line, "", 0);
    while ((c = getchar()) != EOF && c != '\n')
        if (n++ < LINE_LIMIT)
            buf_char(line, (char)c);
    if (line->failed || ferror(stdin))
        return LINE_FAILED;
    if (c == EOF && n == 0)
        return LINE_END;
    return n > LINE_LIMIT ? LINE_LONG : LINE_READ;
}

void line_die(const struct buf *line)
{
    if (line->failed)
        msg_die_memory();
    msg_die("standard input: cannot read: %s", strerror(errno));
}
