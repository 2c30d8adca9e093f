/* prime.c - encodes a prime, and starts generators with it. */
#include "sample/prime.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/hangul.h"

static int refuse_unknown(const struct vocab *v, const unsigned char *text, size_t n,
                          size_t at, struct charnn_error *e)
{
    uint32_t c;
    const bool bytes = v->unit == VOCAB_BYTE;
    const bool valid = bytes || utf8_decode(text + at, n - at, &c) > 0;
    if (e && vocab_fault(v, "the prime", text, n, at, e) < 0 && valid)
        err_set(e, "%s; `unknown` nearest replaces it, skip leaves it out%s", e->message,
                bytes && text[at] >= 0x80
                    ? "; a byte model takes a prime in the encoding of its text"
                    : "");
    return -1;
}

int prime_encode(const struct vocab *v, struct vocab_unknown *u, const char *text, size_t n,
                 uint16_t **ids, size_t *n_ids, struct charnn_error *e)
{
    unsigned char *copy = n < SIZE_MAX / 2 ? malloc(n + 1) : NULL;
    uint16_t *made =
        copy ? malloc((n + 1) * sizeof *made) : NULL; /* not more symbols than bytes */
    size_t at = 0;
    *ids = NULL;
    *n_ids = 0;
    int status = made ? 0 : err_set(e, "out of memory for a prime of %zu bytes", n);
    if (status == 0) {
        memcpy(copy, n ? text : "", n);
        if (v->compose)
            n = hangul_compose(copy, n);
        *n_ids = vocab_encode(v, copy, n, &at, made, n, u);
        if (at < n)
            status = refuse_unknown(v, copy, n, at, e);
    }
    free(copy);
    if (status < 0) {
        free(made);
        *n_ids = 0;
    } else {
        *ids = made;
    }
    return status;
}

/* ------------------------------------------------------------------- generators */

/* A byte model of UTF-8 text can only continue text that ends with a whole character. */
static int check_last_character(const char *text, size_t n, struct charnn_error *e)
{
    size_t begun = 1;
    while (begun < n && begun < UTF8_MAX && (text[n - begun] & 0xC0) == 0x80)
        begun++;
    if (n == 0 || utf8_length((unsigned char)text[n - begun]) <= (int)begun)
        return 0;
    return err_usage(e, "the prime ends inside a character");
}

int prime_read(struct generator *g, bool start, const char *text, size_t n,
               struct charnn_error *e)
{
    uint16_t *ids;
    size_t n_ids;
    struct vocab_unknown unknown = { .policy = (int)g->config.unknown };
    g->unknown = unknown.n;
    if (g->utf8 && check_last_character(text, n, e) < 0)
        return -1;
    if (prime_encode(g->vocab, &unknown, text, n, &ids, &n_ids, e) < 0)
        return -1;
    g->unknown = unknown.n;
    if (start)
        g->prime.len = 0;
    if (g->known)
        buf_add(&g->prime, ids, n_ids * sizeof *ids);
    if (start)
        generator_start(g, ids, n_ids);
    else
        generator_read(g, ids, n_ids);
    free(ids);
    return 0;
}
