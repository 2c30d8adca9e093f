/*
 * cells_page.c - fills the slots of cells.html, whose comment describes its data.
 *
 * The text is read once, character by character.  Each unit is quantised to 8 bits relative
 * to its largest value, so all values are in memory until the end.
 */
#include "cells/cells_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/template.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "cli/term.h"
#include "viz/markup.h"

/* Templates (base/template.h); all pages begin with the same head. */
extern const char cli_head_html[], cells_cells_html[];

enum { NEXT = CHARNN_ALTERNATIVES_MAX };

struct filling {
    const struct cells_page *page;
    struct charnn_shape shape;
    size_t states;         /* kinds of state: 1 (h), or 2 (h and c) */
    size_t planes;         /* states and gates of a unit */
    size_t row;            /* planes * L * H: numbers for a character */
    float *values;         /* [excerpt][row]: h [L][H], c [L][H], gates [L][G][H] */
    size_t steps;          /* number of characters read so far */
    struct buf text;       /* the characters read so far */
    struct buf nats, next; /* JSON arrays */
    struct json_out to_nats, to_next;
    bool is_byte, is_finite;
    struct charnn_traced traced;
    struct buf out;
};

/* ------------------------------------------------------------------------ reading */

/* Writes a symbol as a character, and returns its length; a symbol that is not UTF-8 is a
 * byte of a byte model, and becomes the character with this number. */
static size_t put_symbol(struct filling *f, const char *s, int length, char out[UTF8_MAX])
{
    uint32_t c;
    if (length > 0 && !utf8_decode((const unsigned char *)s, (size_t)length, &c)) {
        f->is_byte = true;
        return (size_t)utf8_encode((unsigned char)s[0], out);
    }
    memcpy(out, s, (size_t)length);
    return (size_t)length;
}

static void add_next(struct filling *f, const struct charnn_trace_step *s)
{
    char symbol[UTF8_MAX];
    json_open(&f->to_next, NULL, '[');
    for (int k = 0; k < s->n_next; k++) {
        const struct charnn_alternative *a = &s->next[k];
        const size_t n = put_symbol(f, a->text, a->length, symbol);
        json_put_string(&f->to_next, NULL, symbol, n);
        json_put_real(&f->to_next, NULL, round(a->probability * 1e4) / 1e4);
    }
    json_close(&f->to_next, ']');
}

static void add_values(struct filling *f, const struct charnn_trace_step *s)
{
    const size_t units = f->shape.layers * f->shape.size;
    float *row = f->values + f->steps * f->row;
    memcpy(row, s->h, units * sizeof *row);
    if (s->c)
        memcpy(row + units, s->c, units * sizeof *row);
    if (s->gates)
        memcpy(row + f->states * units, s->gates, f->shape.gates * units * sizeof *row);
    for (size_t i = 0; i < f->row; i++)
        f->is_finite &= isfinite(row[i]) != 0;
}

static int on_page_step(const struct charnn_trace_step *s, void *arg)
{
    struct filling *f = arg;
    char symbol[UTF8_MAX];
    buf_add(&f->text, symbol, put_symbol(f, s->text, s->length, symbol));
    json_put_real(&f->to_nats, NULL, s->at > 0 ? round(s->nats * 1e3) / 1e3 : NAN);
    add_next(f, s);
    add_values(f, s);
    f->steps++;
    return 0;
}

/* ------------------------------------------------------------------------- slots */

static void put_cells_title(void *arg)
{
    struct filling *f = arg;
    markup_text(&f->out, file_name(f->page->checkpoint));
}

static void put_cells_about(void *arg)
{
    struct filling *f = arg;
    const struct charnn_shape *s = &f->shape;
    const struct charnn_traced *t = &f->traced;
    char shown[32], all[32];
    buf_printf(&f->out, "A%s of %zu layer%s of %zu units reads ",
               charnn_cell_kind(s->cell).with_article + 1, s->layers,
               s->layers == 1 ? "" : "s", s->size);
    if (t->left_out > 0)
        buf_printf(&f->out, "the first %s of ", term_count(t->chars, shown));
    buf_printf(&f->out, "%s %s of ", term_count(t->chars + t->left_out, all),
               f->is_byte ? "bytes" : "characters");
    markup_text(&f->out, f->page->text);
}

static void put_found(struct json_out *j, const struct charnn_feature *feature)
{
    const char *measure = feature->numeric ? "|r|" : "F1";
    for (size_t i = 0; i < feature->n_units; i++) {
        const struct charnn_unit *u = &feature->unit[i];
        json_open(j, NULL, '{');
        json_put_text(j, "feature", feature->help);
        json_put_int(j, "layer", u->layer);
        json_put_int(j, "unit", u->unit);
        json_put_text(j, "what", u->state == CHARNN_STATE_C ? "c" : "h");
        json_put_text(j, "measure", measure);
        json_put_real(j, "score", u->score);
        json_close(j, '}');
    }
}

static void put_planes(const struct filling *f, struct json_out *j)
{
    json_open(j, "planes", '[');
    json_put_text(j, NULL, "h");
    if (f->shape.has_c)
        json_put_text(j, NULL, "c");
    for (size_t g = 0; g < f->shape.gates; g++)
        json_put_string(j, NULL, f->shape.letters + g, 1);
    json_close(j, ']');
}

static void put_cells_data(void *arg)
{
    struct filling *f = arg;
    const struct charnn_units *found = f->page->found;
    struct buf json = { 0 };
    struct json_out j = { .b = &json, .first = true };
    json_open(&j, NULL, '{');
    put_planes(f, &j);
    json_put_int(&j, "layers", (int64_t)f->shape.layers);
    json_put_int(&j, "units", (int64_t)f->shape.size);
    json_put_text(&j, "unit", f->is_byte ? "byte" : "char");
    json_put_string(&j, "text", f->text.data, f->text.len);
    json_open(&j, "found", '[');
    if (found)
        for (size_t i = 0; i < found->n; i++)
            put_found(&j, &found->feature[i]);
    json_close(&j, ']');
    buf_str(&json, ",\"nats\":");
    buf_add(&json, f->nats.data, f->nats.len);
    buf_str(&json, ",\"next\":");
    buf_add(&json, f->next.data, f->next.len);
    json_close(&j, '}');
    markup_json(&f->out, &json);
    buf_release(&json);
}

/* Writes the values of one unit: its largest value, then all values relative to that. */
static void put_unit_line(struct filling *f, size_t first)
{
    struct base64 code = { .out = &f->out };
    const float *values = f->values + first;
    float top = 0;
    for (size_t t = 0; t < f->steps; t++)
        top = fmaxf(top, fabsf(values[t * f->row]));
    buf_printf(&f->out, "%.6g ", (double)top);
    for (size_t t = 0; t < f->steps; t++)
        base64_byte(&code,
                    (unsigned)lrintf(top > 0 ? 127 * (values[t * f->row] / top) : 0));
    base64_end(&code);
    buf_char(&f->out, '\n');
}

static void put_cells_states(void *arg)
{
    struct filling *f = arg;
    const size_t L = f->shape.layers, H = f->shape.size, G = f->shape.gates;
    buf_char(&f->out, '\n');
    for (size_t p = 0; p < f->planes; p++)
        for (size_t l = 0; l < L; l++)
            for (size_t j = 0; j < H; j++)
                put_unit_line(f, p < f->states
                                     ? (p * L + l) * H + j
                                     : (f->states * L + l * G + p - f->states) * H + j);
}

/* -------------------------------------------------------------------------- page */

/* Bytes that a character takes in the page: numbers in base64, plus text, surprise and
 * predictions. */
static double bytes_each(const struct filling *f)
{
    return (double)f->row * 4 / 3 + 120;
}

/* The number of characters to read; -1, with a usage error, if the number that was asked for does
 * not fit into a page. */
static int64_t excerpt(const struct filling *f, struct charnn_error *e)
{
    const double each = bytes_each(f);
    const int64_t most = (int64_t)(CELLS_PAGE_MOST / each), wanted = f->page->excerpt;
    if (wanted == CHARNN_AUTO && most >= 1)
        return most < CELLS_PAGE_EXCERPT ? most : CELLS_PAGE_EXCERPT;
    if (wanted > most)
        return err_usage(e,
                         "an excerpt of %lld characters makes a page of %.0f MB: with this "
                         "model at most %lld characters fit into %d MB",
                         (long long)wanted, (double)wanted * each / 1e6, (long long)most,
                         CELLS_PAGE_MOST / 1000000);
    if (most < 1)
        return err_usage(e,
                         "the model is too large for a page: one character takes %.0f MB",
                         each / 1e6);
    return wanted;
}

static int read_page_text(struct filling *f, struct charnn_error *e)
{
    struct charnn_trace_config config = charnn_trace_default();
    size_t n;
    config.next = NEXT;
    config.limit = excerpt(f, e);
    if (config.limit < 0)
        return -1;
    config.unknown = f->page->unknown;
    if (f->page->limit > 0 && config.limit > f->page->limit)
        config.limit = f->page->limit;
    n = (size_t)config.limit * f->row; /* no overflow: less than CELLS_PAGE_MOST */
    f->values = malloc(n * sizeof *f->values);
    if (!f->values)
        return err_set(e, "out of memory for the states of %lld characters",
                       (long long)config.limit);
    json_open(&f->to_nats, NULL, '[');
    json_open(&f->to_next, NULL, '[');
    if (charnn_trace(f->page->model, f->page->text, &config, on_page_step, f, &f->traced,
                     e) < 0)
        return -1;
    json_close(&f->to_nats, ']');
    json_close(&f->to_next, ']');
    if (!f->is_finite)
        return err_set(e, "%s: the states are not finite numbers: its weights are damaged",
                       f->page->checkpoint);
    return 0;
}

static void fill_cells_page(struct filling *f)
{
    const struct slot slots[] = {
        { "head", cli_head_html, NULL },      { "title", NULL, put_cells_title },
        { "about", NULL, put_cells_about },   { "data", NULL, put_cells_data },
        { "states", NULL, put_cells_states },
    };
    template_expand(cells_cells_html, slots, sizeof slots / sizeof *slots, f, &f->out);
    f->out.failed |= f->text.failed || f->nats.failed || f->next.failed;
}

static struct filling start_cells_page(const struct cells_page *page)
{
    struct filling f = { .page = page,
                         .shape = charnn_model_shape(page->model),
                         .is_finite = true };
    f.states = f.shape.has_c ? 2 : 1;
    f.planes = f.states + f.shape.gates;
    f.row = f.planes * f.shape.layers * f.shape.size;
    return f;
}

int cells_page_check(const struct cells_page *page, const char *path,
                     struct charnn_error *e)
{
    const struct filling f = start_cells_page(page);
    if (!strcmp(page->text, "-"))
        return err_usage(
            e, "the page reads its text twice: save standard input to a file first");
    if (output_check(path, ".html", page->text, e) < 0 ||
        output_check(path, ".html", page->checkpoint, e) < 0)
        return -1;
    return excerpt(&f, e) < 0 ? -1 : 0;
}

int cells_page_write(const struct cells_page *page, const char *path,
                     struct charnn_error *e)
{
    struct filling f = start_cells_page(page);
    f.to_nats = (struct json_out){ .b = &f.nats, .first = true };
    f.to_next = (struct json_out){ .b = &f.next, .first = true };
    int status = cells_page_check(page, path, e) < 0 ? -1 : read_page_text(&f, e);
    if (status == 0) {
        fill_cells_page(&f);
        status = output_write(path, &f.out, e);
    }
    free(f.values);
    buf_release(&f.text);
    buf_release(&f.nats);
    buf_release(&f.next);
    buf_release(&f.out);
    return status;
}
