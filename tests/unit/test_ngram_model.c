/* test_ngram_model.c - compares the probabilities that an n-gram model predicts with the
 * losses of score/ngram.h. */
#include "mix/ngram_model.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "score/ngram.h"
#include "test.h"

enum { LENGTH = 3000, HELD = 200, V = 7, ORDER = 9, SEPARATOR = 2 };

static uint8_t train_symbols[LENGTH], held_symbols[HELD];
static struct corpus train = { .n = LENGTH, .narrow = train_symbols };
static struct corpus held = { .n = HELD, .narrow = held_symbols };
static const struct ngram_stretch train_stretch = { &train, 0, LENGTH };
static const struct ngram_stretch held_stretch = { &held, 0, HELD };
static const struct ngram_text train_text = { &train_stretch, 1 };
static const struct ngram_text held_text = { &held_stretch, 1 };

/* Writes random symbols, half of which repeat the symbol `back` places before; the symbol V
 * - 1 never occurs. */
static void write_random(uint8_t *symbol, size_t n, size_t back, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed);
    for (size_t i = 0; i < n; i++) {
        const double u = rng_uniform(&rng);
        symbol[i] = (uint8_t)(u * u * (V - 1));
        if (i >= back && rng_next(&rng) % 2)
            symbol[i] = symbol[i - back];
    }
}

static struct ngram_model count_training(int separator)
{
    const struct ngram_options options = { .V = V, .separator = separator, .most = ORDER };
    struct ngram_model m;
    struct charnn_error e;
    write_random(train_symbols, LENGTH, 5, 1);
    write_random(held_symbols, HELD, 5, 2);
    CHECK(ngram_model_init(&m, &train_text, &options, &e) == 0);
    return m;
}

/* The context of held-out character i; returns its length. */
static size_t context_at(size_t i, int separator, uint16_t *context)
{
    size_t n = 0;
    while (n < ORDER && n < i) {
        context[n] = held_symbols[i - n - 1];
        if (context[n++] == separator)
            break;
    }
    return n;
}

/* Sums the losses of each order, looked up one by one. */
static void add_losses(struct ngram_model *m, int separator, double *sum)
{
    for (size_t i = 1; i < HELD; i++) {
        uint16_t context[ORDER];
        double p[ORDER + 1];
        struct ngram_place place;
        const size_t n = context_at(i, separator, context);
        CHECK(ngram_look_up(m, context, n, &place) == 0);
        ngram_by_order(m, &place, held_symbols[i], p);
        for (unsigned k = 0; k <= ORDER; k++)
            sum[k] -= log(p[k <= place.reached ? k : place.reached + 1]);
    }
}

static void looking_up_is_what_sweeps_compute(void)
{
    static const int separators[] = { NGRAM_NO_SEPARATOR, SEPARATOR };
    for (int s = 0; s < 2; s++) {
        const struct ngram_options options = { .V = V,
                                               .separator = separators[s],
                                               .most = ORDER };
        struct ngram_model m = count_training(separators[s]);
        struct ngram_baselines b;
        double sum[ORDER + 1] = { 0 };
        CHECK(ngram_baselines(&train_text, &held_text, &options, &b, NULL) == 0);
        for (int twice = 0; twice < 2; twice++) /* the first time they are counted, the
                                                 * second time the kept counts are used */
            add_losses(&m, separators[s], sum);
        for (unsigned k = 0; k <= ORDER; k++)
            CHECK_MSG(fabs(sum[k] / 2 / (HELD - 1) - b.loss[k]) < 1e-12,
                      "order %u: %.15g, not %.15g", k, sum[k] / 2 / (HELD - 1), b.loss[k]);
        ngram_model_release(&m);
    }
}

static void every_order_sums_to_one(void)
{
    struct ngram_model m = count_training(NGRAM_NO_SEPARATOR);
    for (size_t i = 1; i < HELD; i++) {
        uint16_t context[ORDER];
        struct ngram_place place;
        double sum[ORDER + 1] = { 0 };
        const size_t n = context_at(i, NGRAM_NO_SEPARATOR, context);
        CHECK(ngram_look_up(&m, context, n, &place) == 0);
        for (size_t v = 0; v < V; v++) {
            double p[ORDER + 1];
            ngram_by_order(&m, &place, v, p);
            for (unsigned k = 0; k <= ORDER; k++)
                sum[k] += p[k <= place.reached ? k : place.reached + 1];
        }
        for (unsigned k = 0; k <= ORDER; k++)
            CHECK_MSG(fabs(sum[k] - 1) < 1e-12, "order %u: %.15g", k, sum[k]);
    }
    ngram_model_release(&m);
}

static void a_distribution_has_the_same_probabilities(void)
{
    struct ngram_model m = count_training(NGRAM_NO_SEPARATOR);
    for (size_t i = 1; i < HELD; i++) {
        uint16_t context[ORDER];
        struct ngram_place place;
        double weight[ORDER + 1], sum[V] = { 0 }, scratch[2 * V];
        const size_t n = context_at(i, NGRAM_NO_SEPARATOR, context);
        for (unsigned k = 0; k <= ORDER; k++)
            weight[k] = 1.0 / (k + 1 + (unsigned)i % 3);
        CHECK(ngram_look_up(&m, context, n, &place) == 0);
        ngram_add_weighted(&m, &place, weight, sum, scratch);
        for (size_t v = 0; v < V; v++) {
            double p[ORDER + 1], wanted = 0;
            ngram_by_order(&m, &place, v, p);
            for (unsigned k = 0; k <= ORDER && k <= place.reached + 1; k++)
                wanted += weight[k] * p[k];
            CHECK_MSG(fabs(sum[v] - wanted) < 1e-12, "%.15g, not %.15g", sum[v], wanted);
        }
    }
    ngram_model_release(&m);
}

int main(void)
{
    RUN(looking_up_is_what_sweeps_compute);
    RUN(every_order_sums_to_one);
    RUN(a_distribution_has_the_same_probabilities);
    return test_end();
}
