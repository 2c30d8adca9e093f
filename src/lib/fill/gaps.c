/* gaps.c - converts a text with masks to a sequence of symbols, and back. */
#include "fill/gaps.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* ----------------------------------------------------------------------- reading */

/* Reads the character at byte `at`; returns its length in bytes, 0 if it is not valid. */
static int next_character(const struct gaps *g, size_t at, uint32_t *c)
{
    *c = (unsigned char)g->text[at];
    return g->v->unit == VOCAB_BYTE
               ? 1
               : utf8_decode((const unsigned char *)g->text + at, g->bytes - at, c);
}

static void add_beginning(struct gaps *g)
{
    const int separator = vocab_separator(g->v), newline = vocab_known(g->v, '\n');
    const int id = separator >= 0 ? separator : newline >= 0 ? newline : 0;
    g->place[g->n++] = (struct gap_place){ .id = (uint16_t)id };
}

static int add_text(struct gaps *g, uint32_t mask, bool masks, struct charnn_error *e)
{
    uint32_t c;
    for (size_t at = 0, n; at < g->bytes; at += n) {
        if (!(n = (size_t)next_character(g, at, &c)))
            return vocab_fault(g->v, "the text", (const unsigned char *)g->text, g->bytes,
                               at, e);
        const bool masked = masks && c == mask;
        const int id = masked ? 0 : vocab_read_as(g->v, g->unknown.policy, c);
        if (id == VOCAB_REFUSED)
            return vocab_fault(g->v, "the text", (const unsigned char *)g->text, g->bytes,
                               at, e);
        if (!masked && vocab_known(g->v, c) < 0)
            vocab_count_unknown(g->v, &g->unknown, id);
        if (id >= 0)
            g->place[g->n++] = (struct gap_place){ .at = at,
                                                   .n = (uint8_t)n,
                                                   .masked = masked,
                                                   .exact = vocab_known(g->v, c) == id,
                                                   .id = (uint16_t)id };
    }
    return 0;
}

static int check_mask(const struct gaps *g, const char *mask, uint32_t *c,
                      struct charnn_error *e)
{
    const struct gaps one = { .v = g->v, .text = mask, .bytes = strlen(mask) };
    if (one.bytes > 0 && next_character(&one, 0, c) == (int)one.bytes)
        return 0;
    return err_usage(e, "the mask has to be one %s",
                     g->v->unit == VOCAB_BYTE ? "byte, as this is a model of bytes"
                                              : "character");
}

int gaps_init(struct gaps *g, const struct vocab *v, const char *text, size_t n,
              const char *mask, int unknown, struct charnn_error *e)
{
    uint32_t c = 0;
    *g = (struct gaps){
        .v = v, .text = text, .bytes = n, .mask = -1, .unknown.policy = unknown
    };
    if (mask && check_mask(g, mask, &c, e) < 0)
        return -1;
    if (mask)
        g->mask = vocab_known(v, c);
    g->place =
        n < SIZE_MAX / sizeof *g->place - 1 ? malloc((n + 1) * sizeof *g->place) : NULL;
    if (!g->place)
        return err_set(e, "out of memory for a text of %zu bytes", n);
    add_beginning(g);
    if (add_text(g, c, mask != NULL, e) == 0)
        return 0;
    gaps_release(g);
    return -1;
}

void gaps_release(struct gaps *g)
{
    free(g->place);
    *g = (struct gaps){ 0 };
}

/* ------------------------------------------------------------------------ hiding */

enum { TOGETHER = 4 };

/* 1, 2, 3 or 4, with probability 1/2, 1/4, 1/8 and 1/8. */
static size_t draw_run_length(struct rng *rng)
{
    size_t n = 1;
    while (n < TOGETHER && rng_uniform(rng) < 0.5)
        n++;
    return n;
}

void gaps_hide(struct gaps *g, double share, struct rng *rng)
{
    const double mean = 1.875; /* mean of the run lengths */
    /* The probability that a run begins at a place; the place after a run stays unmasked. */
    const double chance = share / (mean * (1 - share));
    for (size_t i = 1; i < g->n; i++) {
        const size_t n = rng_uniform(rng) < chance ? draw_run_length(rng) : 0;
        for (const size_t end = i + n; i < end && i < g->n && g->place[i].exact; i++) {
            g->place[i].was = g->place[i].id;
            g->place[i].masked = true;
        }
    }
}

/* ----------------------------------------------------------------------- writing */

bool gaps_run(const struct gaps *g, size_t from, size_t *lo, size_t *hi)
{
    *lo = from;
    while (*lo < g->n && !g->place[*lo].masked)
        ++*lo;
    *hi = *lo;
    while (*hi < g->n && g->place[*hi].masked)
        ++*hi;
    return *lo < *hi;
}

void gaps_write(const struct gaps *g, struct buf *out)
{
    size_t done = 0;
    for (size_t i = 0, hi; gaps_run(g, i, &i, &hi); i = hi)
        for (size_t k = i; k < hi; k++) {
            char bytes[4];
            const struct gap_place *p = &g->place[k];
            buf_add(out, g->text + done, p->at - done);
            buf_add(out, bytes, (size_t)vocab_decode(g->v, p->id, bytes));
            done = p->at + p->n;
        }
    buf_add(out, g->text + done, g->bytes - done);
}
