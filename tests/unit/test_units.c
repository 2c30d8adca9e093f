/*
 * test_units.c - the search for units: a planted unit is found, reported scores are
 * correct, and threads change nothing.
 *
 * The planted network is an RNN of sigmoids with steep weights.  Units A and B of layer 1
 * compute the exclusive or of "inside quotes" and "this is a quote", which one unit cannot:
 * A stays on if the character is not a quote, B turns on at one.  Unit K of layer 2 is A or
 * B, so it is on inside quotes and nowhere else.  No other unit reads A or B.
 */
#include "charnn.h"
#include "inspect/units.h"

#include <math.h>

#include "inspect/features.h"
#include "inspect/histogram.h"
#include "inspect/trace.h"
#include "net.h"
#include "test.h"

enum { L = 2, H = 20, N = 6000, A = 5, B = 17, K = 12 };

/* A text of words, lines, brackets, and quotations of any length. */
static struct corpus story(void)
{
    static char text[N];
    const struct corpus_part part = { "story", (const unsigned char *)text, N };
    struct corpus c;
    struct charnn_error e;
    struct rng rng;
    rng_init(&rng, 4);
    for (size_t i = 0; i < N; i++) {
        const unsigned r = (unsigned)(rng_next(&rng) % 40);
        text[i] = r < 20 ? (char)('a' + r) : r < 28 ? ' ' : "\"\"\"()ABC.,;:"[r - 28];
        if (i % 37 == 36)
            text[i] = '\n';
    }
    if (corpus_read_parts(&c, &part, 1,
                          &(struct corpus_options){ .unit = CHARNN_UNIT_CHAR }, &e) < 0)
        abort();
    return c;
}

static struct corpus corpus;
static struct net net;

static void start(int cell, int activation)
{
    const struct model_shape shape = { .cell = cell,
                                       .activation = activation,
                                       .layers = L,
                                       .size = H,
                                       .symbols = corpus.vocab.size };
    net_init(&net, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
}

static void set(size_t layer, int which, size_t row, size_t col, double value)
{
    net.m.weights[param_at(model_param(&net.m, layer, which), row, col)] = (real)value;
}

/* Disconnects a unit of the layer: no unit reads it, and it reads none. */
static void isolate(size_t layer, size_t unit)
{
    const size_t inputs = layer ? H : corpus.vocab.size;
    for (size_t j = 0; j < H; j++) {
        set(layer, W_HH, j, unit, 0);
        set(layer, W_HH, unit, j, 0);
        if (layer == 0)
            set(1, W_IH, j, unit, 0);
    }
    for (size_t j = 0; j < inputs; j++)
        set(layer, W_IH, unit, j, 0);
    set(layer, B_IH, unit, 0, 0);
    set(layer, B_HH, unit, 0, 0);
}

static void plant(void)
{
    const double steep = 30;
    const size_t quote = (size_t)vocab_id(&corpus.vocab, '"');
    start(CHARNN_CELL_RNN, CHARNN_ACTIVATION_SIGMOID);
    isolate(0, A);
    isolate(0, B);
    isolate(1, K);
    for (int i = 0; i < 2; i++) {
        const size_t from = i ? A : B;
        set(0, W_HH, A, from, steep);
        set(0, W_HH, B, from, -steep);
        set(1, W_IH, K, from, steep);
    }
    set(0, W_IH, A, quote, -steep);
    set(0, W_IH, B, quote, steep);
    set(0, B_IH, A, 0, -steep / 2);
    set(0, B_IH, B, 0, -steep / 2);
    set(1, B_IH, K, 0, -steep / 2);
    pool_run(net.pool, 1, net_pack_job, &net);
}

static struct charnn_units find(const struct charnn_units_config *c, int threads)
{
    struct charnn_units units = { 0 };
    struct charnn_error e = { 0 };
    struct pool *pool = pool_new(threads);
    if (units_find(&net.m, pool, &corpus, c, &units, &e) < 0)
        CHECK_MSG(0, "%s", e.message);
    pool_free(pool);
    return units;
}

static const struct charnn_feature *feature(const struct charnn_units *u, const char *name)
{
    for (size_t i = 0; i < u->n; i++)
        if (!strcmp(u->feature[i].name, name))
            return &u->feature[i];
    CHECK_MSG(0, "no feature %s", name);
    exit(1);
}

static void a_planted_quote_unit_is_found(void)
{
    const struct charnn_units_config c = charnn_units_default();
    plant();
    struct charnn_units u = find(&c, 2);
    const struct charnn_feature *f = &u.feature[0];
    CHECK(!strcmp(f->name, "quotes"));
    CHECK(f->n_units == 3 && f->unit[0].layer == 2 && f->unit[0].unit == K + 1);
    CHECK(f->unit[0].state == CHARNN_STATE_H && f->unit[0].above);
    CHECK(f->unit[0].score == 1 && f->unit[0].chosen == 1);
    CHECK_MSG(f->unit[1].score < 0.97, "%g", f->unit[1].score);
    CHECK(f->unit[1].layer == 1 && f->unit[1].unit == A + 1);
    charnn_units_free(&u);
    net_release(&net);
}

/* The unit is found even if it has the opposite sign, and is off inside quotes. */
static void a_quote_unit_of_the_opposite_sign_is_found_too(void)
{
    const struct charnn_units_config c = charnn_units_default();
    plant();
    set(1, W_IH, K, A, -30);
    set(1, W_IH, K, B, -30);
    set(1, B_IH, K, 0, 15);
    pool_run(net.pool, 1, net_pack_job, &net);
    struct charnn_units u = find(&c, 1);
    const struct charnn_unit *best = &feature(&u, "quotes")->unit[0];
    CHECK(best->layer == 2 && best->unit == K + 1 && !best->above && best->score == 1);
    charnn_units_free(&u);
    net_release(&net);
}

static void only_units_of_the_requested_layer_are_found(void)
{
    struct charnn_units_config c = charnn_units_default();
    c.layer = 1;
    plant();
    struct charnn_units u = find(&c, 1);
    CHECK(feature(&u, "quotes")->unit[0].unit == A + 1);
    for (size_t i = 0; i < u.n; i++)
        for (size_t k = 0; k < u.feature[i].n_units; k++)
            CHECK(u.feature[i].unit[k].layer == 1);
    charnn_units_free(&u);
    c.layer = 2;
    u = find(&c, 1);
    CHECK(feature(&u, "quotes")->unit[0].unit == K + 1);
    CHECK(feature(&u, "quotes")->unit[0].score == 1);
    charnn_units_free(&u);
    net_release(&net);
}

/* ------------------------------------------------------- scores, counted again */

static float *states; /* [N][h, c][L][H] */

static int keep(const struct charnn_trace_step *s, void *arg)
{
    float *to = (float *)arg + (size_t)s->at * 2 * L * H;
    memcpy(to, s->h, L * H * sizeof *to);
    if (s->c)
        memcpy(to + L * H, s->c, L * H * sizeof *to);
    return 0;
}

static double value_of(const struct charnn_unit *u, size_t at)
{
    const size_t kind = u->state == CHARNN_STATE_C;
    return (double)
        states[((at * 2 + kind) * L + (size_t)u->layer - 1) * H + (size_t)u->unit - 1];
}

/* F1 or r over characters [lo, hi), computed again. */
static double score_again(const struct charnn_unit *u, int numeric,
                          const struct features *f, size_t i, size_t lo, size_t hi)
{
    const struct rule rule = { u->threshold, u->above };
    double hits = 0, said = 0, ones = 0;
    struct moments m = { 0 };
    for (size_t at = lo; at < hi; at++) {
        const double x = value_of(u, at), y = features_at(f, i, at);
        const int is = histogram_rule_says(&rule, x);
        moments_add(&m, x, y);
        hits += is && y != 0;
        said += is;
        ones += y != 0;
    }
    return numeric ? fabs(moments_r(&m)) : 2 * hits / (said + ones);
}

static void check_scores(const struct charnn_units *u, const struct features *f)
{
    int checked = 0;
    for (size_t k = 0; k < u->n; k++) {
        const struct charnn_feature *x = &u->feature[k];
        size_t i = 0;
        while (strcmp(f->list[i].name, x->name) != 0)
            i++;
        for (size_t j = 0; j < x->n_units; j++, checked++) {
            CHECK(j == 0 || x->unit[j - 1].score >= x->unit[j].score);
            const size_t first = (size_t)u->chars[0];
            const double a = score_again(&x->unit[j], x->numeric, f, i, 0, first),
                         b = score_again(&x->unit[j], x->numeric, f, i, first, N);
            CHECK_MSG(fabs(a - x->unit[j].chosen) < 1e-9 &&
                          fabs(b - x->unit[j].score) < 1e-9,
                      "%s: %g %g, said %g %g", x->name, a, b, x->unit[j].chosen,
                      x->unit[j].score);
        }
    }
    CHECK(checked > 20);
}

static void scores_are_those_of_the_values(void)
{
    const struct charnn_trace_config all = { .limit = N };
    struct charnn_units_config c = charnn_units_default();
    struct charnn_traced traced;
    struct charnn_error e;
    struct features f;
    const char *match = "[AB]";
    c.match = &match;
    c.n_match = 1;
    start(CHARNN_CELL_LSTM, CHARNN_ACTIVATION_TANH);
    states = malloc((size_t)N * 2 * L * H * sizeof *states);
    if (!states || trace_text(&net.m, net.pool, &corpus, &all, keep, states, &traced, &e) ||
        features_read(&f, &corpus, N, &match, 1, &e) < 0)
        abort();
    struct charnn_units u = find(&c, 1);
    CHECK(u.chars[0] + u.chars[1] == N && u.chars[1] == N / 4);
    CHECK(!feature(&u, "[AB]")->left_out);
    check_scores(&u, &f);
    charnn_units_free(&u);
    features_release(&f);
    free(states);
    net_release(&net);
}

static void the_best_of_the_first_part_are_chosen(void)
{
    struct charnn_units_config c = charnn_units_default();
    start(CHARNN_CELL_LSTM, CHARNN_ACTIVATION_TANH);
    c.top = CHARNN_UNITS_TOP_MAX;
    struct charnn_units all = find(&c, 1);
    c.top = 2;
    struct charnn_units two = find(&c, 1);
    for (size_t i = 0; i < two.n; i++) {
        const struct charnn_feature *a = feature(&all, two.feature[i].name);
        double least = 2;
        for (size_t k = 0; k < two.feature[i].n_units; k++)
            least = fmin(least, two.feature[i].unit[k].chosen);
        int better = 0;
        for (size_t k = 0; k < a->n_units; k++)
            better += a->unit[k].chosen > least;
        CHECK_MSG(better <= 1, "%s: %d", a->name, better);
    }
    CHECK(feature(&all, "quotes")->n_units == 2 * L * H);
    charnn_units_free(&all);
    charnn_units_free(&two);
    net_release(&net);
}

/* How far a score is above that of always predicting 1, as a share of the possible gain:
 * for braces around most of a text, a high F1 means little. */
static double skill(const struct charnn_feature *f)
{
    return (f->unit[0].score - f->chance) / (1 - f->chance);
}

static void features_are_ordered_by_what_is_above_chance(void)
{
    const struct charnn_units_config c = charnn_units_default();
    int against_score = 0;
    start(CHARNN_CELL_LSTM, CHARNN_ACTIVATION_TANH);
    struct charnn_units u = find(&c, 1);
    for (size_t i = 1; i < u.n && !u.feature[i].left_out; i++) {
        CHECK(skill(&u.feature[i]) <= skill(&u.feature[i - 1]));
        against_score += u.feature[i].unit[0].score > u.feature[i - 1].unit[0].score;
    }
    CHECK(against_score > 0);
    charnn_units_free(&u);
    net_release(&net);
}

static void any_number_of_threads_finds_the_same(void)
{
    const struct charnn_units_config c = charnn_units_default();
    start(CHARNN_CELL_LSTM, CHARNN_ACTIVATION_TANH);
    struct charnn_units a = find(&c, 1), b = find(&c, 3);
    CHECK(a.n == b.n);
    for (size_t i = 0; i < a.n; i++) {
        CHECK(!strcmp(a.feature[i].name, b.feature[i].name));
        for (size_t k = 0; k < a.feature[i].n_units; k++) {
            const struct charnn_unit *x = &a.feature[i].unit[k], *y = &b.feature[i].unit[k];
            CHECK(x->layer == y->layer && x->unit == y->unit && x->state == y->state &&
                  x->score == y->score && x->chosen == y->chosen &&
                  x->threshold == y->threshold && x->above == y->above);
        }
    }
    charnn_units_free(&a);
    charnn_units_free(&b);
    net_release(&net);
}

struct reading {
    int64_t done, all;
    int n, backwards;
};

static void hear(int64_t done, int64_t all, void *arg)
{
    struct reading *r = arg;
    r->backwards += done <= r->done;
    *r = (struct reading){ done, all, r->n + 1, r->backwards };
}

static void the_reading_is_told_as_it_goes_on(void)
{
    struct reading r = { 0 };
    struct charnn_units_config c = charnn_units_default();
    c.limit = 5000;
    c.on_progress = hear;
    c.on_progress_arg = &r;
    start(CHARNN_CELL_GRU, CHARNN_ACTIVATION_TANH);
    struct charnn_units u = find(&c, 1);
    CHECK(r.n >= 8 && r.backwards == 0 && r.done == 5000 && r.all == 5000);
    charnn_units_free(&u);
    net_release(&net);
}

static void what_is_too_rare_is_left_out(void)
{
    const struct charnn_units_config c = charnn_units_default();
    start(CHARNN_CELL_GRU, CHARNN_ACTIVATION_TANH);
    struct charnn_units u = find(&c, 1);
    CHECK(feature(&u, "url")->left_out && feature(&u, "url")->n_units == 0);
    CHECK(feature(&u, "braces")->left_out && !feature(&u, "parentheses")->left_out);
    CHECK(u.feature[u.n - 1].left_out && !u.feature[0].left_out);
    charnn_units_free(&u);
    net_release(&net);
}

static void what_cannot_be_searched_is_refused(void)
{
    struct charnn_units_config c = charnn_units_default();
    struct charnn_units u;
    struct charnn_error e = { 0 };
    start(CHARNN_CELL_GRU, CHARNN_ACTIVATION_TANH);
    c.layer = L + 1;
    CHECK(units_find(&net.m, net.pool, &corpus, &c, &u, &e) < 0 && e.usage);
    c.layer = 0;
    c.what = CHARNN_STATE_C;
    CHECK(units_find(&net.m, net.pool, &corpus, &c, &u, &e) < 0 && e.usage);
    c.what = CHARNN_STATE_BOTH;
    c.limit = 300;
    CHECK(units_find(&net.m, net.pool, &corpus, &c, &u, &e) < 0 && !e.usage);
    net_release(&net);
}

int main(void)
{
    corpus = story();
    RUN(a_planted_quote_unit_is_found);
    RUN(a_quote_unit_of_the_opposite_sign_is_found_too);
    RUN(only_units_of_the_requested_layer_are_found);
    RUN(scores_are_those_of_the_values);
    RUN(the_best_of_the_first_part_are_chosen);
    RUN(features_are_ordered_by_what_is_above_chance);
    RUN(any_number_of_threads_finds_the_same);
    RUN(the_reading_is_told_as_it_goes_on);
    RUN(what_is_too_rare_is_left_out);
    RUN(what_cannot_be_searched_is_refused);
    corpus_release(&corpus);
    return test_end();
}
