/*
 * test_gradients.c - compares every gradient with central differences, in double precision,
 * with the same layouts, panels and layer code as in the program.
 *
 * If a is an entry of a gradient and n its numeric value, the error of the entry is
 * |a - n| / max(|a| + |n|, 1e-3 of the tensor's largest entry).  It must be below 1e-6.
 */
#include <math.h>
#include <stdlib.h>

#include "charnn.h"
#include "nn/network.h"
#include "../unit/test.h"

#ifndef CHARNN_DOUBLE
#error "build with VARIANT=double"
#endif

enum { T = 4, B = 3, V = 11 };

struct net {
    struct model m;
    struct network net;
    real *g;
    int32_t ids[T * B], targets[T * B];
    double *state; /* [L][states][B][H]: the state before the first step */
    struct pool *pool;
    int plant; /* a parameter whose gradient is made wrong on purpose, to test that this is
                * noticed; -1: none */
};

static void pack_job(void *arg, const struct team *team)
{
    model_pack(&((struct net *)arg)->m, team);
}

static void forward_job(void *arg, const struct team *team)
{
    struct net *n = arg;
    network_forward(&n->net, n->ids, team);
    network_loss(&n->net, n->targets, team);
}

static void train_job(void *arg, const struct team *team)
{
    struct net *n = arg;
    network_forward(&n->net, n->ids, team);
    network_backward(&n->net, n->ids, n->targets, 1, n->g, team);
}

static real *carried(struct net *n, size_t layer, int kind, size_t b, size_t unit)
{
    struct layer *l = &n->net.forward.layers[layer];
    return (kind ? l->c : l->h) + (unit / PANEL * B + b) * PANEL + unit % PANEL;
}

static double loss(struct net *n)
{
    double sum = 0;
    pool_run(n->pool, 1, pack_job, n);
    pool_run(n->pool, 1, forward_job, n);
    for (size_t i = 0; i < T * B; i++)
        sum += n->net.loss[i];
    return sum;
}

/* Central differences of fourth order, with rounding and truncation errors of about 1e-10
 * each; those of second order would have errors of 1e-8 at best. */
static double slope(struct net *n, real *x)
{
    static const double at[] = { -2, -1, 1, 2 }, weight[] = { 1, -8, 8, -1 };
    const double h = 5e-4, keep = *x;
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        *x = keep + at[i] * h;
        sum += weight[i] * loss(n);
    }
    *x = keep;
    return sum / (12 * h);
}

static double error_of(double a, double n, double floor)
{
    return fabs(a - n) / fmax(fabs(a) + fabs(n), floor);
}

/* Worst error over a sample of the entries of one parameter. */
static double check_param(struct net *n, const struct param *p)
{
    double largest = 0, worst = 0;
    for (size_t r = 0; r < p->rows; r++)
        for (size_t c = 0; c < p->cols; c++)
            largest = fmax(largest, fabs(n->g[param_at(p, r, c)]));
    const size_t count = p->rows * p->cols, stride = count / 12 + 1;
    for (size_t i = 0; i < count; i += stride) {
        size_t at = param_at(p, i / p->cols, i % p->cols);
        double numeric = slope(n, &n->m.weights[at]);
        worst = fmax(worst, error_of(n->g[at], numeric, 1e-3 * largest));
    }
    return largest > 0 ? worst : 1;
}

/* Checks the gradient of one layer's state before the first step. */
static double check_state(struct net *n, size_t layer, int kind)
{
    const struct layer *l = &n->net.forward.layers[layer];
    const real *d =
        n->net.forward.dstate + (layer * l->cell->states + (size_t)kind) * l->plane;
    double largest = 0, worst = 0;
    for (size_t i = 0; i < l->plane; i++)
        largest = fmax(largest, fabs(d[i]));
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < l->H; j += l->H / 4 + 1) {
            double analytic = d[(j / PANEL * B + b) * PANEL + j % PANEL];
            double numeric = slope(n, carried(n, layer, kind, b, j));
            worst = fmax(worst, error_of(analytic, numeric, 1e-3 * largest));
        }
    return largest > 0 ? worst : 1;
}

static int restart = -1; /* the symbol that begins a text */
static double dropped;   /* probability of weight drop */

/* Sets the text to the right of a bidirectional chunk: none, less than a chunk, or more. */
static void set_right(struct net *n, struct rng *rng)
{
    const struct bidir *b = &n->net.bidir;
    for (size_t row = 0; row < B; row++)
        b->n[row] = row == 0 ? 0 : row == 1 ? T - 2 : T + 4;
    for (size_t i = 0; i < b->most * B; i++)
        b->text[i] = (int32_t)(rng_next(rng) % n->m.shape.symbols);
    network_begin_reverse(&n->net);
}

static enum stack_mode mode_of(double dropout)
{
    return (enum stack_mode)((dropout > 0 ? STACK_TRAIN_DROPOUT : STACK_TRAIN) |
                             (dropped > 0 ? STACK_TRAIN_WEIGHT_DROP : 0));
}

static void set_up(struct net *n, const struct model_shape *shape, struct dropout drop)
{
    struct rng rng;
    struct charnn_error e;
    char how[32];
    /* weights so large that gradients do not vanish and can be measured */
    snprintf(how, sizeof how, "uniform:%g", 1.8 / sqrt((double)shape->size));
    rng_init(&rng, 7);
    n->pool = pool_new(2);
    if (model_init(&n->m, shape, ISA_ref, &e) < 0)
        abort();
    n->m.reset_id = restart;
    if (model_alloc(&n->m, &e) < 0 ||
        model_init_weights(&n->m, &(struct weight_init){ how, 0, 1 }, &rng, &e) < 0 ||
        network_init(&n->net, &n->m, T, B, mode_of(drop.p), "test", &e) < 0)
        abort();
    n->net.forward.dropout = drop;
    n->net.forward.weight_drop = (struct weight_drop){ dropped, 2718281828 };
    n->g = calloc(n->m.set.total, sizeof *n->g);
    for (size_t i = 0; i < T * B; i++) {
        n->ids[i] = (int32_t)(rng_next(&rng) % shape->symbols);
        n->targets[i] = (int32_t)(rng_next(&rng) % shape->symbols);
    }
    n->targets[5] = -1; /* a target that is ignored */
    if (n->net.reverse)
        set_right(n, &rng);
    for (size_t l = 0; l < shape->layers; l++)
        for (int k = 0; k < (int)n->m.cell->states; k++)
            for (size_t b = 0; b < B; b++)
                for (size_t j = 0; j < shape->size; j++)
                    *carried(n, l, k, b, j) = rng_uniform(&rng) - 0.5;
}

static void tear_down(struct net *n)
{
    network_release(&n->net);
    model_release(&n->m);
    pool_free(n->pool);
    free(n->g);
}

static int near_kink_in(const struct layer *y)
{
    for (size_t t = 0; t < y->T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t j = 0; j < y->H; j++) {
                size_t at = (j / PANEL * B + b) * PANEL + j % PANEL;
                if (fabs(y->gates[t * y->gates_stride + at]) < 5e-3)
                    return 1;
            }
    return 0;
}

/* Whether a pre-activation is so close to 0 (5e-3) that the kink of ReLU disturbs the
 * differences. */
static int near_kink(struct net *n)
{
    pool_run(n->pool, 1, pack_job, n);
    pool_run(n->pool, 1, forward_job, n);
    for (size_t l = 0; l < n->m.shape.layers; l++)
        if (near_kink_in(&n->net.forward.layers[l]) ||
            (n->net.reverse && near_kink_in(&n->net.reverse->layers[l])))
            return 1;
    return 0;
}

static void keep_off_kink(struct net *n)
{
    struct rng rng;
    rng_init(&rng, 99);
    while (near_kink(n))
        for (size_t l = 0; l < model_layers(&n->m); l++) {
            const struct param *b = model_param(&n->m, l, B_IH);
            for (size_t i = 0; i < b->rows; i++)
                n->m.weights[param_at(b, i, 0)] = rng_uniform(&rng) - 0.5;
        }
}

/* Returns the worst error over the network, and prints the tensors that are wrong. */
static double check(struct model_shape shape, struct dropout drop, int plant)
{
    struct net n = { .plant = plant };
    double worst = 0;
    set_up(&n, &shape, drop);
    if (shape.cell == CHARNN_CELL_RNN && shape.activation == CHARNN_ACTIVATION_RELU)
        keep_off_kink(&n);
    pool_run(n.pool, 2, pack_job, &n);
    pool_run(n.pool, 2, train_job, &n);
    if (plant >= 0) {
        const struct param *p = &n.m.set.list[plant];
        n.g[param_at(p, 0, 0)] = -n.g[param_at(p, 0, 0)];
    }
    for (size_t i = 0; i < n.m.set.n; i++) {
        double w = check_param(&n, &n.m.set.list[i]);
        if (w > 1e-6 && plant < 0)
            printf("# %s: %.2e\n", n.m.set.list[i].name, w);
        worst = fmax(worst, w);
    }
    for (size_t l = 0; l < shape.layers; l++)
        for (int k = 0; k < (int)n.m.cell->states; k++) {
            double w = check_state(&n, l, k);
            if (w > 1e-6 && plant < 0)
                printf("# state %d of layer %zu: %.2e\n", k, l, w);
            worst = fmax(worst, w);
        }
    tear_down(&n);
    return worst;
}

static const size_t sizes[] = { 1, 5, 15, 16, 17, 32 };

static void sweep(int cell, int activation)
{
    const struct dropout off = { 0 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t layers = 1; layers <= (sizes[i] == 1 ? 1 : 3); layers++)
            for (size_t embed = 0; embed <= 18; embed += layers == 1 ? 9 : 18) {
                struct model_shape s = { cell,  activation, layers,   sizes[i],
                                         embed, V,          .skip = 0 };
                double w = check(s, off, -1);
                CHECK_MSG(w < 1e-6, "size %zu layers %zu embed %zu: %.2e", sizes[i], layers,
                          embed, w);
            }
}

static void rnn_tanh_matches(void)
{
    sweep(CHARNN_CELL_RNN, CHARNN_ACTIVATION_TANH);
}
static void rnn_relu_matches(void)
{
    sweep(CHARNN_CELL_RNN, CHARNN_ACTIVATION_RELU);
}
static void rnn_sigmoid_matches(void)
{
    sweep(CHARNN_CELL_RNN, CHARNN_ACTIVATION_SIGMOID);
}
static void every_other_cell_matches(void)
{
    for (int cell = 0; cell < CHARNN_CELLS; cell++)
        if (cell != CHARNN_CELL_RNN)
            sweep(cell, CHARNN_ACTIVATION_TANH);
}

static void dropout_matches_with_masks_held(void)
{
    for (int cell = 0; cell < CHARNN_CELLS; cell++)
        for (int sequence = 0; sequence <= 1; sequence++)
            for (size_t layers = 1; layers <= 3; layers++) {
                struct model_shape s = { cell,     CHARNN_ACTIVATION_TANH, layers, 17, 0, V,
                                         .skip = 0 };
                struct dropout d = { 0.4, sequence, 1234567 };
                double w = check(s, d, -1);
                CHECK_MSG(w < 1e-6, "cell %d layers %zu: %.2e", cell, layers, w);
            }
}

/* Tests bidirectional models together with dropout, and other models with texts that begin
 * inside the chunk. */
static void weight_drop_matches_with_masks_held(void)
{
    static const size_t widths[] = { 17, 5, 33 };
    dropped = 0.3;
    for (int cell = 0; cell < CHARNN_CELLS; cell++)
        for (size_t layers = 1; layers <= 3; layers++)
            for (int both = 0; both <= 1; both++) {
                struct model_shape s = {
                    cell, CHARNN_ACTIVATION_TANH, layers, widths[layers - 1], 0,
                    V,    .bidirectional = both
                };
                restart = both ? -1 : 1;
                double w = check(s, (struct dropout){ 0.2 * both, 0, 4321 }, -1);
                CHECK_MSG(w < 1e-6, "cell %d layers %zu both %d: %.2e", cell, layers, both,
                          w);
            }
    dropped = 0;
    restart = -1;
}

/* Tests every cell, with residual and with dense connections, with sizes that do and do not
 * fill their panels. */
static void skips_match(void)
{
    static const size_t widths[] = { 5, 16, 17 };
    for (int skip = CHARNN_SKIP_RESIDUAL; skip <= CHARNN_SKIP_DENSE; skip++)
        for (int cell = 0; cell < CHARNN_CELLS + 2; cell++)
            for (size_t layers = 2; layers <= 3; layers++)
                for (size_t i = 0; i < 3; i++) {
                    struct model_shape s = { cell < 3 ? CHARNN_CELL_RNN : cell - 2,
                                             cell < 3 ? cell : CHARNN_ACTIVATION_TANH,
                                             layers,
                                             widths[i],
                                             18 * (i % 2),
                                             V,
                                             .skip = skip };
                    double w = check(s, (struct dropout){ 0 }, -1);
                    CHECK_MSG(w < 1e-6, "skip %d cell %d layers %zu size %zu: %.2e", skip,
                              cell, layers, widths[i], w);
                }
}

/* Tests four layers, with one mask for the whole chunk, and texts that begin inside it. */
static void skips_match_with_masks_and_restarts(void)
{
    for (restart = -1; restart < 4; restart += 4)
        for (int skip = CHARNN_SKIP_RESIDUAL; skip <= CHARNN_SKIP_DENSE; skip++)
            for (int cell = 0; cell < CHARNN_CELLS; cell++) {
                struct model_shape s = { cell,        CHARNN_ACTIVATION_TANH, 4, 17, 0, V,
                                         .skip = skip };
                double w = check(s, (struct dropout){ 0.3, cell % 2, 4321 }, -1);
                CHECK_MSG(w < 1e-6, "skip %d cell %d: %.2e", skip, cell, w);
            }
    restart = -1;
}

static void many_symbols_match(void)
{
    for (size_t V_ = 2; V_ <= 40; V_ += 19) {
        struct model_shape s = { CHARNN_CELL_LSTM, CHARNN_ACTIVATION_TANH, 2, 12, 0, V_,
                                 .skip = 0 };
        double w = check(s, (struct dropout){ 0 }, -1);
        CHECK_MSG(w < 1e-6, "V %zu: %.2e", V_, w);
    }
}

static void texts_that_begin_inside_a_chunk_match(void)
{
    for (restart = 0; restart < 2; restart++)
        for (int cell = 0; cell < CHARNN_CELLS; cell++)
            for (size_t layers = 1; layers <= 3; layers++) {
                struct model_shape s = { cell,     CHARNN_ACTIVATION_TANH, layers,
                                         17,       18 * (layers % 2),      restart ? 3 : V,
                                         .skip = 0 };
                double w = check(s, (struct dropout){ 0.3 * (double)restart, 0, 77 }, -1);
                CHECK_MSG(w < 1e-6, "cell %d layers %zu: %.2e", cell, layers, w);
            }
    restart = -1;
}

static void bidirectional_matches(void)
{
    const size_t odd[] = { 1, 5, 16, 17 };
    for (int cell = 0; cell < CHARNN_CELLS; cell++)
        for (size_t i = 0; i < 4; i++)
            for (size_t layers = 1; layers <= 2; layers++) {
                struct model_shape s = {
                    cell, CHARNN_ACTIVATION_TANH, layers, odd[i], 9 * (i % 2),
                    V,    .bidirectional = 1
                };
                double w = check(s, (struct dropout){ 0 }, -1);
                CHECK_MSG(w < 1e-6, "cell %d size %zu layers %zu: %.2e", cell, odd[i],
                          layers, w);
            }
    struct model_shape relu = { CHARNN_CELL_RNN,   CHARNN_ACTIVATION_RELU, 2, 7, 0, V,
                                .bidirectional = 1 };
    CHECK(check(relu, (struct dropout){ 0 }, -1) < 1e-6);
    for (int sequence = 0; sequence <= 1; sequence++) {
        struct model_shape s = { CHARNN_CELL_LSTM,  CHARNN_ACTIVATION_TANH, 2, 17, 0, V,
                                 .bidirectional = 1 };
        CHECK(check(s, (struct dropout){ 0.4, sequence, 1234567 }, -1) < 1e-6);
    }
}

static void a_planted_sign_error_is_caught(void)
{
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
        struct model_shape s = { cell, CHARNN_ACTIVATION_TANH, 1, 5, 0, V, .skip = 0 };
        for (int p = 0; p < 6; p++)
            CHECK(check(s, (struct dropout){ 0 }, p) > 1e-2);
    }
}

int main(void)
{
    RUN(rnn_tanh_matches);
    RUN(rnn_relu_matches);
    RUN(rnn_sigmoid_matches);
    RUN(every_other_cell_matches);
    RUN(dropout_matches_with_masks_held);
    RUN(weight_drop_matches_with_masks_held);
    RUN(skips_match);
    RUN(skips_match_with_masks_and_restarts);
    RUN(many_symbols_match);
    RUN(texts_that_begin_inside_a_chunk_match);
    RUN(bidirectional_matches);
    RUN(a_planted_sign_error_is_caught);
    return test_end();
}
