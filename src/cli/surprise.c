/* surprise.c - levels of surprise, and the escape sequences (ISO 6429, xterm's palette). */
#include "cli/surprise.h"

#include <string.h>

#include "base/utf8.h"
#include "cli/msg.h"

/* Level 0 has no colour. */
static const struct {
    double from; /* bits */
    int background;
} levels[] = {
    { 0, 0 },   { 1, 230 }, { 2, 229 }, { 3, 222 },
    { 4, 215 }, { 6, 209 }, { 8, 203 }, { 11, 197 },
};
enum { LEVELS = sizeof levels / sizeof *levels };

static int level_of(double bits)
{
    int level = 0;
    while (level + 1 < LEVELS && bits >= levels[level + 1].from)
        level++;
    return level;
}

static void set_level(struct surprise *s, struct buf *out, int level)
{
    if (level == s->level)
        return;
    if (level == 0)
        buf_str(out, "\x1b[0m");
    else
        buf_printf(out, "\x1b[38;5;16;48;5;%dm", levels[level].background);
    s->level = level;
}

static void show(struct surprise *s, struct buf *out)
{
    const int is_newline = s->n == 1 && s->bytes[0] == '\n';
    if (s->n == 0)
        return;
    set_level(s, out, is_newline ? 0 : level_of(s->bits));
    if (is_newline || (s->n == 1 && s->bytes[0] == '\t'))
        buf_char(out, s->bytes[0]);
    else
        msg_escape(out, s->bytes, s->n);
    s->n = 0;
    s->bits = 0;
}

/* Whether a byte goes on with the character that is not complete. */
static int goes_on(const struct surprise *s, char byte)
{
    return s->n > 0 && ((unsigned char)byte & 0xC0) == 0x80;
}

void surprise_put(struct surprise *s, struct buf *out, const char *text, size_t n,
                  double bits)
{
    for (size_t i = 0; i < n; i++) {
        if (!goes_on(s, text[i]))
            show(s, out);
        s->bits += i == 0 ? bits : 0;
        s->bytes[s->n++] = text[i];
        if (s->n >= (size_t)utf8_length((unsigned char)s->bytes[0]))
            show(s, out);
    }
}

void surprise_end(struct surprise *s, struct buf *out)
{
    show(s, out);
    set_level(s, out, 0);
}

void surprise_legend(struct buf *out)
{
    struct surprise s = { .n = 0 };
    buf_str(out, "bits of surprise: 0");
    for (int i = 1; i < LEVELS; i++) {
        buf_char(out, ' ');
        set_level(&s, out, i);
        buf_printf(out, " %g ", levels[i].from);
        set_level(&s, out, 0);
    }
    buf_char(out, '\n');
}
