/* documents.c - puts separators into text and shuffles documents. */
#include "text/documents.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "charnn.h"
#include "base/rng.h"
#include "text/corpus.h"

enum { MARK = 0x1E };

/* The seed of the shuffle: not --seed, because the held-out text must not depend on
 * that. */
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

static bool is_blank(const unsigned char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    return true;
}

/* Leaves blank lines out; with `mark` a MARK takes the place of the newline before each run
 * of them.  Returns the new length. */
static size_t drop_blank_lines(unsigned char *text, size_t n, bool mark)
{
    size_t to = 0;
    bool open = false; /* a line has been copied since the last blank one */
    for (size_t at = 0, length; at < n; at += length + 1) {
        length = line_length(text + at, n - at);
        if (is_blank(text + at, length)) {
            if (open && mark)
                text[to - 1] = MARK;
            open = false;
            continue;
        }
        const size_t whole = length + (at + length < n); /* with its newline */
        memmove(text + to, text + at, whole);
        to += whole;
        open = true;
    }
    return mark && open && text[to - 1] == '\n' ? to - 1 : to; /* a final newline is
                                                                  dropped, as before a
                                                                  mark */
}

int documents_mark(int kind, const char *name, unsigned char *text, size_t *n,
                   struct charnn_error *e)
{
    const unsigned char *mark = *n ? memchr(text, MARK, *n) : NULL;
    if (kind != CHARNN_DOCUMENTS_LINE && mark)
        return err_set(e,
                       "%s: byte %zu is U+001E, which `documents` needs for itself: remove "
                       "it from the text",
                       name, (size_t)(mark - text));
    if (kind == CHARNN_DOCUMENTS_BLANK || kind == CHARNN_DOCUMENTS_LINE)
        *n = drop_blank_lines(text, *n, kind == CHARNN_DOCUMENTS_BLANK);
    if (kind != CHARNN_DOCUMENTS_LINE || *n == 0 || text[*n - 1] != '\n')
        text[(*n)++] = (unsigned char)documents_separator(kind);
    return 0;
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

/* Writes the shuffled sequence to `to`. */
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

int documents_arrange(struct corpus *c, int separator, struct charnn_error *e)
{
    const size_t width = c->narrow ? sizeof *c->narrow : sizeof *c->wide;
    const size_t n = find_documents(c, separator, NULL);
    if (n == 0)
        return err_set(e, "there is no text between the separators of `documents`");
    struct span *all = malloc(n * sizeof *all);
    unsigned char *to = malloc((c->n + 2) * width);
    const bool ok = all && to;
    if (ok) {
        find_documents(c, separator, all);
        shuffle_documents(all, n);
        arrange_documents(c, all, n, separator, to);
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
