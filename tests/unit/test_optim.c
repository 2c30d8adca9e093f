/*
 * test_optim.c - the optimiser: the norm, both kinds of clipping, each rule over several
 * steps, and the same bits for any number of threads.  (One step of each kernel:
 * test_pointwise.c.)
 */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "config/config.h"
#include "test.h"
#include "nn/gradient.h"
#include "train/optim.h"

enum { TOTAL = 3 * GRADIENT_BLOCK + 11 * PANEL, THREADS = 5 };

struct rig {
    struct charnn_config config;
    struct optim o;
    struct arena arena;
    real *w, *g;
    int64_t step;
    double rate;
    double norm[THREADS];
};

static struct pool *pool;

static void plan(struct rig *r, struct arena *a)
{
    r->w = arena_take(a, TOTAL, sizeof(real));
    r->g = arena_take(a, TOTAL, sizeof(real));
    optim_plan(&r->o, a);
}

static void draw_gradient(struct rig *r, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed);
    for (size_t i = 0; i < TOTAL; i++)
        r->g[i] = (real)rng_normal(&rng);
}

static void set_up(struct rig *r, int optimizer)
{
    *r = (struct rig){ .config = config_plain(), .rate = 0.01 };
    r->config.optimizer = optimizer;
    r->config.clip = 0;
    r->o.k = kernels_of((enum isa)isa_choose());
    r->o.config = &r->config;
    r->o.total = TOTAL;
    plan(r, &r->arena);
    if (arena_alloc(&r->arena, "a test", NULL) < 0)
        abort();
    plan(r, &r->arena);
    draw_gradient(r, 1);
    for (size_t i = 0; i < TOTAL; i++)
        r->w[i] = (real)((double)(i % 100) / 50 - 1);
}

static void job(void *arg, const struct team *team)
{
    struct rig *r = arg;
    r->norm[team->id] = optim_step(&r->o, r->w, r->g, r->step, r->rate, team);
}

static double step(struct rig *r, int threads)
{
    pool_run(pool, threads, job, r);
    r->step++;
    return r->norm[0];
}

static double plain_norm(const struct rig *r)
{
    double sum = 0;
    for (size_t i = 0; i < TOTAL; i++)
        sum += (double)r->g[i] * (double)r->g[i];
    return sqrt(sum);
}

static void the_norm_and_the_weights_do_not_depend_on_threads(void)
{
    for (int o = CHARNN_OPTIMIZER_ADAM; o <= CHARNN_OPTIMIZER_SGD; o++) {
        struct rig one, many;
        set_up(&one, o);
        one.config.clip = 1;
        for (int i = 0; i < 3; i++)
            step(&one, 1);
        for (int threads = 2; threads <= THREADS; threads++) {
            set_up(&many, o);
            many.config.clip = 1;
            for (int i = 0; i < 3; i++)
                step(&many, threads);
            for (int i = 0; i < threads; i++)
                CHECK(memcmp(&many.norm[i], &one.norm[0], sizeof(double)) == 0);
            CHECK(memcmp(many.w, one.w, TOTAL * sizeof(real)) == 0);
            for (size_t i = 0; i < one.o.n_slots; i++)
                CHECK(memcmp(many.o.slots[i].array, one.o.slots[i].array,
                             TOTAL * sizeof(real)) == 0);
            arena_release(&many.arena);
        }
        arena_release(&one.arena);
    }
}

static void the_norm_is_that_of_the_whole_gradient(void)
{
    struct rig r;
    set_up(&r, CHARNN_OPTIMIZER_SGD);
    const double exact = plain_norm(&r);
    CHECK(fabs(step(&r, 2) / exact - 1) < 1e-6);
    for (size_t i = 0; i < TOTAL; i += TOTAL - 1) { /* the first and the last number must
                                                     * both count */
        memset(r.g, 0, TOTAL * sizeof *r.g);
        r.g[i] = 3;
        CHECK(step(&r, 3) == 3);
    }
    arena_release(&r.arena);
}

/* gcc 12 for aarch64 cannot compile loops with fmax. */
static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void the_global_clip_scales_the_gradient(void)
{
    for (int threads = 1; threads <= 2; threads++) {
        struct rig r, small;
        set_up(&r, CHARNN_OPTIMIZER_SGD);
        set_up(&small, CHARNN_OPTIMIZER_SGD);
        r.config.momentum = small.config.momentum = 0;
        const double norm = plain_norm(&r);
        r.config.clip = 2.5;
        for (size_t i = 0; i < TOTAL; i++)
            small.g[i] = (real)((double)r.g[i] * 2.5 / norm);
        small.config.clip = 2.6;                          /* larger than the norm */
        CHECK(fabs(step(&r, threads) / norm - 1) < 1e-6); /* reports the norm before
                                                           * clipping */
        step(&small, 1);
        double most = 0;
        for (size_t i = 0; i < TOTAL; i++)
            most = larger(most, fabs((double)r.w[i] - (double)small.w[i]));
        CHECK_MSG(most < 1e-7, "%g", most);
        arena_release(&r.arena);
        arena_release(&small.arena);
    }
}

static void the_elementwise_clip_limits_each_number(void)
{
    struct rig r;
    set_up(&r, CHARNN_OPTIMIZER_SGD);
    r.config.momentum = 0;
    r.config.clip_value = 0.5;
    real *before = malloc(TOTAL * sizeof *before);
    memcpy(before, r.w, TOTAL * sizeof *before);
    step(&r, 2);
    size_t bad = 0;
    for (size_t i = 0; i < TOTAL; i++) {
        const double g = fmax(-0.5, fmin(0.5, (double)r.g[i]));
        bad += fabs((double)before[i] - 0.01 * g - (double)r.w[i]) > 1e-6;
    }
    CHECK_MSG(bad == 0, "%zu", bad);
    free(before);
    arena_release(&r.arena);
}

static void a_gradient_that_is_not_finite_changes_nothing(void)
{
    static const double wild[] = { NAN, INFINITY, -INFINITY };
    for (int o = CHARNN_OPTIMIZER_ADAM; o <= CHARNN_OPTIMIZER_SGD; o++)
        for (int i = 0; i < 3; i++) {
            struct rig r, before;
            set_up(&r, o);
            set_up(&before, o);
            r.config.clip = 1;
            r.g[TOTAL - 1 - 4000 * i] = (real)wild[i];
            CHECK(!isfinite(step(&r, 2)));
            CHECK(memcmp(r.w, before.w, TOTAL * sizeof(real)) == 0);
            for (size_t s = 0; s < r.o.n_slots; s++)
                CHECK(memcmp(r.o.slots[s].array, before.o.slots[s].array,
                             TOTAL * sizeof(real)) == 0);
            arena_release(&r.arena);
            arena_release(&before.arena);
        }
}

/* The rules, in double, as in their papers and in PyTorch. */
static void plain_rule(const struct charnn_config *c, int t, double rate, double *w,
                       double g, double *m, double *v)
{
    const double b1 = c->momentum, b2 = c->decay_rate, wd = c->weight_decay;
    if (c->optimizer == CHARNN_OPTIMIZER_ADAMW)
        *w -= rate * wd * *w;
    else
        g += wd * *w;
    switch (c->optimizer) {
    case CHARNN_OPTIMIZER_SGD:
        *m = b1 * *m + g;
        *w -= rate * *m;
        break;
    case CHARNN_OPTIMIZER_ADAGRAD:
        *v += g * g;
        *w -= rate * g / (sqrt(*v) + 1e-10);
        break;
    case CHARNN_OPTIMIZER_RMSPROP:
        *v = b2 * *v + (1 - b2) * g * g;
        *w -= rate * g / (sqrt(*v) + 1e-8);
        break;
    default:
        *m = b1 * *m + (1 - b1) * g;
        *v = b2 * *v + (1 - b2) * g * g;
        *w -= rate * (*m / (1 - pow(b1, t))) / (sqrt(*v / (1 - pow(b2, t))) + 1e-8);
    }
}

static void check_rule(int optimizer, double decay)
{
    enum { SOME = 40, STEPS = 20 };
    struct rig r;
    double w[SOME], m[SOME] = { 0 }, v[SOME] = { 0 }, most = 0;
    set_up(&r, optimizer);
    r.config.weight_decay = decay;
    for (size_t i = 0; i < SOME; i++)
        w[i] = (double)r.w[i];
    for (int t = 1; t <= STEPS; t++) {
        draw_gradient(&r, (uint64_t)t);
        r.rate = 0.02 / t;
        for (size_t i = 0; i < SOME; i++)
            plain_rule(&r.config, t, r.rate, &w[i], (double)r.g[i], &m[i], &v[i]);
        step(&r, 2);
    }
    for (size_t i = 0; i < SOME; i++)
        most = larger(most, fabs(w[i] - (double)r.w[i]));
    CHECK_MSG(most < 5e-6, "optimizer %d decay %g: %g", optimizer, decay, most);
    arena_release(&r.arena);
}

static void each_rule_follows_its_formula_over_steps(void)
{
    for (int o = CHARNN_OPTIMIZER_ADAM; o <= CHARNN_OPTIMIZER_SGD; o++) {
        check_rule(o, 0);
        check_rule(o, 0.1);
    }
}

/* An embedding, a matrix and a bias: if the gradient is zero, only the matrix changes. */
static void only_matrices_decay(void)
{
    // clang-format off
    struct param list[3] = {
        { .layout = PARAM_GATHER, .offset = 0, .size = GRADIENT_BLOCK },
        { .layout = PARAM_COLUMNS, .offset = GRADIENT_BLOCK, .size = GRADIENT_BLOCK },
        { .layout = PARAM_GATHER, .offset = 2 * GRADIENT_BLOCK, .size = TOTAL - 2 * GRADIENT_BLOCK },
    };
    // clang-format on
    const struct param_set set = { .list = list, .n = 3, .total = TOTAL };
    for (int o = CHARNN_OPTIMIZER_ADAM; o <= CHARNN_OPTIMIZER_SGD; o++)
        for (int threads = 1; threads <= THREADS; threads++) {
            struct rig r;
            size_t moved = 0, still = 0;
            set_up(&r, o);
            r.o.set = &set;
            r.config.weight_decay = 0.1;
            memset(r.g, 0, TOTAL * sizeof *r.g);
            real *before = malloc(TOTAL * sizeof *before);
            memcpy(before, r.w, TOTAL * sizeof *before);
            step(&r, threads);
            for (size_t i = 0; i < TOTAL; i++)
                *(i / GRADIENT_BLOCK == 1 ? &moved : &still) += r.w[i] != before[i];
            CHECK_MSG(still == 0 && moved > GRADIENT_BLOCK / 2, "optimizer %d: %zu %zu", o,
                      still, moved);
            free(before);
            arena_release(&r.arena);
        }
}

static void slots_are_what_the_rule_needs(void)
{
    static const char *const names[] = { "mv", "mv", "v", "v", "m" };
    for (int o = CHARNN_OPTIMIZER_ADAM; o <= CHARNN_OPTIMIZER_SGD; o++) {
        struct rig r;
        set_up(&r, o);
        CHECK(r.o.n_slots == strlen(names[o]));
        for (size_t i = 0; i < r.o.n_slots; i++)
            CHECK(r.o.slots[i].name[0] == names[o][i] && r.o.slots[i].name[1] == 0);
        arena_release(&r.arena);
    }
}

int main(void)
{
    pool = pool_new(THREADS);
    RUN(the_norm_and_the_weights_do_not_depend_on_threads);
    RUN(the_norm_is_that_of_the_whole_gradient);
    RUN(the_global_clip_scales_the_gradient);
    RUN(the_elementwise_clip_limits_each_number);
    RUN(a_gradient_that_is_not_finite_changes_nothing);
    RUN(each_rule_follows_its_formula_over_steps);
    RUN(only_matrices_decay);
    RUN(slots_are_what_the_rule_needs);
    pool_free(pool);
    return test_end();
}
