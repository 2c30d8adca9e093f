/* test_sampler.c - drawing from logits: the likeliest symbol, frequencies, top-k, top-p and
 * min-p, and extreme logits. */
#include <math.h>

#include "sample/sampler.h"
#include "test.h"

enum { V = 12, DRAWS = 60000 };

static const float logits[V] = { 0.3f, -1, 2, 0.5f, 1.9f, -3, 0, 1, 2, -0.5f, -8, 0.1f };

static struct charnn_sample_config plain(void)
{
    return (struct charnn_sample_config){ .temperature = 1, .top_p = 1 };
}

/* Counts how often each id is drawn in DRAWS draws; an id out of range counts as V. */
static void draw_many(const float *from, const bool *allowed,
                      const struct charnn_sample_config *c, int count[V + 1])
{
    struct candidate scratch[V];
    struct rng rng;
    rng_init(&rng, 4);
    memset(count, 0, (V + 1) * sizeof *count);
    for (int i = 0; i < DRAWS; i++) {
        memset(scratch, 0xFF, sizeof scratch);
        const int id = sampler_draw(from, allowed, V, c, &rng, scratch);
        count[id >= 0 && id < V ? id : V]++;
    }
}

/* Expected probabilities: softmax of logits / temperature over the ids in `kept`. */
static void expected(const float *from, double temperature, const bool *kept, double p[V])
{
    double sum = 0;
    for (int i = 0; i < V; i++) {
        p[i] = kept[i] ? exp((double)from[i] / temperature) : 0;
        sum += p[i];
    }
    for (int i = 0; i < V; i++)
        p[i] /= sum;
}

/* Checks that every count is within five standard deviations of its mean, and 0 if the
 * probability is 0. */
static void check_counts(const int count[V + 1], const double p[V], const char *what)
{
    for (int i = 0; i < V; i++) {
        const double mean = DRAWS * p[i], sigma = sqrt(mean * (1 - p[i]));
        CHECK_MSG(fabs(count[i] - mean) <= 5 * sigma + 1e-9,
                  "%s: id %d came %d times, not %.0f", what, i, count[i], mean);
    }
    CHECK_MSG(count[V] == 0, "%s: %d ids outside", what, count[V]);
}

static void check(const bool *allowed, struct charnn_sample_config c, const bool *kept,
                  const char *what)
{
    int count[V + 1];
    double p[V];
    draw_many(logits, allowed, &c, count);
    expected(logits, c.temperature, kept, p);
    check_counts(count, p, what);
}

/* The limit that a chi-square statistic exceeds once in thirty thousand times (Wilson and
 * Hilferty 1931). */
static double chi_square_limit(int freedom)
{
    const double v = 2.0 / (9.0 * freedom), x = 1 - v + 4 * sqrt(v);
    return freedom * x * x * x;
}

/* Compares a million draws with the softmax over the kept ids, by Pearson's statistic. */
static void check_chi_square(const struct charnn_sample_config *c, const bool *kept,
                             const char *what)
{
    enum { MANY = 1000000 };
    struct candidate scratch[V];
    double p[V], count[V] = { 0 }, statistic = 0;
    struct rng rng;
    int freedom = -1;
    rng_init(&rng, 20);
    for (int i = 0; i < MANY; i++)
        count[sampler_draw(logits, NULL, V, c, &rng, scratch)]++;
    expected(logits, c->temperature, kept, p);
    for (int i = 0; i < V; i++) {
        const double mean = MANY * p[i];
        CHECK_MSG(kept[i] || count[i] == 0, "%s: id %d", what, i);
        if (kept[i])
            statistic += (count[i] - mean) * (count[i] - mean) / mean;
        freedom += kept[i];
    }
    CHECK_MSG(freedom > 0 && statistic < chi_square_limit(freedom),
              "%s: %.1f with %d degrees of freedom", what, statistic, freedom);
}

/* Marks the ids whose logit is at least `least`. */
static void mark(float least, bool kept[V])
{
    for (int i = 0; i < V; i++)
        kept[i] = logits[i] >= least;
}

static void frequencies_are_those_of_the_softmax(void)
{
    static const double temperatures[] = { 0.25, 0.7, 1, 3, 100 };
    bool all[V];
    mark(-100, all);
    for (int i = 0; i < 5; i++) {
        struct charnn_sample_config c = plain();
        c.temperature = temperatures[i];
        check(NULL, c, all, "plain");
        check(all, c, all, "all allowed");
    }
}

static void a_million_draws_pass_the_chi_square_test(void)
{
    bool kept[V];
    struct charnn_sample_config c = plain();
    mark(-100, kept);
    for (c.temperature = 0.5; c.temperature <= 2; c.temperature *= 2)
        check_chi_square(&c, kept, "softmax");
    mark(0.3f, kept);
    c = plain();
    c.top_k = 6; /* the six have the logits 2, 2, 1.9, 1, 0.5, 0.3 */
    check_chi_square(&c, kept, "top-k");
    mark(1, kept);
    c = plain();
    c.top_p = 0.75; /* three symbols have 0.71 of the total, four 0.80 */
    check_chi_square(&c, kept, "top-p");
    mark(0, kept);
    c = plain();
    c.min_p = 0.13; /* e^-2.04 */
    check_chi_square(&c, kept, "min-p");
}

static void one_symbol_is_always_drawn(void)
{
    static const float any[] = { 0, 1e4f, -1e4f, 3e38f, -INFINITY, NAN };
    struct charnn_sample_config c = plain();
    struct candidate scratch;
    struct rng rng;
    rng_init(&rng, 1);
    for (size_t i = 0; i < sizeof any / sizeof *any; i++)
        for (c.temperature = 0; c.temperature < 3; c.temperature += 0.5) {
            c.top_k = (int64_t)i % 3;
            CHECK(sampler_draw(&any[i], NULL, 1, &c, &rng, &scratch) == 0);
        }
}

static void ties_are_drawn_alike(void)
{
    float z[V];
    bool all[V];
    double p[V];
    int count[V + 1];
    const struct charnn_sample_config c = plain();
    mark(-100, all);
    for (float value = -1e4f; value <= 1e4f; value += 1e4f) {
        for (int i = 0; i < V; i++) {
            z[i] = value;
            p[i] = 1.0 / V;
        }
        draw_many(z, NULL, &c, count);
        check_counts(count, p, "ties");
    }
}

static void temperature_zero_takes_the_likeliest_without_drawing(void)
{
    struct charnn_sample_config c = plain();
    struct candidate scratch[V];
    struct rng rng, before;
    c.temperature = 0;
    rng_init(&rng, 1);
    before = rng;
    bool allowed[V];
    mark(-100, allowed);
    CHECK(sampler_draw(logits, NULL, V, &c, &rng, scratch) == 2); /* symbol 8 has the same
                                                                   * logit */
    allowed[2] = false;
    CHECK(sampler_draw(logits, allowed, V, &c, &rng, scratch) == 8);
    allowed[8] = false;
    CHECK(sampler_draw(logits, allowed, V, &c, &rng, scratch) == 4);
    CHECK(sampler_draw(logits, NULL, 1, &c, &rng, scratch) == 0);
    CHECK(memcmp(&rng, &before, sizeof rng) == 0);
}

static void a_tiny_temperature_is_nearly_zero(void)
{
    int count[V + 1];
    struct charnn_sample_config c = plain();
    for (c.temperature = 1e-3; c.temperature > 0; c.temperature /= 1e40) {
        draw_many(logits, NULL, &c, count);
        CHECK(count[2] + count[8] == DRAWS && count[2] > DRAWS / 3 && count[8] > DRAWS / 3);
    }
}

static void top_k_keeps_k(void)
{
    struct charnn_sample_config c = plain();
    bool kept[V];
    c.top_k = 4;
    mark(1, kept); /* keeps 2, 2, 1.9, 1 */
    check(NULL, c, kept, "top-k 4");
    c.top_k = V + 5;
    mark(-100, kept);
    check(NULL, c, kept, "top-k beyond V");
    int count[V + 1];
    c.top_k = 1; /* the smallest id among equals */
    draw_many(logits, NULL, &c, count);
    CHECK(count[2] == DRAWS);
}

static void top_p_keeps_the_fewest_that_hold_the_share(void)
{
    struct charnn_sample_config c = plain();
    bool kept[V];
    double p[V];
    mark(-100, kept);
    expected(logits, 1, kept, p);
    c.top_p = 2 * p[2] + 1e-9; /* the two likeliest have less than that */
    mark(1.9f, kept);
    check(NULL, c, kept, "top-p just above two");
    c.top_p = 2 * p[2] - 1e-9;
    mark(2, kept);
    check(NULL, c, kept, "top-p just below two");
    int count[V + 1];
    c.top_p = 0; /* keeps at least one symbol */
    draw_many(logits, NULL, &c, count);
    CHECK(count[2] == DRAWS);
}

static void min_p_is_relative_to_the_likeliest(void)
{
    struct charnn_sample_config c = plain();
    bool kept[V];
    c.min_p = exp(-1.5) - 1e-6;
    mark(0.5f, kept); /* 2 - 1.5, so that e^-1.5 is the limit */
    check(NULL, c, kept, "min-p");
    c.temperature = 0.5; /* min-p applies after the temperature */
    mark(1.3f, kept);
    check(NULL, c, kept, "min-p at 0.5");
    int count[V + 1];
    c.min_p = 1;
    draw_many(logits, NULL, &c, count);
    CHECK(count[2] + count[8] == DRAWS);
}

static void filters_apply_one_after_the_other(void)
{
    struct charnn_sample_config c = plain();
    bool kept[V];
    c.top_k = 4;    /* keeps 2, 2, 1.9, 1, which have the shares 0.30, 0.30, 0.27, 0.11 */
    c.top_p = 0.95; /* of what top-k has kept, all four are needed */
    c.min_p = 0.5;  /* removes the logit 1, whose ratio is e^-1 */
    mark(1.9f, kept);
    check(NULL, c, kept, "all three");
}

static void what_is_not_allowed_never_comes(void)
{
    struct charnn_sample_config c = plain();
    bool allowed[V];
    for (int i = 0; i < V; i++)
        allowed[i] = i % 3 == 1; /* without the likeliest */
    check(allowed, c, allowed, "allowed");
    bool one[V] = { 0 };
    one[10] = true;
    check(one, c, one, "one allowed");
    c.top_k = 2;
    bool kept[V] = { 0 };
    kept[4] = kept[7] = true;
    check(allowed, c, kept, "allowed and top-k");
}

/* Checks that ids outside `kept`, and ids out of range, are never drawn. */
static void check_wild(const float *from, const bool *allowed, const bool *kept)
{
    const struct charnn_sample_config configs[] = {
        { .temperature = 1, .top_p = 1 },
        { .temperature = 1e-300, .top_p = 1 },
        { .temperature = 2, .top_p = 0.9 },
        { .temperature = 0, .top_p = 1 },
        { .temperature = 1, .top_p = 1, .top_k = 3 },
        { .temperature = 1, .top_p = 0, .min_p = 1 },
    };
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        int count[V + 1];
        draw_many(from, allowed, &configs[i], count);
        for (int id = 0; id <= V; id++)
            CHECK_MSG(count[id] == 0 || (id < V && kept[id]),
                      "config %zu: id %d came %d times", i, id, count[id]);
    }
}

static void wild_logits_give_no_wild_ids(void)
{
    bool all[V], first[V] = { 0 }, last[V] = { 0 };
    float z[V];
    mark(-100, all);
    first[0] = last[V - 1] = true;
    for (int i = 0; i < V; i++)
        z[i] = i ? -1e4f : 1e4f;
    check_wild(z, NULL, first);
    z[0] = INFINITY;
    check_wild(z, NULL, first);
    for (int i = 0; i < V; i++)
        z[i] = i == V - 1 ? -3e38f : -INFINITY;
    check_wild(z, NULL, last);
    for (int i = 0; i < V; i++)
        z[i] = i == V - 1 ? -1e4f : NAN;
    check_wild(z, NULL, last);
    for (int i = 0; i < V; i++)
        z[i] = NAN;
    check_wild(z, NULL, all);
    check_wild(z, last, last);
    for (int i = 0; i < V; i++)
        z[i] = -INFINITY;
    check_wild(z, NULL, all);
    for (int i = 0; i < V; i++)
        z[i] = INFINITY;
    check_wild(z, last, last);
    z[V - 1] = -1; /* all symbols that are not allowed have an infinite logit */
    check_wild(z, last, last);
}

int main(void)
{
    RUN(frequencies_are_those_of_the_softmax);
    RUN(a_million_draws_pass_the_chi_square_test);
    RUN(one_symbol_is_always_drawn);
    RUN(ties_are_drawn_alike);
    RUN(temperature_zero_takes_the_likeliest_without_drawing);
    RUN(a_tiny_temperature_is_nearly_zero);
    RUN(top_k_keeps_k);
    RUN(top_p_keeps_the_fewest_that_hold_the_share);
    RUN(min_p_is_relative_to_the_likeliest);
    RUN(filters_apply_one_after_the_other);
    RUN(what_is_not_allowed_never_comes);
    RUN(wild_logits_give_no_wild_ids);
    return test_end();
}
