/* paint.c - levels of colour, and the escape sequences (ISO 6429, xterm's palette). */
#include "cli/paint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

/* A level is an index into a colour scale; PLAIN is the terminal's default colour. */
enum { PLAIN = -100 };

static void add_color_code(const struct paint *p, struct buf *out, int level);

static void set_level(struct paint *p, struct buf *out, int level)
{
    if (level == p->level)
        return;
    p->level = level;
    if (level == PLAIN)
        buf_str(out, "\x1b[0m");
    else
        add_color_code(p, out, level);
}

/* ------------------------------------------------------------------------- states */

/* The levels for states are -STATES to STATES. */
enum { STATES = 12 };

struct rgb {
    int part[3];
};

/* Interpolates from white to blue (below 0) or red (above 0); the colour-blind can tell blue
 * from red. */
static struct rgb state_color(int level)
{
    static const int ends[2][3] = { { 33, 102, 172 }, { 178, 24, 43 } };
    const int *end = ends[level > 0];
    struct rgb c;
    for (int i = 0; i < 3; i++)
        c.part[i] = 255 + (end[i] - 255) * abs(level) / STATES;
    return c;
}

/* The nearest colour in xterm's cube of 6 x 6 x 6 colours, with the steps 0, 95, 135, ...,
 * 255. */
static int cube_of(struct rgb c)
{
    int index = 0;
    for (int i = 0; i < 3; i++)
        index = index * 6 + (c.part[i] < 48    ? 0
                             : c.part[i] < 115 ? 1
                                               : (c.part[i] - 35) / 40);
    return 16 + index;
}

static void add_state_code(struct buf *out, int level, bool truecolor)
{
    const int ink = abs(level) > STATES / 2 ? 231 : 16; /* the text is white or black */
    const struct rgb c = state_color(level);
    if (truecolor)
        buf_printf(out, "\x1b[38;5;%d;48;2;%d;%d;%dm", ink, c.part[0], c.part[1],
                   c.part[2]);
    else
        buf_printf(out, "\x1b[38;5;%d;48;5;%dm", ink, cube_of(c));
}

static void legend_of_states(struct paint *p, struct buf *out)
{
    buf_str(out, "-1 ");
    for (int level = -STATES; level <= STATES; level += 2) {
        set_level(p, out, level);
        buf_char(out, ' ');
    }
    set_level(p, out, PLAIN);
    buf_str(out, " 1");
}

/* ----------------------------------------------------------------------- surprise */

/* Surprise below the first row has no colour. */
static const struct {
    double from; /* smallest surprise, in bits, with this colour */
    int background;
} heat[] = {
    { 1, 230 }, { 2, 229 }, { 3, 222 }, { 4, 215 }, { 6, 209 }, { 8, 203 }, { 11, 197 },
};
enum { HEATS = sizeof heat / sizeof *heat };

static int level_of_surprise(double bits)
{
    int level = PLAIN;
    for (int i = 0; i < HEATS && bits >= heat[i].from; i++)
        level = i;
    return level;
}

static void legend_of_surprise(struct paint *p, struct buf *out)
{
    buf_str(out, "bits of surprise: 0");
    for (int i = 0; i < HEATS; i++) {
        buf_char(out, ' ');
        set_level(p, out, i);
        buf_printf(out, " %g ", heat[i].from);
        set_level(p, out, PLAIN);
    }
}

/* ----------------------------------------------------------------------- both scales */

static int paint_level(const struct paint *p)
{
    if (p->scale == PAINT_SURPRISE)
        return level_of_surprise(p->value);
    return isnan(p->value) ? 0 : (int)lround(fmin(fmax(p->value, -1), 1) * STATES);
}

static void add_color_code(const struct paint *p, struct buf *out, int level)
{
    if (p->scale == PAINT_SURPRISE)
        buf_printf(out, "\x1b[38;5;16;48;5;%dm", heat[level].background);
    else
        add_state_code(out, level, p->truecolor);
}

void paint_legend(struct paint *p, struct buf *out)
{
    if (p->scale == PAINT_SURPRISE)
        legend_of_surprise(p, out);
    else
        legend_of_states(p, out);
}

/* --------------------------------------------------------------------------- text */

static void paint_show(struct paint *p, struct buf *out)
{
    const int is_newline = p->n == 1 && p->bytes[0] == '\n';
    if (p->n == 0)
        return;
    set_level(p, out, is_newline ? PLAIN : paint_level(p));
    if (is_newline || (p->n == 1 && p->bytes[0] == '\t'))
        buf_char(out, p->bytes[0]);
    else
        escape_text(out, p->bytes, p->n);
    p->n = 0;
    p->value = 0;
}

void paint_begin(struct paint *p, enum paint_scale scale)
{
    const char *color = getenv("COLORTERM");
    *p = (struct paint){ .scale = scale, .level = PLAIN };
    p->truecolor = color && (!strcmp(color, "truecolor") || !strcmp(color, "24bit"));
}

/* Whether a byte continues the incomplete character. */
static bool continues_character(const struct paint *p, char byte)
{
    return p->n > 0 && ((unsigned char)byte & 0xC0) == 0x80;
}

void paint_put(struct paint *p, struct buf *out, const char *text, size_t n, double value)
{
    const bool sums = p->scale == PAINT_SURPRISE;
    for (size_t i = 0; i < n; i++) {
        if (!continues_character(p, text[i]))
            paint_show(p, out);
        p->value = !sums ? value : i == 0 ? p->value + value : p->value;
        p->bytes[p->n++] = text[i];
        if (p->n >= (size_t)utf8_length((unsigned char)p->bytes[0]))
            paint_show(p, out);
    }
}

void paint_end(struct paint *p, struct buf *out)
{
    paint_show(p, out);
    set_level(p, out, PLAIN);
}
