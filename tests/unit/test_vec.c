/*
 * test_vec.c - compares tanh, sigmoid and exp of every instruction set with libm in double;
 * denormals are flushed, as in training.  (math/vec.h states the bounds.)
 *
 * The functions are compared at floats of every exponent and both signs, and at evenly spaced
 * floats in [-100, 100], where they are not constant.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/pool.h"
#include "math/kernels.h"
#include "test.h"

enum { BITS = 3 << 20, EVEN = 2 << 20, N = BITS + EVEN };

static real *x, *y;
static double *exact;
static struct pool *pool;

static void make_points(void)
{
    x = aligned_alloc(64, N * sizeof *x);
    y = aligned_alloc(64, N * sizeof *y);
    exact = malloc(N * sizeof *exact);
    pool = pool_new(1);
    if (!x || !y || !exact || !pool)
        abort();
    for (uint32_t i = 0; i < BITS; i++) {
        const uint32_t bits = (uint32_t)((uint64_t)i * 0x100000000u / BITS) + i % 1021;
        float f;
        memcpy(&f, &bits, sizeof f);
        x[i] = (real)(isfinite(f) ? f : (float)i * 1e-5f);
    }
    for (uint32_t i = 0; i < EVEN; i++)
        x[BITS + i] = (real)(-100 + 200.0 * i / EVEN);
    x[0] = -0.124916993f; /* the float at which tanh has its largest error */
    x[1] = -0.118199445f;
}

struct call {
    void (*f)(const real *x, real *y, size_t n);
    const real *x;
    real *y;
    size_t n;
};

static void call_job(void *arg, const struct team *team)
{
    const struct call *c = arg;
    (void)team;
    c->f(c->x, c->y, c->n);
}

static void call(void (*f)(const real *, real *, size_t), const real *from, real *to,
                 size_t n)
{
    pool_run(pool, 1, call_job, &(struct call){ f, from, to, n });
}

/* The distance between neighbouring normal floats of this size. */
static double ulp(double v)
{
    int e;
    frexp(v, &e);
    return ldexp(1, e - (sizeof(real) == 4 ? FLT_MANT_DIG : DBL_MANT_DIG));
}

struct figures {
    double absolute, ulps;
    double at_absolute, at_ulps;
};

/* The largest errors for lo <= x <= hi; in units of the last place only if the exact result
 * is not denormal and |x| < most. */
static struct figures measure(double lo, double hi, double most)
{
    struct figures f = { 0 };
    for (size_t i = 0; i < N; i++) {
        const double at = (double)x[i];
        if (!(at >= lo && at <= hi))
            continue;
        const double error = fabs((double)y[i] - exact[i]);
        if (!(error <= f.absolute))
            f.absolute = error, f.at_absolute = at;
        if (fabs(exact[i]) < (double)FLT_MIN || fabs(at) >= most)
            continue;
        if (!(error / ulp(exact[i]) <= f.ulps))
            f.ulps = error / ulp(exact[i]), f.at_ulps = at;
    }
    return f;
}

static void say(const struct kernels *k, const char *name, const struct figures *f)
{
    printf("# %s %s: absolute %.3g at %.9g, %.3g ulp at %.9g\n", k->name, name, f->absolute,
           f->at_absolute, f->ulps, f->at_ulps);
}

/* The next instruction set of this machine; -1 begins and ends the list. */
static int next_isa(int i)
{
    while (++i < ISA_COUNT)
        if (isa_present((enum isa)i))
            return i;
    return -1;
}

#define EACH_ISA(k)                                                                        \
    for (int isa_ = next_isa(-1); isa_ >= 0; isa_ = next_isa(isa_))                        \
        for (const struct kernels *k = kernels_of((enum isa)isa_); k; k = NULL)

static double plain_sigmoid(double v)
{
    return 1 / (1 + exp(-v));
}

static void tanh_is_within_3e_7_and_5_ulp(void)
{
    for (size_t i = 0; i < N; i++)
        exact[i] = tanh((double)x[i]);
    EACH_ISA(k)
    {
        call(k->tanh, x, y, N);
        const struct figures f = measure(-INFINITY, INFINITY, 80);
        say(k, "tanh", &f);
        CHECK(f.absolute <= 3e-7 && f.ulps <= 5);
    }
}

static void sigmoid_is_within_3e_7_and_near_zero_4_ulp(void)
{
    for (size_t i = 0; i < N; i++)
        exact[i] = plain_sigmoid((double)x[i]);
    EACH_ISA(k)
    {
        call(k->sigmoid, x, y, N);
        const struct figures f = measure(-INFINITY, INFINITY, 80), near = measure(-2, 2, 2);
        say(k, "sigmoid", &f);
        say(k, "sigmoid near zero", &near);
        CHECK(f.absolute <= 3e-7 && f.ulps <= 80 && near.ulps <= 4);
    }
}

/* Beyond -87.3 and 88 the bound in ulp does not hold; there the result must be tiny, or
 * huge or infinite. */
static void exp_is_within_2_ulp(void)
{
    for (size_t i = 0; i < N; i++)
        exact[i] = exp((double)x[i]);
    EACH_ISA(k)
    {
        call(k->exp, x, y, N);
        struct figures f = measure(-87.3, 88, 1000);
        f.absolute = 0;
        f.at_absolute = NAN;
        say(k, "exp", &f);
        CHECK(f.ulps <= 2);
        size_t bad = 0;
        for (size_t i = 0; i < N; i++) {
            const double at = (double)x[i];
            bad += at > 88.73 && sizeof(real) == 4 && !isinf(y[i]);
            bad += at < -87.3 && !((double)y[i] >= 0 && (double)y[i] <= 1.25e-38);
            bad += at > 88 && !((double)y[i] >= 1.6e38);
        }
        CHECK_MSG(bad == 0, "%s: %zu outside", k->name, bad);
    }
}

static void limits_are_exact_and_nan_passes(void)
{
    static _Alignas(64) real in[PANEL], out[PANEL];
    static const real at[] = { INFINITY, -INFINITY, 0,       (real)-0.0,
                               1e30f,    -1e30f,    FLT_MAX, -FLT_MAX };
    static const real tanhs[] = { 1, -1, 0, 0, 1, -1, 1, -1 };
    static const real sigmoids[] = { 1, 0, (real)0.5, (real)0.5, 1, 0, 1, 0 };
    static const real exps[] = { INFINITY, 0, 1, 1, INFINITY, 0, INFINITY, 0 };
    EACH_ISA(k)
    for (size_t i = 0; i < 9; i++)
        for (size_t lane = 0; lane < PANEL; lane++) {
            memset(in, 0, sizeof in);
            in[lane] = i < 8 ? at[i] : (real)NAN;
            call(k->tanh, in, out, PANEL);
            CHECK_MSG(i < 8 ? out[lane] == tanhs[i] : isnan(out[lane]), "%s %g: %g",
                      k->name, (double)in[lane], (double)out[lane]);
            call(k->sigmoid, in, out, PANEL);
            CHECK_MSG(i < 8 ? out[lane] == sigmoids[i] : isnan(out[lane]), "%s %g: %g",
                      k->name, (double)in[lane], (double)out[lane]);
            call(k->exp, in, out, PANEL);
            CHECK_MSG(i < 8 ? out[lane] == exps[i] : isnan(out[lane]), "%s %g: %g", k->name,
                      (double)in[lane], (double)out[lane]);
            CHECK_MSG(out[(lane + 1) % PANEL] == 1, "%s: another lane", k->name);
        }
}

/* The cells rely on this: no value is outside [-1, 1] or [0, 1]. */
static void tanh_and_sigmoid_stay_in_their_ranges(void)
{
    EACH_ISA(k)
    {
        size_t bad = 0;
        call(k->tanh, x, y, N);
        for (size_t i = 0; i < N; i++)
            bad += !(y[i] >= -1 && y[i] <= 1) || (y[i] != 0 && (y[i] > 0) != (x[i] > 0));
        call(k->sigmoid, x, y, N);
        for (size_t i = 0; i < N; i++)
            bad += !(y[i] >= 0 && y[i] <= 1);
        CHECK_MSG(bad == 0, "%s: %zu", k->name, bad);
    }
}

int main(void)
{
    make_points();
    RUN(tanh_is_within_3e_7_and_5_ulp);
    RUN(sigmoid_is_within_3e_7_and_near_zero_4_ulp);
    RUN(exp_is_within_2_ulp);
    RUN(limits_are_exact_and_nan_passes);
    RUN(tanh_and_sigmoid_stay_in_their_ranges);
    free(x), free(y), free(exact);
    pool_free(pool);
    return test_end();
}
