/* test_texts.c - generating whole texts: one alone, many in parallel, and by beam
 * search. */
#include <math.h>

#include "charnn.h"
#include "base/utf8.h"
#include "sample/beam.h"
#include "net.h"
#include "test.h"
#include "text/corpus.h"

enum { TEXTS = 130 };

struct source {
    struct corpus corpus;
    struct net net;
    struct generator g;
};

static void start(struct source *s, const char *text, int unit, int cell,
                  const struct copy_guard *guard, size_t units)
{
    const struct corpus_part part = { "text", (const unsigned char *)text, strlen(text) };
    const struct charnn_sample_config c = { .temperature = 1, .top_p = 1, .seed = 5 };
    struct charnn_error e;
    if (corpus_read_parts(&s->corpus, &part, 1, &(struct corpus_options){ .unit = unit },
                          &e) < 0)
        abort();
    const struct model_shape shape = { net_cell(cell)->cell,
                                       net_cell(cell)->activation,
                                       2,
                                       units,
                                       0,
                                       s->corpus.vocab.size,
                                       .skip = 0 };
    net_init(&s->net, &shape, isa_choose(), 1, 1, STACK_FORWARD);
    if (generator_init(&s->g, &s->net.m, &s->corpus.vocab, guard, s->net.pool, &c, &e) < 0)
        abort();
    s->g.scored = true;
    generator_start(&s->g, NULL, 0);
}

static void stop(struct source *s)
{
    generator_release(&s->g);
    net_release(&s->net);
    corpus_release(&s->corpus);
}

/* The texts in the order in which they were emitted. */
struct collected {
    struct buf text[TEXTS];
    struct charnn_piece last[TEXTS];
    int64_t ended;
    int64_t enough; /* stop after this many texts; 0: never */
};

static int collect(const struct charnn_piece *p, void *arg)
{
    struct collected *c = arg;
    CHECK(p->number >= 0 && p->number < TEXTS);
    CHECK(p->end ? p->number == c->ended : p->n > 0);
    buf_add(&c->text[p->number], p->bytes, p->n);
    if (p->end) {
        c->last[p->number] = *p;
        c->ended++;
    }
    return c->enough && c->ended >= c->enough;
}

static void release(struct collected *c)
{
    for (int i = 0; i < TEXTS; i++)
        buf_release(&c->text[i]);
    *c = (struct collected){ 0 };
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static const char letters[] = "the quick brown fox jumps over the lazy dog\n";
static const char utf8[] = "\xC3\xA9\xC3\xA8 \xED\x95\x9C\xEA\xB8\x80\n\xF0\x9F\x98\x80";

/* Checks that text k is the same when generated alone and as one of many. */
static void check_company(const char *text, int unit, int cell,
                          const struct charnn_limits *limits)
{
    struct source s;
    struct collected many = { .ended = 0 };
    start(&s, text, unit, cell, NULL, 37);
    const uint16_t prime[] = { 1, 2, 1 };
    generator_start(&s.g, prime, 3);
    CHECK(texts_batch(&s.g, 9, TEXTS, limits, collect, &many, NULL) == 0);
    CHECK(many.ended == TEXTS);
    for (int64_t k = 0; k < TEXTS; k += k < 3 ? 1 : 42) {
        struct collected one = { .ended = k };
        generator_start(&s.g, prime, 3);
        CHECK(texts_stream(&s.g, 9, k, limits, collect, &one, NULL) == 0);
        CHECK_MSG(same(&one.text[k], &many.text[k]), "%s, text %d", net_cell(cell)->name,
                  (int)k);
        CHECK(one.last[k].chars == many.last[k].chars);
        CHECK(one.last[k].logprob == many.last[k].logprob && one.last[k].logprob < 0);
        release(&one);
    }
    CHECK(!same(&many.text[0], &many.text[1]));
    release(&many);
    stop(&s);
}

static void a_text_does_not_depend_on_the_texts_beside_it(void)
{
    const struct charnn_limits limits = { .length = 40 };
    for (int cell = 0; cell < NET_CELLS; cell++)
        check_company(letters, CHARNN_UNIT_CHAR, cell, &limits);
    check_company(utf8, CHARNN_UNIT_BYTE, 3, &limits);
}

static void a_text_does_not_depend_on_where_the_texts_beside_it_end(void)
{
    check_company(letters, CHARNN_UNIT_CHAR, 3,
                  &(struct charnn_limits){ .length = 200,
                                           .lines = 2,
                                           .stops = &(struct charnn_stop){ "e", 1 },
                                           .n_stops = 1 });
    check_company(letters, CHARNN_UNIT_CHAR, 4, &(struct charnn_limits){ .lines = 1 });
}

static void a_batch_of_any_size_begins_the_same(void)
{
    static const int64_t sizes[] = { 1, 2, 5, 64, 65, TEXTS };
    const struct charnn_limits limits = { .length = 30 };
    struct source s;
    struct collected all = { .ended = 0 };
    start(&s, letters, CHARNN_UNIT_CHAR, 3, NULL, 16);
    texts_batch(&s.g, 1, TEXTS, &limits, collect, &all, NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct collected c = { .ended = 0 };
        texts_batch(&s.g, 1, sizes[i], &limits, collect, &c, NULL);
        CHECK(c.ended == sizes[i]);
        for (int64_t k = 0; k < sizes[i]; k++)
            CHECK(same(&c.text[k], &all.text[k]));
        release(&c);
    }
    release(&all);
    stop(&s);
}

static void generation_ends_when_enough_texts_have_ended(void)
{
    struct source s;
    struct collected c = { .enough = 3 };
    start(&s, letters, CHARNN_UNIT_CHAR, 3, NULL, 16);
    texts_batch(&s.g, 1, TEXTS, &(struct charnn_limits){ .length = 5 }, collect, &c, NULL);
    CHECK(c.ended == 3);
    release(&c);
    atomic_store(&s.g.interrupted, 1);
    CHECK(texts_stream(&s.g, 1, 0, &(struct charnn_limits){ 0 }, collect, &c, NULL) == 0);
    CHECK(c.ended == 1 && c.text[0].len == 0);
    release(&c);
    stop(&s);
}

/* The log-probability of a text, computed symbol by symbol. */
static double score(struct source *s, const uint16_t *ids, size_t n)
{
    const size_t V = s->corpus.vocab.size;
    double sum = 0;
    generator_start(&s->g, NULL, 0);
    for (size_t i = 0; i < n; i++) {
        sum += generator_logprob(s->g.logits, V, ids[i]);
        generator_read(&s->g, &ids[i], 1);
    }
    return sum;
}

static void log_probabilities_are_those_of_the_symbols_drawn(void)
{
    struct source s;
    struct collected c = { .ended = 0 };
    uint16_t ids[50];
    start(&s, letters, CHARNN_UNIT_CHAR, 4, NULL, 24);
    s.g.config.temperature = 0.3; /* must not change the log-probabilities */
    texts_batch(&s.g, 3, 2, &(struct charnn_limits){ .length = 50 }, collect, &c, NULL);
    for (size_t i = 0; i < 50; i++)
        ids[i] = (uint16_t)vocab_id(&s.corpus.vocab, (unsigned char)c.text[1].data[i]);
    CHECK(fabs(score(&s, ids, 50) - c.last[1].logprob) < 1e-9);
    double sum = 0;
    for (int i = 0; i < (int)s.corpus.vocab.size; i++)
        sum += exp(generator_logprob(s.g.logits, s.corpus.vocab.size, i));
    CHECK(fabs(sum - 1) < 1e-9);
    release(&c);
    stop(&s);
}

/* -------------------------------------------------------------------------- beams */

static void enough_beams_find_the_likeliest_text(void)
{
    struct source s;
    for (int cell = 0; cell < NET_CELLS; cell++) {
        struct collected c = { .ended = 0 };
        double best = -INFINITY;
        uint16_t ids[4], likeliest[4];
        start(&s, "abcd", CHARNN_UNIT_CHAR, cell, NULL, 20);
        for (int k = 0; k < 256; k++) {
            for (int i = 0; i < 4; i++)
                ids[i] = (uint16_t)(k >> 2 * i & 3);
            const double x = score(&s, ids, 4);
            if (x > best)
                memcpy(likeliest, ids, sizeof ids);
            best = x > best ? x : best;
        }
        generator_start(&s.g, NULL, 0);
        CHECK(beam_search(&s.g, 64, 2, &(struct charnn_limits){ .length = 4 }, collect, &c,
                          NULL) == 0);
        CHECK(c.ended == 2 && c.text[0].len == 4);
        CHECK_MSG(fabs(c.last[0].logprob - best) < 1e-5, "%g, not %g", c.last[0].logprob,
                  best);
        for (int i = 0; i < 4; i++)
            CHECK(c.text[0].data[i] == 'a' + likeliest[i]);
        CHECK(c.last[1].logprob <= c.last[0].logprob && !same(&c.text[0], &c.text[1]));
        release(&c);
        stop(&s);
    }
}

/* Whether the text has a repetition that beam.h forbids. */
static bool has_loop(const char *text, size_t n)
{
    for (size_t p = 1; p <= BEAM_PERIODS; p++)
        for (size_t i = p, run = 0; i < n; i++) {
            run = text[i] == text[i - p] ? run + 1 : 0;
            if (run >= 2 * p && run >= BEAM_LOOP)
                return true;
        }
    return false;
}

static void beams_do_not_go_round_in_circles(void)
{
    for (int cell = 0; cell < NET_CELLS; cell++) {
        struct source s;
        struct collected c = { .ended = 0 };
        start(&s, letters, CHARNN_UNIT_CHAR, cell, NULL, 16);
        CHECK(beam_search(&s.g, 3, 3, &(struct charnn_limits){ .length = 500 }, collect, &c,
                          NULL) == 0);
        CHECK(c.ended == 3 && c.text[0].len == 500);
        for (int i = 0; i < 3; i++)
            CHECK_MSG(!has_loop(c.text[i].data, c.text[i].len), "%s: %s",
                      net_cell(cell)->name, c.text[i].data);
        release(&c);
        stop(&s);
    }
}

static void one_symbol_ends_the_search(void)
{
    struct source s;
    struct collected c = { .ended = 0 };
    start(&s, "aaaa", CHARNN_UNIT_CHAR, 3, NULL, 16);
    CHECK(beam_search(&s.g, 4, 4, &(struct charnn_limits){ .length = 500 }, collect, &c,
                      NULL) == 0);
    CHECK(c.ended == 1 && c.last[0].end == CHARNN_END_STUCK && c.text[0].len == BEAM_LOOP);
    CHECK(c.last[0].logprob == 0);
    release(&c);
    stop(&s);
}

static void beams_of_bytes_are_characters(void)
{
    struct source s;
    struct collected c = { .ended = 0 };
    start(&s, utf8, CHARNN_UNIT_BYTE, 3, NULL, 16);
    CHECK(beam_search(&s.g, 5, 5, &(struct charnn_limits){ .length = 30 }, collect, &c,
                      NULL) == 0);
    CHECK(c.ended == 5);
    for (int i = 0; i < 5; i++)
        CHECK(utf8_check((unsigned char *)c.text[i].data, c.text[i].len) == c.text[i].len);
    release(&c);
    stop(&s);
}

/* -------------------------------------------------------------------------- guard */

/* The text has all pairs of its symbols, so every next symbol would be a copy. */
static void where_nothing_is_allowed_the_text_ends(void)
{
    struct source s;
    struct collected c = { .ended = 0 };
    struct copy_guard guard;
    const uint16_t pairs[] = { 0, 0, 1, 1, 0, 2, 1, 2, 2, 0 };
    CHECK(copy_guard_init(&guard, pairs, 10, 3, 1, NULL) == 0);
    start(&s, "abc", CHARNN_UNIT_CHAR, 3, &guard, 16);
    const struct charnn_limits limits = { .length = 100 };
    CHECK(texts_stream(&s.g, 1, 0, &limits, collect, &c, NULL) == 0);
    CHECK(c.ended == 1 && c.last[0].end == CHARNN_END_STUCK && c.text[0].len == 1);
    release(&c);
    generator_start(&s.g, NULL, 0);
    CHECK(texts_batch(&s.g, 1, 3, &limits, collect, &c, NULL) == 0);
    CHECK(c.ended == 3 && c.last[2].end == CHARNN_END_STUCK && c.text[2].len == 1);
    release(&c);
    CHECK(beam_search(&s.g, 2, 1, &limits, collect, &c, NULL) == 0);
    CHECK(c.ended == 1 && c.last[0].end == CHARNN_END_STUCK && c.text[0].len == 1);
    release(&c);
    generator_start(&s.g, (uint16_t[]){ 1 }, 1); /* the prime counts as copied too */
    CHECK(texts_stream(&s.g, 1, 0, &limits, collect, &c, NULL) == 0);
    CHECK(c.last[0].end == CHARNN_END_STUCK && c.text[0].len == 0);
    release(&c);
    generator_start(&s.g, (uint16_t[]){ 1 }, 1);
    CHECK(texts_batch(&s.g, 1, 2, &limits, collect, &c, NULL) == 0);
    CHECK(c.last[1].end == CHARNN_END_STUCK && c.text[1].len == 0);
    release(&c);
    CHECK(beam_search(&s.g, 2, 1, &limits, collect, &c, NULL) == 0);
    CHECK(c.last[0].end == CHARNN_END_STUCK && c.text[0].len == 0);
    release(&c);
    stop(&s);
    copy_guard_release(&guard);
}

/* Weights are finite, but their products are not. */
static void logits_that_are_not_finite_are_an_error(void)
{
    const struct charnn_limits limits = { .length = 20 };
    struct source s;
    start(&s, "abcabc\n", CHARNN_UNIT_CHAR, 3, NULL, 9);
    for (size_t i = 0; i < s.net.m.set.total; i++)
        s.net.m.weights[i] = i % 2 ? (real)3e38 : (real)-3e38;
    pool_run(s.net.pool, 1, net_pack_job, &s.net);
    for (int how = 0; how < 3; how++) {
        static struct collected c;
        struct charnn_error e = { 0 };
        memset(&c, 0, sizeof c);
        generator_start(&s.g, NULL, 0);
        const int status = how == 0   ? texts_stream(&s.g, 1, 0, &limits, collect, &c, &e)
                           : how == 1 ? texts_batch(&s.g, 1, 3, &limits, collect, &c, &e)
                                      : beam_search(&s.g, 3, 1, &limits, collect, &c, &e);
        CHECK_MSG(status == -1 && strstr(e.message, "not finite"), "%d: %s", how,
                  e.message);
        CHECK(c.text[0].len == 0);
        for (int i = 0; i < TEXTS; i++)
            buf_release(&c.text[i]);
    }
    stop(&s);
}

/* The logits after the first newline, which comes before the text, are finite; those after
 * a letter are not. */
static void a_character_that_spoils_the_logits_is_not_written(void)
{
    const struct charnn_limits limits = { .length = 20 };
    static struct collected c;
    struct charnn_error e = { 0 };
    struct source s;
    start(&s, "abcabc\n", CHARNN_UNIT_CHAR, 3, NULL, 9);
    const struct param *in = model_param(&s.net.m, 0, W_IH);
    for (size_t r = 0; r < in->rows; r++)
        for (size_t letter = 1; letter < in->cols; letter++)
            s.net.m.weights[param_at(in, r, letter)] = (real)NAN;
    pool_run(s.net.pool, 1, net_pack_job, &s.net);
    generator_start(&s.g, NULL, 0);
    CHECK(generator_check(&s.g, &e) == 0);
    CHECK(texts_stream(&s.g, 1, 0, &limits, collect, &c, &e) == -1);
    CHECK_MSG(c.text[0].len == 0, "%zu bytes", c.text[0].len);
    release(&c);
    stop(&s);
}

int main(void)
{
    RUN(a_text_does_not_depend_on_the_texts_beside_it);
    RUN(a_text_does_not_depend_on_where_the_texts_beside_it_end);
    RUN(a_batch_of_any_size_begins_the_same);
    RUN(generation_ends_when_enough_texts_have_ended);
    RUN(log_probabilities_are_those_of_the_symbols_drawn);
    RUN(enough_beams_find_the_likeliest_text);
    RUN(beams_do_not_go_round_in_circles);
    RUN(one_symbol_ends_the_search);
    RUN(beams_of_bytes_are_characters);
    RUN(where_nothing_is_allowed_the_text_ends);
    RUN(logits_that_are_not_finite_are_an_error);
    RUN(a_character_that_spoils_the_logits_is_not_written);
    pool_free(net_pool());
    return test_end();
}
