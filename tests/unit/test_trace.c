/*
 * test_trace.c - charnn_trace reports every state and gate with the right character and
 * unit.
 *
 * Each number is computed again from the weights, by the equations of the cells.
 */
#include "inspect/trace.h"

#include <math.h>

#include "score/evaluate.h"
#include "net.h"
#include "test.h"

enum { L = 2, H = 19, V = 21, N = 150 };

static struct corpus random_text(void)
{
    struct corpus c = { .n = N, .narrow = malloc(N) };
    uint32_t symbol[V];
    int64_t count[V];
    struct charnn_error e;
    struct rng rng;
    for (uint32_t i = 0; i < V; i++) {
        symbol[i] = 'a' + i;
        count[i] = 1;
    }
    rng_init(&rng, 3);
    for (size_t i = 0; c.narrow && i < N; i++)
        c.narrow[i] = (uint8_t)(rng_next(&rng) % V);
    if (!c.narrow || vocab_init(&c.vocab, VOCAB_CHAR, symbol, count, V, &e) < 0)
        abort();
    return c;
}

/* A whole trace. */
struct kept {
    struct charnn_shape shape;
    size_t n, stop_at;
    int id[N];
    double nats[N];
    float h[N][L][H], c[N][L][H], gates[N][L][4][H];
    int n_next[N], next[N][CHARNN_ALTERNATIVES_MAX];
    double p[N][CHARNN_ALTERNATIVES_MAX];
};

static int keep(const struct charnn_trace_step *s, void *arg)
{
    struct kept *k = arg;
    const size_t G = k->shape.gates, at = k->n++;
    CHECK(s->at == (int64_t)at && s->length == 1 && at < N);
    CHECK(!s->c == !k->shape.has_c && !s->gates == !G);
    k->id[at] = s->text[0] - 'a';
    k->nats[at] = s->nats;
    memcpy(k->h[at], s->h, sizeof k->h[at]);
    if (s->c)
        memcpy(k->c[at], s->c, sizeof k->c[at]);
    for (size_t l = 0; l < L && G; l++)
        memcpy(k->gates[at][l], s->gates + l * G * H, G * H * sizeof(float));
    k->n_next[at] = s->n_next;
    for (int i = 0; i < s->n_next; i++) {
        k->next[at][i] = s->next[i].text[0] - 'a';
        k->p[at][i] = s->next[i].probability;
    }
    return k->n == k->stop_at;
}

static struct net net;
static struct corpus corpus;

static struct charnn_traced trace(struct kept *k, int64_t limit, int64_t next)
{
    const struct charnn_trace_config config = { .limit = limit, .next = next };
    struct charnn_traced traced = { 0 };
    struct charnn_error e;
    struct pool *pool = pool_new(1);
    const size_t stop_at = k->stop_at;
    *k = (struct kept){ .shape = trace_shape(&net.m), .stop_at = stop_at };
    if (trace_text(&net.m, pool, &corpus, &config, keep, k, &traced, &e) < 0)
        CHECK_MSG(0, "%s", e.message);
    pool_free(pool);
    return traced;
}

static struct kept kept;

static void start(const struct net_cell *cell)
{
    const struct model_shape shape = { .cell = cell->cell,
                                       .activation = cell->activation,
                                       .layers = L,
                                       .size = H,
                                       .symbols = V };
    net_init(&net, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
}

static double weight(size_t layer, int which, size_t row, size_t col)
{
    return (double)net.m.weights[param_at(model_param(&net.m, layer, which), row, col)];
}

/* Both halves of the pre-activation of gate g of unit j: from the input, and from the
 * previous state. */
static void halves(size_t t, size_t l, size_t g, size_t j, double *in, double *rec)
{
    const size_t row = g * H + j;
    *in = weight(l, B_IH, row, 0);
    *rec = weight(l, B_HH, row, 0);
    for (size_t k = 0; l > 0 && k < H; k++)
        *in += weight(l, W_IH, row, k) * (double)kept.h[t][l - 1][k];
    if (l == 0)
        *in += weight(l, W_IH, row, (size_t)kept.id[t]);
    for (size_t k = 0; t > 0 && k < H; k++)
        *rec += weight(l, W_HH, row, k) * (double)kept.h[t - 1][l][k];
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double plain(size_t t, size_t l, size_t g, size_t j)
{
    double in, rec;
    halves(t, l, g, j, &in, &rec);
    return in + rec;
}

static int near(double a, double b)
{
    return fabs(a - b) < 2e-5;
}

static int lstm_unit_is_right(size_t t, size_t l, size_t j)
{
    const double c0 = t ? (double)kept.c[t - 1][l][j] : 0;
    const double i = sigmoid(plain(t, l, 0, j)), f = sigmoid(plain(t, l, 1, j)),
                 g = tanh(plain(t, l, 2, j)), o = sigmoid(plain(t, l, 3, j)),
                 c = f * c0 + i * g;
    const double want[] = { i, f, g, o };
    int right = near(kept.c[t][l][j], c) && near(kept.h[t][l][j], o * tanh(c));
    for (int k = 0; k < 4; k++)
        right = right && near(kept.gates[t][l][k][j], want[k]);
    return right;
}

static int gru_unit_is_right(size_t t, size_t l, size_t j)
{
    double xn, hn;
    halves(t, l, 2, j, &xn, &hn);
    const double h0 = t ? (double)kept.h[t - 1][l][j] : 0;
    const double r = sigmoid(plain(t, l, 0, j)), z = sigmoid(plain(t, l, 1, j)),
                 n = tanh(xn + r * hn);
    return near(kept.h[t][l][j], (1 - z) * n + z * h0) && near(kept.gates[t][l][0][j], r) &&
           near(kept.gates[t][l][1][j], z) && near(kept.gates[t][l][2][j], n);
}

static int rnn_unit_is_right(size_t t, size_t l, size_t j)
{
    const double x = plain(t, l, 0, j);
    const int f = net.m.shape.activation;
    const double h = f == CHARNN_ACTIVATION_TANH   ? tanh(x)
                     : f == CHARNN_ACTIVATION_RELU ? fmax(x, 0)
                                                   : sigmoid(x);
    return near(kept.h[t][l][j], h);
}

/* Checks of the cells, with the equations above. */
static int (*const unit_is_right[CHARNN_CELLS])(size_t t, size_t l, size_t j) = {
    [CHARNN_CELL_RNN] = rnn_unit_is_right,
    [CHARNN_CELL_LSTM] = lstm_unit_is_right,
    [CHARNN_CELL_GRU] = gru_unit_is_right,
};

static void states_and_gates_are_those_of_the_equations(void)
{
    for (int i = 0; i < NET_CELLS; i++) {
        if (!unit_is_right[net_cell(i)->cell])
            continue;
        start(net_cell(i));
        trace(&kept, N, 0);
        int wrong = 0;
        for (size_t t = 0; t < N; t++)
            for (size_t l = 0; l < L; l++)
                for (size_t j = 0; j < H; j++)
                    wrong += !unit_is_right[net_cell(i)->cell](t, l, j);
        CHECK_MSG(wrong == 0, "%s: %d units", net_cell(i)->name, wrong);
        net_release(&net);
    }
}

static void every_character_comes_once_in_order(void)
{
    start(net_cell(3));
    const struct charnn_traced all = trace(&kept, 1000, 0);
    CHECK(all.chars == N && all.left_out == 0 && kept.n == N);
    for (size_t i = 0; i < N; i++)
        CHECK(kept.id[i] == corpus.narrow[i]);
    for (int64_t limit = 1; limit < N; limit += 63) {
        const struct charnn_traced some = trace(&kept, limit, 0);
        CHECK(some.chars == limit && some.left_out == N - limit && kept.n == (size_t)limit);
    }
    net_release(&net);
}

static void the_callback_can_end_a_trace(void)
{
    start(net_cell(0));
    kept.stop_at = 70;
    CHECK(trace(&kept, N, 0).chars == 70 && kept.n == 70);
    kept.stop_at = 0;
    net_release(&net);
}

static void surprise_is_what_was_expected_of_the_character(void)
{
    start(net_cell(4));
    trace(&kept, N, 5);
    CHECK(kept.nats[0] == 0);
    int found = 0;
    for (size_t t = 0; t < N; t++) {
        CHECK(kept.n_next[t] == 5);
        for (int i = 0; i < 5; i++) {
            CHECK(i == 0 || kept.p[t][i - 1] >= kept.p[t][i]);
            if (t + 1 == N || kept.next[t][i] != kept.id[t + 1])
                continue;
            found++;
            CHECK(near(kept.p[t][i], exp(-kept.nats[t + 1])));
        }
        CHECK(kept.p[t][0] > 1.0 / V);
    }
    CHECK(found > 10);
    net_release(&net);
}

int main(void)
{
    corpus = random_text();
    RUN(states_and_gates_are_those_of_the_equations);
    RUN(every_character_comes_once_in_order);
    RUN(the_callback_can_end_a_trace);
    RUN(surprise_is_what_was_expected_of_the_character);
    corpus_release(&corpus);
    return test_end();
}
