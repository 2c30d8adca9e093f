/*
 * test_copied.c - compares the passages that a sample copies from a corpus with a search by
 * plain loops.
 */
#include "score/copied.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "test.h"

enum { SAMPLE = 200, CORPUS = 600, UNITS = 4 * CORPUS };

struct text {
    unsigned char bytes[UNITS];
    size_t n;
};

/* Texts are drawn from the first k of these characters.  A stray byte among them never
 * continues the character before it. */
static const char *const alphabet[] = {
    "a",    "b",        "\xC3\xA9", "\xEA\xB0\x80", "\xF0\x9F\x98\x80",
    "\xFF", "\xE2\x82", "\n",       "\xED\xA0",     "c"
};

static void draw(struct text *t, struct rng *rng, size_t n, size_t k)
{
    t->n = 0;
    for (size_t i = 0; i < n; i++) {
        const char *unit = alphabet[rng_next(rng) % k];
        memcpy(t->bytes + t->n, unit, strlen(unit));
        t->n += strlen(unit);
    }
}

/* Splits a text into characters; a byte that is not UTF-8 is a character by itself. */
static size_t split(const struct text *t, uint32_t *out)
{
    size_t n = 0;
    for (size_t at = 0; at < t->n;) {
        const int length = utf8_decode(t->bytes + at, t->n - at, &out[n]);
        if (length == 0)
            out[n] = 0x200000 + t->bytes[at];
        at += length ? (size_t)length : 1;
        n++;
    }
    return n;
}

static size_t common(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t k = 0;
    while (k < n && k < m && a[k] == b[k])
        k++;
    return k;
}

struct expected {
    size_t longest, n;
    size_t there[SAMPLE * 2]; /* for each character of the sample: the length of the longest
                               * run that begins there and occurs in the corpus */
};

static struct expected by_loops(const struct text *sample, const struct text *corpus)
{
    static uint32_t s[UNITS], c[UNITS];
    struct expected x = { .n = split(sample, s) };
    const size_t m = split(corpus, c);
    for (size_t i = 0; i < x.n; i++) {
        for (size_t j = 0; j < m; j++) {
            const size_t k = common(s + i, x.n - i, c + j, m - j);
            x.there[i] = k > x.there[i] ? k : x.there[i];
        }
        x.longest = x.there[i] > x.longest ? x.there[i] : x.longest;
    }
    return x;
}

static void check_shares(const struct copied *index, const struct expected *x)
{
    for (size_t n = COPIED_LEAST; n <= x->n; n++) {
        double found = 0;
        for (size_t i = 0; i + n <= x->n; i++)
            found += x->there[i] >= n;
        CHECK_MSG(fabs(copied_share(index, n) - found / (double)(x->n - n + 1)) < 1e-12,
                  "%zu-grams: %g, not %g", n,
                  copied_share(index, n) * (double)(x->n - n + 1), found);
    }
    CHECK(isnan(copied_share(index, x->n + COPIED_LEAST)));
}

/* Checks that the reported run is in both texts. */
static void check_run(const struct copied *index, const struct text *sample,
                      const struct text *corpus)
{
    size_t from, to, k = 0;
    copied_longest(index, sample->bytes, sample->n, &from, &to);
    CHECK(from <= to && to <= sample->n);
    while (k + (to - from) <= corpus->n &&
           memcmp(corpus->bytes + k, sample->bytes + from, to - from) != 0)
        k++;
    CHECK(k + (to - from) <= corpus->n);
    struct text run = { .n = to - from };
    uint32_t symbols[UNITS];
    memcpy(run.bytes, sample->bytes + from, run.n);
    CHECK(split(&run, symbols) == index->longest);
}

static void check(const struct text *sample, const struct text *corpus, struct rng *rng)
{
    const struct expected x = by_loops(sample, corpus);
    struct copied index;
    CHECK(copied_init(&index, "a test", sample->bytes, sample->n, NULL) == 0);
    for (size_t at = 0, n; at < corpus->n; at += n) {
        n = 1 + rng_next(rng) % 5;
        n = n < corpus->n - at ? n : corpus->n - at;
        copied_read(&index, corpus->bytes + at, n);
    }
    CHECK(copied_end(&index) == 0);
    CHECK_MSG(index.length == x.n, "%zu characters, not %zu", index.length, x.n);
    CHECK_MSG(index.longest == x.longest, "longest %zu, not %zu", index.longest, x.longest);
    check_shares(&index, &x);
    check_run(&index, sample, corpus);
    copied_release(&index);
}

static void results_are_those_of_plain_loops(void)
{
    static struct text sample, corpus;
    struct rng rng;
    rng_init(&rng, 1);
    for (size_t k = 1; k <= sizeof alphabet / sizeof *alphabet; k++)
        for (int i = 0; i < 12; i++) {
            draw(&sample, &rng, 1 + rng_next(&rng) % (SAMPLE / 2), k);
            draw(&corpus, &rng, 1 + rng_next(&rng) % (CORPUS / 2), k);
            check(&sample, &corpus, &rng);
        }
}

/* Random texts, with long runs of the sample copied into the corpus. */
static void long_runs_are_found(void)
{
    static struct text sample, corpus;
    struct rng rng;
    rng_init(&rng, 2);
    for (int i = 0; i < 60; i++) {
        draw(&sample, &rng, SAMPLE / 2, 5);
        draw(&corpus, &rng, CORPUS / 2, 5);
        for (int copies = 0; copies < 3; copies++) {
            const size_t n = 1 + rng_next(&rng) % (sample.n - 1);
            const size_t from = rng_next(&rng) % (sample.n - n);
            const size_t to = rng_next(&rng) % (corpus.n - n);
            memcpy(corpus.bytes + to, sample.bytes + from, n);
        }
        check(&sample, &corpus, &rng);
    }
}

static void nothing_in_common_is_nothing(void)
{
    struct copied index;
    size_t from, to;
    CHECK(copied_init(&index, "a test", (const unsigned char *)"abcabcabcabc", 12, NULL) ==
          0);
    copied_read(&index, (const unsigned char *)"defdefdef", 9);
    CHECK(copied_end(&index) == 0);
    copied_longest(&index, (const unsigned char *)"abcabcabcabc", 12, &from, &to);
    CHECK(index.longest == 0 && from == 0 && to == 0 && copied_share(&index, 8) == 0);
    copied_release(&index);
}

int main(void)
{
    RUN(results_are_those_of_plain_loops);
    RUN(long_runs_are_found);
    RUN(nothing_in_common_is_nothing);
    return test_end();
}
