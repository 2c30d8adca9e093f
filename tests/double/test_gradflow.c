/*
 * test_gradflow.c - compares the profile of gradients through time with central
 * differences, for two layers of each cell.  The network is written again in plain loops,
 * in which one state, or the W_hh of one step, can be changed a little.
 */
#include <math.h>
#include <stdlib.h>

#include "charnn_inspect.h"
#include "inspect/gradflow.h"
#include "../unit/test.h"

#ifndef CHARNN_DOUBLE
#error "build with VARIANT=double"
#endif

enum { T = 6, B = 2, V = 7, H = 5, L = 2, GATES = 4 };
enum kind { NUDGE_H, NUDGE_C, NUDGE_W };

/* A small number that is added to one number in one step. */
struct nudge {
    enum kind kind;
    size_t layer, t, row, column; /* h, c: unit `row`; W: element (row, column) of W_hh */
    double by;
};

static double at(const struct model *m, size_t layer, int which, size_t r, size_t c)
{
    return m->weights[param_at(model_param(m, layer, which), r, c)];
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Both halves of the pre-activations, [G H] each: x = W_ih below + b_ih and h = W_hh state +
 * b_hh.  In the lowest layer the input is the one-hot vector of `id`. */
static void halves(const struct model *m, size_t layer, size_t t, int id,
                   const double *below, const double *state, const struct nudge *n,
                   double *x, double *h)
{
    for (size_t r = 0; r < m->cell->gates * H; r++) {
        x[r] = at(m, layer, B_IH, r, 0);
        h[r] = at(m, layer, B_HH, r, 0);
        if (layer == 0)
            x[r] += at(m, layer, W_IH, r, (size_t)id);
        for (size_t c = 0; layer > 0 && c < H; c++)
            x[r] += at(m, layer, W_IH, r, c) * below[c];
        for (size_t c = 0; c < H; c++)
            h[r] += at(m, layer, W_HH, r, c) * state[c];
        if (n->kind == NUDGE_W && n->layer == layer && n->t == t && n->row == r)
            h[r] += n->by * state[n->column];
    }
}

static void step(const struct model *m, size_t layer, size_t t, const double *x,
                 const double *p, const struct nudge *n, double *h, double *c)
{
    for (size_t j = 0; j < H; j++) {
        const int here = n->layer == layer && n->t == t && n->row == j;
        const double a[4] = { x[j] + p[j], x[H + j] + p[H + j], x[2 * H + j] + p[2 * H + j],
                              x[3 * H + j] + p[3 * H + j] };
        if (m->shape.cell == CHARNN_CELL_RNN) {
            h[j] = tanh(a[0]);
        } else if (m->shape.cell == CHARNN_CELL_LSTM) {
            c[j] = sigmoid(a[1]) * c[j] + sigmoid(a[0]) * tanh(a[2]);
            c[j] += here && n->kind == NUDGE_C ? n->by : 0;
            h[j] = sigmoid(a[3]) * tanh(c[j]);
        } else {
            const double z = sigmoid(a[1]);
            const double w = tanh(x[2 * H + j] + sigmoid(a[0]) * p[2 * H + j]);
            h[j] = (1 - z) * w + z * h[j];
        }
        h[j] += here && n->kind == NUDGE_H ? n->by : 0;
    }
}

/* The loss of the last of T characters, from zero state. */
static double loss(const struct model *m, const int *ids, const struct nudge *n)
{
    double h[L][H] = { { 0 } }, c[L][H] = { { 0 } }, x[GATES * H] = { 0 },
           p[GATES * H] = { 0 }, sum = 0, target = 0;
    for (size_t t = 0; t < T; t++)
        for (size_t i = 0; i < L; i++) {
            halves(m, i, t, ids[t], i ? h[i - 1] : NULL, h[i], n, x, p);
            step(m, i, t, x, p, n, h[i], c[i]);
        }
    for (size_t v = 0; v < V; v++) {
        double y = m->weights[param_at(&m->set.list[m->head + 1], v, 0)];
        for (size_t j = 0; j < H; j++)
            y += m->weights[param_at(&m->set.list[m->head], v, j)] * h[L - 1][j];
        sum += exp(y);
        target = (int)v == ids[T] ? y : target;
    }
    return log(sum) - target;
}

static double slope(const struct model *m, const int *ids, struct nudge n)
{
    static const double eps = 1e-5;
    n.by = eps;
    const double up = loss(m, ids, &n);
    n.by = -eps;
    return (up - loss(m, ids, &n)) / (2 * eps);
}

/* The norm of the gradient with respect to all states of one step, or to W_hh in that step;
 * mean over the sequences. */
static double numeric(const struct model *m, int ids[B][T + 1], enum kind kind,
                      size_t layer, size_t back)
{
    const size_t rows = kind == NUDGE_W ? m->cell->gates * H : H;
    double mean = 0;
    for (size_t b = 0; b < B; b++) {
        double squares = 0;
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < (kind == NUDGE_W ? H : 1); c++) {
                const double d =
                    slope(m, ids[b], (struct nudge){ kind, layer, T - 1 - back, r, c, 0 });
                squares += d * d;
            }
        mean += sqrt(squares) / B;
    }
    return mean;
}

struct net {
    struct model m;
    struct corpus corpus;
    struct pool *pool;
    int ids[B][T + 1];
    struct charnn_gradflow flow;
};

static void pack_job(void *arg, const struct team *team)
{
    model_pack(arg, team);
}

static void set_up(struct net *n, int cell)
{
    static const unsigned char text[] = "abcdefgacfbdgeab";
    const struct corpus_part part = { "text", text, sizeof text - 1 };
    const struct model_shape shape = { .cell = cell, .layers = L, .size = H, .symbols = V };
    const struct charnn_gradflow_config config = { .length = T, .rows = B };
    struct charnn_error e;
    struct rng rng;
    rng_init(&rng, 3);
    n->pool = pool_new(2);
    if (corpus_read_parts(&n->corpus, &part, 1,
                          &(struct corpus_options){ .unit = CHARNN_UNIT_CHAR }, &e) < 0 ||
        model_init(&n->m, &shape, ISA_ref, &e) < 0 || model_alloc(&n->m, &e) < 0 ||
        model_init_weights(&n->m, &(struct weight_init){ "uniform:0.8", 0, 1 }, &rng, &e) <
            0)
        abort();
    pool_run(n->pool, 1, pack_job, &n->m);
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t <= T; t++)
            n->ids[b][t] = corpus_at(&n->corpus, b * (n->corpus.n - T - 1) + t);
    if (gradflow_measure(&n->m, n->pool, &n->corpus, "text", &config, &n->flow, &e) < 0)
        abort();
}

static void tear_down(struct net *n)
{
    charnn_gradflow_free(&n->flow);
    corpus_release(&n->corpus);
    model_release(&n->m);
    pool_free(n->pool);
}

/* Central differences are accurate to about 1e-10; gradients here are 1e-4 and more. */
static void check_kind(struct net *n, enum kind kind, const char *name)
{
    for (size_t i = 0; i < L; i++)
        for (size_t k = 0; k < T; k++) {
            const struct charnn_gradflow_layer *l = &n->flow.layers[i];
            const double got = (kind == NUDGE_H   ? l->dh
                                : kind == NUDGE_C ? l->dc
                                                  : l->dw)[k];
            const double want = numeric(&n->m, n->ids, kind, i, k);
            CHECK_MSG(fabs(got - want) <= 1e-6 * want + 1e-9,
                      "%s, layer %zu, %zu back: %.9g, differences say %.9g", name, i, k,
                      got, want);
            /* the state before the first step is zero, and so is its contribution to
             * dL/dW_hh */
            CHECK_MSG(want > 1e-6 || (kind == NUDGE_W && k == T - 1),
                      "%s, layer %zu, %zu back: nothing to see (%g)", name, i, k, want);
        }
}

static void check_cell(int cell)
{
    struct net n;
    set_up(&n, cell);
    check_kind(&n, NUDGE_H, "dL/dh");
    check_kind(&n, NUDGE_W, "dL/dW_hh");
    CHECK((n.flow.layers[0].dc != NULL) == (cell == CHARNN_CELL_LSTM));
    if (cell == CHARNN_CELL_LSTM)
        check_kind(&n, NUDGE_C, "dL/dc");
    double mean = 0;
    for (size_t b = 0; b < B; b++)
        mean += loss(&n.m, n.ids[b], &(struct nudge){ .kind = NUDGE_H }) / B;
    CHECK_MSG(fabs(n.flow.loss - mean) < 1e-9, "loss %.12g, in plain loops %.12g",
              n.flow.loss, mean);
    tear_down(&n);
}

static void the_rnn_matches(void)
{
    check_cell(CHARNN_CELL_RNN);
}
static void the_lstm_matches(void)
{
    check_cell(CHARNN_CELL_LSTM);
}
static void the_gru_matches(void)
{
    check_cell(CHARNN_CELL_GRU);
}

int main(void)
{
    RUN(the_rnn_matches);
    RUN(the_lstm_matches);
    RUN(the_gru_matches);
    return test_end();
}
