/* test_alloc.c - a training step and sampling a character allocate nothing. */
#include <stdatomic.h>

#include "allocator.h"
#include "charnn.h"
#include "score/evaluate.h"
#include "sample/generator.h"
#include "net.h"
#include "train/optim.h"
#include "config/config.h"
#include "test.h"

static atomic_long allocations;

static int allocation_fails(void)
{
    atomic_fetch_add(&allocations, 1);
    return 0;
}

enum { T = 8, B = 6, V = 300, H = 24, STEPS = 30, THREADS = 3 };

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
    network_forward(&n->net, n->ids, team);
    network_backward(&n->net, n->ids, n->targets, (real)(1.0 / (T * B)), n->g, team);
    optim_step(&r->optim, n->m.weights, n->g, r->step, 0.001, team);
    model_pack(&n->m, team);
}

static struct corpus positions(size_t n)
{
    struct corpus c = { .n = n, .wide = calloc(n, sizeof *c.wide) };
    for (size_t i = 0; c.wide && i < n; i++)
        c.wide[i] = (uint16_t)(i * i % V);
    return c;
}

static void set_up(struct run *r, const struct net_cell *cell, int skip)
{
    const struct model_shape shape = { cell->cell, cell->activation, 2, H, 9,
                                       V,          .skip = skip };
    *r = (struct run){ .config = config_plain() };
    net_init(&r->net, &shape, (enum isa)isa_choose(), T, B, STACK_TRAIN);
    memset(r->net.g, 0, r->net.m.set.total * sizeof *r->net.g);
    r->net.net.forward.dropout = (struct dropout){ .p = 0.2 };
    r->optim.k = r->net.m.k;
    r->optim.config = &r->config;
    r->optim.total = r->net.m.set.total;
    optim_plan(&r->optim, &r->arena);
    if (arena_alloc(&r->arena, "slots", NULL) < 0)
        abort();
    optim_plan(&r->optim, &r->arena);
}

static void a_training_step_allocates_nothing(void)
{
    struct corpus corpus = positions(2000);
    struct batch_plan plan;
    for (size_t cell = 0; cell < NET_CELLS; cell++) {
        struct run r;
        set_up(&r, net_cell(cell), (int)cell % 3);
        CHECK(batch_plan(&plan, corpus.n,
                         &(struct batch_options){ B, T, 0, CHARNN_SPLIT_TAIL, 1 },
                         NULL) == 0);
        const long before = allocations;
        for (; r.step < STEPS; r.step++) {
            if (batch_train(&plan, &corpus, (uint64_t)r.step, r.net.ids, r.net.targets))
                stack_reset(&r.net.net.forward);
            pool_run(r.net.pool, (int)(r.step % THREADS) + 1, step_job, &r);
            stack_carry(&r.net.net.forward);
        }
        CHECK_MSG(allocations == before, "%s: %ld", net_cell(cell)->name,
                  (long)allocations - before);
        net_release(&r.net);
        arena_release(&r.arena);
    }
    corpus_release(&corpus);
}

static void validating_allocates_nothing(void)
{
    struct corpus corpus = positions(3000);
    struct run r;
    struct evaluator v;
    set_up(&r, net_cell(3), CHARNN_SKIP_RESIDUAL);
    CHECK(evaluator_init(&v, &r.net.m, 2, 32, r.net.pool, NULL) == 0);
    const long before = allocations;
    evaluate_stretch(&v, &corpus, 0, corpus.n);
    CHECK_MSG(allocations == before, "%ld", (long)allocations - before);
    evaluator_release(&v);
    corpus_release(&corpus);
    net_release(&r.net);
    arena_release(&r.arena);
}

static void check_sampling(const struct charnn_sample_config *c, const char *what)
{
    struct run r;
    struct vocab vocab;
    struct generator g;
    uint32_t symbol[V];
    int64_t count[V];
    char out[4];
    for (uint32_t i = 0; i < V; i++)
        symbol[i] = 0x4E00 + i, count[i] = 1;
    set_up(&r, net_cell(4), CHARNN_SKIP_DENSE);
    CHECK(vocab_init(&vocab, VOCAB_CHAR, symbol, count, V, NULL) == 0);
    CHECK(generator_init(&g, &r.net.m, &vocab, NULL, r.net.pool, c, NULL) == 0);
    const long before = allocations;
    generator_start(&g, &(uint16_t){ 0 }, 1);
    for (int i = 0; i < 50; i++)
        generator_next(&g, out);
    CHECK_MSG(allocations == before, "%s: %ld", what, (long)allocations - before);
    generator_release(&g);
    vocab_release(&vocab);
    net_release(&r.net);
    arena_release(&r.arena);
}

static void a_sampling_step_allocates_nothing(void)
{
    check_sampling(&(struct charnn_sample_config){ .temperature = 1, .top_p = 1 }, "plain");
    check_sampling(&(struct charnn_sample_config){ .temperature = 0, .top_p = 1 },
                   "argmax");
    check_sampling(&(struct charnn_sample_config){ .temperature = 1,
                                                   .top_p = 1,
                                                   .top_k = 5 },
                   "top-k");
    check_sampling(&(struct charnn_sample_config){ .temperature = 1,
                                                   .top_p = 0.9,
                                                   .min_p = 0.1 },
                   "top-p and min-p");
}

static void the_counter_counts(void)
{
    const long before = allocations;
    char *volatile mine = malloc(1), *volatile libc = strdup("x");
    free(mine);
    free(libc);
    if (ALLOCATOR)
        CHECK(allocations == before + 2);
    else
        SKIP("allocations cannot be counted in this build");
}

int main(void)
{
    RUN(the_counter_counts);
    RUN(a_training_step_allocates_nothing);
    RUN(validating_allocates_nothing);
    RUN(a_sampling_step_allocates_nothing);
    pool_free(net_pool());
    return test_end();
}
