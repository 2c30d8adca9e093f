/* text_out.c - writes text, and flushes it when due. */
#include "sample/text_out.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/term.h"

void text_out_init(struct text_out *o)
{
    *o = (struct text_out){ .is_tty = term_is_tty(STDOUT_FILENO),
                            .flushed = clock_seconds() };
}

bool text_out_write(struct text_out *o, const char *text, size_t n)
{
    if (n == 0)
        return true;
    o->last = text[n - 1];
    if (fwrite(text, 1, n, stdout) != n)
        return false;
    const double now = clock_seconds();
    if (!o->is_tty && now - o->flushed < 0.5)
        return true;
    o->flushed = now;
    return fflush(stdout) == 0;
}

bool text_out_end_line(struct text_out *o)
{
    return !o->last || o->last == '\n' || text_out_write(o, "\n", 1);
}
