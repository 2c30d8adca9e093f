/*
 * test_kernels.c - compares the matrix products of every instruction set of this machine
 * with those of ref.
 */
#include <math.h>
#include <stdint.h>

#include "kernel.h"
#include "test.h"

static void fill_nan(real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = NAN;
}

/* ---------------------------------------------------------------------- gemm */

struct shape {
    size_t rows, K, panels, steps;
};

/* All remainders of rows (tiles have up to 12) and of panels (up to 8); K that does or does
 * not fill its panels; K and rows near the block size of 256. */
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

/* One operand: blocks of 16 columns, rows [first, first + rows) of a larger batch.  The
 * rest of the buffer must not change. */
struct operand {
    size_t n;             /* numbers in the buffer */
    size_t first;         /* index at which the block begins */
    size_t panel, stride; /* distances between panels, and between steps */
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

/* Copies random numbers into the block: `rows` rows of `columns` columns. */
static void fill_block(real *x, const struct operand *o, size_t steps, size_t columns,
                       size_t rows)
{
    for (size_t s = 0; s < steps; s++)
        for (size_t j = 0; j < columns; j++)
            for (size_t r = 0; r < rows; r++)
                x[o->first + s * o->stride + j / PANEL * o->panel + r * PANEL + j % PANEL] =
                    draw(1);
}

/* The results of both kernels from the same start, and their positions in the buffer. */
struct results {
    real *before, *got, *ref;
    double *magnitude; /* for each number in the block the sum of |a b| and the old value;
                        * elsewhere negative */
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

/* The largest error in the block; infinite if a number outside it was changed. */
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

/* Computes the product in several calls, with rows, panels, steps and K each divided in
 * two. */
static void gemm_in_parts(const struct kernels *k, const struct gemm *p)
{
    for (int part = 0; part < 16; part++) {
        const size_t K_cut = p->K / 2 / PANEL * PANEL;
        const size_t cuts[] = { p->rows / 2, (p->panels + 1) / 2, p->steps / 2, K_cut };
        const size_t sizes[] = { p->rows, p->panels, p->steps, p->K };
        size_t lo[4], n[4];
        for (int d = 0; d < 4; d++) {
            const int second = part >> (3 - d) & 1; /* bit 0 of `part` is for K */
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

/* Computes the product in several calls, with columns of A (divided at a panel), panels of B,
 * and steps each divided in two. */
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

/* The K of the shape becomes the columns of A, its panels become those of B. */
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

int main(void)
{
    rng_init(&rng, 20);
    RUN(gemm_matches_ref_and_no_cut_shows);
    RUN(gemm_tn_matches_ref_and_no_cut_shows);
    return test_end();
}
