/*
 * test_kernels.c - the kernels of every instruction set that this machine has: products
 * against ref, the rest against plain formulas in double.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/rng.h"
#include "math/kernels.h"
#include "math/kernels_isa.h"
#include "test.h"

static struct rng rng;

static real *numbers(size_t n)
{
    real *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64);
    if (!x)
        abort();
    return x;
}

static real draw(double range)
{
    return (real)((2 * rng_uniform(&rng) - 1) * range);
}

static real *random_numbers(size_t n, double range)
{
    real *x = numbers(n);
    for (size_t i = 0; i < n; i++)
        x[i] = draw(range);
    return x;
}

static real *copy_of(const real *x, size_t n)
{
    return memcpy(numbers(n), x, n * sizeof *x);
}

static void fill_nan(real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = NAN;
}

/* Calls `test` with the kernels of each instruction set present. */
static void for_each_isa(void (*test)(const struct kernels *k))
{
    for (int i = 0; i < ISA_COUNT; i++)
        if (isa_present((enum isa)i))
            test(kernels_of((enum isa)i));
}

/* ---------------------------------------------------------------------- gemm */

struct shape {
    size_t rows, K, panels, steps;
};

/* Every remainder of tiles of rows (up to 12) and of panels (up to 8), whole and part
 * panels of K, and K and rows on both sides of the blocks of 256. */
static const struct shape shapes[] = {
    { 1, 16, 1, 1 },   { 1, 16, 8, 1 },   { 1, 48, 9, 2 },   { 1, 528, 4, 1 },
    { 1, 7, 3, 5 },    { 2, 16, 1, 1 },   { 2, 32, 2, 3 },   { 2, 144, 5, 1 },
    { 2, 1, 4, 2 },    { 2, 272, 9, 1 },  { 3, 16, 1, 2 },   { 3, 16, 4, 1 },
    { 3, 80, 7, 1 },   { 3, 37, 2, 3 },   { 4, 16, 1, 1 },   { 4, 64, 4, 5 },
    { 4, 256, 3, 1 },  { 4, 65, 9, 1 },   { 5, 16, 1, 1 },   { 5, 32, 2, 2 },
    { 5, 96, 6, 1 },   { 5, 5, 5, 5 },    { 6, 16, 1, 1 },   { 6, 48, 2, 4 },
    { 6, 512, 3, 1 },  { 6, 17, 8, 1 },   { 7, 16, 1, 1 },   { 7, 16, 2, 1 },
    { 7, 112, 9, 3 },  { 7, 90, 4, 1 },   { 8, 16, 1, 1 },   { 8, 160, 4, 2 },
    { 8, 15, 7, 1 },   { 9, 16, 1, 1 },   { 9, 64, 3, 3 },   { 9, 33, 2, 1 },
    { 10, 16, 1, 1 },  { 10, 48, 5, 1 },  { 10, 257, 2, 2 }, { 11, 16, 2, 1 },
    { 11, 128, 3, 1 }, { 11, 20, 8, 2 },  { 12, 16, 1, 1 },  { 12, 80, 4, 1 },
    { 12, 31, 3, 5 },  { 13, 16, 1, 1 },  { 13, 32, 9, 1 },  { 13, 271, 2, 1 },
    { 14, 16, 1, 1 },  { 14, 48, 6, 2 },  { 14, 9, 2, 1 },   { 16, 16, 4, 1 },
    { 16, 300, 3, 2 }, { 17, 32, 2, 1 },  { 17, 70, 9, 1 },  { 25, 64, 4, 3 },
    { 25, 528, 1, 1 }, { 33, 16, 8, 1 },  { 33, 100, 3, 2 }, { 50, 48, 7, 1 },
    { 50, 128, 2, 5 }, { 257, 33, 2, 2 }, { 300, 16, 1, 1 }, { 513, 21, 3, 1 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* One operand: blocks of 16 columns, rows [first, first + rows) of a larger batch; the rest
 * of the buffer must not be touched. */
struct operand {
    size_t n;             /* numbers in the buffer */
    size_t first;         /* where the block begins */
    size_t panel, stride; /* distances */
};

static struct operand operand(size_t steps, size_t panels, size_t rows, size_t before,
                              size_t after)
{
    struct operand o = { .first = before * PANEL,
                         .panel = (before + rows + after) * PANEL };
    o.stride = panels * o.panel + after * PANEL;
    o.n = steps * o.stride + PANEL;
    return o;
}

/* Copies random numbers into the block: `columns` of the panels, of `rows` rows. */
static void fill_block(real *x, const struct operand *o, size_t steps, size_t columns,
                       size_t rows)
{
    for (size_t s = 0; s < steps; s++)
        for (size_t j = 0; j < columns; j++)
            for (size_t r = 0; r < rows; r++)
                x[o->first + s * o->stride + j / PANEL * o->panel + r * PANEL + j % PANEL] =
                    draw(1);
}

/* What is compared: results from the same start, and where the block of results is. */
struct results {
    real *before, *got, *ref;
    double *magnitude; /* places of the block: sum of |a b| and what was there; else < 0 */
    size_t n;
};

static struct results results(size_t n)
{
    struct results r = { .n = n, .before = random_numbers(n, 1) };
    r.got = copy_of(r.before, n);
    r.ref = copy_of(r.before, n);
    r.magnitude = malloc(n * sizeof *r.magnitude);
    for (size_t i = 0; i < n; i++)
        r.magnitude[i] = -1;
    return r;
}

static void results_release(struct results *r)
{
    free(r->before);
    free(r->got);
    free(r->ref);
    free(r->magnitude);
}

/* Largest error in the block; infinite when something outside was touched. */
static double worst(const struct results *r)
{
    double most = 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->magnitude[i] < 0) {
            if (memcmp(&r->got[i], &r->before[i], sizeof *r->got) != 0)
                return INFINITY;
        } else {
            const double error =
                fabs((double)r->got[i] - (double)r->ref[i]) / r->magnitude[i];
            most = error <= most ? most : isnan(error) ? INFINITY : error;
        }
    return most;
}

static void gemm_magnitude(const struct gemm *p, const real *c0, struct results *r)
{
    for (size_t s = 0; s < p->steps; s++)
        for (size_t q = 0; q < p->panels; q++)
            for (size_t i = 0; i < p->rows; i++)
                for (size_t j = 0; j < PANEL; j++) {
                    real *c = p->c + s * p->c_stride + q * p->c_panel + i * PANEL + j;
                    double sum = fabs((double)*c);
                    for (size_t k = 0; k < p->K; k++)
                        sum += fabs((double)p->a[s * p->a_stride + k / PANEL * p->a_panel +
                                                 i * PANEL + k % PANEL] *
                                    (double)p->b[q * p->b_panel + k * PANEL + j]);
                    r->magnitude[c - c0] = sum;
                }
}

/* The same product in several calls: rows, panels, steps and K each in two parts. */
static void gemm_in_parts(const struct kernels *k, const struct gemm *p)
{
    for (int part = 0; part < 16; part++) {
        const size_t K_cut = p->K / 2 / PANEL * PANEL;
        const size_t cuts[] = { p->rows / 2, (p->panels + 1) / 2, p->steps / 2, K_cut };
        const size_t sizes[] = { p->rows, p->panels, p->steps, p->K };
        size_t lo[4], n[4];
        for (int d = 0; d < 4; d++) {
            const int second = part >> (3 - d) & 1; /* K turns over fastest: bit 0 */
            lo[d] = second ? cuts[d] : 0;
            n[d] = second ? sizes[d] - cuts[d] : cuts[d];
        }
        struct gemm q = *p;
        q.rows = n[0], q.panels = n[1], q.steps = n[2], q.K = n[3];
        q.a += lo[2] * p->a_stride + lo[0] * PANEL + lo[3] / PANEL * p->a_panel;
        q.b += lo[1] * p->b_panel + lo[3] * PANEL;
        q.c += lo[2] * p->c_stride + lo[1] * p->c_panel + lo[0] * PANEL;
        if (q.rows && q.panels && q.steps && q.K)
            k->gemm(&q);
    }
}

static void check_gemm(const struct kernels *k, const struct shape *s, size_t before,
                       size_t after)
{
    const struct operand a = operand(s->steps, panels_of(s->K), s->rows, before, after);
    const struct operand c = operand(s->steps, s->panels, s->rows, after, before);
    const struct operand b = operand(1, s->panels, s->K, 0, after);
    real *A = numbers(a.n), *B = numbers(b.n);
    struct results r = results(c.n);
    fill_nan(A, a.n);
    fill_nan(B, b.n);
    fill_block(A, &a, s->steps, s->K, s->rows);
    fill_block(B, &b, 1, s->panels * PANEL, s->K);
    struct gemm p = {
        .steps = s->steps,
        .rows = s->rows,
        .K = s->K,
        .panels = s->panels,
        .a = A + a.first,
        .a_stride = a.stride,
        .a_panel = a.panel,
        .b = B,
        .b_panel = b.panel,
        .c = r.ref + c.first,
        .c_stride = c.stride,
        .c_panel = c.panel,
    };
    gemm_magnitude(&p, r.ref, &r);
    tile_gemm_ref(&p);
    p.c = r.got + c.first;
    k->gemm(&p);
    CHECK_MSG(worst(&r) < 1e-5, "%s rows %zu K %zu panels %zu steps %zu: %g", k->name,
              s->rows, s->K, s->panels, s->steps, worst(&r));
    real *whole = copy_of(r.got, c.n);
    memcpy(r.got, r.before, c.n * sizeof *r.got);
    gemm_in_parts(k, &p);
    CHECK_MSG(memcmp(whole, r.got, c.n * sizeof *whole) == 0,
              "%s rows %zu K %zu panels %zu steps %zu", k->name, s->rows, s->K, s->panels,
              s->steps);
    free(whole);
    results_release(&r);
    free(A);
    free(B);
}

static void gemms(const struct kernels *k)
{
    for (size_t i = 0; i < SHAPES; i++)
        check_gemm(k, &shapes[i], i % 4, i % 3);
}

static void gemm_matches_ref_and_no_cut_shows(void)
{
    for_each_isa(gemms);
}

/* ----------------------------------------------------------------- gemm_tn */

static void gemm_tn_magnitude(const struct gemm_tn *o, const real *c0, struct results *r)
{
    for (size_t i = 0; i < o->a_columns; i++)
        for (size_t q = 0; q < o->b_panels; q++)
            for (size_t j = 0; j < PANEL; j++) {
                real *c = o->c + q * o->c_panel + i * PANEL + j;
                double sum = fabs((double)*c);
                for (size_t s = 0; s < o->steps; s++)
                    for (size_t row = 0; row < o->rows; row++)
                        sum += fabs(
                            (double)o->a[s * o->a_stride + i / PANEL * o->a_panel +
                                         row * PANEL + i % PANEL] *
                            (double)
                                o->b[s * o->b_stride + q * o->b_panel + row * PANEL + j]);
                r->magnitude[c - c0] = sum;
            }
}

/* In several calls: columns of A (at a panel), panels of B, steps. */
static void gemm_tn_in_parts(const struct kernels *k, const struct gemm_tn *o)
{
    for (int part = 0; part < 8; part++) {
        const size_t cuts[] = { o->a_columns / 2 / PANEL * PANEL, o->b_panels / 2,
                                (o->steps + 1) / 2 };
        const size_t sizes[] = { o->a_columns, o->b_panels, o->steps };
        size_t lo[3], n[3];
        for (int d = 0; d < 3; d++) {
            const int second = part >> (2 - d) & 1;
            lo[d] = second ? cuts[d] : 0;
            n[d] = second ? sizes[d] - cuts[d] : cuts[d];
        }
        struct gemm_tn q = *o;
        q.a_columns = n[0], q.b_panels = n[1], q.steps = n[2];
        q.a += lo[2] * o->a_stride + lo[0] / PANEL * o->a_panel;
        q.b += lo[2] * o->b_stride + lo[1] * o->b_panel;
        q.c += lo[1] * o->c_panel + lo[0] * PANEL;
        if (q.a_columns && q.b_panels && q.steps)
            k->gemm_tn(&q);
    }
}

/* A shape's K becomes the columns of A, its panels those of B. */
static void check_gemm_tn(const struct kernels *k, const struct shape *s, size_t before,
                          size_t after)
{
    const struct operand a = operand(s->steps, panels_of(s->K), s->rows, before, after);
    const struct operand b = operand(s->steps, s->panels, s->rows, after, before);
    const struct operand c = operand(1, s->panels, s->K, before * PANEL, after * PANEL);
    real *A = numbers(a.n), *B = numbers(b.n);
    struct results r = results(c.n);
    fill_nan(A, a.n);
    fill_nan(B, b.n);
    fill_block(A, &a, s->steps, s->K, s->rows);
    fill_block(B, &b, s->steps, s->panels * PANEL, s->rows);
    struct gemm_tn o = {
        .steps = s->steps,
        .rows = s->rows,
        .a_columns = s->K,
        .b_panels = s->panels,
        .a = A + a.first,
        .a_stride = a.stride,
        .a_panel = a.panel,
        .b = B + b.first,
        .b_stride = b.stride,
        .b_panel = b.panel,
        .c = r.ref + c.first,
        .c_panel = c.panel,
    };
    gemm_tn_magnitude(&o, r.ref, &r);
    tile_gemm_tn_ref(&o);
    o.c = r.got + c.first;
    k->gemm_tn(&o);
    CHECK_MSG(worst(&r) < 1e-5, "%s rows %zu columns %zu panels %zu steps %zu: %g", k->name,
              s->rows, s->K, s->panels, s->steps, worst(&r));
    real *whole = copy_of(r.got, c.n);
    memcpy(r.got, r.before, c.n * sizeof *r.got);
    gemm_tn_in_parts(k, &o);
    CHECK_MSG(memcmp(whole, r.got, c.n * sizeof *whole) == 0,
              "%s rows %zu columns %zu panels %zu steps %zu", k->name, s->rows, s->K,
              s->panels, s->steps);
    free(whole);
    results_release(&r);
    free(A);
    free(B);
}

static void gemms_tn(const struct kernels *k)
{
    for (size_t i = 0; i < SHAPES; i++)
        check_gemm_tn(k, &shapes[i], i % 3, i % 4);
}

static void gemm_tn_matches_ref_and_no_cut_shows(void)
{
    for_each_isa(gemms_tn);
}

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
        ids[r] = (int32_t)(r * r % TABLE); /* some twice, some never */
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

/* One row of V logits in double: the gradient into g, the loss returned. */
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

/* Logits of one kind: moderate, huge, or all equal. */
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
            *at = i < V ? logit(flavour) : 0; /* bias and weights have zero padding */
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

/* One number in double: new w, m and v. */
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
    RUN(gemm_matches_ref_and_no_cut_shows);
    RUN(gemm_tn_matches_ref_and_no_cut_shows);
    RUN(rows_are_gathered_filled_scattered_and_added);
    RUN(softmax_and_its_gradient_match_double);
    RUN(sums_of_squares_show_what_is_not_finite);
    RUN(one_step_of_each_optimiser_matches_its_formula);
    RUN(zero_stays_zero);
    return test_end();
}
