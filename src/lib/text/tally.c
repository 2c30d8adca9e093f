/* tally.c - counts symbols in one flat table, while the texts are read in pieces. */
#include "text/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/signature.h"

enum { SYMBOLS = UTF8_LAST + 1 };

int tally_init(struct tally *t, size_t n_sources, struct charnn_error *e)
{
    *t = (struct tally){ .count = calloc(SYMBOLS, sizeof *t->count),
                         .limit = 256,
                         .bytes = calloc(n_sources, sizeof *t->bytes) };
    return t->count && t->bytes ? 0 : err_set(e, "out of memory for counting characters");
}

void tally_release(struct tally *t)
{
    free(t->count);
    free(t->bytes);
}

/* Counts characters from s[i] on; returns the offset of the first invalid one, or n. */
static size_t tally_piece(struct tally *t, const unsigned char *s, size_t i, size_t n)
{
    while (i < n) {
        uint32_t symbol = s[i];
        int length = symbol < 0x80 ? 1 : utf8_decode(s + i, n - i, &symbol);
        if (length == 0)
            break;
        if (symbol >= t->limit)
            t->limit = symbol + 1;
        t->count[symbol]++;
        t->n++;
        i += (size_t)length;
    }
    return i;
}

static void look_at_beginning(struct tally *t, const struct source *s,
                              const struct reader *r)
{
    bool wide;
    t->advice = signature_advice(r->piece, r->n, &wide);
    t->odd = t->advice ? s : NULL;
    t->no_text = t->advice && !wide;
}

/* Counts the characters of one source, up to the first invalid one. */
static int tally_source(struct tally *t, struct source *s, size_t *bytes, struct reader *r,
                        struct charnn_error *e)
{
    size_t before = 0;
    int got;
    if (reader_open(r, s, e) < 0)
        return -1;
    while ((got = reader_next(r, e)) > 0) {
        const size_t bom = before ? 0 : utf8_bom(r->piece, r->n);
        if (!before && !t->odd)
            look_at_beginning(t, s, r);
        const size_t valid = tally_piece(t, r->piece, bom, r->n);
        t->boms += bom > 0;
        if (valid < r->n) {
            t->bad = s;
            t->bad_at = before + valid;
            break;
        }
        before += r->n;
    }
    *bytes = before;
    reader_close(r);
    return got < 0 ? -1 : 0;
}

static void clear_counts(struct tally *t)
{
    memset(t->count, 0, t->limit * sizeof *t->count);
    t->n = t->boms = 0;
    t->bad = t->odd = NULL;
}

int tally_chars(struct tally *t, struct sources *s, struct reader *r,
                struct charnn_error *e)
{
    clear_counts(t);
    for (size_t k = 0; k < s->n && !t->bad; k++)
        if (tally_source(t, &s->list[k], &t->bytes[k], r, e) < 0)
            return -1;
    return 0;
}

int tally_bytes(struct tally *t, struct sources *s, struct reader *r,
                struct charnn_error *e)
{
    clear_counts(t);
    for (size_t k = 0; k < s->n; k++) {
        int got = reader_open(r, &s->list[k], e);
        t->bytes[k] = 0;
        while (got >= 0 && (got = reader_next(r, e)) > 0) {
            for (size_t i = 0; i < r->n; i++)
                t->count[r->piece[i]]++; /* limit is at least 256 */
            t->bytes[k] += r->n;
        }
        reader_close(r);
        if (got < 0)
            return -1;
        t->n += t->bytes[k];
    }
    return 0;
}

int tally_replace_rare(struct tally *t, int64_t min_count, int64_t kept_symbol,
                       struct charnn_error *e)
{
    int64_t replaced = 0;
    size_t rare = 0, kept = 0;
    for (uint32_t symbol = 0; symbol < t->limit; symbol++) {
        int64_t count = t->count[symbol];
        if (count == 0 || symbol == UTF8_REPLACEMENT)
            continue;
        if (count >= min_count || symbol == kept_symbol) {
            kept++;
            continue;
        }
        replaced += count;
        rare++;
        t->count[symbol] = 0;
    }
    if (rare > 0 && kept == 0)
        return err_set(e, "`min-count` %lld leaves nothing: all %zu symbols are rarer",
                       (long long)min_count, rare);
    t->count[UTF8_REPLACEMENT] += replaced;
    if (replaced > 0 && t->limit <= UTF8_REPLACEMENT)
        t->limit = UTF8_REPLACEMENT + 1;
    return 0;
}

int tally_vocab(const struct tally *t, struct vocab *v, struct charnn_error *e)
{
    size_t size = 0;
    for (uint32_t symbol = 0; symbol < t->limit; symbol++)
        size += t->count[symbol] > 0;
    if (size > VOCAB_MAX)
        return err_set(e,
                       "the text has %zu different characters, more than %d: replace the "
                       "rare ones with `min-count`, or use `unit` byte",
                       size, VOCAB_MAX);

    uint32_t *symbols = malloc(size * sizeof *symbols); /* size <= VOCAB_MAX */
    int64_t *counts = malloc(size * sizeof *counts);
    int status = -1;
    if (!symbols || !counts) {
        err_set(e, "out of memory for a vocabulary of %zu symbols", size);
    } else {
        size_t id = 0;
        for (uint32_t symbol = 0; symbol < t->limit; symbol++) {
            if (t->count[symbol] == 0)
                continue;
            symbols[id] = symbol;
            counts[id++] = t->count[symbol];
        }
        status = vocab_init(v, v->unit, symbols, counts, size, e);
    }
    free(symbols);
    free(counts);
    return status;
}
