/* test_dropout.c - dropout masks: how many units are dropped, how the others are scaled,
 * and on what the masks depend. */
#include "nn/dropout.h"
#include "base/pool.h"

#include <math.h>
#include <stdlib.h>

#include "chance.h"
#include "test.h"

enum { T = 6, B = 10, UNITS = 3, N = T * B * UNITS * PANEL, THREADS = 3 };

struct call {
    struct dropout d;
    const struct kernels *k;
    size_t layer, T, B;
    const real *x;
    real *y;
};

static struct pool *pool;

static void job(void *arg, const struct team *team)
{
    struct call *c = arg;
    size_t lo, hi;
    team_range(team, c->T, &lo, &hi);
    for (size_t t = lo; t < hi; t++) {
        const size_t at = t * c->B * UNITS * PANEL;
        dropout_step(&c->d, c->k, c->layer, t, c->B, UNITS, c->x + at, c->y + at);
    }
}

static void apply(struct call *c, int threads)
{
    pool_run(pool, threads, job, c);
}

static _Alignas(64) real ones[N], mask[N], other[N];

static struct call call(double p)
{
    for (size_t i = 0; i < N; i++)
        ones[i] = 1;
    return (struct call){ .d = { .p = p, .key = 0x123456789ABCDEF },
                          .k = kernels_of(ISA_ref),
                          .T = T,
                          .B = B,
                          .x = ones,
                          .y = mask };
}

static size_t kept(const real *x, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += x[i] != 0;
    return count;
}

static void the_share_dropped_is_p_and_the_rest_is_scaled(void)
{
    static const double ps[] = { 0.01, 0.1, 0.25, 0.5, 0.75, 0.99 };
    for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
        double total = 0;
        for (uint64_t key = 0; key < 40; key++) {
            struct call c = call(ps[i]);
            c.d.key = key << (key % 60);
            apply(&c, 1);
            for (size_t j = 0; j < N; j++)
                CHECK(mask[j] == 0 || mask[j] == (real)(1 / (1 - ps[i])));
            total += (double)kept(mask, N);
        }
        CHECK_MSG(likely(total, 40.0 * N, 1 - ps[i]), "p %g: kept %g", ps[i],
                  total / (40.0 * N));
    }
}

static void every_instruction_set_has_the_same_mask(void)
{
    static _Alignas(64) real x[N];
    struct call c = call(0.3);
    for (size_t i = 0; i < N; i++)
        x[i] = (real)(0.1 * (double)i - 100);
    c.x = x;
    apply(&c, 1);
    memcpy(other, mask, sizeof other);
    for (int isa = 0; isa < ISA_COUNT; isa++)
        if (isa_present((enum isa)isa)) {
            c.k = kernels_of((enum isa)isa);
            memset(mask, 1, sizeof mask);
            apply(&c, 1);
            CHECK_MSG(memcmp(mask, other, sizeof mask) == 0, "%s", c.k->name);
        }
}

static void threads_and_working_in_place_change_nothing(void)
{
    struct call c = call(0.3);
    apply(&c, 1);
    memcpy(other, mask, sizeof other);
    for (int threads = 2; threads <= THREADS; threads++) {
        memcpy(mask, ones, sizeof mask);
        c.x = mask;
        apply(&c, threads);
        CHECK(memcmp(mask, other, sizeof mask) == 0);
    }
}

/* Checks that two different masks with p = 0.5 agree in about half of the places. */
static void check_unrelated(const struct call *base, const struct call *changed,
                            const char *what)
{
    struct call a = *base, b = *changed;
    a.y = mask;
    b.y = other;
    apply(&a, 1);
    apply(&b, 1);
    const size_t d = differing(mask, other, N);
    CHECK_MSG(likely((double)d, N, 0.5), "%s: %zu of %d differ", what, d, N);
}

static void masks_depend_on_key_and_layer(void)
{
    const struct call c = call(0.5);
    struct call d = c;
    d.layer = 1;
    check_unrelated(&c, &d, "layer");
    for (int bit = 0; bit < 64; bit++) {
        d = c;
        d.d.key ^= (uint64_t)1 << bit;
        check_unrelated(&c, &d, "key");
    }
}

/* Element (t, q, b, j) of a buffer [T][UNITS][B][16]. */
static real at(const real *x, size_t t, size_t q, size_t b, size_t j)
{
    return x[((t * UNITS + q) * B + b) * PANEL + j];
}

static void steps_rows_and_units_have_masks_of_their_own(void)
{
    struct call c = call(0.5);
    double time = 0, rows = 0, units = 0, panels = 0;
    for (uint64_t key = 0; key < 50; key++) {
        c.d.key = key;
        apply(&c, 1);
        for (size_t i = 0; i < N; i++) {
            const size_t j = i % PANEL, b = i / PANEL % B, q = i / PANEL / B % UNITS;
            const size_t t = i / PANEL / B / UNITS;
            const real here = at(mask, t, q, b, j);
            time += here != at(mask, (t + 1) % T, q, b, j);
            rows += here != at(mask, t, q, (b + 1) % B, j);
            units += here != at(mask, t, q, b, (j + 1) % PANEL);
            panels += here != at(mask, t, (q + 1) % UNITS, b, j);
        }
    }
    /* neighbouring pairs overlap, so there are fewer independent pairs than places */
    CHECK_MSG(fabs(time / (50.0 * N) - 0.5) < 0.01, "%g", time / (50.0 * N));
    CHECK_MSG(fabs(rows / (50.0 * N) - 0.5) < 0.01, "%g", rows / (50.0 * N));
    CHECK_MSG(fabs(units / (50.0 * N) - 0.5) < 0.01, "%g", units / (50.0 * N));
    CHECK_MSG(fabs(panels / (50.0 * N) - 0.5) < 0.01, "%g", panels / (50.0 * N));
}

static void one_mask_a_sequence_repeats_over_time(void)
{
    const size_t step = UNITS * B * PANEL;
    struct call c = call(0.5);
    c.d.sequence = 1;
    apply(&c, 2);
    for (size_t t = 1; t < T; t++)
        CHECK(memcmp(mask, mask + t * step, step * sizeof *mask) == 0);
    CHECK(likely((double)kept(mask, step), (double)step, 0.5));
    struct call d = c;
    d.d.key++;
    d.y = other;
    apply(&d, 1);
    CHECK(differing(mask, other, step) > step / 4);
}

static void a_place_keeps_its_mask_in_a_smaller_chunk(void)
{
    enum { FEWER = 4 };
    struct call c = call(0.5);
    apply(&c, 1);
    memcpy(other, mask, sizeof other);
    c.T = 2;
    c.B = FEWER;
    apply(&c, 1);
    size_t bad = 0;
    for (size_t t = 0; t < 2; t++)
        for (size_t q = 0; q < UNITS; q++)
            for (size_t b = 0; b < FEWER; b++)
                for (size_t j = 0; j < PANEL; j++)
                    bad += mask[((t * UNITS + q) * FEWER + b) * PANEL + j] !=
                           at(other, t, q, b, j);
    CHECK_MSG(bad == 0, "%zu", bad);
}

int main(void)
{
    pool = pool_new(THREADS);
    RUN(the_share_dropped_is_p_and_the_rest_is_scaled);
    RUN(every_instruction_set_has_the_same_mask);
    RUN(threads_and_working_in_place_change_nothing);
    RUN(masks_depend_on_key_and_layer);
    RUN(steps_rows_and_units_have_masks_of_their_own);
    RUN(one_mask_a_sequence_repeats_over_time);
    RUN(a_place_keeps_its_mask_in_a_smaller_chunk);
    pool_free(pool);
    return test_end();
}
