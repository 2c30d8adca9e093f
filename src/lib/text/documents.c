/* documents.c - puts separators into text and shuffles documents. */
#include "text/documents.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "text/corpus.h"

enum { MARK = 0x1E };

/* The key of the shuffle.  It does not depend on --seed, so the held-out text is the same for
 * every seed. */
enum { DRAW_ORDER = 0x646f6373 };

/* ------------------------------------------------------------------------- the rule */

static const char *const words[] = {
    [DOCUMENTS_NONE] = "none", [DOCUMENTS_LINE] = "line", [DOCUMENTS_BLANK] = "blank",
    [DOCUMENTS_FILE] = "file", [DOCUMENTS_END] = "end:",  [DOCUMENTS_START] = "start:",
};

static int check_border(const char *text, const char *border, struct charnn_error *e)
{
    const size_t n = strlen(border);
    if (n == 0)
        return err_usage(e, "`documents` %s needs a string after the colon", text);
    if (n >= sizeof((struct documents_rule *)0)->border)
        return err_usage(e, "`documents`: the string has %zu bytes, more than %zu", n,
                         sizeof((struct documents_rule *)0)->border - 1);
    if (utf8_check((const unsigned char *)border, n) < n || strchr(border, MARK))
        return err_usage(e, "`documents`: the string is not UTF-8, or has U+001E");
    return 0;
}

int documents_parse(struct documents_rule *rule, const char *text, struct charnn_error *e)
{
    *rule = (struct documents_rule){ 0 };
    text = text ? text : words[DOCUMENTS_NONE];
    for (int kind = DOCUMENTS_NONE; kind < DOCUMENTS_END; kind++)
        if (strcmp(text, words[kind]) == 0) {
            rule->kind = kind;
            return 0;
        }
    for (int kind = DOCUMENTS_END; kind <= DOCUMENTS_START; kind++) {
        const size_t n = strlen(words[kind]);
        if (strncmp(text, words[kind], n) != 0)
            continue;
        if (check_border(text, text + n, e) < 0)
            return -1;
        rule->kind = kind;
        strcpy(rule->border, text + n);
        return 0;
    }
    return err_usage(e,
                     "`documents` %.60s: expected none, line, blank, file, end:STRING or "
                     "start:STRING",
                     *text ? text : "''");
}

struct documents_rule documents_rule_of(const char *text)
{
    struct documents_rule rule;
    const int status = documents_parse(&rule, text, NULL);
    assert(status == 0);
    (void)status;
    return rule;
}

bool documents_same(const struct documents_rule *a, const struct documents_rule *b)
{
    return a->kind == b->kind && strcmp(a->border, b->border) == 0;
}

uint32_t documents_separator(int kind)
{
    return kind == DOCUMENTS_LINE ? '\n' : MARK;
}

/* ---------------------------------------------------------------------- in the bytes */

/* Length of the line at text[0], without its newline. */
static size_t line_length(const unsigned char *text, size_t n)
{
    const unsigned char *end = memchr(text, '\n', n);
    return end ? (size_t)(end - text) : n;
}

static size_t line_ends_before(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && (text[i] == '\n' || text[i] == '\r'))
        i++;
    return i;
}

static size_t blanks_before(const unsigned char *text, size_t n)
{
    size_t i = 0;
    while (i < n && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r'))
        i++;
    return i;
}

/* Begins a line that is not blank.  Only now it is known whether the line before ends with a
 * newline or with a separator. */
static void begin_line(struct documents_marker *m, struct buf *out)
{
    if (m->end)
        buf_char(out, m->end);
    buf_add(out, m->blanks.data, m->blanks.len);
    m->end = 0;
    m->blanks.len = 0;
    m->in_line = m->some = true;
}

/* Ends a blank line, which separates documents if the kind is DOCUMENTS_BLANK. */
static void end_blank_line(struct documents_marker *m, struct buf *out)
{
    m->blanks.len = 0;
    if (m->end)
        buf_char(out, MARK);
    m->end = 0;
}

/* Ends a line that is not blank.  If blank lines separate documents, the next line decides
 * between a newline and a separator. */
static void end_line(struct documents_marker *m, struct buf *out)
{
    m->in_line = false;
    if (m->rule->kind == DOCUMENTS_BLANK)
        m->end = '\n';
    else
        buf_char(out, '\n');
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
                end_blank_line(m, out);
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
            end_line(m, out);
            at++;
        }
    }
}

/* Appends text that contains no border, without the line ends right after a border. */
static void add_between(struct documents_marker *m, const char *text, size_t n,
                        struct buf *out)
{
    const size_t ends = m->after_border ? line_ends_before(text, n) : 0;
    if (ends < n) {
        m->after_border = false;
        buf_add(out, text + ends, n - ends);
    }
}

/* How many bytes at the end of the text are the beginning of a border, at most. */
static size_t begun_border(const char *border, const char *text, size_t n)
{
    size_t k = size_min(n, strlen(border) - 1);
    while (k > 0 && memcmp(text + n - k, border, k) != 0)
        k--;
    return k;
}

/* Finds the borders, and keeps the last bytes if they may begin one. */
static void add_bordered(struct documents_marker *m, const unsigned char *text, size_t n,
                         struct buf *out)
{
    buf_add(&m->tail, (const char *)text, n);
    if (m->tail.failed || m->tail.len == 0)
        return;
    const char *border = m->rule->border, *s = m->tail.data, *found;
    const size_t length = strlen(border);
    size_t left = m->tail.len;
    while ((found = memmem(s, left, border, length)) != NULL) {
        add_between(m, s, (size_t)(found - s), out);
        buf_char(out, MARK);
        m->after_border = m->rule->kind == DOCUMENTS_END;
        if (m->rule->kind == DOCUMENTS_START)
            buf_add(out, border, length);
        left -= (size_t)(found - s) + length;
        s = found + length;
    }
    const size_t kept = begun_border(border, s, left);
    add_between(m, s, left - kept, out);
    memmove(m->tail.data, s + (left - kept), kept);
    m->tail.len = kept;
}

int documents_add(struct documents_marker *m, const unsigned char *text, size_t n,
                  struct buf *out, struct charnn_error *e)
{
    const unsigned char *mark =
        n && m->rule->kind != DOCUMENTS_LINE ? memchr(text, MARK, n) : NULL;
    if (mark)
        return err_set(e,
                       "%s: byte %zu is U+001E, which `documents` needs for itself: remove "
                       "it from the text",
                       m->name, m->at + (size_t)(mark - text));
    if (m->rule->kind == DOCUMENTS_FILE)
        buf_add(out, text, n);
    else if (m->rule->kind < DOCUMENTS_FILE)
        add_lines(m, text, n, out);
    else
        add_bordered(m, text, n, out);
    m->at += n;
    out->failed |= m->blanks.failed || m->tail.failed;
    return 0;
}

void documents_end(struct documents_marker *m, struct buf *out)
{
    if (!m->in_line && m->blanks.len > 0)
        end_blank_line(m, out);
    if (m->tail.len > 0)
        add_between(m, m->tail.data, m->tail.len, out);
    if (m->rule->kind != DOCUMENTS_LINE || m->in_line || !m->some)
        buf_char(out, (char)documents_separator(m->rule->kind));
}

void documents_release(struct documents_marker *m)
{
    buf_release(&m->blanks);
    buf_release(&m->tail);
}

int documents_mark(const struct documents_rule *rule, const char *name,
                   const unsigned char *text, size_t n, struct buf *out,
                   struct charnn_error *e)
{
    struct documents_marker m = { .rule = rule, .name = name };
    int status = documents_add(&m, text, n, out, e);
    documents_end(&m, out);
    if (status == 0 && out->failed)
        status = err_set(e, "%s: out of memory", name);
    documents_release(&m);
    return status;
}

/* ------------------------------------------------------------------------ in the ids */

struct span {
    size_t at, n;
};

/* Finds the nonempty texts between separators and returns their number.  Stores them in
 * `all`, which may be NULL. */
static size_t find_documents(const struct corpus *c, int separator, struct span *all)
{
    size_t n = 0, start = 0;
    for (size_t i = 0; i <= c->n; i++) {
        if (i < c->n && corpus_at(c, i) != separator)
            continue;
        if (i > start) {
            if (all)
                all[n] = (struct span){ start, i - start };
            n++;
        }
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

int documents_refuse_empty(struct charnn_error *e)
{
    return err_set(e, "there is no text between the separators of `documents`");
}

int documents_shuffle(struct corpus *c, int separator, struct charnn_error *e)
{
    const size_t width = c->narrow ? sizeof *c->narrow : sizeof *c->wide;
    const size_t n = find_documents(c, separator, NULL);
    if (n == 0)
        return documents_refuse_empty(e);
    const size_t peak = 2 * c->n * width + n * sizeof(struct span);
    struct span *all = malloc(n * sizeof *all);
    unsigned char *to = malloc((c->n + 2) * width);
    const bool ok = all && to;
    if (ok) {
        find_documents(c, separator, all);
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
