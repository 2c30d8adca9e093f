/* regex_feature.c - searches lines as strings, and maps matched bytes to characters. */
#include "inspect/regex_feature.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>

#include "base/utf8.h"

enum { PIECE = 4096 };

uint32_t regex_symbol(const struct corpus *c, size_t at)
{
    const int id = corpus_at(c, at);
    return id == vocab_separator(&c->vocab) ? '\n' : c->vocab.symbol[id];
}

/* Part of a line. */
struct piece {
    char text[PIECE + 1];
    size_t at[PIECE]; /* the index of the character that each byte belongs to */
    size_t length;
    int flags; /* REG_NOTBOL unless the piece begins a line, REG_NOTEOL unless it ends
                * one */
};

/* Reads the piece that begins at character `first`; returns where the next one begins.
 * Replaces NUL, which would end the string, by another control character; leaves out the
 * newline and a CR before it. */
static size_t read_piece(struct piece *p, const struct corpus *c, size_t n, size_t first)
{
    char bytes[UTF8_MAX];
    size_t at = first;
    p->length = 0;
    p->flags = first > 0 && regex_symbol(c, first - 1) != '\n' ? REG_NOTBOL : 0;
    while (at < n && regex_symbol(c, at) != '\n' && p->length + UTF8_MAX <= PIECE) {
        const int length = vocab_decode(&c->vocab, corpus_at(c, at), bytes);
        for (int i = 0; i < length; i++) {
            p->at[p->length] = at;
            p->text[p->length++] = bytes[i] ? bytes[i] : 1;
        }
        at++;
    }
    const int whole = at == n || regex_symbol(c, at) == '\n';
    p->flags |= whole ? 0 : REG_NOTEOL;
    if (whole && p->length > 0 && p->text[p->length - 1] == '\r')
        p->length--;
    p->text[p->length] = '\0';
    return whole && at < n ? at + 1 : at;
}

/* An empty match marks nothing; the search continues one byte later.  Returns -1 if there is not
 * enough memory to search, for which regexec of glibc returns REG_NOMATCH. */
static int mark_piece(const struct piece *p, const regex_t *r, uint64_t *words,
                      unsigned bit)
{
    regmatch_t m;
    for (size_t from = 0; from < p->length;) {
        const int flags = from > 0 ? p->flags | REG_NOTBOL : p->flags;
        errno = 0;
        const int fault = regexec(r, p->text + from, 1, &m, flags);
        if (fault)
            return fault == REG_NOMATCH && errno != ENOMEM ? 0 : -1;
        for (regoff_t i = m.rm_so; i < m.rm_eo; i++)
            words[p->at[from + (size_t)i]] |= (uint64_t)1 << bit;
        from += (size_t)m.rm_eo + (m.rm_eo == m.rm_so);
    }
    return 0;
}

int regex_mark(const struct corpus *c, size_t n, const char *pattern, uint64_t *words,
               unsigned bit, struct charnn_error *e)
{
    regex_t r;
    char why[100];
    const int fault = regcomp(&r, pattern, REG_EXTENDED);
    if (fault) {
        regerror(fault, &r, why, sizeof why);
        return err_usage(e, "'%s' is not a POSIX extended regular expression: %s", pattern,
                         why);
    }
    struct piece *p = malloc(sizeof *p); /* too large for a small stack */
    if (!p) {
        regfree(&r);
        return err_set(e, "out of memory for a regular expression");
    }
    int status = 0;
    for (size_t at = 0; at < n && status == 0;) {
        at = read_piece(p, c, n, at);
        status = mark_piece(p, &r, words, bit);
    }
    regfree(&r);
    free(p);
    return status == 0 ? 0 : err_set(e, "out of memory to search for '%s'", pattern);
}
