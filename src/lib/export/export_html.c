/*
 * export_html.c - a model as a web page: metadata as JSON, and the weights in eight bits as
 * base64 (RFC 4648).
 *
 * The encoded bytes are the parameters in the checkpoint's order: for a matrix, the scales
 * of its rows as floats, then its numbers; for a vector, floats.  All floats are
 * little-endian.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/utf8.h"
#include "export/export.h"
#include "math/quant.h"

extern const char export_page_html[]; /* page.html */

/* ------------------------------------------------------------------------ base64 */

enum { LINE = 96 }; /* characters */

struct page {
    struct export *x;
    struct base64 code;
    size_t column;
};

static void put_page_byte(struct page *p, unsigned byte)
{
    p->column += (size_t)base64_byte(&p->code, byte);
    if (p->column < LINE)
        return;
    buf_char(&p->x->out, '\n');
    p->column = 0;
    export_flush(p->x);
}

static void put_page_floats(struct page *p, const float *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &w[i], sizeof bits);
        for (int shift = 0; shift < 32; shift += 8)
            put_page_byte(p, bits >> shift);
    }
}

/* ------------------------------------------------------------------------- slots */

static void put_page_quantized(struct page *page, const struct param *p, const float *w)
{
    const size_t n = p->rows * p->cols;
    for (size_t i = 0; i < n; i += p->cols) {
        const struct quant row = quant_of(w + i, p->cols);
        put_page_floats(page, &row.scale, 1);
    }
    for (size_t i = 0; i < n; i += p->cols) {
        const struct quant row = quant_of(w + i, p->cols);
        for (size_t j = i; j < i + p->cols; j++)
            put_page_byte(page, (unsigned)quant_round(&row, w[j]));
    }
}

static void put_page_weights(void *arg)
{
    struct page *page = arg;
    for (size_t i = 0; i < page->x->m->set.n; i++) {
        const struct param *p = &page->x->m->set.list[i];
        float *w = export_values(page->x, p);
        if (!w)
            return;
        if (p->dims == 2)
            put_page_quantized(page, p, w);
        else
            put_page_floats(page, w, p->rows);
        free(w);
    }
    base64_end(&page->code);
}

/* This JSON has only fixed words and numbers, so it cannot end the HTML element around it. */
static void put_page_model(void *arg)
{
    static const char *const words[] = { "cell", "activation", "skip" };
    static const char *const kinds[] = { "none", "line", "blank", "file", "end", "start" };
    struct page *page = arg;
    const struct model_shape *s = &page->x->ckpt->shape;
    const struct vocab *v = &page->x->ckpt->vocab;
    struct json_out o = { .b = &page->x->out, .first = true };
    json_open(&o, NULL, '{');
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ckpt_put_setting(&o, config_field(words[i]), &page->x->ckpt->config);
    json_put_int(&o, "layers", (int64_t)s->layers);
    json_put_int(&o, "units", (int64_t)s->size);
    json_put_int(&o, "embed", (int64_t)s->embed);
    json_put_text(&o, "unit", v->unit == VOCAB_BYTE ? "byte" : "char");
    json_put_bool(&o, "compose", v->compose);
    json_put_text(&o, "documents", kinds[v->documents.kind]);
    json_open(&o, "border", '[');
    for (const char *p = v->documents.border; *p; p += utf8_length((unsigned char)*p)) {
        uint32_t c;
        utf8_decode((const unsigned char *)p, strlen(p), &c);
        json_put_int(&o, NULL, c);
    }
    json_close(&o, ']');
    json_open(&o, "symbols", '[');
    for (size_t i = 0; i < v->size; i++)
        json_put_int(&o, NULL, v->symbol[i]);
    json_close(&o, ']');
    json_close(&o, '}');
}

/* Adds plain text, escaped for HTML. */
static void put_escaped(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (*text == '<')
            buf_str(out, "&lt;");
        else if (*text == '&')
            buf_str(out, "&amp;");
        else
            buf_char(out, *text);
}

static void put_page_title(void *arg)
{
    struct page *page = arg;
    put_escaped(&page->x->out, page->x->name);
}

static void put_page_about(void *arg)
{
    struct page *page = arg;
    buf_str(&page->x->out, "This is ");
    export_describe(page->x, &page->x->out);
}

void export_html(struct export *x)
{
    static const struct slot slots[] = {
        { "title", NULL, put_page_title },
        { "about", NULL, put_page_about },
        { "model", NULL, put_page_model },
        { "weights", NULL, put_page_weights },
    };
    struct page page = { .x = x, .code = { .out = &x->out } };
    template_expand(export_page_html, slots, sizeof slots / sizeof *slots, &page, &x->out);
}
