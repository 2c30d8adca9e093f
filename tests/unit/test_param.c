/* test_param.c - layouts: numbers are read back as written, no two share a place, and
 * padding stays zero. */
#include <math.h>
#include <stdint.h>

#include "net.h"
#include "config/config.h"
#include "train/optim.h"
#include "test.h"

static const size_t sizes[] = { 1, 15, 16, 17, 72 };
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Calls `test` with models of every cell and of several sizes, with and without an
 * embedding and dense skip connections. */
static void for_each_model(void (*test)(struct model *m, const char *name))
{
    for (size_t c = 0; c < NET_CELLS; c++)
        for (size_t i = 0; i < SIZES; i++)
            for (size_t embed = 0; embed <= 20; embed += 20) {
                const struct model_shape shape = { net_cell(c)->cell,
                                                   net_cell(c)->activation,
                                                   embed ? 3 : 2,
                                                   sizes[i],
                                                   embed,
                                                   37,
                                                   .skip = embed ? CHARNN_SKIP_DENSE
                                                                 : CHARNN_SKIP_NONE };
                struct model m;
                char name[64];
                snprintf(name, sizeof name, "%s H %zu E %zu", net_cell(c)->name, sizes[i],
                         embed);
                if (model_init(&m, &shape, ISA_ref, NULL) < 0 || model_alloc(&m, NULL) < 0)
                    abort();
                test(&m, name);
                model_release(&m);
            }
}

/* Draws from all finite floats: every exponent, both zeros, denormals. */
static float any_float(struct rng *rng)
{
    float f;
    do {
        const uint32_t bits = (uint32_t)rng_next(rng);
        memcpy(&f, &bits, sizeof f);
    } while (!isfinite(f));
    return f;
}

static void check_round_trip(struct model *m, const char *name)
{
    struct rng rng;
    rng_init(&rng, 3);
    for (size_t i = 0; i < m->set.n; i++) {
        const struct param *p = &m->set.list[i];
        const size_t n = p->rows * p->cols;
        float *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out);
        for (size_t j = 0; j < n; j++)
            in[j] = any_float(&rng);
        param_import(p, m->weights, in);
        param_export(p, m->weights, out);
        CHECK_MSG(memcmp(in, out, n * sizeof *in) == 0, "%s %s", name, p->name);
        for (size_t j = 0; j < n; j += n / 20 + 1)
            CHECK((float)m->weights[param_at(p, j / p->cols, j % p->cols)] == in[j]);
        free(in), free(out);
    }
}

static void what_is_imported_is_exported(void)
{
    for_each_model(check_round_trip);
}

static void check_places(struct model *m, const char *name)
{
    unsigned char *taken = calloc(m->set.total, 1);
    size_t count = 0;
    for (size_t i = 0; i < m->set.n; i++) {
        const struct param *p = &m->set.list[i];
        CHECK_MSG(p->offset % PANEL == 0, "%s %s begins at %zu", name, p->name, p->offset);
        for (size_t r = 0; r < p->rows; r++)
            for (size_t c = 0; c < p->cols; c++) {
                const size_t at = param_at(p, r, c);
                CHECK(at >= p->offset && at < p->offset + p->size && at < m->set.total);
                count += at < m->set.total && !taken[at];
                if (at < m->set.total)
                    taken[at] = 1;
            }
    }
    CHECK_MSG(count == model_count(m), "%s: %zu places for %zu numbers", name, count,
              model_count(m));
    CHECK(m->set.total % PANEL == 0);
    free(taken);
}

static void every_number_has_its_own_place(void)
{
    for_each_model(check_places);
}

/* Checks the packed copy: row panels [R/16][cols][16], rows in the order of memory. */
static void check_forward(struct model *m, const char *name)
{
    static struct pool *pool;
    struct net n = { .m = *m };
    struct rng rng;
    rng_init(&rng, 3);
    pool = pool ? pool : pool_new(3);
    for (size_t i = 0; i < m->set.n; i++)
        for (size_t j = 0; j < m->set.list[i].rows * m->set.list[i].cols; j++) {
            const struct param *p = &m->set.list[i];
            m->weights[param_at(p, j / p->cols, j % p->cols)] = (real)rng_uniform(&rng);
        }
    pool_run(pool, (int)(rng_next(&rng) % 3) + 1, net_pack_job, &n);
    size_t bad = 0;
    for (size_t i = 0; i < m->set.n; i++) {
        const struct param *p = &m->set.list[i];
        if (p->layout != PARAM_COLUMNS)
            continue;
        for (size_t R = 0; R < p->padded_rows; R++)
            for (size_t c = 0; c < p->padded_cols; c++) {
                const real w =
                    m->weights[p->offset + (c / PANEL * p->padded_rows + R) * PANEL +
                               c % PANEL];
                bad += m->packed[p->packed_offset +
                                 (R / PANEL * p->padded_cols + c) * PANEL + R % PANEL] != w;
            }
    }
    CHECK_MSG(bad == 0, "%s: %zu", name, bad);
}

static void the_forward_copy_has_every_weight(void)
{
    for_each_model(check_forward);
}

/* --------------------------------------------------------------- padding stays zero */

enum { H = 17, E = 9, V = 21, T = 6, B = 5, STEPS = 50 };

struct run {
    struct net net;
    struct charnn_config config;
    struct optim optim;
    struct arena arena;
    int64_t step;
};

static void step_job(void *arg, const struct team *team)
{
    struct run *r = arg;
    struct net *n = &r->net;
    size_t lo, hi;
    team_range(team, n->m.set.total, &lo, &hi);
    memset(n->g + lo, 0, (hi - lo) * sizeof *n->g);
    team_barrier(team);
    network_forward(&n->net, n->ids, team);
    network_backward(&n->net, n->ids, n->targets, (real)(1.0 / (T * B)), n->g, team);
    optim_step(&r->optim, n->m.weights, n->g, r->step, 0.01, team);
    model_pack(&n->m, team);
}

static void train(struct run *r, int isa)
{
    struct net *n = &r->net;
    r->optim.k = kernels_of((enum isa)isa);
    r->optim.config = &r->config;
    r->optim.total = n->m.set.total;
    optim_plan(&r->optim, &r->arena);
    if (arena_alloc(&r->arena, "slots", NULL) < 0)
        abort();
    optim_plan(&r->optim, &r->arena);
    for (; r->step < STEPS; r->step++) {
        net_text(n, (uint64_t)r->step);
        n->net.forward.dropout.key = (uint64_t)r->step;
        pool_run(n->pool, 1, step_job, r);
        stack_carry(&n->net.forward);
    }
}

/* The number of nonzero numbers in the padding. */
static size_t dirty(const struct model *m, const real *array)
{
    unsigned char *logical = calloc(m->set.total, 1);
    size_t bad = 0;
    for (size_t i = 0; i < m->set.n; i++)
        for (size_t r = 0; r < m->set.list[i].rows; r++)
            for (size_t c = 0; c < m->set.list[i].cols; c++)
                logical[param_at(&m->set.list[i], r, c)] = 1;
    for (size_t i = 0; i < m->set.total; i++)
        bad += !logical[i] && !(array[i] == 0);
    free(logical);
    return bad;
}

/* The number of nonzero states of padded units before the first step, over all rows. */
static size_t dirty_states(const struct stack *s)
{
    size_t bad = 0;
    for (size_t i = 0; i < s->m->shape.layers; i++) {
        const struct layer *l = &s->layers[i];
        for (size_t j = 0; j < l->plane; j++)
            if (j / PANEL / l->B * PANEL + j % PANEL >= l->H)
                bad += !(l->h[j] == 0) + (l->c && !(l->c[j] == 0));
    }
    return bad;
}

static void check_padding(const struct net_cell *cell, size_t embed, int optimizer, int isa)
{
    const struct model_shape shape = { cell->cell,
                                       cell->activation,
                                       embed ? 3 : 2,
                                       H,
                                       embed,
                                       V,
                                       .skip =
                                           embed ? CHARNN_SKIP_DENSE : CHARNN_SKIP_NONE };
    struct run r = { .config = config_plain() };
    r.config.optimizer = optimizer;
    r.config.weight_decay = 0.01;
    net_init(&r.net, &shape, (enum isa)isa, T, B, STACK_TRAIN);
    r.net.net.forward.dropout = (struct dropout){ .p = 0.2 };
    const real first = r.net.m.weights[param_at(model_param(&r.net.m, 0, W_HH), 1, 1)];
    train(&r, isa);
    const struct model *m = &r.net.m;
    size_t bad =
        dirty(m, m->weights) + dirty(m, r.net.g) + dirty_states(&r.net.net.forward);
    for (size_t i = 0; i < r.optim.n_slots; i++)
        bad += dirty(m, r.optim.slots[i].array);
    CHECK_MSG(bad == 0, "%s, %s, embed %zu, optimizer %d: %zu words",
              isa_name((enum isa)isa), cell->name, embed, optimizer, bad);
    CHECK(m->weights[param_at(model_param(m, 0, W_HH), 1, 1)] != first);
    net_release(&r.net);
    arena_release(&r.arena);
}

static void padding_is_zero_after_fifty_steps(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (size_t c = 0; c < NET_CELLS && isa_present((enum isa)isa); c++)
            for (size_t embed = 0; embed <= E; embed += E)
                for (int o = CHARNN_OPTIMIZER_ADAM; o <= CHARNN_OPTIMIZER_SGD; o++)
                    check_padding(net_cell(c), embed, o, isa);
}

int main(void)
{
    RUN(what_is_imported_is_exported);
    RUN(every_number_has_its_own_place);
    RUN(the_forward_copy_has_every_weight);
    RUN(padding_is_zero_after_fifty_steps);
    pool_free(net_pool());
    return test_end();
}
