/*
 * fuzz_corpus.c - reads arbitrary bytes as one or two files, in every unit.
 *
 * The first byte chooses the unit, the min_count and whether the rest is cut in two.  A
 * corpus that is accepted must give the same ids when it is encoded with its own
 * vocabulary, must have as many of each symbol as the vocabulary counts, and must give a
 * training chunk.
 */
#include <stdint.h>
#include <stdlib.h>

#include "text/batch.h"
#include "text/corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_counts(const struct corpus *c)
{
    int64_t sum = 0;
    for (size_t i = 0; i < c->vocab.size; i++) {
        require(c->vocab.count[i] > 0);
        sum += c->vocab.count[i];
    }
    require((size_t)sum == c->n);
    for (size_t i = 0; i < c->n; i++)
        require((size_t)corpus_at(c, i) < c->vocab.size);
}

static void check_again(const struct corpus *c, const struct corpus_part *parts, size_t n)
{
    struct corpus again;
    const struct corpus_options alike = corpus_options_of(&c->vocab);
    require(corpus_read_parts(&again, parts, n, &alike, NULL) == 0);
    require(again.n == c->n && again.fingerprint == c->fingerprint);
    require(again.folded == c->folded);
    for (size_t i = 0; i < c->n; i++)
        require(corpus_at(&again, i) == corpus_at(c, i));
    corpus_release(&again);
}

static void check_batch(const struct corpus *c, unsigned choice)
{
    enum { B = 3, T = 5 };
    struct batch_plan p;
    int32_t inputs[B * T], targets[B * T];
    if (batch_plan(&p, c->n, &(struct batch_options){ B, T, 0.1, choice % 3 == 1, choice },
                   NULL) != 0) {
        require(c->n == 1);
        return;
    }
    require(p.B <= B && p.T <= T);
    for (uint64_t step = 0; step < 3; step++)
        batch_train(&p, c, step, inputs, targets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const unsigned choice = data[0];
    const unsigned char *text = data + 1;
    const size_t len = size - 1, cut = choice & 0x80 ? len / 2 : len;
    const struct corpus_part parts[] = { { "one", text, cut },
                                         { "two", text + cut, len - cut } };
    const size_t n_parts = choice & 0x80 ? 2 : 1;

    struct corpus c;
    struct charnn_error e;
    if (corpus_read_parts(&c, parts, n_parts,
                          &(struct corpus_options){ .unit = (int)(choice % 3),
                                                    .min_count = choice >> 2 & 3,
                                                    .damaged = (choice >> 4 & 7) % 3 },
                          &e) != 0) {
        require(e.message[0] != 0 && c.n == 0);
        return 0;
    }
    check_counts(&c);
    check_again(&c, parts, n_parts);
    check_batch(&c, choice);
    corpus_release(&c);
    return 0;
}
