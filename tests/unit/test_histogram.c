/* test_histogram.c - compares thresholds and correlations with those computed from all
 * values. */
#include "inspect/histogram.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "test.h"

enum { N = 3000, FEATURES = 2 };

struct sample {
    double x[N];
    uint64_t bits[N];
};

static uint32_t counts[(1 + FEATURES) * HISTOGRAM_BINS];

static struct histogram histogram_of(const struct sample *s)
{
    struct histogram t;
    memset(counts, 0, sizeof counts);
    histogram_init(&t, counts, FEATURES);
    for (size_t i = 0; i < N; i++)
        histogram_add(&t, s->x[i], s->bits[i]);
    return t;
}

/* F1 of a rule, computed by counting. */
static double f1_of(const struct sample *s, size_t feature, const struct rule *rule)
{
    double hits = 0, said = 0, ones = 0;
    for (size_t i = 0; i < N; i++) {
        const int y = s->bits[i] >> feature & 1, is = histogram_rule_says(rule, s->x[i]);
        hits += y && is;
        said += is;
        ones += y;
    }
    return hits > 0 ? 2 / (said / hits + ones / hits) : 0;
}

/* The best F1 over all thresholds.  Values are multiples of 2^k / 128, so the best
 * threshold is a boundary between bins. */
static double best_of_all(const struct sample *s, size_t feature)
{
    double best = 0;
    for (size_t i = 0; i < N; i += 7)
        for (int above = 0; above < 2; above++) {
            const struct rule rule = { s->x[i], above };
            best = fmax(best, f1_of(s, feature, &rule));
        }
    return best;
}

static struct sample *sample(double scale, double grid, uint64_t seed)
{
    struct sample *s = malloc(sizeof *s);
    struct rng rng;
    if (!s)
        abort();
    rng_init(&rng, seed);
    for (size_t i = 0; i < N; i++) {
        const double u = (double)(rng_next(&rng) % 20001) / 10000 - 1;
        const double noise = (double)(rng_next(&rng) % 20001) / 10000 - 1;
        s->bits[i] = (uint64_t)(u + 0.3 * noise > 0.4) | (uint64_t)(u + noise < -0.5) << 1;
        s->x[i] = u * scale;
        if (grid > 0)
            s->x[i] = floor(s->x[i] / grid) * grid;
    }
    return s;
}

static void a_rule_has_the_f1_that_is_said(void)
{
    static const double scales[] = { 1e-9, 0.003, 1, 0.99, 7, 3e5, 1e25 };
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++)
        for (size_t feature = 0; feature < FEATURES; feature++) {
            struct sample *s = sample(scales[k], 0, k);
            const struct histogram t = histogram_of(s);
            struct rule rule;
            const double said = histogram_rule(&t, feature, &rule);
            CHECK_MSG(fabs(said - f1_of(s, feature, &rule)) < 1e-12, "scale %g: %g is %g",
                      scales[k], said, f1_of(s, feature, &rule));
            free(s);
        }
}

static void a_rule_has_the_best_of_all_thresholds(void)
{
    for (size_t feature = 0; feature < FEATURES; feature++) {
        struct sample *s = sample(0.99, 1.0 / 128, 3);
        const struct histogram t = histogram_of(s);
        struct rule rule;
        const double best = best_of_all(s, feature),
                     said = histogram_rule(&t, feature, &rule);
        CHECK_MSG(said >= best - 1e-12 && said > 0.6, "%g, best %g", said, best);
        CHECK(rule.above == (feature == 0));
        free(s);
    }
}

/* Bins are exact even for values on a boundary or next to it. */
static void an_edge_belongs_to_the_bin_above_it(void)
{
    static const double x[] = { 0,  -0x1p-70, 0.5,   0.5 - 0x1p-26,
                                -1, 1,        -0.25, -0.25 - 0x1p-27 };
    for (size_t k = 0; k < sizeof x / sizeof *x; k++) {
        struct histogram t;
        struct rule rule;
        memset(counts, 0, sizeof counts);
        histogram_init(&t, counts, FEATURES);
        for (size_t i = 0; i < sizeof x / sizeof *x; i++)
            histogram_add(&t, x[i], x[i] >= x[k]);
        const double f1 = histogram_rule(&t, 0, &rule);
        const int on_grid =
            x[k] == 0 || fabs(x[k]) == 0.5 || fabs(x[k]) == 1 || x[k] == -0.25;
        for (size_t i = 0; f1 == 1 && i < sizeof x / sizeof *x; i++)
            CHECK(histogram_rule_says(&rule, x[i]) == (x[i] >= x[k]));
        CHECK_MSG(!on_grid || f1 == 1, "x %g: %g", x[k], f1);
    }
}

static void a_histogram_that_grows_keeps_its_counts(void)
{
    struct histogram t;
    uint64_t all = 0, ones = 0;
    memset(counts, 0, sizeof counts);
    histogram_init(&t, counts, FEATURES);
    for (int i = 0; i < 200; i++)
        histogram_add(&t, ldexp(i % 2 ? 1 : -1, i - 100), 2);
    for (size_t i = 0; i < HISTOGRAM_BINS; i++) {
        all += t.all[i];
        ones += t.ones[HISTOGRAM_BINS + i];
    }
    CHECK(all == 200 && ones == 200);
}

static void nan_is_counted_as_zero_and_infinity_as_a_large_number(void)
{
    CHECK(histogram_value(NAN) == 0);
    CHECK(histogram_value(INFINITY) == 0x1p100 && histogram_value(-INFINITY) == -0x1p100);
    CHECK(histogram_value(-2.5F) == -2.5);
}

static void r_equals_that_of_a_computation_in_two_passes(void)
{
    struct sample *s = sample(5, 0, 9);
    struct moments m = { 0 };
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < N; i++) {
        const double y = (double)(s->bits[i] & 1) * 40 + 3;
        moments_add(&m, s->x[i], y);
        mx += s->x[i] / N;
        my += y / N;
    }
    for (size_t i = 0; i < N; i++) {
        const double dx = s->x[i] - mx, dy = (double)(s->bits[i] & 1) * 40 + 3 - my;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    CHECK_MSG(fabs(moments_r(&m) - xy / sqrt(xx * yy)) < 1e-10, "%g, %g", moments_r(&m),
              xy / sqrt(xx * yy));
    CHECK(fabs(moments_r(&m)) > 0.3);
    free(s);
}

static void a_constant_has_no_correlation(void)
{
    struct moments m = { 0 }, k = { 0 };
    for (int i = 0; i < 1000; i++) {
        moments_add(&m, 0.1, i);
        moments_add(&k, i, -3.7);
    }
    CHECK(moments_r(&m) == 0 && moments_r(&k) == 0);
}

int main(void)
{
    RUN(a_rule_has_the_f1_that_is_said);
    RUN(a_rule_has_the_best_of_all_thresholds);
    RUN(an_edge_belongs_to_the_bin_above_it);
    RUN(a_histogram_that_grows_keeps_its_counts);
    RUN(nan_is_counted_as_zero_and_infinity_as_a_large_number);
    RUN(r_equals_that_of_a_computation_in_two_passes);
    RUN(a_constant_has_no_correlation);
    return test_end();
}
