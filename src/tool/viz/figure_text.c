/*
 * figure_text.c - draws figures for a terminal: lines in braille (2 x 4 dots per character,
 * from U+2800 on), heat maps in half blocks of two colours or, without colours, in shades.
 *
 * Every named line has a letter, in the legend and beside its last point, so that lines can
 * be told apart without colours.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "base/width.h"
#include "viz/palette.h"
#include "viz/thin.h"

enum { WIDTH_LEAST = 24, WIDTH_MOST = 500, HEIGHT_LEAST = 8, HEIGHT_MOST = 200 };
enum { PLAIN = 0 }; /* the terminal's default colour; other colours are 0xRRGGBB + 1 */

/* A character of the picture. */
struct cell {
    unsigned char dots; /* braille dots, as in U+2800 */
    bool mark;
    unsigned color;
};

struct canvas {
    int width, height, color; /* width and height in characters; whether colours are used */
    struct buf *out;
    unsigned now;       /* the colour set in the terminal; PLAIN: its default */
    struct cell *cells; /* [rows][columns] of the picture */
    char *letters;      /* [rows] the letter beside each row of the picture; 0: none */
    int columns, rows;
};

/* ------------------------------------------------------------------- colours */

static void set_color(struct canvas *c, unsigned color)
{
    if (!c->color || c->now == color)
        return;
    if (color == PLAIN)
        buf_str(c->out, "\033[0m");
    else
        buf_printf(c->out, "\033[38;2;%u;%u;%um", (color - 1) >> 16 & 255,
                   (color - 1) >> 8 & 255, (color - 1) & 255);
    c->now = color;
}

/* Replaces black by the terminal's default colour, which may be light or dark; a faint
 * colour is halfway to grey. */
static unsigned text_color(const struct figure_line *line)
{
    const unsigned rgb = palette_line(line->color, false);
    if (line->style == FIGURE_FAINT)
        return ((rgb >> 1 & 0x7f7f7f) + 0x404040) + 1;
    return rgb == 0 ? PLAIN : rgb + 1;
}

/* ---------------------------------------------------------------------- text */

static int columns(const char *s)
{
    return width_of(s, strlen(s));
}

/* Appends at most `room` columns of the text, on one line; control characters become
 * U+FFFD. Returns the number of columns. */
static int put_text(struct buf *out, const char *s, int room)
{
    const size_t n = width_fit(s, room);
    uint32_t ch;
    for (size_t i = 0; i < n;) {
        const size_t harmless = escape_harmless(s + i, n - i);
        const int length = utf8_decode((const unsigned char *)s + i, n - i, &ch);
        if (harmless == 0)
            buf_str(out, "\xef\xbf\xbd");
        else
            buf_add(out, s + i, harmless);
        i += length > 0 ? (size_t)length : 1;
    }
    return width_of(s, n);
}

static void put_spaces(struct buf *out, int n)
{
    buf_printf(out, "%*s", n > 0 ? n : 0, "");
}

/* -------------------------------------------------------------------- legend */

static char letter(int named)
{
    return (char)(named < 26 ? 'a' + named : named < 52 ? 'A' + named - 26 : '*');
}

/* Whether the line is drawn: a faint line without a name is drawn only with colours. */
static bool is_drawn(const struct canvas *c, const struct figure_line *line)
{
    return c->color || line->name || line->style != FIGURE_FAINT;
}

/* Appends "a name, dot 1.234", without the dot if no point is marked. */
static void text_key(struct canvas *c, const struct figure_line *line, int named)
{
    char value[AXIS_TEXT] = "";
    if (line->mark < line->n)
        axis_value(line->y[line->mark], value);
    const int room = c->width - 4 - (*value ? columns(value) + 3 : 0);
    set_color(c, text_color(line));
    buf_printf(c->out, "  %c ", letter(named));
    set_color(c, PLAIN);
    put_text(c->out, line->name, room);
    if (*value)
        buf_printf(c->out, " \xe2\x97\x8f %s", value);
    buf_char(c->out, '\n');
}

static int text_legend(struct canvas *c, const struct figure *f, bool put)
{
    int named = 0;
    if (f->grid)
        return 0;
    for (size_t i = 0; i < f->n_lines; i++)
        if (f->lines[i].name && is_drawn(c, &f->lines[i])) {
            if (put)
                text_key(c, &f->lines[i], named);
            named++;
        }
    return named;
}

/* --------------------------------------------------------------------- lines */

struct brush {
    struct canvas *c;
    unsigned color;
    bool dashed, down; /* down: the next point is joined to the previous one */
    int x, y, steps;   /* position in dots; steps drawn so far */
};

static void dot(struct brush *b, int x, int y)
{
    static const unsigned char bits[4][2] = {
        { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 }
    };
    struct canvas *c = b->c;
    const int step = b->steps++;
    if (x < 0 || y < 0 || x >= 2 * c->columns || y >= 4 * c->rows ||
        (b->dashed && step % 6 >= 4))
        return;
    struct cell *cell = &c->cells[y / 4 * c->columns + x / 2];
    cell->dots |= bits[y % 4][x % 2];
    cell->color = b->color;
}

/* Draws a line (Bresenham 1965), except its first point. */
static void stroke(struct brush *b, int x1, int y1)
{
    const int dx = abs(x1 - b->x), dy = -abs(y1 - b->y);
    const int sx = b->x < x1 ? 1 : -1, sy = b->y < y1 ? 1 : -1;
    int error = dx + dy;
    while (b->x != x1 || b->y != y1) {
        const int twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            b->x += sx;
        }
        if (twice <= dx) {
            error += dx;
            b->y += sy;
        }
        dot(b, b->x, b->y);
    }
}

/* Converts to dots; clamps to just outside the plot area. */
static int to_dots(double part, int dots)
{
    return (int)lround(fmin(fmax(part, -1), 2) * (dots - 1));
}

static void text_point(void *arg, double x, double y)
{
    struct brush *b = arg;
    if (isnan(x)) {
        b->down = false;
        return;
    }
    const int to_x = to_dots(x, 2 * b->c->columns), to_y = to_dots(1 - y, 4 * b->c->rows);
    if (b->down) {
        stroke(b, to_x, to_y);
        return;
    }
    b->down = true;
    b->x = to_x;
    b->y = to_y;
    dot(b, to_x, to_y);
}

/* Puts the letter of a line into the row where the line ends, or into the nearest free
 * row. */
static void put_letter(struct canvas *c, int row, char which)
{
    for (int away = 0; away < c->rows; away++)
        for (int sign = -1; sign <= 1; sign += 2) {
            const int at = row + sign * away;
            if (at >= 0 && at < c->rows && !c->letters[at]) {
                c->letters[at] = which;
                return;
            }
        }
}

static void text_line(struct canvas *c, const struct figure *f,
                      const struct figure_line *line, const struct axes *axes, char which)
{
    struct brush b = {
        .c = c, .color = text_color(line), .dashed = line->style == FIGURE_DASHED, .y = -1
    };
    thin_walk(f, line, axes, text_point, &b);
    if (which && b.y >= 0)
        put_letter(c, b.y / 4, which);
    const size_t m = line->mark;
    if (m >= line->n || !axis_shows(&f->x, line->x[m]) || !axis_shows(&f->y, line->y[m]))
        return;
    const int x = to_dots(axis_place(&axes->x, line->x[m]), c->columns);
    const int y = to_dots(1 - axis_place(&axes->y, line->y[m]), c->rows);
    if (x >= 0 && y >= 0 && x < c->columns && y < c->rows) {
        c->cells[y * c->columns + x].mark = true;
        c->cells[y * c->columns + x].color = b.color;
    }
}

static void draw_lines(struct canvas *c, const struct figure *f, const struct axes *axes)
{
    for (int faint = 1; faint >= 0; faint--)
        for (size_t i = 0, named = 0; i < f->n_lines; i++) {
            const struct figure_line *line = &f->lines[i];
            if (!is_drawn(c, line))
                continue;
            const char which = line->name ? letter((int)named++) : 0;
            if ((line->style == FIGURE_FAINT) == faint)
                text_line(c, f, line, axes, which);
        }
}

static void put_line_row(struct canvas *c, int row)
{
    const struct cell *cells = c->cells + row * c->columns;
    int last = c->columns - 1;
    while (last >= 0 && !cells[last].dots && !cells[last].mark)
        last--;
    for (int x = 0; x <= last; x++) {
        char bytes[UTF8_MAX];
        set_color(c, cells[x].color);
        if (cells[x].mark)
            buf_str(c->out, "\xe2\x97\x8f");
        else if (cells[x].dots)
            buf_add(c->out, bytes, (size_t)utf8_encode(0x2800u + cells[x].dots, bytes));
        else
            buf_char(c->out, ' ');
    }
    set_color(c, PLAIN);
    if (c->letters[row]) {
        put_spaces(c->out, c->columns - last);
        buf_char(c->out, c->letters[row]);
    }
}

/* --------------------------------------------------------------------- grids */

static const char *const shades[] = { "\xc2\xb7", "\xe2\x96\x91", "\xe2\x96\x92",
                                      "\xe2\x96\x93", "\xe2\x96\x88" };
enum { SHADES = 5 };

static const char *shade(double t)
{
    return isnan(t) ? " " : shades[t < 1 ? (int)(t * SHADES) : SHADES - 1];
}

static void put_grid_row(struct canvas *c, const struct figure_grid *g,
                         const struct axis *z, int row)
{
    for (int x = 0; x < c->columns; x++) {
        const size_t w = (size_t)c->columns, h = (size_t)c->rows, at = (size_t)row;
        if (!c->color) {
            buf_str(c->out, shade(thin_height(g, z, h, w, at, (size_t)x)));
            continue;
        }
        for (size_t half = 0; half < 2; half++) {
            const double t = thin_height(g, z, 2 * h, w, 2 * at + half, (size_t)x);
            const unsigned rgb = isnan(t) ? 0 : palette_viridis(t);
            buf_printf(c->out, "\033[%d;2;%u;%u;%um", half ? 48 : 38, rgb >> 16,
                       rgb >> 8 & 255, rgb & 255);
        }
        buf_str(c->out, "\xe2\x96\x80");
    }
    if (c->color)
        buf_str(c->out, "\033[0m");
}

/* Adds "label: 0.001 ...shades... 10". */
static void put_scale(struct canvas *c, const struct figure *f, const struct axis *z)
{
    char lo[AXIS_TEXT], hi[AXIS_TEXT];
    axis_value(z->lo, lo);
    axis_value(z->hi, hi);
    const int others = 2 + 2 + columns(lo) + 1 + 3 * SHADES + 1 + columns(hi);
    buf_str(c->out, "  ");
    if (f->z.label && put_text(c->out, f->z.label, c->width - others) > 0)
        buf_str(c->out, ": ");
    buf_printf(c->out, "%s ", lo);
    for (int i = 0; i < 3 * SHADES; i++)
        if (c->color) {
            set_color(c, palette_viridis(i / (3.0 * SHADES - 1)) + 1);
            buf_str(c->out, shades[SHADES - 1]);
        } else {
            buf_str(c->out, shades[i / 3]);
        }
    set_color(c, PLAIN);
    buf_printf(c->out, " %s\n", hi);
}

/* ---------------------------------------------------------------------- axes */

static int text_widest(const struct axis *axis)
{
    int most = 0;
    for (size_t i = 0; i < axis->n; i++)
        most = columns(axis->text[i]) > most ? columns(axis->text[i]) : most;
    return most;
}

/* The index of the tick in a row of the picture; -1: none. */
static int tick_in(const struct axis *axis, int row, int rows)
{
    for (size_t i = 0; i < axis->n; i++)
        if (to_dots(1 - axis_place(axis, axis->tick[i]), rows) == row)
            return (int)i;
    return -1;
}

static void put_y_tick(struct canvas *c, const struct axis *y, int row, int width)
{
    const int tick = tick_in(y, row, c->rows);
    put_spaces(c->out, width - (tick >= 0 ? columns(y->text[tick]) : 0));
    buf_printf(c->out, "%s %s", tick >= 0 ? y->text[tick] : "",
               tick >= 0 ? "\xe2\x94\xa4" : "\xe2\x94\x82");
}

static void text_x_axis(struct canvas *c, const struct axis *x, int left)
{
    struct buf texts = { 0 };
    int taken = 0; /* columns taken by labels so far */
    put_spaces(c->out, left);
    buf_str(c->out, "\xe2\x94\x94");
    for (int at = 0; at < c->columns; at++) {
        int tick = -1;
        for (size_t i = 0; i < x->n; i++)
            if (to_dots(axis_place(x, x->tick[i]), c->columns) == at)
                tick = (int)i;
        buf_str(c->out, tick >= 0 ? "\xe2\x94\xac" : "\xe2\x94\x80");
        const int wide = tick >= 0 ? columns(x->text[tick]) : 0;
        const int middle = left + 1 + at - wide / 2, last = c->width - wide;
        const int begin = middle < last ? middle : last;
        if (tick < 0 || begin < taken + (taken > 0))
            continue;
        put_spaces(&texts, begin - taken);
        buf_str(&texts, x->text[tick]);
        taken = begin + wide;
    }
    buf_char(c->out, '\n');
    buf_add(c->out, texts.data ? texts.data : "", texts.len);
    buf_char(c->out, '\n');
    c->out->failed |= texts.failed;
    buf_release(&texts);
}

/* -------------------------------------------------------------------- panels */

static void put_rows(struct canvas *c, const struct figure *f, const struct axes *axes,
                     int left)
{
    if (!axes->empty && !f->grid)
        draw_lines(c, f, axes);
    for (int row = 0; row < c->rows; row++) {
        put_y_tick(c, &axes->y, row, left - 1);
        if (axes->empty && row == c->rows / 2)
            buf_str(c->out, "  no data");
        else if (f->grid && !axes->empty)
            put_grid_row(c, f->grid, &axes->z, row);
        else
            put_line_row(c, row);
        buf_char(c->out, '\n');
    }
}

/* Appends the text, if any, on a line of its own. */
static void put_label(struct canvas *c, const char *text, int middle)
{
    if (!text)
        return;
    const int wide = columns(text) < c->width ? columns(text) : c->width;
    const int begin = middle - wide / 2;
    put_spaces(c->out, begin < c->width - wide ? begin : c->width - wide);
    put_text(c->out, text, c->width);
    buf_char(c->out, '\n');
}

static void text_panel(struct canvas *c, const struct figure *f)
{
    struct axes axes;
    const int named = text_legend(c, f, false);
    const int others = !!f->title + !!f->y.label + 2 + !!f->x.label + (f->grid ? 1 : named);
    c->rows = c->height - others < 4 ? 4 : c->height - others;
    axes_make(&axes, f, (const int[3]){ c->width / 12, c->rows / 3 + 1, 4 });
    const int left = text_widest(&axes.y) + 1;
    c->columns = c->width - left - 1 - (f->grid ? 0 : 2);
    c->cells = calloc((size_t)c->rows, (size_t)c->columns * sizeof *c->cells);
    c->letters = calloc((size_t)c->rows, 1);
    if (c->cells && c->letters) {
        put_label(c, f->title, left);
        put_label(c, f->y.label, 0);
        put_rows(c, f, &axes, left);
        text_x_axis(c, &axes.x, left);
        put_label(c, f->x.label, left + 1 + c->columns / 2);
        text_legend(c, f, true);
        if (f->grid)
            put_scale(c, f, &axes.z);
    } else {
        c->out->failed = true;
    }
    free(c->cells);
    free(c->letters);
}

static int between(int v, int lo, int hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Appends lines of whole words; cuts a word that is longer than a line. */
static void text_note(struct canvas *c, const char *note)
{
    int at = 0;
    if (!note)
        return;
    for (size_t n; *(note += strspn(note, " \n")); note += n) {
        char *word = strndup(note, n = strcspn(note, " \n"));
        const int wide = word ? columns(word) : 0;
        if (at > 0)
            buf_char(c->out, at + 1 + wide > c->width ? '\n' : ' ');
        at = at > 0 && at + 1 + wide <= c->width ? at + 1 : 0;
        at += put_text(c->out, word ? word : "", c->width);
        free(word);
    }
    if (at > 0)
        buf_char(c->out, '\n');
}

void figure_text(const struct figure_page *page, int width, int height, int color,
                 struct buf *out)
{
    struct canvas c = { .width = between(width, WIDTH_LEAST, WIDTH_MOST),
                        .height = between(height, HEIGHT_LEAST, HEIGHT_MOST),
                        .color = color,
                        .out = out };
    put_label(&c, page->title, 0);
    for (size_t i = 0; i < page->n; i++) {
        if (i > 0 || page->title)
            buf_char(out, '\n');
        text_panel(&c, &page->panels[i]);
    }
    text_note(&c, page->note);
}
