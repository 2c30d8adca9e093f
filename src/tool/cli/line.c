/* line.c - getline with a limit. */
#include "cli/line.h"

#include <stdio.h>

enum line line_read(struct buf *line)
{
    size_t n = 0;
    int c;
    line->len = 0;
    buf_add(line, "", 0);
    while ((c = getchar()) != EOF && c != '\n')
        if (n++ < LINE_LIMIT)
            buf_char(line, (char)c);
    if (line->failed || (c == EOF && (n == 0 || ferror(stdin))))
        return LINE_END;
    return n > LINE_LIMIT ? LINE_LONG : LINE_READ;
}
