/* test_mixture.c - weights fitted by EM, and the probabilities of mixtures of networks and
 * n-grams. */
#include "mix/mixture.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "test.h"

enum { LENGTH = 4000, V = 6, ORDER = 8, CASES = 800 };

static uint8_t symbols[LENGTH];
static struct corpus corpus = { .n = LENGTH, .narrow = symbols };
static struct mixture_ngrams ngrams;
static struct mixture_case cases[CASES];

/* Half of the symbols repeat the symbol five places before. */
static void write_text(void)
{
    struct rng rng;
    rng_init(&rng, 1);
    for (size_t i = 0; i < LENGTH; i++) {
        const double u = rng_uniform(&rng);
        symbols[i] = (uint8_t)(u * u * V);
        if (i >= 5 && rng_next(&rng) % 2)
            symbols[i] = symbols[i - 5];
    }
}

static size_t context_at(size_t i, uint16_t *context)
{
    for (size_t k = 0; k < ORDER; k++)
        context[k] = symbols[i - k - 1];
    return ORDER;
}

/* A stand-in for a network: it has learned the symbol five places before, and little
 * else. */
static double network_probability(size_t i, size_t v)
{
    return v == symbols[i - 5] ? 0.55 : 0.45 / (V - 1);
}

/* Counts all but the last CASES characters, which become the cases. */
static void count_text(void)
{
    const struct ngram_stretch counted = { &corpus, 0, LENGTH - CASES };
    const struct ngram_text text = { &counted, 1 };
    const struct ngram_options options = { .V = V, .separator = -1, .most = ORDER };
    write_text();
    CHECK(ngram_model_init(&ngrams.model, &text, &options, NULL) == 0);
    for (size_t k = 0; k < CASES; k++) {
        const size_t i = LENGTH - CASES + k;
        uint16_t context[ORDER];
        const size_t n = context_at(i, context);
        CHECK(mixture_look_up(&ngrams.model, context, n, symbols[i], &cases[k]) > 0);
        cases[k].part[0] = (float)network_probability(i, symbols[i]);
    }
}

static double loss_of_part(int part)
{
    double nats = 0;
    for (size_t k = 0; k < CASES; k++)
        nats -= log((double)cases[k].part[part]);
    return nats / CASES;
}

static void a_mixture_is_better_than_its_parts(void)
{
    double nats[CASES], sum = 0;
    count_text();
    const double mixture = mixture_two_fold(ORDER, cases, CASES, nats);
    const double network = loss_of_part(0), kneser_ney = loss_of_part(1);
    CHECK_MSG(mixture < network && mixture < kneser_ney, "%g of %g, %g", mixture, network,
              kneser_ney);
    for (size_t k = 0; k < CASES; k++)
        sum += nats[k];
    CHECK(fabs(sum / CASES - mixture) < 1e-12);
}

static void probabilities_of_all_symbols_sum_to_one(void)
{
    mixture_fit(&ngrams.weights, ORDER, cases, CASES);
    for (size_t k = 0; k < CASES; k++) {
        const size_t i = LENGTH - CASES + k;
        uint16_t context[ORDER];
        const size_t n = context_at(i, context);
        double p[V], scratch[2 * V], sum = 0;
        for (size_t v = 0; v < V; v++)
            p[v] = network_probability(i, v);
        CHECK(mixture_distribution(&ngrams, context, n, p, scratch) == 0);
        for (size_t v = 0; v < V; v++)
            sum += p[v];
        CHECK_MSG(fabs(sum - 1) < 1e-12, "%.15g", sum);
        CHECK(fabs(p[symbols[i]] - mixture_probability(&ngrams.weights, &cases[k])) < 1e-7);
    }
}

static void weights_are_distributions(void)
{
    for (size_t b = 0; b < (ORDER + 1) * MIXTURE_COUNTS * 2; b++) {
        double sum = 0;
        for (int i = 0; i < MIXTURE_PARTS; i++)
            sum += ngrams.weights.weight[b][i];
        CHECK_MSG(fabs(sum - 1) < 1e-12, "bucket %zu: %.15g", b, sum);
    }
}

/* Mixing in a network with the same probabilities as the n-grams changes nothing. */
static void a_part_mixed_with_itself_is_itself(void)
{
    static struct mixture_case twins[CASES];
    struct mixture_weights w;
    for (size_t k = 0; k < CASES; k++) {
        twins[k].bucket = cases[k].bucket;
        for (int i = 0; i < MIXTURE_PARTS; i++)
            twins[k].part[i] = cases[k].part[0];
    }
    mixture_fit(&w, ORDER, twins, CASES);
    for (size_t k = 0; k < CASES; k++)
        CHECK(fabs(mixture_probability(&w, &twins[k]) - (double)cases[k].part[0]) < 1e-7);
}

/* Cases of one bucket: the first part predicts well in the even eighths of the text, the
 * second part in the odd ones. */
static void make_alternating(struct mixture_case *c)
{
    for (size_t k = 0; k < CASES; k++) {
        const size_t good = k * 8 / CASES % 2;
        for (size_t i = 0; i < MIXTURE_PARTS; i++)
            c[k].part[i] = i == good ? 0.9F : 0.1F;
        c[k].bucket = 5;
    }
}

static void weights_are_fitted_to_all_cases(void)
{
    static struct mixture_case alternating[CASES];
    struct mixture_weights w;
    make_alternating(alternating);
    mixture_fit(&w, ORDER, alternating, CASES);
    for (int i = 0; i < 2; i++)
        CHECK_MSG(fabs(w.weight[5][i] - 0.5) < 0.02, "part %d: %g", i, w.weight[5][i]);
}

/* Weights fitted to one half are the worst for the other half.  A half scored with its own
 * weights would have a loss of only 0.1 nats. */
static void each_half_is_scored_with_the_weights_of_the_other(void)
{
    static struct mixture_case alternating[CASES];
    double nats[CASES], sum = 0;
    make_alternating(alternating);
    const double loss = mixture_two_fold(ORDER, alternating, CASES, nats);
    CHECK_MSG(fabs(loss + log(0.1)) < 0.05, "%g", loss);
    for (size_t k = 0; k < CASES; k++)
        sum += nats[k];
    CHECK(fabs(sum / CASES - loss) < 1e-12);
}

int main(void)
{
    RUN(a_mixture_is_better_than_its_parts);
    RUN(probabilities_of_all_symbols_sum_to_one);
    RUN(weights_are_distributions);
    RUN(a_part_mixed_with_itself_is_itself);
    RUN(weights_are_fitted_to_all_cases);
    RUN(each_half_is_scored_with_the_weights_of_the_other);
    ngram_model_release(&ngrams.model);
    return test_end();
}
