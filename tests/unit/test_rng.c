/* test_rng.c - random numbers (base/rng.h) and the clock (base/clock.h). */
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "test.h"

/* Sequences of the published generators. */
static void the_sequence_is_xoshiro256_starstar(void)
{
    struct rng r = { { 1, 2, 3, 4 } };
    CHECK(rng_next(&r) == 11520);
    CHECK(rng_next(&r) == 0);
    CHECK(rng_next(&r) == 1509978240);
    CHECK(rng_next(&r) == 1215971899390074240);
}

static void the_seed_goes_through_splitmix64(void)
{
    struct rng r;
    rng_init(&r, 0);
    CHECK(r.s[0] == 0xe220a8397b1dcdafu);
    rng_init(&r, 1234567);
    CHECK(r.s[0] == 6457827717110365317u && r.s[1] == 3203168211198807973u);
}

static void the_four_words_are_the_whole_state(void)
{
    struct rng a, b;
    rng_init(&a, 42);
    for (int i = 0; i < 7; i++)
        rng_normal(&a);
    b = a;
    for (int i = 0; i < 100; i++)
        CHECK(rng_normal(&a) == rng_normal(&b) && rng_next(&a) == rng_next(&b));
}

static void uniform_numbers_fill_0_to_1(void)
{
    struct rng r;
    enum { N = 200000, BINS = 20 };
    int bins[BINS] = { 0 };
    rng_init(&r, 7);
    for (int i = 0; i < N; i++) {
        double u = rng_uniform(&r);
        if (!(u >= 0 && u < 1)) {
            CHECK(!"outside [0, 1)");
            return;
        }
        bins[(int)(u * BINS)]++;
    }
    for (int i = 0; i < BINS; i++)
        CHECK_MSG(abs(bins[i] - N / BINS) < 500, "bin %d has %d", i, bins[i]);
}

static void normal_numbers_have_the_moments_of_a_normal(void)
{
    struct rng r;
    enum { N = 200000 };
    double sum[4] = { 0 };
    rng_init(&r, 9);
    for (int i = 0; i < N; i++) {
        double x = rng_normal(&r);
        sum[0] += x;
        sum[1] += x * x;
        sum[2] += x * x * x;
        sum[3] += x * x * x * x;
    }
    CHECK_MSG(fabs(sum[0] / N) < 0.01, "mean %g", sum[0] / N);
    CHECK_MSG(fabs(sum[1] / N - 1) < 0.015, "variance %g", sum[1] / N);
    CHECK_MSG(fabs(sum[2] / N) < 0.04, "third %g", sum[2] / N);
    CHECK_MSG(fabs(sum[3] / N - 3) < 0.15, "fourth %g", sum[3] / N);
}

/* A changed bit in any argument changes about half of the bits of the hash. */
static void the_hash_mixes_every_argument(void)
{
    uint64_t base = rng_hash(1, 2, 3);
    for (int i = 0; i < 64; i++) {
        uint64_t bit = (uint64_t)1 << i;
        uint64_t d[3] = { rng_hash(1 ^ bit, 2, 3), rng_hash(1, 2 ^ bit, 3),
                          rng_hash(1, 2, 3 ^ bit) };
        for (int k = 0; k < 3; k++) {
            int changed = __builtin_popcountll(d[k] ^ base);
            CHECK_MSG(changed > 12 && changed < 52, "bit %d of %d: %d", i, k, changed);
        }
    }
    CHECK(rng_hash(1, 2, 3) == base);
    CHECK(rng_hash(2, 1, 3) != base && rng_hash(1, 3, 2) != base);
}

static void neighbouring_places_are_unrelated(void)
{
    double sum = 0, product = 0, last = 0;
    enum { N = 100000 };
    for (int i = 0; i < N; i++) {
        double u = (double)(rng_hash(1, 5, (uint64_t)i) >> 11) * 0x1p-53 - 0.5;
        sum += u;
        product += u * last;
        last = u;
    }
    CHECK_MSG(fabs(sum / N) < 0.005, "mean %g", sum / N);
    CHECK_MSG(fabs(product / N * 12) < 0.02, "correlation %g", product / N * 12);
}

static void entropy_differs_from_call_to_call(void)
{
    CHECK(rng_entropy() != rng_entropy());
}

static void the_clock_goes_forward(void)
{
    double a = clock_seconds(), b = clock_seconds();
    CHECK(a > 0 && b >= a && b < a + 60);
    while (clock_seconds() == a)
        ;
}

int main(void)
{
    RUN(the_sequence_is_xoshiro256_starstar);
    RUN(the_seed_goes_through_splitmix64);
    RUN(the_four_words_are_the_whole_state);
    RUN(uniform_numbers_fill_0_to_1);
    RUN(normal_numbers_have_the_moments_of_a_normal);
    RUN(the_hash_mixes_every_argument);
    RUN(neighbouring_places_are_unrelated);
    RUN(entropy_differs_from_call_to_call);
    RUN(the_clock_goes_forward);
    return test_end();
}
