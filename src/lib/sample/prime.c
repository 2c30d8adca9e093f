/*
 * prime.c - replaces or leaves out the characters that a model does not know.
 *
 * A byte model knows a character if it knows all its bytes; if the model's text is not
 * UTF-8, each byte is a character.
 */
#include "sample/prime.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/hangul.h"
#include "text/confusables.h"

struct encoder {
    const struct vocab *v;
    uint16_t *ids;
    size_t n;
};

static bool put_known(struct encoder *p, uint32_t symbol)
{
    const int id = vocab_known(p->v, symbol);
    if (id >= 0)
        p->ids[p->n++] = (uint16_t)id;
    return id >= 0;
}

/* Adds a character if the model knows it. */
static bool put_character(struct encoder *p, uint32_t c)
{
    const size_t before = p->n;
    char bytes[UTF8_MAX];
    if (p->v->unit == VOCAB_CHAR)
        return put_known(p, c);
    const int length = utf8_encode(c, bytes);
    for (int i = 0; i < length; i++)
        if (!put_known(p, (unsigned char)bytes[i])) {
            p->n = before;
            return false;
        }
    return true;
}

static void put_nearest(struct encoder *p, uint32_t c)
{
    uint32_t near[CONFUSABLES_MAX];
    const size_t n = confusables_of(c, near);
    const int replacement = vocab_replacement(p->v);
    for (size_t i = 0; i < n; i++)
        if (put_character(p, near[i]))
            return;
    if (replacement >= 0 && !confusables_is_accent(c))
        p->ids[p->n++] = (uint16_t)replacement;
}

static int refuse_unknown(const struct vocab *v, const unsigned char *text, size_t n,
                          size_t at, struct charnn_error *e)
{
    if (e && vocab_fault(v, "the prime", text, n, at, e) < 0)
        err_set(e, "%s; `unknown` nearest replaces it, skip leaves it out", e->message);
    return -1;
}

static int encode_prime(struct encoder *p, int unknown, const unsigned char *text, size_t n,
                        struct charnn_error *e)
{
    for (size_t at = 0; at < n;) {
        uint32_t c = 0;
        const int length = utf8_decode(text + at, n - at, &c);
        if (length == 0 && p->v->unit == VOCAB_CHAR)
            return vocab_fault(p->v, "the prime", text, n, at, e);
        const bool known = length ? put_character(p, c) : put_known(p, text[at]);
        if (!known && unknown == CHARNN_UNKNOWN_ERROR)
            return refuse_unknown(p->v, text, n, at, e);
        if (!known && length && unknown == CHARNN_UNKNOWN_NEAREST)
            put_nearest(p, c);
        at += length ? (size_t)length : 1;
    }
    return 0;
}

int prime_encode(const struct vocab *v, int unknown, const char *text, size_t n,
                 uint16_t **ids, size_t *n_ids, struct charnn_error *e)
{
    unsigned char *copy = n < SIZE_MAX / 2 ? malloc(n + 1) : NULL;
    struct encoder p = { .v = v };
    if (copy)
        p.ids = malloc((n + 1) * sizeof *p.ids); /* there are no more symbols than bytes */
    int status = p.ids ? 0 : err_set(e, "out of memory for a prime of %zu bytes", n);
    if (status == 0) {
        memcpy(copy, n ? text : "", n);
        if (v->compose)
            n = hangul_compose(copy, n);
        status = encode_prime(&p, unknown, copy, n, e);
    }
    free(copy);
    if (status < 0) {
        free(p.ids);
        p = (struct encoder){ 0 };
    }
    *ids = p.ids;
    *n_ids = p.n;
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
    if (g->utf8 && check_last_character(text, n, e) < 0)
        return -1;
    if (prime_encode(g->vocab, (int)g->config.unknown, text, n, &ids, &n_ids, e) < 0)
        return -1;
    if (start)
        generator_start(g, ids, n_ids);
    else
        generator_read(g, ids, n_ids);
    free(ids);
    return 0;
}
