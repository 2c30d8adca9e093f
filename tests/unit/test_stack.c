/*
 * test_stack.c - whole networks: the same bits for any number of threads and any division
 * of the text into chunks; vector kernels agree with ref.  (Gradients: tests/double.)
 */
#include <math.h>

#include "net.h"
#include "test.h"

/* Awkward sizes: fewer rows than threads, partly filled panels, row groups of every
 * kind. */
enum { NONE = CHARNN_SKIP_NONE, SUM = CHARNN_SKIP_RESIDUAL, DENSE = CHARNN_SKIP_DENSE };
static const struct odd {
    size_t H, B, embed, layers, V;
    int skip;
} odd[] = {
    { 1, 1, 0, 1, 2, NONE },     { 5, 2, 0, 2, 17, NONE },   { 15, 3, 7, 1, 33, NONE },
    { 16, 4, 0, 2, 16, NONE },   { 17, 5, 16, 2, 65, NONE }, { 24, 8, 0, 1, 40, NONE },
    { 31, 9, 33, 1, 15, NONE },  { 33, 13, 0, 3, 64, NONE }, { 40, 16, 0, 2, 90, NONE },
    { 48, 1, 20, 2, 300, NONE }, { 64, 19, 0, 1, 50, NONE }, { 70, 23, 12, 2, 96, NONE },
    { 17, 5, 0, 3, 65, SUM },    { 33, 9, 12, 2, 40, SUM },  { 5, 1, 0, 4, 17, SUM },
    { 17, 5, 12, 3, 65, DENSE }, { 33, 9, 0, 2, 40, DENSE }, { 5, 1, 0, 4, 17, DENSE },
};
enum { ODD = sizeof odd / sizeof *odd };

static struct model_shape shape_of(const struct net_cell *cell, const struct odd *o)
{
    return (struct model_shape){ cell->cell, cell->activation, o->layers, o->H, o->embed,
                                 o->V,       .skip = o->skip };
}

/* The fastest instruction set, the one that users run. */
static enum isa best_isa(void)
{
    enum isa best = ISA_ref;
    for (int i = 0; i < ISA_COUNT; i++)
        if (isa_present((enum isa)i))
            best = (enum isa)i;
    return best;
}

static int same(const real *a, const real *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

static real *copy_of(const real *x, size_t n)
{
    real *y = malloc(n * sizeof *y);
    return y ? memcpy(y, x, n * sizeof *y) : (abort(), NULL);
}

/* ----------------------------------------------------------------------- threads */

/* The thread sanitizer is slow, but detects a race in a single run. */
#ifdef __SANITIZE_THREAD__
enum { THOROUGH = 0 };
#else
enum { THOROUGH = 1 };
#endif

/* The logits need several blocks of the output layer; the last block is smaller. */
static void many_symbols_in_several_blocks_too(void)
{
    enum { BIG_T = 11, BIG_B = 6, BIG_V = 20000, TIMES = THOROUGH ? 30 : 1 };
    const struct model_shape shape = {
        CHARNN_CELL_GRU, CHARNN_ACTIVATION_TANH, 1, 8, 5, BIG_V, .skip = 0
    };
    struct net n;
    net_init(&n, &shape, best_isa(), BIG_T, BIG_B, STACK_FORWARD);
    CHECK_MSG(n.net.head.block < BIG_T && BIG_T % n.net.head.block, "block %zu",
              n.net.head.block);
    stack_reset(&n.net.forward);
    net_loss(&n, 1);
    real *loss = copy_of(n.net.loss, BIG_T * BIG_B);
    for (int i = 0; i < TIMES; i++)
        for (int threads = 2; threads <= 5; threads++) {
            stack_reset(&n.net.forward);
            net_loss(&n, threads);
            CHECK_MSG(same(n.net.loss, loss, BIG_T * BIG_B), "%d threads", threads);
        }
    free(loss);
    net_release(&n);
}

/* Runs two chunks, the second from the state of the first, so that states are compared
 * too. */
static void two_chunks(struct net *n, int threads)
{
    stack_reset(&n->net.forward);
    net_train(n, threads);
    stack_carry(&n->net.forward);
    net_train(n, threads);
}

static void check_threads(const struct net_cell *cell, const struct odd *o, size_t T,
                          double p, enum isa isa)
{
    static const int teams[] = { 2, 3, 5 };
    const struct model_shape shape = shape_of(cell, o);
    struct net n;
    net_init(&n, &shape, isa, T, o->B, STACK_TRAIN);
    n.net.forward.dropout = (struct dropout){ .p = p, .key = 99 };
    two_chunks(&n, 1);
    const size_t total = n.m.set.total,
                 states = o->layers * n.m.cell->states * n.net.forward.layers->plane;
    real *g = copy_of(n.g, total), *loss = copy_of(n.net.loss, T * o->B);
    real *dstate = copy_of(n.net.forward.dstate, states);
    for (size_t i = 0; i < sizeof teams / sizeof *teams; i++) {
        two_chunks(&n, teams[i]);
        const int equal = same(n.g, g, total) && same(n.net.loss, loss, T * o->B) &&
                          same(n.net.forward.dstate, dstate, states);
        CHECK_MSG(equal, "%s %s H %zu B %zu T %zu: %d threads", isa_name(isa), cell->name,
                  o->H, o->B, T, teams[i]);
    }
    free(g), free(loss), free(dstate);
    net_release(&n);
}

static void any_number_of_threads_gives_the_same_bits(void)
{
    for (int isa = THOROUGH ? 0 : (int)best_isa(); isa < ISA_COUNT; isa++)
        for (size_t c = 0; c < NET_CELLS && isa_present((enum isa)isa); c++)
            for (size_t i = 0; i < ODD; i++)
                check_threads(net_cell(c), &odd[i], i % 3 == 0 ? 2 : 7, i % 2 ? 0.3 : 0,
                              (enum isa)isa);
}

/* ------------------------------------------------------------------------ chunks */

static void check_forward_only(const struct net_cell *cell, const struct odd *o)
{
    enum { T = 6 };
    const struct model_shape shape = shape_of(cell, o);
    struct net train, forward;
    net_init(&train, &shape, best_isa(), T, o->B, STACK_TRAIN);
    net_init(&forward, &shape, best_isa(), T, o->B, STACK_FORWARD);
    for (int i = 0; i < 2; i++) {
        train.targets[1] = forward.targets[1] = -1;
        net_train(&train, 1);
        net_loss(&forward, 2);
        CHECK_MSG(same(train.net.loss, forward.net.loss, T * o->B), "%s H %zu chunk %d",
                  cell->name, o->H, i);
        CHECK(forward.net.loss[1] == 0 && forward.net.loss[0] > 0);
        stack_carry(&train.net.forward);
        stack_carry(&forward.net.forward);
    }
    net_release(&train);
    net_release(&forward);
}

static void a_forward_stack_gives_the_losses_of_a_training_one(void)
{
    for (size_t c = 0; c < NET_CELLS; c++)
        for (size_t i = 0; i < ODD; i++)
            check_forward_only(net_cell(c), &odd[i]);
}

static void check_carry(const struct net_cell *cell, const struct odd *o)
{
    enum { T = 5 };
    const struct model_shape shape = shape_of(cell, o);
    const size_t half = T * o->B;
    struct net one, two;
    net_init(&one, &shape, best_isa(), 2 * T, o->B, STACK_FORWARD);
    net_init(&two, &shape, best_isa(), T, o->B, STACK_FORWARD);
    net_loss(&one, 2);
    for (size_t i = 0; i < 2; i++) {
        memcpy(two.ids, one.ids + i * half, half * sizeof *two.ids);
        memcpy(two.targets, one.targets + i * half, half * sizeof *two.targets);
        net_loss(&two, 2);
        CHECK_MSG(same(two.net.loss, one.net.loss + i * half, half), "%s H %zu half %zu",
                  cell->name, o->H, i);
        stack_carry(&two.net.forward);
    }
    net_release(&one);
    net_release(&two);
}

static void two_chunks_with_carried_state_are_one(void)
{
    for (size_t c = 0; c < NET_CELLS; c++)
        for (size_t i = 0; i < ODD; i++)
            check_carry(net_cell(c), &odd[i]);
}

/* ------------------------------------------------------------------------- state */

static void states_are_set_got_and_cleared_by_row(void)
{
    enum { H = 21, B = 4, L = 2, T = 3 };
    float in[B * H], out[B * H];
    for (size_t c = 0; c < NET_CELLS; c++) {
        const struct model_shape shape = {
            net_cell(c)->cell, net_cell(c)->activation, L, H, 0, 9, .skip = 0
        };
        struct net n;
        net_init(&n, &shape, best_isa(), T, B, STACK_FORWARD);
        for (size_t l = 0; l < L; l++)
            for (int kind = 0; kind < (int)n.m.cell->states; kind++) {
                for (size_t i = 0; i < B * H; i++)
                    in[i] = (float)(i + 100 * l + 1000 * (size_t)kind + 1);
                stack_set_state(&n.net.forward, l, kind, in);
            }
        stack_reset_row(&n.net.forward, 2);
        for (size_t l = 0; l < L; l++)
            for (int kind = 0; kind < (int)n.m.cell->states; kind++) {
                stack_get_state(&n.net.forward, l, kind, out);
                size_t bad = 0;
                for (size_t i = 0; i < B * H; i++)
                    bad +=
                        out[i] !=
                        (i / H == 2 ? 0 : (float)(i + 100 * l + 1000 * (size_t)kind + 1));
                CHECK_MSG(bad == 0, "%s layer %zu kind %d", net_cell(c)->name, l, kind);
            }
        stack_reset(&n.net.forward);
        stack_get_state(&n.net.forward, 1, 0, out);
        CHECK(out[0] == 0 && out[B * H - 1] == 0);
        net_release(&n);
    }
}

static void the_logits_are_those_of_the_last_step(void)
{
    enum { T = 3, B = 1, V = 20 };
    const struct model_shape shape = { CHARNN_CELL_GRU, CHARNN_ACTIVATION_TANH, 2, 18, 0, V,
                                       .skip = 0 };
    struct net n;
    net_init(&n, &shape, best_isa(), T, B, STACK_FORWARD);
    net_loss(&n, 1);
    struct team alone = { .n = 1 };
    network_logits(&n.net, &alone);
    double sum = 0;
    for (size_t i = 0; i < V; i++)
        sum += exp((double)n.net.head.logits[i]);
    const double loss = log(sum) - (double)n.net.head.logits[n.targets[T - 1]];
    CHECK_MSG(fabs(loss - (double)n.net.loss[T - 1]) < 1e-5, "%g, not %g",
              (double)n.net.loss[T - 1], loss);
    net_release(&n);
}

/* ------------------------------------------------------------------------ dropout */

static void masks_depend_on_the_key_and_on_nothing_else(void)
{
    enum { T = 6, B = 4 };
    const struct model_shape shape = {
        CHARNN_CELL_LSTM, CHARNN_ACTIVATION_TANH, 2, 20, 0, 30, .skip = 0
    };
    struct net n;
    net_init(&n, &shape, best_isa(), T, B, STACK_TRAIN);
    n.net.forward.dropout = (struct dropout){ .p = 0.5, .key = 1 };
    net_train(&n, 1);
    real *loss = copy_of(n.net.loss, T * B), *g = copy_of(n.g, n.m.set.total);
    n.net.forward.dropout.key = 2;
    net_train(&n, 1);
    CHECK(!same(loss, n.net.loss, T * B) && !same(g, n.g, n.m.set.total));
    n.net.forward.dropout.key = 1;
    net_train(&n, 2);
    CHECK(same(loss, n.net.loss, T * B) && same(g, n.g, n.m.set.total));
    n.net.forward.dropout.sequence = 1;
    net_train(&n, 1);
    CHECK(!same(loss, n.net.loss, T * B));
    n.net.forward.dropout = (struct dropout){ .p = 0 };
    net_train(&n, 1);
    CHECK(!same(loss, n.net.loss, T * B));
    free(loss), free(g);
    net_release(&n);
}

/* ----------------------------------------------------------------------- precision */

static double distance(const real *a, const real *b, size_t n)
{
    double most = 0, largest = 1e-30;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)a[i] - (double)b[i]));
        largest = fmax(largest, fabs((double)b[i]));
        if (isnan(a[i]) || isnan(b[i]))
            return INFINITY;
    }
    return most / largest;
}

static void check_isa(const struct net_cell *cell, const struct odd *o, enum isa isa)
{
    enum { T = 7 };
    const struct model_shape shape = shape_of(cell, o);
    struct net n, ref;
    net_init(&n, &shape, isa, T, o->B, STACK_TRAIN);
    net_init(&ref, &shape, ISA_ref, T, o->B, STACK_TRAIN);
    n.net.forward.dropout = ref.net.forward.dropout =
        (struct dropout){ .p = 0.2, .key = 7 };
    two_chunks(&n, 2);
    two_chunks(&ref, 1);
    CHECK_MSG(distance(n.net.loss, ref.net.loss, T * o->B) < 1e-4, "%s %s H %zu: losses %g",
              isa_name(isa), cell->name, o->H,
              distance(n.net.loss, ref.net.loss, T * o->B));
    for (size_t i = 0; i < n.m.set.n; i++) {
        const struct param *p = &n.m.set.list[i];
        const double d = distance(n.g + p->offset, ref.g + p->offset, p->size);
        CHECK_MSG(d < 1e-4, "%s %s H %zu: %s %g", isa_name(isa), cell->name, o->H, p->name,
                  d);
    }
    net_release(&n);
    net_release(&ref);
}

static void every_instruction_set_agrees_with_ref(void)
{
    for (int isa = 1; isa < ISA_COUNT; isa++)
        for (size_t c = 0; c < NET_CELLS && isa_present((enum isa)isa); c++)
            for (size_t i = 0; i < ODD; i++)
                check_isa(net_cell(c), &odd[i], (enum isa)isa);
    CHECK(isa_present(ISA_ref));
}

static void the_measured_memory_is_what_is_taken(void)
{
    for (size_t i = 0; i < ODD; i++)
        for (int mode = STACK_FORWARD; mode <= STACK_TRAIN; mode++) {
            const struct model_shape shape = shape_of(net_cell(3), &odd[i]);
            struct net n;
            net_init(&n, &shape, ISA_ref, 3, odd[i].B, (enum stack_mode)mode);
            const enum stack_mode taken = n.net.forward.mode;
            CHECK(network_bytes(&n.m, 3, odd[i].B, taken) == n.net.arena.size);
            CHECK(n.net.arena.used == n.net.arena.size);
            CHECK(network_bytes(&n.m, SIZE_MAX >> 8, SIZE_MAX >> 8, taken) == SIZE_MAX);
            net_release(&n);
        }
}

int main(void)
{
    RUN(any_number_of_threads_gives_the_same_bits);
    RUN(many_symbols_in_several_blocks_too);
    RUN(a_forward_stack_gives_the_losses_of_a_training_one);
    RUN(two_chunks_with_carried_state_are_one);
    RUN(states_are_set_got_and_cleared_by_row);
    RUN(the_logits_are_those_of_the_last_step);
    RUN(masks_depend_on_the_key_and_on_nothing_else);
    RUN(every_instruction_set_agrees_with_ref);
    RUN(the_measured_memory_is_what_is_taken);
    pool_free(net_pool());
    return test_end();
}
