/*
 * err.c - fills error messages.
 *
 * Guarantees that a message is one line of valid UTF-8 that fits its array, whatever file
 * names, bytes and lengths it contains: characters that are not harmless (base/escape.h)
 * become \xNN, and a message that is too long is cut between characters.  The text is
 * formatted in a separate buffer, so a message may quote the error that it replaces.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"

enum { MESSAGE = sizeof((struct charnn_error *)0)->message };

/* Copies as much of `from` as fits into `room` bytes of `to`, with \xNN for characters that
 * are not harmless; returns the number of bytes written.  Does not use escape_name, which
 * allocates. */
static size_t copy_harmless(char *to, size_t room, const char *from, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;
    while (n > 0) {
        const size_t harmless = escape_harmless(from, n), step = harmless ? harmless : 1;
        if ((harmless ? harmless : strlen("\\xNN")) > room - used)
            break;
        const unsigned char byte = (unsigned char)*from;
        const char spelled[] = { '\\', 'x', digits[byte / 16], digits[byte % 16] };
        memcpy(to + used, harmless ? from : spelled, harmless ? harmless : sizeof spelled);
        used += harmless ? harmless : sizeof spelled;
        from += step;
        n -= step;
    }
    return used;
}

/* Stores the setting that a message names first.  If the format has a backquote, that is the
 * first word in backquotes in the message. */
static void name_setting(struct charnn_error *e, const char *format)
{
    const char *from = strchr(format, '`') ? strchr(e->message, '`') : NULL;
    snprintf(e->setting, sizeof e->setting, "%.*s", from ? (int)strcspn(from + 1, "`") : 0,
             from ? from + 1 : "");
}

/* `tail` (": No such file...") is short and always kept; if the message is too long, the
 * rest is cut. */
static void fill_error(struct charnn_error *e, int usage, const char *tail,
                       const char *format, va_list args)
{
    if (!e)
        return;
    char text[MESSAGE];
    const size_t n_tail = strlen(tail), room = MESSAGE - 1 - n_tail;
    vsnprintf(text, sizeof text, format, args);
    const size_t n = copy_harmless(e->message, room, text, strlen(text));
    memcpy(e->message + n, tail, n_tail + 1);
    e->usage = usage;
    name_setting(e, format);
}

int err_set(struct charnn_error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill_error(e, 0, "", format, args);
    va_end(args);
    return -1;
}

int err_usage(struct charnn_error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill_error(e, 1, "", format, args);
    va_end(args);
    return -1;
}

int err_sys(struct charnn_error *e, const char *format, ...)
{
    char tail[128];
    snprintf(tail, sizeof tail, ": %s", strerror(errno));
    va_list args;
    va_start(args, format);
    fill_error(e, 0, tail, format, args);
    va_end(args);
    return -1;
}
