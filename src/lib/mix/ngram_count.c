/*
 * ngram_count.c - counts n-grams by sorting.
 *
 * The targets are sorted by the symbols before them, the nearest first.  Then targets that
 * share a context of k symbols are neighbours, for every k at once; they are called a run.
 * The targets of a run that share one more symbol are neighbours too, and are called a
 * branch.  So each order is counted in sweeps from left to right, without a table of n-grams,
 * in time proportional to the length of the text.
 *
 * In memory, stretches are separated by a mark, which sorts as symbol V.  A mark or a
 * separator ends a context early.  The sort also compares symbols beyond the end of such a
 * context; this is harmless, because they only break ties.
 */
#include "mix/ngram_count.h"

#include <assert.h>
#include <math.h>

#include "base/buf.h"

enum {
    PIECES = 64, /* number of pieces that are used of a held-out text that is too long, at
                  * least one of each stretch */
    AHEAD = 16,  /* distance of prefetching, in targets */
    LISTEN = 1 << 16, /* report progress and check `stop` once in this many targets */
};

bool ngram_stopped(const struct ngram *g)
{
    return g->options.stop && atomic_load(g->options.stop);
}

static void report(const struct ngram *g)
{
    if (g->options.progress)
        g->options.progress(g->options.arg, g->passes, g->passes_in_all);
}

/* A pass over all targets can take half a second, so progress is also reported, and `stop`
 * checked, during a pass. */
static bool stopped_at(const struct ngram *g, size_t t)
{
    if (t % LISTEN != 0)
        return false;
    report(g);
    return ngram_stopped(g);
}

void ngram_end_pass(struct ngram *g)
{
    g->passes++;
    report(g);
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

/* How many characters to use of a part with `some` characters, if at most `most` of `all`
 * characters are used. */
static size_t used_share(size_t some, size_t all, size_t most)
{
    return all <= most ? some : (size_t)((uint64_t)some * most / all);
}

/* Appends a mark and a stretch.  Its first `given` characters are context only, not
 * targets. */
static void add_stretch(struct ngram *g, struct ngram_stretch s, size_t given)
{
    g->text[g->n++] = (uint16_t)g->V;
    for (size_t i = s.lo; i < s.hi && !stopped_at(g, i); i++) {
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

/* How many pieces of each held-out stretch to use: 1 or, if the text is too long, enough to
 * make about PIECES in total. */
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

/* Finds where the targets with each symbol at each distance begin in the sorted order.
 * Counts all distances before sorting, while memory is still read sequentially. */
static void find_starts(struct ngram *g)
{
    for (size_t t = 0; t < g->n_targets && !stopped_at(g, t); t++)
        for (unsigned d = 1; d <= g->most; d++)
            bucket_starts(g, d)[g->text[g->order[t] - d] + 1]++;
    for (unsigned d = 1; d <= g->most; d++)
        for (size_t s = 0; s <= g->V; s++)
            bucket_starts(g, d)[s + 1] += bucket_starts(g, d)[s];
    ngram_end_pass(g);
}

/* A radix sort from the farthest symbol to the nearest.  If stopped, leaves the targets in
 * no particular order. */
static void sort_targets(struct ngram *g)
{
    find_starts(g);
    for (unsigned d = g->most; d >= 1 && !ngram_stopped(g); d--) {
        uint32_t *next = bucket_starts(g, d), *order = g->order, *sorted = g->spare;
        const uint16_t *symbol = g->text;
        for (size_t t = 0; t < g->n_targets; t++) {
            if (stopped_at(g, t))
                return;
            __builtin_prefetch(symbol + order[t + AHEAD]);
            sorted[next[symbol[order[t] - d]]++] = order[t];
        }
        g->spare = order;
        g->order = sorted;
        ngram_end_pass(g);
    }
}

/* How many symbols two contexts have in common, counted from the nearest.  A context ends
 * just before its pointer. */
static unsigned common_context(const struct ngram *g, const uint16_t *a, const uint16_t *b)
{
    int d = 1;
    while (d <= (int)g->most && a[-d] == b[-d])
        d++;
    return (unsigned)d - 1;
}

/* Counts back to a mark (excluded) or a separator (included). */
unsigned ngram_reach(const struct ngram *g, const uint16_t *symbol)
{
    for (int d = 1; d <= (int)g->most; d++) {
        if (symbol[-d] == g->V)
            return (unsigned)d - 1;
        if (symbol[-d] == g->separator)
            return (unsigned)d;
    }
    return g->most;
}

static void fill_targets(struct ngram *g)
{
    for (size_t t = 0; t < g->n_targets && !stopped_at(g, t); t++) {
        const uint16_t *symbol = g->text + g->order[t];
        __builtin_prefetch(g->text + g->order[t + AHEAD]);
        g->target[t] = (struct ngram_target){
            .symbol = *symbol,
            .same = t > 0 ? common_context(g, symbol, g->text + g->order[t - 1]) : 0,
            .reach = ngram_reach(g, symbol),
            .held = g->order[t] >= g->train_end,
        };
    }
    ngram_end_pass(g);
}

/* ---------------------------------------------------------------- counting */

bool ngram_next_run(const struct ngram *g, unsigned k, struct ngram_run *r)
{
    *r = (struct ngram_run){ r->hi, r->hi, 0 };
    while (r->hi < g->n_targets && (r->hi == r->lo || g->target[r->hi].same >= k))
        r->held += g->target[r->hi++].held;
    return r->lo < r->hi;
}

/* The tally of a symbol in the current run; cleared first if it is from another run. */
static struct ngram_tally *tally_of(struct ngram *g, size_t symbol)
{
    struct ngram_tally *y = &g->tally[symbol];
    if (y->run != g->runs) {
        *y = (struct ngram_tally){ .run = g->runs };
        g->seen[g->n_seen++] = (uint16_t)symbol;
    }
    return y;
}

/* At the start of a text there is no symbol before a context, so every occurrence there
 * counts as a new continuation. */
void ngram_count_run(struct ngram *g, unsigned k, const struct ngram_run *r)
{
    g->runs++;
    g->n_seen = 0;
    for (size_t t = r->lo; t < r->hi; t++) {
        const struct ngram_target x = g->target[t];
        g->branches += x.same <= k;
        if (x.held)
            continue;
        struct ngram_tally *y = tally_of(g, x.symbol);
        y->count[NGRAM_OCCURRENCES]++;
        y->count[NGRAM_CONTINUATIONS] += y->branch != g->branches || x.reach == k;
        y->branch = g->branches;
    }
}

bool ngram_is_whole(const struct ngram *g, unsigned k, const struct ngram_run *r)
{
    return g->target[r->lo].reach >= k;
}

uint32_t ngram_count(const struct ngram *g, int kind, size_t symbol)
{
    const struct ngram_tally *y = &g->tally[symbol];
    return y->run == g->runs ? y->count[kind] : 0;
}

/* --------------------------------------------------------------- smoothing */

static double clamp_to(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Chen & Goodman 1999: D_c = c - (c + 1) Y n_{c+1} / n_c with Y = n_1 / (n_1 + 2 n_2),
 * where n_c n-grams have the count c.  One is added to each n_c, so that small texts have
 * discounts too.  Discounts are kept above 0, so that no probability is 0. */
static struct ngram_discount make_discount(const uint64_t n_of[NGRAM_DISCOUNTS + 1])
{
    const double least = 0.1;
    struct ngram_discount d;
    double n[NGRAM_DISCOUNTS + 1];
    for (int i = 0; i <= NGRAM_DISCOUNTS; i++)
        n[i] = (double)n_of[i] + 1;
    const double Y = n[0] / (n[0] + 2 * n[1]);
    for (int i = 0; i < NGRAM_DISCOUNTS; i++)
        d.by[i] = clamp_to(i + 1 - (i + 2) * Y * n[i + 1] / n[i], least, i + 1);
    return d;
}

double ngram_discount_for(const struct ngram_discount *d, uint32_t count)
{
    return count == 0 ? 0
                      : d->by[count < NGRAM_DISCOUNTS ? count - 1 : NGRAM_DISCOUNTS - 1];
}

/* Adds to n_of how many n-grams of the run just counted have a count of 1, 2, ... */
static void count_rare(const struct ngram *g, uint64_t n_of[][NGRAM_DISCOUNTS + 1])
{
    for (size_t s = 0; s < g->n_seen; s++)
        for (int kind = 0; kind < NGRAM_KINDS; kind++) {
            const uint32_t count = g->tally[g->seen[s]].count[kind];
            if (count >= 1 && count <= NGRAM_DISCOUNTS + 1)
                n_of[kind][count - 1]++;
        }
}

void ngram_discounts(struct ngram *g, unsigned k, struct ngram_discount *discount)
{
    uint64_t n_of[NGRAM_KINDS][NGRAM_DISCOUNTS + 1] = { { 0 } };
    for (struct ngram_run r = { 0 }; !ngram_stopped(g) && ngram_next_run(g, k, &r);)
        if (ngram_is_whole(g, k, &r)) {
            ngram_count_run(g, k, &r);
            count_rare(g, n_of);
        }
    for (int kind = 0; kind < NGRAM_KINDS; kind++)
        discount[kind] = make_discount(n_of[kind]);
    ngram_end_pass(g);
}

/* ---------------------------------------------------------------- together */

/* Takes memory for n characters and `marks` marks. */
static void plan_targets(struct ngram *g, size_t n, size_t marks)
{
    struct arena *a = &g->arena;
    g->text = arena_take(a, n + marks, sizeof *g->text);
    g->order = arena_take(a, n + AHEAD, sizeof *g->order);
    g->spare = arena_take(a, n + AHEAD, sizeof *g->spare);
    g->target = arena_take(a, n, sizeof *g->target);
    g->start = arena_take(a, g->most * (g->V + 2), sizeof *g->start);
    g->tally = arena_take(a, g->V, sizeof *g->tally);
    g->seen = arena_take(a, g->V, sizeof *g->seen);
}

size_t ngram_sort_bytes(size_t n_train, size_t n_held, size_t V, unsigned most)
{
    struct ngram g = { .V = V, .most = most };
    plan_targets(&g,
                 size_min(n_train, NGRAM_TRAIN_MOST) + size_min(n_held, NGRAM_HELD_MOST),
                 0);
    return g.arena.used;
}

int ngram_sort(struct ngram *g, const struct ngram_text *train,
               const struct ngram_text *held, const struct ngram_options *o,
               struct charnn_error *e)
{
    const size_t n = size_min(text_length(train), NGRAM_TRAIN_MOST) +
                     size_min(text_length(held), NGRAM_HELD_MOST);
    const size_t marks = o->most + train->n + held->n * pieces_of(held);
    assert(o->V >= 1 && o->V <= VOCAB_MAX && o->most <= NGRAM_CONTEXT_MOST);
    *g = (struct ngram){
        .V = o->V, .separator = o->separator, .most = o->most, .options = *o
    };
    /* Two passes to prepare, one for each symbol of a context to sort, and one for each order
     * to compute discounts; with held-out text, one more for each order to score it. */
    g->passes_in_all = 2 + o->most + (o->most + 1) * (held->n > 0 ? 2 : 1);
    plan_targets(g, n, marks);
    if (arena_alloc(&g->arena, "counting n-grams", e) < 0)
        return -1;
    plan_targets(g, n, marks);
    while (g->n < g->most) /* padding before the first symbol */
        g->text[g->n++] = (uint16_t)g->V;
    add_train(g, train);
    add_held(g, held);
    sort_targets(g);
    fill_targets(g);
    return 0;
}

void ngram_release(struct ngram *g)
{
    arena_release(&g->arena);
    *g = (struct ngram){ 0 };
}
