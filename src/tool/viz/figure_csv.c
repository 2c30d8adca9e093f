/* figure_csv.c - writes figures as tables (RFC 4180). */
#include <math.h>
#include <string.h>

#include "base/escape.h"
#include "base/number.h"
#include "base/utf8.h"
#include "viz/figure.h"

static void put_name(struct buf *out, const char *s)
{
    const size_t n = s ? strlen(s) : 0;
    const bool quoted = n > 0 && strpbrk(s, ",\"\r\n");
    uint32_t c;
    if (quoted)
        buf_char(out, '"');
    for (size_t i = 0; i < n;) {
        const int length = utf8_decode((const unsigned char *)s + i, n - i, &c);
        if (s[i] == '"')
            buf_char(out, '"');
        if (length == 0)
            buf_str(out, "\xef\xbf\xbd");
        else if (s[i] == '\n' || s[i] == '\t')
            buf_char(out, s[i]);
        else
            escape_name(out, s + i, (size_t)length);
        i += length > 0 ? (size_t)length : 1;
    }
    if (quoted)
        buf_char(out, '"');
}

/* Adds a number; one that is not finite is an empty field. */
static void put_number(struct buf *out, char before, double v)
{
    char text[NUMBER_TEXT];
    buf_char(out, before);
    if (isfinite(v))
        buf_str(out, number_print(v, text));
}

static void csv_line(struct buf *out, const char *panel, const struct figure_line *line)
{
    for (size_t i = 0; i < line->n; i++) {
        put_name(out, panel);
        buf_char(out, ',');
        put_name(out, line->name);
        put_number(out, ',', line->x[i]);
        put_number(out, ',', line->y[i]);
        buf_char(out, '\n');
    }
}

static void put_grid(struct buf *out, const char *panel, const struct figure_grid *g)
{
    for (size_t r = 0; r < g->rows; r++)
        for (size_t c = 0; c < g->columns; c++) {
            put_name(out, panel);
            buf_printf(out, ",%zu,%zu", r, c);
            put_number(out, ',', g->z[r * g->columns + c]);
            buf_char(out, '\n');
        }
}

void figure_csv(const struct figure_page *page, struct buf *out)
{
    for (size_t i = 0; i < page->n; i++) {
        const struct figure *f = &page->panels[i];
        if (i == 0 || !f->grid != !page->panels[i - 1].grid)
            buf_str(out, f->grid ? "panel,row,column,z\n" : "panel,line,x,y\n");
        if (f->grid) {
            put_grid(out, f->title, f->grid);
            continue;
        }
        for (size_t k = 0; k < f->n_lines; k++)
            csv_line(out, f->title, &f->lines[k]);
    }
}
