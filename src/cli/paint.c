/* paint.c - levels of colour between two ends, and the escape sequences. */
#include "cli/paint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/msg.h"
#include "cli/term.h"

/* Levels -LEVELS to LEVELS; NONE is the terminal's own colours. */
enum { LEVELS = 12, NONE = LEVELS + 1 };

struct rgb {
    int part[3];
};

/* ------------------------------------------------------------------------ colours */

/* From white to the end of the level's side (a blue and a red that the colour-blind tell
 * apart). */
static struct rgb color_of(int level)
{
    static const int ends[2][3] = { { 33, 102, 172 }, { 178, 24, 43 } };
    const int *end = ends[level > 0];
    struct rgb c;
    for (int i = 0; i < 3; i++)
        c.part[i] = 255 + (end[i] - 255) * abs(level) / LEVELS;
    return c;
}

/* The nearest of xterm's cube of 6 x 6 x 6 colours, whose steps are 0, 95, 135, ... 255. */
static int cube_of(struct rgb c)
{
    int index = 0;
    for (int i = 0; i < 3; i++)
        index = index * 6 + (c.part[i] < 48    ? 0
                             : c.part[i] < 115 ? 1
                                               : (c.part[i] - 35) / 40);
    return 16 + index;
}

static int level_of(double value)
{
    return isnan(value) ? 0 : (int)lround(fmin(fmax(value, -1), 1) * LEVELS);
}

static void set_level(struct paint *p, struct buf *out, int level)
{
    const int ink = abs(level) > LEVELS / 2 ? 231 : 16; /* white or black */
    const struct rgb c = color_of(level);
    if (level == p->level)
        return;
    p->level = level;
    if (level == NONE)
        buf_str(out, "\x1b[0m");
    else if (p->truecolor)
        buf_printf(out, "\x1b[38;5;%d;48;2;%d;%d;%dm", ink, c.part[0], c.part[1],
                   c.part[2]);
    else
        buf_printf(out, "\x1b[38;5;%d;48;5;%dm", ink, cube_of(c));
}

/* --------------------------------------------------------------------------- text */

static void show(struct paint *p, struct buf *out)
{
    const int is_newline = p->n == 1 && p->bytes[0] == '\n';
    if (p->n == 0)
        return;
    set_level(p, out, is_newline ? NONE : level_of(p->value));
    if (is_newline || (p->n == 1 && p->bytes[0] == '\t'))
        buf_char(out, p->bytes[0]);
    else
        msg_escape(out, p->bytes, p->n);
    p->n = 0;
}

void paint_begin(struct paint *p)
{
    const char *color = getenv("COLORTERM");
    *p = (struct paint){ .level = NONE };
    p->truecolor = color && (!strcmp(color, "truecolor") || !strcmp(color, "24bit"));
}

void paint_put(struct paint *p, struct buf *out, const char *text, size_t n, double value)
{
    for (size_t i = 0; i < n; i++) {
        if (p->n > 0 && ((unsigned char)text[i] & 0xC0) != 0x80)
            show(p, out);
        p->bytes[p->n++] = text[i];
        p->value = value;
        if (p->n >= (size_t)utf8_length((unsigned char)p->bytes[0]))
            show(p, out);
    }
}

void paint_end(struct paint *p, struct buf *out)
{
    show(p, out);
    set_level(p, out, NONE);
}

void paint_legend(struct paint *p, struct buf *out)
{
    buf_str(out, "-1 ");
    for (int level = -LEVELS; level <= LEVELS; level += 2) {
        set_level(p, out, level);
        buf_char(out, ' ');
    }
    set_level(p, out, NONE);
    buf_str(out, " 1");
}

bool paint_wanted(void)
{
    const char *term = getenv("TERM");
    return term_is_tty(STDOUT_FILENO) && !getenv("NO_COLOR") && term &&
           strcmp(term, "dumb") != 0;
}
