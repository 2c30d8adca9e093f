/*
 * ngram.c - counts n-grams by sorting.
 *
 * The targets of both texts are sorted by the symbols before them, the nearest first.  Then
 * targets that share a context of k symbols are neighbours, for every k at once: a run.
 * Within a run, those that share one symbol more are neighbours again: a branch.  So each
 * order is counted and evaluated in sweeps from left to right, without a table of n-grams,
 * in time proportional to the length of the text.
 *
 * In memory, stretches are separated by a mark, which sorts as symbol V.  If a context is
 * shorter, because of a mark or a separator, the symbols beyond its end are compared too,
 * which is harmless, because the symbols of the context come first.
 */
#include "score/ngram.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum {
    CONTEXT_MOST = NGRAM_ORDERS - 1,
    PIECES = 64, /* pieces that are used of a held-out text that is too long, at least one
                  * of each stretch */
    AHEAD = 16,  /* prefetch the symbols of this many targets */
    /* over all targets: two to prepare and one for each digit to sort, two for each order */
    PASSES = 2 + CONTEXT_MOST + 2 * NGRAM_ORDERS,
};

/* Two counts of an n-gram: how often it occurred, for the highest order; and for the lower
 * orders, after how many different symbols it occurred, because these predict what is new
 * after a longer context (Kneser & Ney 1995). */
enum { OCCURRENCES, CONTINUATIONS, KINDS };

/* A target, in sorted order. */
struct target {
    unsigned symbol : 16;
    unsigned same : 4;  /* how many symbols of context it shares with the target to its
                         * left */
    unsigned reach : 4; /* length of its context, at most CONTEXT_MOST */
    unsigned held : 1;
};

/* The counts of a symbol in one run; outdated if `run` is not the current one. */
struct tally {
    uint32_t run, branch; /* the last run and branch with this symbol */
    uint32_t count[KINDS];
};

/* The discounts: what is subtracted from a count of 1, of 2, and of 3 or more, and given to
 * the order below. */
enum { DISCOUNTS = 3 };
struct discount {
    double by[DISCOUNTS];
};

struct ngram {
    size_t n, train_end;               /* all symbols and marks; where the training text
                                        * ends */
    size_t n_targets, n_train, n_held; /* n_targets = n_train + n_held */
    size_t V;
    int separator;
    struct arena arena;
    uint16_t *text;        /* [n] */
    uint32_t *order;       /* [n_targets + AHEAD] positions of the targets in text, to be
                            * sorted */
    uint32_t *spare;       /* [n_targets + AHEAD] */
    uint32_t *start;       /* [CONTEXT_MOST x V+2] see find_starts */
    struct target *target; /* [n_targets] sorted */
    double *lower;         /* [n_held] probabilities by the order below, in sorted order */
    struct tally *tally;   /* [V] */
    uint16_t *seen;        /* [n_seen] the different symbols of this run; room for V */
    size_t n_seen;
    uint32_t runs, branches; /* runs and branches counted so far; both are below 14 * 11
                              * million */
    struct discount discount[KINDS];
    size_t passes; /* that are done; between them, `stop` is looked at */
    const struct ngram_options *options;
};

static bool ngram_stopped(const struct ngram *g)
{
    const atomic_bool *stop = g->options->stop;
    return stop && atomic_load(stop);
}

static void end_pass(struct ngram *g)
{
    g->passes++;
    if (g->options->progress)
        g->options->progress(g->options->arg, g->passes, PASSES);
}

/* ---------------------------------------------------------------- choosing */

static size_t text_length(const struct ngram_text *text)
{
    size_t n = 0;
    for (size_t i = 0; i < text->n; i++) {
        assert(text->stretch[i].lo <= text->stretch[i].hi);
        n += text->stretch[i].hi - text->stretch[i].lo;
    }
    return n;
}

/* At most `most` of `all` characters are used: how many of a part of `some` characters, in
 * proportion. */
static size_t used_share(size_t some, size_t all, size_t most)
{
    return all <= most ? some : (size_t)((uint64_t)some * most / all);
}

/* Appends a mark and a stretch, whose first `given` characters are not targets. */
static void add_stretch(struct ngram *g, struct ngram_stretch s, size_t given)
{
    g->text[g->n++] = (uint16_t)g->V;
    for (size_t i = s.lo; i < s.hi; i++) {
        const int symbol = corpus_at(s.corpus, i);
        assert((size_t)symbol < g->V);
        if (i - s.lo >= given)
            g->order[g->n_targets++] = (uint32_t)g->n;
        g->text[g->n++] = (uint16_t)symbol;
    }
}

static void add_train(struct ngram *g, const struct ngram_text *text)
{
    const size_t all = text_length(text);
    for (size_t i = 0; i < text->n; i++) {
        struct ngram_stretch s = text->stretch[i];
        s.lo = s.hi - used_share(s.hi - s.lo, all, NGRAM_TRAIN_MOST);
        add_stretch(g, s, 0);
    }
    g->train_end = g->n;
    g->n_train = g->n_targets;
}

/* Appends pieces of each held-out stretch: PIECES in all, if the text is too long. */
static size_t pieces_of(const struct ngram_text *held)
{
    return text_length(held) > NGRAM_HELD_MOST && held->n < PIECES ? PIECES / held->n : 1;
}

static void add_held(struct ngram *g, const struct ngram_text *text)
{
    const size_t all = text_length(text), pieces = pieces_of(text);
    for (size_t i = 0; i < text->n; i++) {
        struct ngram_stretch s = text->stretch[i];
        const size_t each = (s.hi - s.lo) / pieces;
        for (size_t p = 0; p < pieces; p++, s.lo += each) {
            s.hi = s.lo + used_share(each, all, NGRAM_HELD_MOST);
            add_stretch(g, s, 1);
        }
    }
    g->n_held = g->n_targets - g->n_train;
}

/* ----------------------------------------------------------------- sorting */

static uint32_t *bucket_starts(const struct ngram *g, unsigned distance)
{
    return g->start + (distance - 1) * (g->V + 2);
}

/* For each symbol at each distance: where the targets begin that are sorted by it.  Counts
 * all distances before sorting, while memory is still read sequentially. */
static void find_starts(struct ngram *g)
{
    for (size_t t = 0; t < g->n_targets; t++)
        for (unsigned d = 1; d <= CONTEXT_MOST; d++)
            bucket_starts(g, d)[g->text[g->order[t] - d] + 1]++;
    for (unsigned d = 1; d <= CONTEXT_MOST; d++)
        for (size_t s = 0; s <= g->V; s++)
            bucket_starts(g, d)[s + 1] += bucket_starts(g, d)[s];
    end_pass(g);
}

/* A radix sort from the farthest symbol to the nearest. */
static void sort_targets(struct ngram *g)
{
    find_starts(g);
    for (unsigned d = CONTEXT_MOST; d >= 1 && !ngram_stopped(g); d--) {
        uint32_t *next = bucket_starts(g, d), *order = g->order, *sorted = g->spare;
        const uint16_t *symbol = g->text;
        for (size_t t = 0; t < g->n_targets; t++) {
            __builtin_prefetch(symbol + order[t + AHEAD]);
            sorted[next[symbol[order[t] - d]]++] = order[t];
        }
        g->spare = order;
        g->order = sorted;
        end_pass(g);
    }
}

/* How many symbols two contexts share, the nearest first; a context ends before its
 * pointer. */
static unsigned common_context(const uint16_t *a, const uint16_t *b)
{
    int d = 1;
    while (d <= CONTEXT_MOST && a[-d] == b[-d])
        d++;
    return (unsigned)d - 1;
}

/* Length of the context before a symbol: back to a mark (without it), or to a separator
 * (with it). */
static unsigned context_reach(const struct ngram *g, const uint16_t *symbol)
{
    for (int d = 1; d <= CONTEXT_MOST; d++) {
        if (symbol[-d] == g->V)
            return (unsigned)d - 1;
        if (symbol[-d] == g->separator)
            return (unsigned)d;
    }
    return CONTEXT_MOST;
}

static void fill_targets(struct ngram *g)
{
    for (size_t t = 0; t < g->n_targets; t++) {
        const uint16_t *symbol = g->text + g->order[t];
        __builtin_prefetch(g->text + g->order[t + AHEAD]);
        g->target[t] = (struct target){
            .symbol = *symbol,
            .same = t > 0 ? common_context(symbol, g->text + g->order[t - 1]) : 0,
            .reach = context_reach(g, symbol),
            .held = g->order[t] >= g->train_end,
        };
    }
    end_pass(g);
}

/* ---------------------------------------------------------------- counting */

/* The targets [lo, hi) that share a context of k symbols, `held` of them held out. */
struct run {
    size_t lo, hi, held;
};

/* Moves *r to the next run; false at the end of the text. */
static bool next_run(const struct ngram *g, unsigned k, struct run *r)
{
    *r = (struct run){ r->hi, r->hi, 0 };
    while (r->hi < g->n_targets && (r->hi == r->lo || g->target[r->hi].same >= k))
        r->held += g->target[r->hi++].held;
    return r->lo < r->hi;
}

/* The tally of a symbol in the current run; it is cleared if it is from another run. */
static struct tally *tally_of(struct ngram *g, size_t symbol)
{
    struct tally *y = &g->tally[symbol];
    if (y->run != g->runs) {
        *y = (struct tally){ .run = g->runs };
        g->seen[g->n_seen++] = (uint16_t)symbol;
    }
    return y;
}

/* Counts the training targets of a run.  At the start of a text there is no symbol before a
 * context, so each occurrence counts. */
static void count_run(struct ngram *g, unsigned k, const struct run *r)
{
    g->runs++;
    g->n_seen = 0;
    for (size_t t = r->lo; t < r->hi; t++) {
        const struct target x = g->target[t];
        g->branches += x.same <= k;
        if (x.held)
            continue;
        struct tally *y = tally_of(g, x.symbol);
        y->count[OCCURRENCES]++;
        y->count[CONTINUATIONS] += y->branch != g->branches || x.reach == k;
        y->branch = g->branches;
    }
}

/* Whether the context of a run has all k symbols. */
static bool is_whole(const struct ngram *g, unsigned k, const struct run *r)
{
    return g->target[r->lo].reach >= k;
}

/* --------------------------------------------------------------- smoothing */

static double clamp_to(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Chen & Goodman 1999: D_c = c - (c + 1) Y n_{c+1} / n_c with Y = n_1 / (n_1 + 2 n_2),
 * where n_c n-grams have the count c.  One is added to each n_c, so that small texts have
 * discounts too.  Discounts are kept above 0, so that no probability is 0. */
static struct discount make_discount(const uint64_t n_of[DISCOUNTS + 1])
{
    const double least = 0.1;
    struct discount d;
    double n[DISCOUNTS + 1];
    for (int i = 0; i <= DISCOUNTS; i++)
        n[i] = (double)n_of[i] + 1;
    const double Y = n[0] / (n[0] + 2 * n[1]);
    for (int i = 0; i < DISCOUNTS; i++)
        d.by[i] = clamp_to(i + 1 - (i + 2) * Y * n[i + 1] / n[i], least, i + 1);
    return d;
}

static double discount_for(const struct discount *d, uint32_t count)
{
    return count == 0 ? 0 : d->by[count < DISCOUNTS ? count - 1 : DISCOUNTS - 1];
}

/* Computes the discounts of order k from the numbers of n-grams with small counts. */
static void find_discounts(struct ngram *g, unsigned k)
{
    uint64_t n_of[KINDS][DISCOUNTS + 1] = { { 0 } };
    for (struct run r = { 0 }; next_run(g, k, &r);) {
        if (!is_whole(g, k, &r))
            continue;
        count_run(g, k, &r);
        for (size_t s = 0; s < g->n_seen; s++)
            for (int kind = 0; kind < KINDS; kind++) {
                const uint32_t count = g->tally[g->seen[s]].count[kind];
                if (count >= 1 && count <= DISCOUNTS + 1)
                    n_of[kind][count - 1]++;
            }
    }
    for (int kind = 0; kind < KINDS; kind++)
        g->discount[kind] = make_discount(n_of[kind]);
    end_pass(g);
}

/* -------------------------------------------------------------- evaluating */

/* The sum of the counts of a context, and what the discounts leave to the order below. */
struct context {
    double total, left;
};

static struct context context_of(const struct ngram *g, int kind)
{
    struct context c = { 0, 0 };
    for (size_t s = 0; s < g->n_seen; s++) {
        const uint32_t count = g->tally[g->seen[s]].count[kind];
        c.total += count;
        c.left += discount_for(&g->discount[kind], count);
    }
    return c;
}

/* p(symbol | context) = (count - D(count) + left * lower) / total. */
static double smoothed_probability(const struct ngram *g, const struct context *c, int kind,
                                   size_t symbol, double lower)
{
    const struct tally *y = &g->tally[symbol];
    const uint32_t count = y->run == g->runs ? y->count[kind] : 0;
    return (count - discount_for(&g->discount[kind], count) + c->left * lower) / c->total;
}

/* The loss of a run's held-out targets.  Their probabilities at *lower are updated for
 * order k + 1, and *lower moves past them.  If a context did not occur in training, the
 * order below predicts. */
static double evaluate_run(struct ngram *g, unsigned k, const struct run *r, double **lower)
{
    struct context c[KINDS];
    double nats = 0;
    g->n_seen = 0;
    if (is_whole(g, k, r))
        count_run(g, k, r);
    for (int kind = 0; kind < KINDS; kind++)
        c[kind] = context_of(g, kind);
    for (size_t t = r->lo; t < r->hi; t++) {
        if (!g->target[t].held)
            continue;
        const size_t symbol = g->target[t].symbol;
        double *q = (*lower)++, p = *q;
        if (g->n_seen > 0) {
            p = smoothed_probability(g, &c[OCCURRENCES], OCCURRENCES, symbol, *q);
            *q = smoothed_probability(g, &c[CONTINUATIONS], CONTINUATIONS, symbol, *q);
        }
        nats -= log(p);
    }
    return nats;
}

static double evaluate_order(struct ngram *g, unsigned k)
{
    double nats = 0, *lower = g->lower;
    find_discounts(g, k);
    for (struct run r = { 0 }; next_run(g, k, &r);)
        if (r.held > 0)
            nats += evaluate_run(g, k, &r, &lower);
    end_pass(g);
    return g->n_held > 0 ? nats / (double)g->n_held : NAN;
}

/* ---------------------------------------------------------------- together */

/* Takes memory for n characters, n_held of them held out, and `marks` marks. */
static void plan_ngram(struct ngram *g, size_t n, size_t n_held, size_t marks)
{
    struct arena *a = &g->arena;
    g->text = arena_take(a, n + marks, sizeof *g->text);
    g->order = arena_take(a, n + AHEAD, sizeof *g->order);
    g->spare = arena_take(a, n + AHEAD, sizeof *g->spare);
    g->target = arena_take(a, n, sizeof *g->target);
    g->lower = arena_take(a, n_held, sizeof *g->lower);
    g->start = arena_take(a, CONTEXT_MOST * (g->V + 2), sizeof *g->start);
    g->tally = arena_take(a, g->V, sizeof *g->tally);
    g->seen = arena_take(a, g->V, sizeof *g->seen);
}

static int gather_texts(struct ngram *g, const struct ngram_text *train,
                        const struct ngram_text *held, struct charnn_error *e)
{
    const size_t n_train = size_min(text_length(train), NGRAM_TRAIN_MOST);
    const size_t n_held = size_min(text_length(held), NGRAM_HELD_MOST);
    const size_t marks = CONTEXT_MOST + train->n + held->n * pieces_of(held);
    plan_ngram(g, n_train + n_held, n_held, marks);
    if (arena_alloc(&g->arena, "n-gram baselines", e) < 0)
        return -1;
    plan_ngram(g, n_train + n_held, n_held, marks);
    while (g->n < CONTEXT_MOST) /* padding before the first symbol */
        g->text[g->n++] = (uint16_t)g->V;
    add_train(g, train);
    add_held(g, held);
    return 0;
}

int ngram_baselines(const struct ngram_text *train, const struct ngram_text *held,
                    const struct ngram_options *options, struct ngram_baselines *out,
                    struct charnn_error *e)
{
    const size_t V = options->V;
    assert(V >= 1 && V <= VOCAB_MAX);
    struct ngram g = { .V = V, .separator = options->separator, .options = options };
    if (gather_texts(&g, train, held, e) < 0)
        return -1;
    sort_targets(&g);
    fill_targets(&g);
    for (size_t t = 0; t < g.n_held; t++)
        g.lower[t] = 1.0 / (double)V;
    for (unsigned k = 0; k < NGRAM_ORDERS; k++)
        out->loss[k] = ngram_stopped(&g) ? NAN : evaluate_order(&g, k);
    out->trained = g.n_train;
    out->targets = g.n_held;
    arena_release(&g.arena);
    return 0;
}
