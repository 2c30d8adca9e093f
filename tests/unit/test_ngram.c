/*
 * test_ngram.c - compares n-gram baselines with a direct implementation of their
 * definitions.
 *
 * The reference below counts an n-gram by looking at every place of the text, and computes
 * probabilities by recursion.  It shares only the formulas with the module.
 */
#include "score/ngram.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/rng.h"
#include "test.h"

enum { LONGEST = 400, STRETCHES = 3, V_MOST = 8 };

/* --------------------------------------------------------------- reference */

struct reference {
    const struct ngram_text *train;
    int V, separator;
    double discount[NGRAM_ORDERS][2][3]; /* by order, kind (0 occurrences, 1 contexts) */
};

static int symbol_at(const struct ngram_stretch *s, size_t i)
{
    return corpus_at(s->corpus, i);
}

/* How many symbols before place i can belong to its context. */
static size_t room_before(const struct ngram_stretch *s, size_t i, int separator)
{
    size_t room = 0;
    while (i - room > s->lo) {
        room++;
        if (symbol_at(s, i - room) == separator)
            break;
    }
    return room;
}

/* Whether the k symbols before place i of s are the same as those before place j of t. */
static int same_context(const struct ngram_stretch *s, size_t i,
                        const struct ngram_stretch *t, size_t j, size_t k)
{
    for (size_t d = 1; d <= k; d++)
        if (symbol_at(s, i - d) != symbol_at(t, j - d))
            return 0;
    return 1;
}

/* Counts `symbol` after the k symbols before place i of s, in the training text. */
static void count(const struct reference *r, const struct ngram_stretch *s, size_t i,
                  size_t k, int symbol, int counts[2])
{
    char left[V_MOST] = { 0 };
    counts[0] = counts[1] = 0;
    for (size_t n = 0; n < r->train->n; n++) {
        const struct ngram_stretch *t = &r->train->stretch[n];
        for (size_t j = t->lo; j < t->hi; j++) {
            size_t room = room_before(t, j, r->separator);
            if (symbol_at(t, j) != symbol || room < k || !same_context(s, i, t, j, k))
                continue;
            counts[0]++;
            if (room == k)
                counts[1]++;
            else
                counts[1] += left[symbol_at(t, j - k - 1)]++ == 0;
        }
    }
}

/* Whether place i of stretch n has the first occurrence of its n-gram in the training
 * text. */
static int is_first(const struct reference *r, size_t n, size_t i, size_t k)
{
    const struct ngram_stretch *s = &r->train->stretch[n];
    for (size_t m = 0; m <= n; m++) {
        const struct ngram_stretch *t = &r->train->stretch[m];
        for (size_t j = t->lo; j < (m == n ? i : t->hi); j++)
            if (symbol_at(s, i) == symbol_at(t, j) &&
                room_before(t, j, r->separator) >= k && same_context(s, i, t, j, k))
                return 0;
    }
    return 1;
}

static double discount(const struct reference *r, size_t k, int kind, int c)
{
    return c == 0 ? 0 : r->discount[k][kind][c > 3 ? 2 : c - 1];
}

static void settle_discounts(struct reference *r, size_t k)
{
    double n_of[2][5] = { { 0, 1, 1, 1, 1 }, { 0, 1, 1, 1, 1 } };
    for (size_t n = 0; n < r->train->n; n++) {
        const struct ngram_stretch *s = &r->train->stretch[n];
        for (size_t i = s->lo; i < s->hi; i++) {
            int c[2];
            if (room_before(s, i, r->separator) < k || !is_first(r, n, i, k))
                continue;
            count(r, s, i, k, symbol_at(s, i), c);
            for (int kind = 0; kind < 2; kind++)
                if (c[kind] <= 4)
                    n_of[kind][c[kind]]++;
        }
    }
    for (int kind = 0; kind < 2; kind++) {
        const double *n = n_of[kind], Y = n[1] / (n[1] + 2 * n[2]);
        for (int c = 1; c <= 3; c++)
            r->discount[k][kind][c - 1] =
                fmin(fmax(c - (c + 1) * Y * n[c + 1] / n[c], 0.1), c);
    }
}

/* p(symbol | the k symbols before place i of s); kind is 1 for orders below the highest. */
static double probability(const struct reference *r, const struct ngram_stretch *s,
                          size_t i, int k, int symbol, int kind)
{
    if (k < 0)
        return 1.0 / r->V;
    double lower = probability(r, s, i, k - 1, symbol, 1), total = 0, left = 0;
    if (room_before(s, i, r->separator) < (size_t)k)
        return lower;
    for (int v = 0; v < r->V; v++) {
        int c[2];
        count(r, s, i, (size_t)k, v, c);
        total += c[kind];
        left += discount(r, (size_t)k, kind, c[kind]);
    }
    if (total == 0)
        return lower;
    int c[2];
    count(r, s, i, (size_t)k, symbol, c);
    return (c[kind] - discount(r, (size_t)k, kind, c[kind]) + left * lower) / total;
}

static double reference_loss(const struct reference *r, const struct ngram_text *held,
                             int k)
{
    double nats = 0;
    size_t targets = 0;
    for (size_t n = 0; n < held->n; n++) {
        const struct ngram_stretch *s = &held->stretch[n];
        for (size_t i = s->lo + 1; i < s->hi; i++, targets++)
            nats -= log(probability(r, s, i, k, symbol_at(s, i), 0));
    }
    return nats / (double)targets;
}

/* ----------------------------------------------------------------- helpers */

/* A text with its own memory, and one stretch that covers it. */
struct sample {
    uint8_t symbol[LONGEST];
    struct corpus corpus;
    struct ngram_stretch all;
    struct ngram_text text;
};

static void sample_init(struct sample *s, size_t n)
{
    s->corpus = (struct corpus){ .n = n, .narrow = s->symbol };
    s->all = (struct ngram_stretch){ &s->corpus, 0, n };
    s->text = (struct ngram_text){ &s->all, 1 };
}

/* Makes a random text in which some symbols are more frequent than others, and some repeat
 * the symbol `back` places before. */
static void sample_random(struct sample *s, struct rng *rng, size_t n, int V)
{
    size_t back = 1 + rng_next(rng) % 9;
    for (size_t i = 0; i < n; i++) {
        double u = rng_uniform(rng);
        s->symbol[i] = (uint8_t)(u * u * V);
        if (i >= back && rng_next(rng) % 2)
            s->symbol[i] = s->symbol[i - back];
    }
    sample_init(s, n);
}

/* Makes a text of letters: a, b, ... become 0, 1, ... */
static void sample_letters(struct sample *s, const char *letters)
{
    size_t n = strlen(letters);
    for (size_t i = 0; i < n; i++)
        s->symbol[i] = (uint8_t)(letters[i] - 'a');
    sample_init(s, n);
}

static struct ngram_baselines baselines(const struct ngram_text *train,
                                        const struct ngram_text *held, size_t V,
                                        int separator)
{
    struct ngram_baselines b = { .trained = 0 };
    struct charnn_error e;
    int status =
        ngram_baselines(train, held,
                        &(struct ngram_options){
                            .V = V, .separator = separator, .most = NGRAM_ORDERS - 1 },
                        &b, &e);
    CHECK_MSG(status == 0, "%s", e.message);
    return b;
}

static int close_to(double a, double b)
{
    return fabs(a - b) <= 1e-10 * (1 + fabs(b));
}

static void check_against_reference(const struct ngram_text *train,
                                    const struct ngram_text *held, int V, int separator)
{
    struct reference r = { .train = train, .V = V, .separator = separator };
    struct ngram_baselines b = baselines(train, held, (size_t)V, separator);
    for (int k = 0; k < NGRAM_ORDERS; k++) {
        settle_discounts(&r, (size_t)k);
        double loss = reference_loss(&r, held, k);
        CHECK_MSG(close_to(b.loss[k], loss), "V %d separator %d order %d: %.15g, not %.15g",
                  V, separator, k, b.loss[k], loss);
    }
}

/* Cuts a sample into n stretches, with a gap of i symbols before stretch i. */
static struct ngram_text cut(const struct sample *s, struct ngram_stretch *stretch,
                             size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t lo = s->corpus.n * i / n, hi = s->corpus.n * (i + 1) / n;
        stretch[i] = (struct ngram_stretch){ &s->corpus, lo + i, hi };
    }
    return (struct ngram_text){ stretch, n };
}

/* ------------------------------------------------------------------- tests */

static void every_order_follows_its_definition(void)
{
    static const size_t lengths[] = { 6, 17, 60, 120 };
    struct rng rng;
    rng_init(&rng, 1);
    for (int round = 0; round < 96; round++) {
        static struct sample train, held;
        struct ngram_stretch a[STRETCHES], b[STRETCHES];
        int V = 1 + round % 5, separator = round % 3 ? NGRAM_NO_SEPARATOR : round % V;
        sample_random(&train, &rng, lengths[round % 4], V);
        sample_random(&held, &rng, 20, V);
        struct ngram_text t = cut(&train, a, 1 + (size_t)round / 4 % STRETCHES);
        struct ngram_text h = cut(&held, b, 1 + (size_t)round / 12 % STRETCHES);
        check_against_reference(&t, &h, V, separator);
    }
}

static void a_text_predicts_itself_by_the_same_definition(void)
{
    struct rng rng;
    rng_init(&rng, 2);
    for (int V = 2; V <= V_MOST; V++) {
        static struct sample s;
        sample_random(&s, &rng, 90, V);
        check_against_reference(&s.text, &s.text, V, V - 1);
    }
}

/* For aab: a occurs twice, b once. n_1 = n_2 = 1 and n_3 = n_4 = 0; with one added to each,
 * Y = 1/3, D_1 = 1/3, D_2 = 3/2, so p(a) = (2 - 3/2 + (3/2 + 1/3) / 2) / 3. */
static void order_zero_is_as_computed_by_hand(void)
{
    static struct sample train, held;
    sample_letters(&train, "aab");
    sample_letters(&held, "ba");
    struct ngram_baselines b = baselines(&train.text, &held.text, 2, NGRAM_NO_SEPARATOR);
    CHECK_MSG(close_to(b.loss[0], -log(17.0 / 36)), "%.15g", b.loss[0]);
    CHECK(b.trained == 3 && b.targets == 1);
}

/* The values were computed by an independent program that keeps n-grams in dictionaries. */
static void losses_are_those_of_an_independent_program(void)
{
    static const double expected[NGRAM_ORDERS] = {
        2.317263535056, 1.298811396716, 1.022698565049, 0.863498998400,
        0.930103719203, 0.957469565614, 0.964611083372,
    };
    static struct sample train, held;
    sample_letters(&train, "thecatsatonthematandtheratsatonthecatthenthecatranandtherat"
                           "atethehatthatthecathadandthemansatonthematandthehen");
    sample_letters(&held, "theratandthecatsatonthehatzthen");
    struct ngram_baselines b = baselines(&train.text, &held.text, 26, NGRAM_NO_SEPARATOR);
    for (int k = 0; k < NGRAM_ORDERS; k++)
        CHECK_MSG(close_to(b.loss[k], expected[k]), "order %d: %.15g", k, b.loss[k]);
}

/* Computes the loss of the last character of a held-out stretch, for all orders. */
static void last_nats(const struct ngram_text *train, struct sample *held, size_t n,
                      size_t V, double nats[NGRAM_ORDERS])
{
    sample_init(held, n);
    struct ngram_baselines with = baselines(train, &held->text, V, NGRAM_NO_SEPARATOR);
    sample_init(held, n - 1);
    struct ngram_baselines without = baselines(train, &held->text, V, NGRAM_NO_SEPARATOR);
    for (int k = 0; k < NGRAM_ORDERS; k++)
        nats[k] = with.loss[k] * (double)(n - 1) - without.loss[k] * (double)(n - 2);
}

static void probabilities_sum_to_one(void)
{
    enum { V = 5, N = 9 };
    struct rng rng;
    rng_init(&rng, 3);
    for (int round = 0; round < 20; round++) {
        static struct sample train, held;
        double sum[NGRAM_ORDERS] = { 0 }, nats[NGRAM_ORDERS];
        sample_random(&train, &rng, 200, V - 1); /* without the last symbol, which never
                                                  * occurs */
        memcpy(held.symbol, train.symbol + 50 + round, N);
        for (int v = 0; v < V; v++) {
            held.symbol[N - 1] = (uint8_t)v;
            last_nats(&train.text, &held, N, V, nats);
            for (int k = 0; k < NGRAM_ORDERS; k++)
                sum[k] += exp(-nats[k]);
        }
        for (int k = 0; k < NGRAM_ORDERS; k++)
            CHECK_MSG(fabs(sum[k] - 1) < 1e-9, "order %d: %.15g", k, sum[k]);
    }
}

/* Each higher order distinguishes more positions in the period; six symbols of context
 * identify all of them. */
static void a_periodic_text_is_easier_with_every_order(void)
{
    static struct sample s;
    for (size_t i = 0; i < LONGEST; i++)
        s.symbol[i] = (uint8_t)("aaaaaabaaaab"[i % 12] - 'a');
    sample_init(&s, LONGEST);
    struct ngram_baselines b = baselines(&s.text, &s.text, 2, NGRAM_NO_SEPARATOR);
    for (int k = 1; k < NGRAM_ORDERS; k++)
        CHECK_MSG(b.loss[k] < b.loss[k - 1], "order %d: %g after %g", k, b.loss[k],
                  b.loss[k - 1]);
    CHECK_MSG(b.loss[6] < 0.13 && b.loss[3] > 0.3, "%g %g", b.loss[6], b.loss[3]);
}

/* Documents end with the separator, a; their order must not matter. */
static void documents_do_not_know_their_neighbours(void)
{
    static struct sample one, other, held;
    sample_letters(&one, "abcdbdcacbdbcbdabbabbdcbdcbdcaacdcbda");
    sample_letters(&other, "acdcbdabbdcbdcbdcabbacbdbcbdaabcdbdca");
    sample_letters(&held, "abcbdcacbdcbda");
    struct ngram_baselines p = baselines(&one.text, &held.text, 4, 0);
    struct ngram_baselines q = baselines(&other.text, &held.text, 4, 0);
    struct ngram_baselines whole =
        baselines(&other.text, &held.text, 4, NGRAM_NO_SEPARATOR);
    for (int k = 0; k < NGRAM_ORDERS; k++)
        CHECK_MSG(close_to(p.loss[k], q.loss[k]), "order %d: %.15g %.15g", k, p.loss[k],
                  q.loss[k]);
    CHECK(!close_to(p.loss[3], whole.loss[3]));
}

/* The same stretches, taken from one corpus, and in another order from two corpora. */
static void stretches_do_not_know_their_neighbours(void)
{
    static struct sample s, t;
    sample_letters(&s, "abcabbcabcabcddddbcabcabdcbabcabcbdabc");
    sample_letters(&t, "ccccbcabcabdcbabcabcbdabc");
    struct ngram_stretch forth[] = { { &s.corpus, 0, 13 }, { &s.corpus, 17, 38 } };
    struct ngram_stretch back[] = { { &t.corpus, 4, 25 }, { &s.corpus, 0, 13 } };
    struct ngram_text a = { forth, 2 }, b = { back, 2 };
    struct ngram_baselines p = baselines(&a, &a, 4, NGRAM_NO_SEPARATOR);
    struct ngram_baselines q = baselines(&b, &b, 4, NGRAM_NO_SEPARATOR);
    CHECK(p.trained == 34 && p.targets == 32);
    for (int k = 0; k < NGRAM_ORDERS; k++)
        CHECK_MSG(close_to(p.loss[k], q.loss[k]), "order %d: %.15g %.15g", k, p.loss[k],
                  q.loss[k]);
}

static void without_targets_the_loss_is_not_a_number(void)
{
    static struct sample train, held;
    sample_letters(&train, "ab");
    sample_letters(&held, "a");
    const struct ngram_text none = { NULL, 0 };
    const struct ngram_text *texts[] = { &held.text, &none };
    for (int i = 0; i < 2; i++) {
        struct ngram_baselines b = baselines(&train.text, texts[i], 2, NGRAM_NO_SEPARATOR);
        CHECK(b.targets == 0 && b.trained == 2);
        for (int k = 0; k < NGRAM_ORDERS; k++)
            CHECK(isnan(b.loss[k]));
    }
}

static void without_training_all_symbols_are_alike(void)
{
    static struct sample held;
    sample_letters(&held, "abcabc");
    const struct ngram_text none = { NULL, 0 };
    struct ngram_baselines b = baselines(&none, &held.text, 1000, NGRAM_NO_SEPARATOR);
    for (int k = 0; k < NGRAM_ORDERS; k++)
        CHECK_MSG(close_to(b.loss[k], log(1000)), "%.15g", b.loss[k]);
}

static void the_shortest_texts_have_losses(void)
{
    for (size_t n = 1; n <= 9; n++)
        for (size_t m = 2; m <= 9; m++) {
            static struct sample train, held;
            sample_letters(&train, "abbbababb");
            sample_letters(&held, "bcabbbcba");
            sample_init(&train, n);
            sample_init(&held, m);
            struct ngram_baselines b = baselines(&train.text, &held.text, 3, 1);
            CHECK(b.trained == n && b.targets == m - 1);
            for (int k = 0; k < NGRAM_ORDERS; k++)
                CHECK_MSG(b.loss[k] > 0 && b.loss[k] < 10, "%zu %zu: %g", n, m, b.loss[k]);
        }
}

static void what_was_never_seen_is_finite(void)
{
    static struct sample train, held;
    memset(train.symbol, 0, LONGEST);
    sample_init(&train, LONGEST);
    sample_letters(&held, "aaaaaaaabaaaaaaaac");
    struct ngram_baselines b = baselines(&train.text, &held.text, 3, NGRAM_NO_SEPARATOR);
    for (int k = 0; k < NGRAM_ORDERS; k++)
        CHECK_MSG(b.loss[k] > 0 && b.loss[k] < 10, "order %d: %g", k, b.loss[k]);
}

static void one_symbol_alone_is_certain(void)
{
    static struct sample s;
    memset(s.symbol, 0, LONGEST);
    sample_init(&s, LONGEST);
    struct ngram_baselines b = baselines(&s.text, &s.text, 1, 0);
    for (int k = 0; k < NGRAM_ORDERS; k++)
        CHECK_MSG(fabs(b.loss[k]) < 1e-12, "order %d: %g", k, b.loss[k]);
}

/* Ids up to the largest possible one are stored in two bytes. */
static void wide_texts_read_the_same_to_the_bit(void)
{
    static struct sample s;
    static uint16_t wide[LONGEST];
    struct rng rng;
    rng_init(&rng, 4);
    sample_random(&s, &rng, LONGEST, V_MOST);
    for (size_t i = 0; i < LONGEST; i++)
        wide[i] = (uint16_t)(8190 + 8192 * s.symbol[i]);
    struct corpus c = { .n = LONGEST, .wide = wide };
    struct ngram_stretch all = { &c, 0, LONGEST };
    struct ngram_text t = { &all, 1 };
    struct ngram_baselines narrow = baselines(&s.text, &s.text, VOCAB_MAX, 3);
    struct ngram_baselines b = baselines(&t, &t, VOCAB_MAX, 8190 + 8192 * 3);
    for (int k = 0; k < NGRAM_ORDERS; k++)
        CHECK_MSG(b.loss[k] == narrow.loss[k], "%.17g %.17g", b.loss[k], narrow.loss[k]);
}

/* Makes a text of n characters: `first` times a, then only b. */
static struct corpus two_parts(size_t n, size_t first)
{
    struct corpus c = { .n = n, .narrow = malloc(n) };
    if (c.narrow)
        memset(memset(c.narrow, 1, n), 0, first);
    return c;
}

/* This must also be fast: a single repeated symbol is the worst case for comparing
 * contexts. */
static void the_last_part_of_a_long_text_is_counted(void)
{
    enum { N = NGRAM_TRAIN_MOST + 1000 };
    struct corpus c = two_parts(N, 1000);
    static struct sample held;
    sample_letters(&held, "bbbbbbbbb");
    struct ngram_stretch all = { &c, 0, N };
    struct ngram_baselines b =
        baselines(&(struct ngram_text){ &all, 1 }, &held.text, 2, NGRAM_NO_SEPARATOR);
    CHECK_MSG(b.trained == NGRAM_TRAIN_MOST, "%zu", b.trained);
    CHECK_MSG(b.loss[0] < 1e-6, "%g", b.loss[0]); /* about 1e-4 if the thousand letters 'a'
                                                   * were counted too */
    free(c.narrow);
}

static void a_long_held_out_text_is_scored_in_samples(void)
{
    enum { N = 4 * NGRAM_HELD_MOST };
    struct corpus c = two_parts(N, N / 2);
    static struct sample train;
    sample_letters(&train, "bbbb");
    struct ngram_stretch all = { &c, 0, N };
    struct ngram_baselines b =
        baselines(&train.text, &(struct ngram_text){ &all, 1 }, 2, NGRAM_NO_SEPARATOR);
    CHECK_MSG(b.targets == NGRAM_HELD_MOST - 64, "%zu", b.targets);
    /* D_3 = 3 - 4 Y n_4 / n_3 = 3 - 4 * 1/3 * 2 = 1/3 leaves 1/24 for a; half of the
     * targets are b. */
    double half = -(log(23.0 / 24) + log(1.0 / 24)) / 2;
    CHECK_MSG(fabs(b.loss[0] - half) < 1e-9, "%.15g, not %.15g", b.loss[0], half);
    free(c.narrow);
}

static void no_memory_is_an_error_and_leaves_the_result(void)
{
#if SANITIZED
    SKIP("a sanitizer needs all the addresses there are");
#else
    enum { N = NGRAM_TRAIN_MOST };
    struct corpus c = two_parts(N, 10);
    struct ngram_stretch all = { &c, 0, N };
    struct ngram_text text = { &all, 1 };
    struct ngram_baselines b = { .trained = 7 };
    struct charnn_error e = { .usage = 1 };
    struct rlimit old, tight;
    getrlimit(RLIMIT_AS, &old);
    tight = (struct rlimit){ 100 << 20, old.rlim_max };
    setrlimit(RLIMIT_AS, &tight);
    int status = ngram_baselines(&text, &text,
                                 &(struct ngram_options){ .V = 2,
                                                          .separator = NGRAM_NO_SEPARATOR,
                                                          .most = NGRAM_ORDERS - 1 },
                                 &b, &e);
    setrlimit(RLIMIT_AS, &old);
    CHECK(status == -1 && b.trained == 7 && e.usage == 0);
    CHECK_MSG(strstr(e.message, "counting n-grams: out of memory, 1"), "%s", e.message);
    free(c.narrow);
#endif
}

/* Stops when progress is reported for the `at`th time; the count then ends without losses. */
struct stopping {
    atomic_bool stop;
    size_t at, told;
};

static void stop_at_report(void *arg, size_t done, size_t total)
{
    struct stopping *s = arg;
    s->told++;
    CHECK(done <= total);
    if (s->told >= s->at)
        atomic_store(&s->stop, true);
}

static struct ngram_baselines count_until(struct stopping *s, const struct ngram_text *text)
{
    const struct ngram_options o = { .V = 2,
                                     .separator = NGRAM_NO_SEPARATOR,
                                     .most = NGRAM_ORDERS - 1,
                                     .stop = &s->stop,
                                     .progress = stop_at_report,
                                     .arg = s };
    struct ngram_baselines b;
    struct charnn_error e;
    atomic_store(&s->stop, s->at == 0);
    CHECK(ngram_baselines(text, text, &o, &b, &e) == 0);
    return b;
}

/* A pass over these texts reports ten times, so a pass that is not given up is noticed. */
static void a_stop_ends_the_count(void)
{
    struct corpus c = two_parts(300000, 1000);
    struct ngram_stretch all = { &c, 0, 300000 };
    struct ngram_text text = { &all, 1 };
    struct stopping whole = { .at = SIZE_MAX };
    CHECK(isfinite(count_until(&whole, &text).loss[NGRAM_ORDERS - 1]));
    CHECK_MSG(whole.told > 80, "%zu reports", whole.told);
    for (size_t at = 0; at < whole.told; at += at < 20 ? 1 : 7) {
        struct stopping s = { .at = at };
        const struct ngram_baselines b = count_until(&s, &text);
        CHECK_MSG(isnan(b.loss[NGRAM_ORDERS - 1]), "report %zu", at);
        CHECK_MSG(s.told <= at + 5, "report %zu: %zu more", at, s.told - at);
    }
    corpus_release(&c);
}

int main(void)
{
    RUN(every_order_follows_its_definition);
    RUN(a_text_predicts_itself_by_the_same_definition);
    RUN(order_zero_is_as_computed_by_hand);
    RUN(losses_are_those_of_an_independent_program);
    RUN(probabilities_sum_to_one);
    RUN(a_periodic_text_is_easier_with_every_order);
    RUN(documents_do_not_know_their_neighbours);
    RUN(stretches_do_not_know_their_neighbours);
    RUN(without_targets_the_loss_is_not_a_number);
    RUN(without_training_all_symbols_are_alike);
    RUN(the_shortest_texts_have_losses);
    RUN(what_was_never_seen_is_finite);
    RUN(one_symbol_alone_is_certain);
    RUN(wide_texts_read_the_same_to_the_bit);
    RUN(the_last_part_of_a_long_text_is_counted);
    RUN(a_long_held_out_text_is_scored_in_samples);
    RUN(no_memory_is_an_error_and_leaves_the_result);
    RUN(a_stop_ends_the_count);
    return test_end();
}
