/*
 * test_evaluate.c - losses of stretches of text.
 *
 * A model whose weights are zero but for the head's bias gives each character a loss of its
 * own, whatever came before.  So a sum tells which predictions were counted, each of them
 * once.
 */
#include "infer/evaluate.h"

#include <math.h>

#include "net.h"
#include "test.h"

enum { V = 23, H = 18 };

static struct corpus random_text(size_t n)
{
    struct corpus c = { .n = n, .narrow = malloc(n) };
    struct rng rng;
    rng_init(&rng, n);
    for (size_t i = 0; i < n; i++)
        c.narrow[i] = (uint8_t)(rng_next(&rng) % V);
    return c;
}

static struct pool *pool;

/* Only the net's model is used. */
static void start(struct net *n, int cell)
{
    const struct model_shape shape = { cell, CHARNN_TANH, 2, H, 0, V };
    net_init(n, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
    n->pool = pool;
}

/* Zero weights; symbol i has the bias i / 5.  Their losses go to loss[V]. */
static void make_table(struct net *n, double loss[V])
{
    const struct param *b = &n->m.set.list[n->m.head + 1];
    double sum = 0;
    memset(n->m.weights, 0, n->m.set.total * sizeof *n->m.weights);
    for (size_t i = 0; i < V; i++) {
        n->m.weights[param_at(b, i, 0)] = (real)i / 5;
        sum += exp((double)i / 5);
    }
    for (size_t i = 0; i < V; i++)
        loss[i] = log(sum) - (double)i / 5;
    pool_run(n->pool, 1, net_pack_job, n);
}

static double evaluate(struct net *n, const struct corpus *c, size_t lo, size_t hi,
                       size_t streams, size_t steps)
{
    struct evaluator v;
    struct charnn_error e = { 0 };
    if (evaluator_init(&v, &n->m, streams, steps, n->pool, &e) < 0) {
        CHECK_MSG(0, "%s", e.message);
        return NAN;
    }
    const double loss = evaluate_stretch(&v, c, lo, hi);
    evaluator_release(&v);
    return loss;
}

static void every_prediction_counts_once(void)
{
    static const size_t sizes[] = { 2, 3, 17, 64, 65, 66, 1000, 4096, 5003 };
    static const size_t streams[] = { 1, 2, 3, 16, 64 }, steps[] = { 1, 7, 32, 64 };
    struct net n;
    double loss[V];
    start(&n, CHARNN_GRU);
    make_table(&n, loss);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct corpus c = random_text(sizes[i] + 10);
        for (size_t lo = 0; lo <= 10; lo += 10)
            for (size_t s = 0; s < 5; s++)
                for (size_t t = 0; t < 4; t++) {
                    double sum = 0;
                    for (size_t j = lo + 1; j < lo + sizes[i]; j++)
                        sum += loss[c.narrow[j]];
                    const double exact = sum / (double)(sizes[i] - 1);
                    const double got =
                        evaluate(&n, &c, lo, lo + sizes[i], streams[s], steps[t]);
                    CHECK_MSG(fabs(got - exact) < 1e-5,
                              "%zu characters, %zu streams, %zu steps: %g, not %g",
                              sizes[i], streams[s], steps[t], got, exact);
                }
        corpus_release(&c);
    }
    net_release(&n);
}

static void one_stream_is_the_exact_figure(void)
{
    enum { N = 301 };
    struct corpus c = random_text(N);
    for (int cell = CHARNN_RNN; cell <= CHARNN_GRU; cell++) {
        struct net n, whole;
        double sum = 0;
        start(&n, cell);
        net_init(&whole, &n.m.shape, ISA_ref, N - 1, 1, STACK_FORWARD);
        for (size_t i = 0; i < N - 1; i++) {
            whole.ids[i] = c.narrow[i];
            whole.targets[i] = c.narrow[i + 1];
        }
        net_loss(&whole, 1);
        for (size_t i = 0; i < N - 1; i++)
            sum += (double)whole.s.loss[i];
        const double exact = sum / (N - 1);
        for (size_t steps = 1; steps < 100; steps = steps * 3 + 1)
            CHECK_MSG(fabs(evaluate(&n, &c, 0, N, 1, steps) - exact) < 1e-5,
                      "%d: %zu steps", cell, steps);
        net_release(&n);
        net_release(&whole);
    }
    corpus_release(&c);
}

static void check_parallel(int cell, size_t size, size_t streams)
{
    struct corpus c = random_text(size);
    struct net n;
    start(&n, cell);
    CHECK(evaluate_streams(size) == streams);
    const double one = evaluate(&n, &c, 0, size, 1, 64);
    const double many = evaluate(&n, &c, 0, size, streams, 32);
    CHECK_MSG(fabs(one - many) < 1e-6, "cell %d, %zu streams: %.9g and %.9g", cell, streams,
              one, many);
    net_release(&n);
    corpus_release(&c);
}

static void parallel_streams_come_close_to_one(void)
{
    for (int cell = CHARNN_RNN; cell <= CHARNN_GRU; cell++) {
        check_parallel(cell, 2100, 2);
        check_parallel(cell, 20000, 19);
    }
}

/*
 * A unit that counts the marker (symbol 1) and never forgets, in a text of symbol 0: the
 * second of two streams has a marker 256 characters before its part behind it, but not one
 * still earlier.
 */
static double count_marker(struct net *n, size_t at)
{
    struct corpus c = { .n = 2049, .narrow = calloc(2049, 1) };
    c.narrow[at] = 1;
    const double loss = evaluate(n, &c, 0, c.n, 2, 32);
    corpus_release(&c);
    return loss;
}

static void streams_read_256_characters_before_their_part(void)
{
    const struct model_shape shape = { CHARNN_RNN, CHARNN_RELU, 1, 1, 0, V };
    struct net n;
    net_init(&n, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
    n.pool = pool;
    memset(n.m.weights, 0, n.m.set.total * sizeof *n.m.weights);
    n.m.weights[param_at(model_param(&n.m, 0, W_IH), 0, 1)] = 1;
    n.m.weights[param_at(model_param(&n.m, 0, W_HH), 0, 0)] = 1;
    n.m.weights[param_at(&n.m.set.list[n.m.head], 0, 0)] = 3;
    pool_run(pool, 1, net_pack_job, &n);
    /* what each prediction of symbol 0 gains by a marker seen */
    const double gain = log(V) - (log(exp(3) + V - 1) - 3);
    const double in = count_marker(&n, 1024 - 256), out = count_marker(&n, 1024 - 257);
    CHECK_MSG(fabs((out - in) * 2048 / gain - 1023) < 0.1, "%g", (out - in) * 2048 / gain);
    net_release(&n);
}

static void figures_do_not_depend_on_what_was_read_before(void)
{
    struct corpus c = random_text(3000);
    struct net n;
    struct evaluator v;
    struct charnn_error e;
    start(&n, CHARNN_LSTM);
    CHECK(evaluator_init(&v, &n.m, 2, 32, n.pool, &e) == 0);
    const double first = evaluate_stretch(&v, &c, 0, 3000);
    evaluate_stretch(&v, &c, 1000, 2500);
    CHECK(evaluate_stretch(&v, &c, 0, 3000) == first);
    evaluator_release(&v);
    net_release(&n);
    corpus_release(&c);
}

static void streams_are_long_and_not_too_many(void)
{
    CHECK(evaluate_streams(2) == 1 && evaluate_streams(1023) == 1 &&
          evaluate_streams(2047) == 1);
    CHECK(evaluate_streams(2048) == 2 && evaluate_streams(65535) == 63);
    CHECK(evaluate_streams(65536) == 64 && evaluate_streams(1000000000) == 64);
}

static void held_out_chunks_of_streams_count_once(void)
{
    enum { B = 5, T = 8 };
    struct corpus c = random_text(2000);
    struct batch_plan p;
    struct net n;
    struct evaluator v;
    struct charnn_error e;
    double loss[V], sum = 0;
    int32_t in[T * B], target[T * B];
    start(&n, CHARNN_RNN);
    make_table(&n, loss);
    CHECK(batch_plan(&p, c.n, B, T, 0.2, SPLIT_STREAMS, 1, &e) == 0 && p.valid_chunks > 3);
    for (size_t k = 0; k < p.valid_chunks; k++) {
        batch_valid(&p, &c, k, in, target);
        for (size_t i = 0; i < T * B; i++)
            sum += loss[target[i]];
    }
    CHECK(evaluator_init(&v, &n.m, B, T, n.pool, &e) == 0);
    const double got = evaluate_chunks(&v, &c, &p);
    CHECK(fabs(got - sum / (double)(p.valid_chunks * T * B)) < 1e-5);
    evaluator_release(&v);
    net_release(&n);
    corpus_release(&c);
}

int main(void)
{
    pool = pool_new(1);
    RUN(every_prediction_counts_once);
    RUN(one_stream_is_the_exact_figure);
    RUN(parallel_streams_come_close_to_one);
    RUN(streams_read_256_characters_before_their_part);
    RUN(figures_do_not_depend_on_what_was_read_before);
    RUN(streams_are_long_and_not_too_many);
    RUN(held_out_chunks_of_streams_count_once);
    pool_free(pool);
    pool_free(net_pool());
    return test_end();
}
