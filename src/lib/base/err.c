/*
 * err.c - fills error messages.
 *
 * Guarantees that a message is one line of valid UTF-8 that fits its array, whatever file
 * names, bytes and lengths it contains: control characters and stray bytes become '?', and
 * a message that is too long is cut between characters.  The text is made in a buffer of
 * its own, so a message may quote the error that it replaces.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { MESSAGE = sizeof((struct charnn_error *)0)->message };

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/* Copies n bytes to `to` (room for n + 1); controls and stray bytes become '?'. */
static void copy_printable(char *to, const char *from, size_t n)
{
    size_t used = 0;
    for (size_t at = 0; at < n;) {
        uint32_t c;
        int len = utf8_decode((const unsigned char *)from + at, n - at, &c);
        bool bad = len == 0 || is_control(c);
        if (bad)
            to[used] = '?';
        else
            memcpy(to + used, from + at, (size_t)len);
        used += bad ? 1 : (size_t)len;
        at += len ? (size_t)len : 1;
    }
    to[used] = '\0';
}

/* The first setting that a message names: what its format has in backquotes. */
static void name_setting(struct charnn_error *e, const char *format)
{
    const char *from = strchr(format, '`') ? strchr(e->message, '`') : NULL;
    snprintf(e->setting, sizeof e->setting, "%.*s", from ? (int)strcspn(from + 1, "`") : 0,
             from ? from + 1 : "");
}

/* If the message is too long, the tail (": No such file...", always short) is kept. */
static void fill_error(struct charnn_error *e, int usage, const char *tail,
                       const char *format, va_list args)
{
    if (!e)
        return;
    char text[MESSAGE + 8];
    size_t n_tail = strlen(tail);
    int made = vsnprintf(text, sizeof text, format, args);
    size_t n = made < 0 ? 0 : (size_t)made;
    if (n > MESSAGE - 1 - n_tail) {
        n = MESSAGE - 1 - n_tail;
        while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(text + n, tail, n_tail);
    e->usage = usage;
    copy_printable(e->message, text, n + n_tail);
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
