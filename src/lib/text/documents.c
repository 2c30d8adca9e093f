/* documents.c - puts separators into text and shuffles documents. */
#include "text/documents.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "charnn.h"
#include "base/rng.h"
#include "text/corpus.h"

enum { MARK = 0x1E, PORTION = 1 << 16 };

/* The key of the shuffle.  It does not depend on --seed, so that the held-out text does not
 * either. */
enum { DRAW_ORDER = 0x646f6373 };

uint32_t documents_separator(int kind)
{
    return kind == CHARNN_DOCUMENTS_LINE ? '\n' : MARK;
}

/* ---------------------------------------------------------------------- in the bytes */

/* Length of the line at text[0], without its newline. */
static size_t line_length(const unsigned char *text, size_t n)
{
    const unsigned char *end = memchr(text, '\n', n);
    return end ? (size_t)(end - text) : n;
}

static size_t blanks_before(const unsigned char *text, size_t n)
{
    size_t i = 0;
    while (i < n && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r'))
        i++;
    return i;
}

/* Ends a blank line: it separates documents. */
static void end_blank_line(struct documents_marker *m)
{
    m->blanks.len = 0;
    if (m->kind == CHARNN_DOCUMENTS_BLANK && m->end)
        m->end = MARK;
}

/* Begins a line that is not blank; only now it is known how the line before ends. */
static void begin_line(struct documents_marker *m, struct buf *out)
{
    if (m->end)
        buf_char(out, m->end);
    buf_add(out, m->blanks.data, m->blanks.len);
    m->end = 0;
    m->blanks.len = 0;
    m->in_line = true;
}

static void add_lines(struct documents_marker *m, const unsigned char *text, size_t n,
                      struct buf *out)
{
    size_t at = 0;
    while (at < n) {
        if (!m->in_line) {
            const size_t blanks = blanks_before(text + at, n - at);
            buf_add(&m->blanks, text + at, blanks);
            at += blanks;
            if (at < n && text[at] == '\n') {
                end_blank_line(m);
                at++;
            } else if (at < n) {
                begin_line(m, out);
            }
            continue;
        }
        const size_t length = line_length(text + at, n - at);
        buf_add(out, text + at, length);
        at += length;
        if (at < n) {
            m->end = '\n';
            m->in_line = false;
            at++;
        }
    }
}

int documents_add(struct documents_marker *m, const unsigned char *text, size_t n,
                  struct buf *out, struct charnn_error *e)
{
    const unsigned char *mark =
        n && m->kind != CHARNN_DOCUMENTS_LINE ? memchr(text, MARK, n) : NULL;
    if (mark)
        return err_set(e,
                       "%s: byte %zu is U+001E, which `documents` needs for itself: remove "
                       "it from the text",
                       m->name, m->at + (size_t)(mark - text));
    if (m->kind == CHARNN_DOCUMENTS_FILE)
        buf_add(out, text, n);
    else
        add_lines(m, text, n, out);
    m->at += n;
    out->failed |= m->blanks.failed;
    return 0;
}

void documents_end(struct documents_marker *m, struct buf *out)
{
    if (!m->in_line && m->blanks.len > 0)
        end_blank_line(m);
    if (m->end == MARK)
        buf_char(out, MARK);
    buf_char(out, (char)documents_separator(m->kind));
}

void documents_release(struct documents_marker *m)
{
    buf_release(&m->blanks);
}

/* Moves the output so far to its place in the text; returns where it ends. */
static size_t move_back(struct buf *out, unsigned char *text, size_t to)
{
    if (out->len > 0)
        memcpy(text + to, out->data, out->len);
    to += out->len;
    out->len = 0;
    return to;
}

/* Works in portions: the output so far always fits into the room of the text already
 * read. */
int documents_mark(int kind, const char *name, unsigned char *text, size_t *n,
                   struct charnn_error *e)
{
    struct documents_marker m = { .kind = kind, .name = name };
    struct buf out = { 0 };
    size_t at = 0, to = 0;
    int status = 0;
    while (status == 0 && at < *n && !out.failed) {
        const size_t portion = size_min(*n - at, PORTION);
        status = documents_add(&m, text + at, portion, &out, e);
        to = move_back(&out, text, to);
        at += portion;
    }
    documents_end(&m, &out);
    if (status == 0 && out.failed)
        status = err_set(e, "%s: out of memory", name);
    if (status == 0)
        *n = move_back(&out, text, to);
    buf_release(&out);
    documents_release(&m);
    return status;
}

/* ------------------------------------------------------------------------ in the ids */

struct span {
    size_t at, n;
};

/* Finds the nonempty texts between separators; all == NULL: only counts them. */
static size_t find_documents(const struct corpus *c, int separator, struct span *all)
{
    size_t n = 0, start = 0;
    for (size_t i = 0; i <= c->n; i++) {
        if (i < c->n && corpus_at(c, i) != separator)
            continue;
        if (i > start && all)
            all[n] = (struct span){ start, i - start };
        n += i > start;
        start = i + 1;
    }
    return n;
}

/* The shuffle of Fisher and Yates. */
static void shuffle_documents(struct span *all, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t k = (size_t)(rng_hash(DRAW_ORDER, i, 0) % i);
        const struct span last = all[i - 1];
        all[i - 1] = all[k];
        all[k] = last;
    }
}

/* Appends n symbols of `width` bytes and a separator; returns the end. */
static unsigned char *put_document(unsigned char *to, const unsigned char *from, size_t n,
                                   size_t width, int separator)
{
    const uint16_t wide = (uint16_t)separator;
    const uint8_t narrow = (uint8_t)separator;
    if (n)
        memcpy(to, from, n * width);
    memcpy(to + n * width, width == 1 ? (const void *)&narrow : (const void *)&wide, width);
    return to + (n + 1) * width;
}

/* Writes the documents, in the order of `all`, to `to`; sets c->n and c->longest. */
static void arrange_documents(struct corpus *c, const struct span *all, size_t n,
                              int separator, unsigned char *to)
{
    const size_t width = c->narrow ? sizeof *c->narrow : sizeof *c->wide;
    const unsigned char *from = c->narrow ? c->narrow : (const unsigned char *)c->wide;
    unsigned char *end = put_document(to, NULL, 0, width, separator);
    c->longest = 0;
    for (size_t i = 0; i < n; i++) {
        end = put_document(end, from + all[i].at * width, all[i].n, width, separator);
        c->longest = all[i].n + 1 > c->longest ? all[i].n + 1 : c->longest;
    }
    c->n = (size_t)(end - to) / width;
}

int documents_arrange(struct corpus *c, int separator, bool in_order,
                      struct charnn_error *e)
{
    const size_t width = c->narrow ? sizeof *c->narrow : sizeof *c->wide;
    const size_t n = find_documents(c, separator, NULL);
    if (n == 0)
        return err_set(e, "there is no text between the separators of `documents`");
    const size_t peak = 2 * c->n * width + n * sizeof(struct span);
    struct span *all = malloc(n * sizeof *all);
    unsigned char *to = malloc((c->n + 2) * width);
    const bool ok = all && to;
    if (ok) {
        find_documents(c, separator, all);
        if (!in_order)
            shuffle_documents(all, n);
        arrange_documents(c, all, n, separator, to);
        c->peak = peak > c->peak ? peak : c->peak;
        free(c->narrow ? (void *)c->narrow : (void *)c->wide);
        if (c->narrow)
            c->narrow = to;
        else
            c->wide = (uint16_t *)(void *)to;
    } else {
        free(to);
    }
    free(all);
    return ok ? 0 : err_set(e, "out of memory for %zu documents", n);
}
