/*
 * test_fill.c - compares the proposals of charnn fill, and their scores, with the losses of
 * the whole text read at once.
 */
#include "fill/fill.h"

#include <math.h>

#include "net.h"
#include "test.h"

enum { V = 6, N = 15, LO = 8, HI = 10, ALLOWED = V - 1, ALL = ALLOWED * ALLOWED };
static const char letters[] = "\n_abcd"; /* all symbols; the mask (_) is never proposed */
static const char *const texts[] = { "abcdaab__cdbac", "ddcabca__aabcd", "b\nadacb__dc\nba",
                                     "ccbadda__bbdca" };
enum { TEXTS = sizeof texts / sizeof *texts };

struct told {
    struct fill_proposal p[CHARNN_FILL_BEAM_MAX];
    size_t n;
};

static int tell(void *arg, size_t lo, size_t hi, const struct fill_proposal *p, size_t n)
{
    struct told *told = arg;
    CHECK(lo == LO && hi == HI);
    memcpy(told->p, p, n * sizeof *p);
    told->n = n;
    return 0;
}

/* Makes a net with weights three times as large as usual, so that symbols differ more. */
static void start(struct net *n, const struct net_cell *cell, int bidirectional)
{
    const struct model_shape shape = { .cell = cell->cell,
                                       .activation = cell->activation,
                                       .layers = 2,
                                       .size = 9,
                                       .symbols = V,
                                       .bidirectional = bidirectional };
    net_init(n, &shape, (enum isa)isa_choose(), N - 1, 1, STACK_FORWARD);
    for (size_t i = 0; i < n->m.set.total; i++)
        n->m.weights[i] *= 3;
    pool_run(n->pool, 1, net_pack_job, n);
}

static struct told run(struct net *n, const char *text, size_t beam, size_t near,
                       size_t rounds)
{
    uint32_t symbols[V];
    const int64_t counts[V] = { 1, 1, 1, 1, 1, 1 };
    struct vocab v;
    struct gaps g;
    struct told told = { .n = 0 };
    const struct fill_search how = { &n->m, n->pool, beam, near, rounds };
    for (size_t i = 0; i < V; i++)
        symbols[i] = (unsigned char)letters[i];
    if (vocab_init(&v, VOCAB_CHAR, symbols, counts, V, NULL) < 0 ||
        gaps_init(&g, &v, text, strlen(text), "_", CHARNN_UNKNOWN_NEAREST, NULL) < 0)
        abort();
    CHECK(g.n == N && fill(&g, &how, tell, &told, NULL) == 0);
    for (size_t k = LO; k < HI; k++)
        CHECK(g.place[k].id == told.p[0].id[k - LO]);
    gaps_release(&g);
    vocab_release(&v);
    return told;
}

/* Fills x with the symbols of a text, with `id` in the gap; x[0] is the newline before it. */
static void read_places(const char *text, const uint16_t id[HI - LO], int32_t x[N])
{
    x[0] = 0;
    for (size_t i = 1; i < N; i++)
        x[i] = i >= LO && i < HI ? id[i - LO]
                                 : (int32_t)(strchr(letters, text[i - 1]) - letters);
}

/* The sum of the log-probabilities of the symbols x[from..to).  The reverse stack reads the
 * symbols before x[end]. */
static double log_p(struct net *n, const int32_t x[N], size_t from, size_t to, size_t end)
{
    double sum = 0;
    for (size_t t = 0; t < N - 1; t++) {
        n->ids[t] = x[t];
        n->targets[t] = x[t + 1];
    }
    if (n->net.reverse) {
        n->net.bidir.n[0] = (int32_t)end - 2;
        for (size_t i = 2; i < end; i++)
            n->net.bidir.text[i - 2] = x[i];
        network_begin_reverse(&n->net);
    }
    stack_reset(&n->net.forward);
    net_loss(n, 1);
    for (size_t i = from; i < to; i++)
        sum -= (double)n->net.loss[i - 1];
    return sum;
}

static void check_scores(struct net *n, const char *text, size_t near, size_t rounds)
{
    const struct told told = run(n, text, ALL, near, rounds);
    const size_t left = n->net.reverse ? near : 0;
    CHECK(told.n == ALL);
    for (size_t i = 0; i < told.n; i++) {
        int32_t x[N];
        read_places(text, told.p[i].id, x);
        const double wanted = log_p(n, x, LO - left, HI + near, N);
        CHECK_MSG(fabs(told.p[i].score - wanted) < 1e-4, "%g, not %g", told.p[i].score,
                  wanted);
        CHECK(i == 0 || told.p[i].score <= told.p[i - 1].score);
    }
}

static void scores_are_those_of_the_text_filled_in(void)
{
    for (size_t c = 0; c < NET_CELLS; c++)
        for (int both = 0; both < 2; both++) {
            struct net n;
            start(&n, net_cell(c), both);
            for (size_t i = 0; i < TEXTS; i++) {
                check_scores(&n, texts[i], 3, 1);
                check_scores(&n, texts[i], 0, 2);
            }
            net_release(&n);
        }
}

/* The likeliest symbol for one index in the gap, given the symbols that `id` has for the other
 * indices. */
static uint16_t likeliest(struct net *n, const char *text, uint16_t id[HI - LO],
                          size_t place, size_t end)
{
    const uint16_t was = id[place - LO];
    double most = -INFINITY;
    uint16_t best = 0;
    for (uint16_t s = 0; s < V; s++) {
        int32_t x[N];
        id[place - LO] = s;
        read_places(text, id, x);
        const double p = log_p(n, x, place, place + 1, end);
        if (letters[s] != '_' && p > most) {
            most = p;
            best = s;
        }
    }
    id[place - LO] = was;
    return best;
}

/* In the first round, only the prediction of the last symbol of a gap uses the text to its
 * right.  In the second round all predictions do, and the better of the two results is kept. */
static void check_greedy(struct net *n, const char *text)
{
    uint16_t first[HI - LO] = { 0 }, second[HI - LO];
    int32_t x[N], y[N];
    first[0] = likeliest(n, text, first, LO, LO + 1);
    first[1] = likeliest(n, text, first, LO + 1, N);
    const struct told once = run(n, text, 1, 2, 1), twice = run(n, text, 1, 2, 2);
    CHECK(once.n == 1 && memcmp(once.p[0].id, first, sizeof first) == 0);
    memcpy(second, first, sizeof first);
    second[0] = likeliest(n, text, second, LO, N);
    second[1] = likeliest(n, text, second, LO + 1, N);
    read_places(text, first, x);
    read_places(text, second, y);
    const size_t left = n->net.reverse ? 2 : 0;
    const int changes =
        log_p(n, y, LO - left, HI + 2, N) > log_p(n, x, LO - left, HI + 2, N);
    CHECK(twice.n == 1 &&
          memcmp(twice.p[0].id, changes ? second : first, sizeof first) == 0);
}

static void one_beam_takes_the_likeliest_and_later_rounds_what_is_better(void)
{
    for (size_t c = 0; c < NET_CELLS; c++)
        for (int both = 0; both < 2; both++) {
            struct net n;
            start(&n, net_cell(c), both);
            for (size_t i = 0; i < TEXTS; i++)
                check_greedy(&n, texts[i]);
            net_release(&n);
        }
}

/* Fills a text with a network whose weights are spoilt by `spoil`. */
static void check_overflow(void spoil(struct net *n, real bad), real bad)
{
    static const int64_t counts[V] = { 1, 1, 1, 1, 1, 1 };
    uint32_t symbols[V];
    struct charnn_error e = { 0 };
    struct vocab v;
    struct gaps g;
    struct net n;
    struct told told;
    start(&n, net_cell(3), 1);
    spoil(&n, bad);
    pool_run(n.pool, 1, net_pack_job, &n);
    for (size_t i = 0; i < V; i++)
        symbols[i] = (unsigned char)letters[i];
    const struct fill_search how = { &n.m, n.pool, 4, 4, 2 };
    CHECK(vocab_init(&v, VOCAB_CHAR, symbols, counts, V, NULL) == 0);
    CHECK(gaps_init(&g, &v, texts[0], strlen(texts[0]), "_", CHARNN_UNKNOWN_NEAREST,
                    NULL) == 0);
    CHECK_MSG(fill(&g, &how, tell, &told, &e) == -1 && strstr(e.message, "not finite"),
              "%g: %s", (double)bad, e.message);
    gaps_release(&g);
    vocab_release(&v);
    net_release(&n);
}

static void spoil_all(struct net *n, real bad)
{
    for (size_t i = 0; i < n->m.set.total; i++)
        n->m.weights[i] = i % 2 ? bad : -bad;
}

static void spoil_one_logit(struct net *n, real bad)
{
    n->m.weights[n->m.set.list[n->m.head + 1].offset] = bad;
}

static void logits_that_are_not_finite_are_an_error(void)
{
    check_overflow(spoil_all, (real)3e38);
    check_overflow(spoil_one_logit, -(real)INFINITY);
    check_overflow(spoil_one_logit, (real)INFINITY);
    check_overflow(spoil_one_logit, (real)NAN);
}

int main(void)
{
    RUN(scores_are_those_of_the_text_filled_in);
    RUN(one_beam_takes_the_likeliest_and_later_rounds_what_is_better);
    RUN(logits_that_are_not_finite_are_an_error);
    return test_end();
}
