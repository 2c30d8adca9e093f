/*
 * test_pointwise.c - compares the kernels other than matrix products (test_kernels.c) with
 * plain formulas in double, for every instruction set of this machine: gather and scatter,
 * softmax, optimisers.
 */
#include <math.h>
#include <stdint.h>

#include "kernel.h"
#include "test.h"

/* ------------------------------------------------------------- rows and tables */

enum { TABLE = 9, ROWS = 13 };

static void rows_and_tables(const struct kernels *k)
{
    real *table = random_numbers(TABLE * PANEL, 1), *bias = random_numbers(PANEL, 1);
    real *d = random_numbers(ROWS * PANEL, 1), *c = random_numbers((ROWS + 1) * PANEL, 1);
    real *before = copy_of(c, (ROWS + 1) * PANEL),
         *expected = copy_of(table, TABLE * PANEL);
    real sum[PANEL];
    int32_t ids[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        ids[r] = (int32_t)(r * r % TABLE); /* some ids occur twice, some never */
    k->gather(c, bias, table, ids, ROWS);
    for (size_t i = 0; i < ROWS * PANEL; i++)
        CHECK(c[i] == bias[i % PANEL] + table[(size_t)ids[i / PANEL] * PANEL + i % PANEL]);
    k->broadcast(c, bias, ROWS);
    for (size_t i = 0; i < ROWS * PANEL; i++)
        CHECK(c[i] == bias[i % PANEL]);
    CHECK(memcmp(c + ROWS * PANEL, before + ROWS * PANEL, PANEL * sizeof *c) == 0);

    memcpy(sum, bias, sizeof sum);
    for (size_t i = 0; i < ROWS * PANEL; i++) {
        expected[(size_t)ids[i / PANEL] * PANEL + i % PANEL] += d[i];
        sum[i % PANEL] += d[i];
    }
    k->scatter(d, table, ids, ROWS);
    k->colsum(d, bias, ROWS);
    CHECK_MSG(memcmp(table, expected, TABLE * PANEL * sizeof *table) == 0, "%s", k->name);
    CHECK_MSG(memcmp(bias, sum, sizeof sum) == 0, "%s", k->name);
    free(table), free(bias), free(d), free(c), free(before), free(expected);
}

static void rows_are_gathered_filled_scattered_and_added(void)
{
    for_each_isa(rows_and_tables);
}

/* ----------------------------------------------------------------------- softmax */

/* Softmax of one row of V logits in double: sets the gradient g and returns the loss. */
static double plain_xent(const double *z, size_t V, size_t target, double scale, double *g)
{
    double max = z[0], sum = 0;
    for (size_t i = 0; i < V; i++)
        max = z[i] > max ? z[i] : max;
    for (size_t i = 0; i < V; i++)
        sum += exp(z[i] - max);
    for (size_t i = 0; i < V; i++)
        g[i] = scale * (exp(z[i] - max) / sum - (i == target));
    return log(sum) - (z[target] - max);
}

/* A logit of one of three kinds: moderate, huge, or constant. */
static real logit(int flavour)
{
    return flavour == 0 ? draw(4) : flavour == 1 ? draw(1e4) : 7;
}

static void check_row(const struct kernels *k, size_t V, const double *z, const real *got,
                      size_t panel, int32_t target, real scale, real loss)
{
    double *g = calloc(V, sizeof *g);
    const double exact =
        target < 0 ? 0 : plain_xent(z, V, (size_t)target, (double)scale, g);
    size_t bad = 0;
    for (size_t i = 0; i < panels_of(V) * PANEL; i++) {
        const double x = (double)got[i / PANEL * panel + i % PANEL];
        const double tolerance =
            i < V && target >= 0 ? 3e-7 * (double)scale + 3e-5 * fabs(g[i]) : 0;
        bad += !(fabs(x - (i < V ? g[i] : 0)) <= tolerance);
    }
    CHECK_MSG(bad == 0, "%s V %zu target %d: %zu gradients", k->name, V, (int)target, bad);
    CHECK_MSG(fabs((double)loss - exact) <= 2e-5 * (target < 0 ? 0 : 1 + exact),
              "%s V %zu target %d: %.9g, not %.9g", k->name, V, (int)target, (double)loss,
              exact);
    free(g);
}

static void check_softmax(const struct kernels *k, size_t V, int flavour)
{
    enum { R = 3, BATCH = 5 };
    const size_t panel = BATCH * PANEL, n = panels_of(V) * panel;
    const real scale = (real)0.37;
    const int32_t target[R] = { (int32_t)(V - 1), -1, (int32_t)(rng_next(&rng) % V) };
    real *z = random_numbers(n, 1), loss[R + 1] = { 0, 0, 0, 42 };
    double *plain = malloc(R * V * sizeof *plain);
    for (size_t r = 0; r < R; r++)
        for (size_t i = 0; i < panels_of(V) * PANEL; i++) {
            real *at = z + i / PANEL * panel + r * PANEL + i % PANEL;
            *at = i < V ? logit(flavour) : 0; /* padding is zero, like the padding of bias
                                               * and weights */
            if (i < V)
                plain[r * V + i] = (double)*at;
        }
    real *before = copy_of(z, n);
    k->softmax_xent(z, panel, R, V, target, scale, loss);
    for (size_t r = 0; r < R; r++)
        check_row(k, V, plain + r * V, z + r * PANEL, panel, target[r], scale, loss[r]);
    size_t touched = loss[R] != 42;
    for (size_t q = 0; q < panels_of(V); q++)
        touched += memcmp(z + q * panel + R * PANEL, before + q * panel + R * PANEL,
                          (BATCH - R) * PANEL * sizeof *z) != 0;
    CHECK_MSG(touched == 0, "%s V %zu: other rows", k->name, V);
    free(z), free(before), free(plain);
}

static void softmaxes(const struct kernels *k)
{
    static const size_t sizes[] = { 2,  3,  7,  8,  15, 16,  17,   31,    32,
                                    33, 47, 48, 65, 96, 255, 2000, 11172, 60000 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int flavour = 0; flavour < 3; flavour++)
            check_softmax(k, sizes[i], flavour);
}

static void softmax_and_its_gradient_match_double(void)
{
    for_each_isa(softmaxes);
}

/* -------------------------------------------------------------------- optimisers */

enum { N = 160 };

static void sums(const struct kernels *k)
{
    for (size_t n = PANEL; n <= 4096; n = n * 3 / PANEL * PANEL) {
        real *x = random_numbers(n, 1e3);
        double exact = 0;
        for (size_t i = 0; i < n; i++)
            exact += (double)x[i] * (double)x[i];
        CHECK_MSG(fabs(k->sum_squares(x, n) / exact - 1) < 1e-5, "%s n %zu", k->name, n);
        for (size_t i = 0; i < n; i += n / PANEL + 1) {
            const real keep = x[i];
            x[i] = NAN;
            CHECK_MSG(isnan(k->sum_squares(x, n)), "%s NaN at %zu of %zu", k->name, i, n);
            x[i] = -INFINITY;
            CHECK_MSG(isinf(k->sum_squares(x, n)), "%s infinity at %zu of %zu", k->name, i,
                      n);
            x[i] = keep;
        }
        memset(x, 0, n * sizeof *x);
        CHECK(k->sum_squares(x, n) == 0);
        free(x);
    }
}

static void sums_of_squares_show_what_is_not_finite(void)
{
    for_each_isa(sums);
}

static void plain_sum(const struct kernels *k)
{
    enum { COUNT = 3 * 128 };
    _Alignas(64) real x[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        x[i] = (real)(i % 7);
    CHECK_MSG(k->sum(x, COUNT) == 6 * 7 / 2 * (COUNT / 7) + 0 + 1 + 2 + 3 + 4 + 5, "%s",
              k->name);
}

static void sums_leave_no_number_out(void)
{
    for_each_isa(plain_sum);
}

enum rule { ADAM, RMSPROP, ADAGRAD, SGD, RULES };
static const char *const rule_names[] = { "adam", "rmsprop", "adagrad", "sgd" };

static void apply(const struct kernels *k, enum rule rule, const struct update *u, real *w,
                  const real *g, real *m, real *v)
{
    switch (rule) {
    case ADAM: k->adam(u, w, g, m, v, N); break;
    case RMSPROP: k->rmsprop(u, w, g, v, N); break;
    case ADAGRAD: k->adagrad(u, w, g, v, N); break;
    default: k->sgd(u, w, g, m, N);
    }
}

/* One update of one number in double: computes the new w, m and v. */
static void plain_step(enum rule rule, const struct update *u, double *w, double g,
                       double *m, double *v)
{
    const double b1 = (double)u->beta1, b2 = (double)u->beta2, limit = (double)u->clip;
    g *= (double)u->scale;
    g = g > limit ? limit : g < -limit ? -limit : g;
    g += (double)u->decay * *w;
    if (rule == ADAM) {
        *m = b1 * *m + (1 - b1) * g;
        *v = b2 * *v + (1 - b2) * g * g;
        *w = *w * (double)u->decay_factor -
             (double)u->rate * *m * (double)u->bias_correction1 /
                 (sqrt(*v * (double)u->bias_correction2) + (double)u->epsilon);
    } else if (rule == SGD) {
        *m = b1 * *m + g;
        *w -= (double)u->rate * *m;
    } else {
        *v = rule == RMSPROP ? b2 * *v + (1 - b2) * g * g : *v + g * g;
        *w -= (double)u->rate * g / (sqrt(*v) + (double)u->epsilon);
    }
}

static int near(real got, double exact, double scale)
{
    return fabs((double)got - exact) <= 2e-6 * (fabs(exact) + scale);
}

static void check_rule(const struct kernels *k, enum rule rule, const struct update *u)
{
    real *w = random_numbers(N, 1), *g = random_numbers(N, 3), *m = random_numbers(N, 1);
    real *v = random_numbers(N, 1);
    size_t bad = 0;
    for (size_t i = 0; i < N; i++) {
        g[i] *= i % 7 == 0 ? (real)1e-4 : 1;
        v[i] = v[i] < 0 ? -v[i] : v[i];
    }
    real *w0 = copy_of(w, N), *m0 = copy_of(m, N), *v0 = copy_of(v, N);
    apply(k, rule, u, w, g, m, v);
    for (size_t i = 0; i < N; i++) {
        double we = (double)w0[i], me = (double)m0[i], ve = (double)v0[i];
        plain_step(rule, u, &we, (double)g[i], &me, &ve);
        const double step = fabs(we - (double)w0[i]) + fabs((double)w0[i]);
        bad += !near(w[i], we, 5 * step) || !near(m[i], me, 3) || !near(v[i], ve, fabs(ve));
    }
    CHECK_MSG(bad == 0, "%s %s: %zu of %d", k->name, rule_names[rule], bad, N);
    free(w), free(g), free(m), free(v), free(w0), free(m0), free(v0);
}

static const struct update updates[] = {
    { 1, INFINITY, (real)0.01, (real)0.9, (real)0.99, 10, 100, (real)1e-8, 0, 1 },
    { (real)0.25, INFINITY, (real)0.01, (real)0.9, (real)0.99, 2, 3, (real)1e-8, 0, 1 },
    { 1, (real)0.5, (real)0.01, (real)0.5, (real)0.95, 1, 1, (real)1e-8, 0, 1 },
    { 1, INFINITY, (real)0.01, 0, (real)0.9, 1, 1, (real)1e-3, (real)0.1, 1 },
    { 2, (real)0.9, (real)0.3, (real)0.99, (real)0.999, 4, 5, (real)1e-10, (real)0.01,
      (real)0.997 },
};

static void steps(const struct kernels *k)
{
    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++)
        for (int rule = 0; rule < RULES; rule++)
            if (rule == ADAM || updates[i].decay_factor == 1)
                check_rule(k, (enum rule)rule, &updates[i]);
}

static void one_step_of_each_optimiser_matches_its_formula(void)
{
    for_each_isa(steps);
}

static void zeros(const struct kernels *k)
{
    static _Alignas(64) real x[4][N];
    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++)
        for (int rule = 0; rule < RULES; rule++) {
            apply(k, (enum rule)rule, &updates[i], x[0], x[1], x[2], x[3]);
            for (int a = 0; a < 4; a++)
                for (size_t j = 0; j < N; j++)
                    CHECK(x[a][j] == 0);
        }
}

static void zero_stays_zero(void)
{
    for_each_isa(zeros);
}

int main(void)
{
    rng_init(&rng, 20);
    RUN(rows_are_gathered_filled_scattered_and_added);
    RUN(softmax_and_its_gradient_match_double);
    RUN(sums_of_squares_show_what_is_not_finite);
    RUN(sums_leave_no_number_out);
    RUN(one_step_of_each_optimiser_matches_its_formula);
    RUN(zero_stays_zero);
    return test_end();
}
