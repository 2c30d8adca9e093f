/*
 * test_evaluate.c - losses of stretches of text.
 *
 * In a model whose weights are zero except for the bias of the head, the loss of a
 * character does not depend on the characters before it.  So the sum of losses shows
 * whether each prediction was counted exactly once.
 */
#include "charnn.h"
#include "score/evaluate.h"

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

/* Makes a net; only its model is used. */
static void start_sized(struct net *n, int cell, size_t layers, size_t units)
{
    const struct model_shape shape = {
        cell, CHARNN_ACTIVATION_TANH, layers, units, 0, V, .skip = 0
    };
    net_init(n, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
    n->pool = pool;
}

static void start(struct net *n, int cell)
{
    start_sized(n, cell, 2, H);
}

/* Sets the weights to zero and the bias of symbol i to i / 5; sets loss[V] to the losses of
 * the symbols. */
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
    start_sized(&n, CHARNN_CELL_RNN, 1, 1); /* whose output is 0, whatever its size */
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
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
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
            sum += (double)whole.net.loss[i];
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
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
        check_parallel(cell, 2100, 2);
        check_parallel(cell, 20000, 19);
    }
}

/*
 * One unit counts the marker (symbol 1) and never forgets it; all other text is symbol 0.
 * The second of two streams sees a marker that is at most 256 characters before its part,
 * and no earlier one.
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
    const struct model_shape shape = { CHARNN_CELL_RNN, CHARNN_ACTIVATION_RELU, 1, 1, 0, V,
                                       .skip = 0 };
    struct net n;
    net_init(&n, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
    n.pool = pool;
    memset(n.m.weights, 0, n.m.set.total * sizeof *n.m.weights);
    n.m.weights[param_at(model_param(&n.m, 0, W_IH), 0, 1)] = 1;
    n.m.weights[param_at(model_param(&n.m, 0, W_HH), 0, 0)] = 1;
    n.m.weights[param_at(&n.m.set.list[n.m.head], 0, 0)] = 3;
    pool_run(pool, 1, net_pack_job, &n);
    /* how much a marker lowers the loss of each symbol 0 after it */
    const double gain = log(V) - (log(exp(3) + V - 1) - 3);
    const double in = count_marker(&n, 1024 - 256), out = count_marker(&n, 1024 - 257);
    CHECK_MSG(fabs((out - in) * 2048 / gain - 1023) < 0.1, "%g", (out - in) * 2048 / gain);
    net_release(&n);
}

static void a_score_does_not_depend_on_what_was_read_before(void)
{
    struct corpus c = random_text(3000);
    struct net n;
    struct evaluator v;
    struct charnn_error e;
    start(&n, CHARNN_CELL_LSTM);
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
    start(&n, CHARNN_CELL_RNN);
    make_table(&n, loss);
    CHECK(batch_plan(&p, c.n, &(struct batch_options){ B, T, 0.2, CHARNN_SPLIT_STREAMS, 1 },
                     &e) == 0 &&
          p.valid_chunks > 3);
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

/* -------------------------------------------------------- one prediction after another */

enum { TEXT = 301 };

/* The predictions that were reported, in order. */
struct told {
    size_t n, stop_at; /* stop_at: stop after this many; 0: never */
    double loss[TEXT];
    double worst;   /* largest difference between a sum of probabilities and 1 */
    int disordered; /* a position was not the next one, or a probability did not agree with
                     * its loss */
    const struct corpus *c;
    size_t lo, V;
};

static int hear(void *arg, const struct evaluator *v, size_t at, size_t t)
{
    struct told *told = arg;
    double sum = 0;
    const double p = evaluator_probability(v, t, corpus_at(told->c, at));
    for (int id = 0; id < (int)told->V; id++)
        sum += evaluator_probability(v, t, id);
    if (!(fabs(sum - 1) <= told->worst))
        told->worst = fabs(sum - 1);
    if (at != told->lo + told->n + 1 || fabs(log(p) + evaluator_loss(v, t)) > 1e-6)
        told->disordered = 1;
    told->loss[told->n++] = evaluator_loss(v, t);
    return told->n == told->stop_at;
}

/* The mean loss of characters [lo, hi), reported one by one to *told; with dynamic evaluation
 * unless d is NULL. */
static double read_each(struct net *n, const struct dynamic *d, const struct corpus *c,
                        size_t lo, size_t hi, size_t window, struct told *told)
{
    struct evaluator v;
    struct charnn_error e = { 0 };
    told->c = c;
    told->lo = lo;
    told->V = n->m.shape.symbols;
    if (evaluator_init_each(&v, &n->m, d, n->pool, &e) < 0) {
        CHECK_MSG(0, "%s", e.message);
        return NAN;
    }
    const double mean = evaluate_each(&v, c, lo, hi, window, hear, told);
    evaluator_release(&v);
    return mean;
}

static double in_windows(struct net *n, const struct corpus *c, size_t lo, size_t hi,
                         size_t window)
{
    struct evaluator v;
    struct charnn_error e;
    CHECK(evaluator_init(&v, &n->m, 3, window, n->pool, &e) == 0);
    const double mean = evaluate_windows(&v, c, lo, hi);
    evaluator_release(&v);
    return mean;
}

static void every_prediction_is_told_in_order_and_sums_to_one(void)
{
    struct corpus c = random_text(TEXT);
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
        struct net n;
        struct told told = { 0 };
        double sum = 0;
        start(&n, cell);
        const double exact = evaluate(&n, &c, 5, TEXT, 1, 64);
        const double mean = read_each(&n, NULL, &c, 5, TEXT, 0, &told);
        for (size_t i = 0; i < told.n; i++)
            sum += told.loss[i];
        CHECK(told.n == TEXT - 6 && !told.disordered);
        CHECK_MSG(told.worst < 1e-5, "a sum is %g from 1", told.worst);
        CHECK(fabs(mean - exact) < 1e-6 && fabs(sum / (double)told.n - mean) < 1e-9);
        net_release(&n);
    }
    corpus_release(&c);
}

static void windows_are_the_same_one_after_another(void)
{
    static const size_t sizes[] = { 1, 7, 64, 65, 150, TEXT - 1, 5000 };
    struct corpus c = random_text(TEXT);
    struct net n;
    start(&n, CHARNN_CELL_LSTM);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct told told = { 0 };
        const double mean = read_each(&n, NULL, &c, 0, TEXT, sizes[i], &told);
        CHECK(told.n == TEXT - 1 && !told.disordered);
        CHECK_MSG(fabs(mean - in_windows(&n, &c, 0, TEXT, sizes[i])) < 1e-6, "window %zu",
                  sizes[i]);
    }
    net_release(&n);
    corpus_release(&c);
}

static void the_callback_can_end_the_reading(void)
{
    static const size_t ends[] = { 1, 63, 64, 65, 100, 101, TEXT - 1 };
    struct corpus c = random_text(TEXT);
    struct net n;
    start(&n, CHARNN_CELL_GRU);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        for (size_t window = 0; window <= 100; window += 50) {
            struct told told = { .stop_at = ends[i] };
            double sum = 0;
            const double mean = read_each(&n, NULL, &c, 0, TEXT, window, &told);
            for (size_t k = 0; k < told.n; k++)
                sum += told.loss[k];
            CHECK_MSG(told.n == ends[i], "%zu, not %zu", told.n, ends[i]);
            CHECK(fabs(mean - sum / (double)told.n) < 1e-9);
        }
    net_release(&n);
    corpus_release(&c);
}

/* With so many symbols, a block of the head has fewer steps than a chunk would have. */
static void many_symbols_sum_to_one_too(void)
{
    const struct model_shape shape = {
        CHARNN_CELL_GRU, CHARNN_ACTIVATION_TANH, 1, 3, 0, 20001, .skip = 0
    };
    struct corpus c = { .n = 100, .wide = malloc(100 * sizeof *c.wide) };
    struct told told = { 0 };
    struct net n;
    net_init(&n, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
    n.pool = pool;
    for (size_t i = 0; i < c.n; i++)
        c.wide[i] = (uint16_t)(rng_hash(1, i, 0) % 20001);
    const double mean = read_each(&n, NULL, &c, 0, c.n, 0, &told);
    CHECK(told.n == 99 && !told.disordered && told.worst < 1e-4);
    CHECK(fabs(mean - evaluate(&n, &c, 0, c.n, 1, 64)) < 1e-5);
    net_release(&n);
    corpus_release(&c);
}

/* ------------------------------------------------------------- dynamic evaluation */

static double read_dynamic(struct net *n, const struct corpus *c, double rate, double decay,
                           struct told *told)
{
    struct dynamic d;
    struct charnn_error e = { 0 };
    if (dynamic_init(&d, &n->m, rate, decay, &e) < 0) {
        CHECK_MSG(0, "%s", e.message);
        return NAN;
    }
    *told = (struct told){ 0 };
    const double mean = read_each(n, &d, c, 0, c->n, 0, told);
    CHECK(told->n == c->n - 1 && !told->disordered && told->worst < 1e-5);
    dynamic_release(&d);
    return mean;
}

/* Checks that the first n losses agree bit for bit and the next one does not. */
static void check_same_until(const struct told *a, const struct told *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_MSG(a->loss[i] == b->loss[i], "prediction %zu", i);
    CHECK_MSG(a->loss[n] != b->loss[n], "prediction %zu", n);
}

static void nothing_is_scored_after_being_learnt(void)
{
    struct corpus c = random_text(TEXT);
    struct net n;
    struct told before, after;
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
        start(&n, cell);
        read_dynamic(&n, &c, 0.5, 0.01, &before);
        for (size_t at = 1; at < TEXT; at += 37) {
            const uint8_t was = c.narrow[at];
            c.narrow[at] = (uint8_t)((was + 1) % V);
            read_dynamic(&n, &c, 0.5, 0.01, &after);
            check_same_until(&before, &after, at - 1);
            c.narrow[at] = was;
        }
        net_release(&n);
    }
    corpus_release(&c);
}

static void a_rate_of_zero_learns_nothing(void)
{
    struct corpus c = random_text(TEXT);
    struct net n;
    struct told told;
    start(&n, CHARNN_CELL_LSTM);
    const double mean = read_dynamic(&n, &c, 0, 0.1, &told);
    CHECK(fabs(mean - evaluate(&n, &c, 0, TEXT, 1, 64)) < 1e-6);
    net_release(&n);
    corpus_release(&c);
}

static void the_first_segment_is_scored_by_the_original_weights(void)
{
    struct corpus c = random_text(TEXT);
    struct net n;
    struct told fixed = { 0 }, dynamic;
    start(&n, CHARNN_CELL_GRU);
    read_each(&n, NULL, &c, 0, TEXT, 0, &fixed);
    read_dynamic(&n, &c, 0.5, 0, &dynamic);
    for (size_t i = 0; i < DYNAMIC_SEGMENT; i++)
        CHECK(fabs(fixed.loss[i] - dynamic.loss[i]) < 1e-6);
    CHECK(fabs(fixed.loss[DYNAMIC_SEGMENT] - dynamic.loss[DYNAMIC_SEGMENT]) > 1e-4);
    net_release(&n);
    corpus_release(&c);
}

/* Does w <- w - rate * g * min(1, 1 / |g|) + decay * (w0 - w) with plain loops and the
 * reference kernels, and computes the losses of the next segment. */
static void learn_by_hand(struct net *hand, const real *w0, double rate, double decay)
{
    double square = 0;
    net_train(hand, 1); /* gradient of 0.01 x the sum; that is 1/5 of the gradient of the
                         * mean over 20 */
    for (size_t i = 0; i < hand->m.set.total; i++)
        square += 25.0 * (double)hand->g[i] * (double)hand->g[i];
    const double clip = square > 1 ? 1 / sqrt(square) : 1;
    for (size_t i = 0; i < hand->m.set.total; i++) {
        const double w = (double)hand->m.weights[i];
        hand->m.weights[i] =
            (real)(w - rate * 5 * clip * (double)hand->g[i] + decay * ((double)w0[i] - w));
    }
    pool_run(hand->pool, 1, net_pack_job, hand);
    stack_carry(&hand->net.forward);
}

static void check_by_hand(int cell, double rate, double decay)
{
    enum { SEGMENTS = 6 };
    const struct model_shape shape = {
        cell, CHARNN_ACTIVATION_TANH, 2, H, 0, V, .skip = 0
    };
    struct corpus c = random_text(SEGMENTS * DYNAMIC_SEGMENT + 1);
    struct net n, hand;
    struct told told;
    start(&n, cell);
    read_dynamic(&n, &c, rate, decay, &told);
    net_init(&hand, &shape, ISA_ref, DYNAMIC_SEGMENT, 1, STACK_TRAIN);
    for (size_t k = 0; k < SEGMENTS; k++) {
        for (size_t t = 0; t < DYNAMIC_SEGMENT; t++) {
            hand.ids[t] = c.narrow[k * DYNAMIC_SEGMENT + t];
            hand.targets[t] = c.narrow[k * DYNAMIC_SEGMENT + t + 1];
        }
        learn_by_hand(&hand, n.m.weights, rate, decay);
        for (size_t t = 0; t < DYNAMIC_SEGMENT; t++)
            CHECK_MSG(fabs((double)hand.net.loss[t] - told.loss[k * DYNAMIC_SEGMENT + t]) <
                          1e-4,
                      "segment %zu, step %zu: %g, not %g", k, t,
                      told.loss[k * DYNAMIC_SEGMENT + t], (double)hand.net.loss[t]);
    }
    net_release(&hand);
    net_release(&n);
    corpus_release(&c);
}

static void the_update_is_the_equation(void)
{
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
        check_by_hand(cell, 0.3, 0);
        check_by_hand(cell, 0.3, 0.2);
        check_by_hand(cell, 5, 0.2); /* here the gradient becomes longer than 1 */
    }
}

/* The second half of the text repeats a word. */
static void repeated_words_are_learnt(void)
{
    struct corpus c = random_text(TEXT);
    struct net n;
    struct told fixed = { 0 }, dynamic;
    double first = 0, second = 0;
    for (size_t i = TEXT / 2; i < TEXT; i++)
        c.narrow[i] = (uint8_t)(i % 5);
    start(&n, CHARNN_CELL_LSTM);
    read_each(&n, NULL, &c, 0, TEXT, 0, &fixed);
    read_dynamic(&n, &c, 0.5, 0.001, &dynamic);
    for (size_t i = 0; i < TEXT - 1; i++)
        *(i < TEXT / 2 ? &first : &second) += fixed.loss[i] - dynamic.loss[i];
    CHECK_MSG(second / (TEXT / 2) > 0.3 && second > first, "gains %g and %g", first,
              second);
    net_release(&n);
    corpus_release(&c);
}

static void dynamic_evaluation_does_not_depend_on_threads(void)
{
    const struct model_shape shape = {
        CHARNN_CELL_GRU, CHARNN_ACTIVATION_TANH, 2, 150, 0, V, .skip = 0
    };
    struct corpus c = random_text(100);
    struct net n;
    struct told told[3];
    net_init(&n, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
    for (int i = 0; i < 3; i++) {
        n.pool = pool_new(i + 1);
        read_dynamic(&n, &c, 0.5, 0.01, &told[i]);
        pool_free(n.pool);
    }
    CHECK(memcmp(told[0].loss, told[1].loss, sizeof told[0].loss) == 0);
    CHECK(memcmp(told[0].loss, told[2].loss, sizeof told[0].loss) == 0);
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
    RUN(a_score_does_not_depend_on_what_was_read_before);
    RUN(streams_are_long_and_not_too_many);
    RUN(held_out_chunks_of_streams_count_once);
    RUN(every_prediction_is_told_in_order_and_sums_to_one);
    RUN(windows_are_the_same_one_after_another);
    RUN(the_callback_can_end_the_reading);
    RUN(many_symbols_sum_to_one_too);
    RUN(nothing_is_scored_after_being_learnt);
    RUN(a_rate_of_zero_learns_nothing);
    RUN(the_first_segment_is_scored_by_the_original_weights);
    RUN(the_update_is_the_equation);
    RUN(repeated_words_are_learnt);
    RUN(dynamic_evaluation_does_not_depend_on_threads);
    pool_free(pool);
    pool_free(net_pool());
    return test_end();
}
