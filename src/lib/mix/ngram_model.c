/*
 * ngram_model.c - looks a context up by bisection.  The targets with the same k last
 * symbols of context are sorted by the symbol before these k, so the targets that share k + 1
 * symbols are a contiguous range.
 */
#include "mix/ngram_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"

enum { SHORT = 128 }; /* a run of at most 128 targets is counted anew at each look-up */

/* The symbols that followed the context of the run of order k which begins with target
 * lo. */
struct ngram_kept {
    struct ngram_level level;
    struct ngram_successor *list; /* owned; level.successor points to it */
    uint32_t lo;
    uint32_t k_plus_one; /* 0: an empty slot */
};

/* --------------------------------------------------------------------- counting */

static int compare_successors(const void *a, const void *b)
{
    const struct ngram_successor *x = a, *y = b;
    return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

/* Counts a run of order k in list, which has room for it. */
static struct ngram_level count_level(struct ngram_model *m, unsigned k,
                                      const struct ngram_run *r,
                                      struct ngram_successor *list)
{
    struct ngram *g = &m->counts;
    struct ngram_level level = { .successor = list };
    ngram_count_run(g, k, r);
    for (; level.n < g->n_seen; level.n++) {
        struct ngram_successor s = { .symbol = g->seen[level.n] };
        for (int kind = 0; kind < NGRAM_KINDS; kind++) {
            s.count[kind] = ngram_count(g, kind, s.symbol);
            ngram_add_count(&level.context[kind], &m->discount[k][kind], s.count[kind]);
        }
        list[level.n] = s;
    }
    if (level.n > 1)
        qsort(list, level.n, sizeof *list, compare_successors);
    return level;
}

/* ---------------------------------------------------------------------- keeping */

static size_t kept_slot(const struct ngram_model *m, unsigned k, size_t lo)
{
    size_t s = rng_mix((uint64_t)lo << 8 | k) & (m->n_slots - 1);
    while (m->kept[s].k_plus_one && (m->kept[s].k_plus_one != k + 1 || m->kept[s].lo != lo))
        s = (s + 1) & (m->n_slots - 1);
    return s;
}

/* Doubles the table when it is half full. */
static int grow_kept(struct ngram_model *m)
{
    const struct ngram_model old = *m;
    if (2 * (m->n_kept + 1) <= m->n_slots)
        return 0;
    m->n_slots = old.n_slots ? 2 * old.n_slots : 1024;
    m->kept = calloc(m->n_slots, sizeof *m->kept);
    if (!m->kept) {
        m->kept = old.kept;
        m->n_slots = old.n_slots;
        return -1;
    }
    for (size_t s = 0; s < old.n_slots; s++)
        if (old.kept[s].k_plus_one)
            m->kept[kept_slot(m, old.kept[s].k_plus_one - 1, old.kept[s].lo)] = old.kept[s];
    free(old.kept);
    return 0;
}

/* Counts a long run and keeps the result.  NULL: out of memory. */
static const struct ngram_level *keep_level(struct ngram_model *m, unsigned k,
                                            const struct ngram_run *r)
{
    if (grow_kept(m) < 0)
        return NULL;
    struct ngram_kept *x = &m->kept[kept_slot(m, k, r->lo)];
    if (x->k_plus_one)
        return &x->level;
    struct ngram_successor *room =
        malloc(size_min(m->counts.V, r->hi - r->lo) * sizeof *room);
    if (!room)
        return NULL;
    x->level = count_level(m, k, r, room);
    struct ngram_successor *fit = realloc(room, x->level.n * sizeof *fit);
    x->level.successor = x->list = fit ? fit : room;
    x->lo = (uint32_t)r->lo;
    x->k_plus_one = k + 1;
    m->n_kept++;
    return &x->level;
}

static int find_level(struct ngram_model *m, unsigned k, const struct ngram_run *r,
                      struct ngram_level *level)
{
    if (r->hi - r->lo <= SHORT) {
        *level = count_level(m, k, r, m->found[k]);
        return 0;
    }
    const struct ngram_level *kept = keep_level(m, k, r);
    if (!kept)
        return -1;
    *level = *kept;
    return 0;
}

/* -------------------------------------------------------------------- looking up */

/* The first target in [lo, hi) whose symbol at this distance is at least `symbol`. */
static size_t first_not_below(const struct ngram *g, size_t lo, size_t hi,
                              unsigned distance, unsigned symbol)
{
    while (lo < hi) {
        const size_t middle = lo + (hi - lo) / 2;
        if (g->text[g->order[middle] - distance] < symbol)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

int ngram_look_up(struct ngram_model *m, const uint16_t *context, size_t n,
                  struct ngram_place *p)
{
    const struct ngram *g = &m->counts;
    struct ngram_run r = { 0, g->n_targets, 0 };
    p->reached = 0;
    if (find_level(m, 0, &r, &p->level[0]) < 0)
        return -1;
    for (unsigned k = 1; k <= g->most && k <= n; k++) {
        r.lo = first_not_below(g, r.lo, r.hi, k, context[k - 1]);
        r.hi = first_not_below(g, r.lo, r.hi, k, context[k - 1] + 1u);
        if (r.lo == r.hi)
            return 0;
        if (find_level(m, k, &r, &p->level[k]) < 0)
            return -1;
        p->reached = k;
    }
    return 0;
}

/* -------------------------------------------------------------------- predicting */

static uint32_t count_of(const struct ngram_level *level, size_t symbol, int kind)
{
    const struct ngram_successor key = { .symbol = (uint16_t)symbol };
    const struct ngram_successor *s =
        bsearch(&key, level->successor, level->n, sizeof key, compare_successors);
    return s ? s->count[kind] : 0;
}

void ngram_by_order(const struct ngram_model *m, const struct ngram_place *p, size_t symbol,
                    double *by_order)
{
    double lower = 1.0 / (double)m->counts.V;
    for (unsigned k = 0; k <= p->reached; k++) {
        double by_kind[NGRAM_KINDS];
        for (int kind = 0; kind < NGRAM_KINDS; kind++)
            by_kind[kind] =
                ngram_probability(&p->level[k].context[kind], &m->discount[k][kind],
                                  count_of(&p->level[k], symbol, kind), lower);
        by_order[k] = by_kind[NGRAM_OCCURRENCES];
        lower = by_kind[NGRAM_CONTINUATIONS];
    }
    if (p->reached < m->counts.most)
        by_order[p->reached + 1] = lower;
}

/* Adds `weight` times the prediction of order k, by counts of one kind, to sum[V]. */
static void add_level(const struct ngram_model *m, const struct ngram_place *p, unsigned k,
                      int kind, const double *lower, double weight, double *sum)
{
    const struct ngram_level *level = &p->level[k];
    const double each = weight / level->context[kind].total;
    const double left = each * level->context[kind].left;
    for (size_t v = 0; v < m->counts.V; v++)
        sum[v] += left * lower[v];
    for (size_t i = 0; i < level->n; i++) {
        const uint32_t count = level->successor[i].count[kind];
        sum[level->successor[i].symbol] +=
            each * (count - ngram_discount_for(&m->discount[k][kind], count));
    }
}

void ngram_add_weighted(const struct ngram_model *m, const struct ngram_place *p,
                        const double *weight, double *sum, double *scratch)
{
    const size_t V = m->counts.V;
    double *lower = scratch, *next = scratch + V;
    for (size_t v = 0; v < V; v++)
        lower[v] = 1.0 / (double)V;
    for (unsigned k = 0; k <= p->reached; k++) {
        double *const was = lower;
        add_level(m, p, k, NGRAM_OCCURRENCES, lower, weight[k], sum);
        memset(next, 0, V * sizeof *next);
        add_level(m, p, k, NGRAM_CONTINUATIONS, lower, 1, next);
        lower = next;
        next = was;
    }
    if (p->reached < m->counts.most)
        for (size_t v = 0; v < V; v++)
            sum[v] += weight[p->reached + 1] * lower[v];
}

/* ------------------------------------------------------------------------ memory */

int ngram_model_init(struct ngram_model *m, const struct ngram_text *train,
                     const struct ngram_options *options, struct charnn_error *e)
{
    const struct ngram_text none = { NULL, 0 };
    *m = (struct ngram_model){ .kept = NULL };
    if (ngram_sort(&m->counts, train, &none, options, e) < 0)
        return -1;
    assert(m->counts.n_targets > 0);
    for (unsigned k = 0; k <= options->most; k++) {
        ngram_discounts(&m->counts, k, m->discount[k]);
        m->found[k] = malloc(SHORT * sizeof *m->found[k]);
        if (!m->found[k]) {
            ngram_model_release(m);
            return err_set(e, "out of memory for n-grams");
        }
    }
    return 0;
}

void ngram_model_release(struct ngram_model *m)
{
    for (size_t s = 0; s < m->n_slots; s++)
        free(m->kept[s].list);
    for (unsigned k = 0; k < NGRAM_ORDERS_MOST; k++)
        free(m->found[k]);
    free(m->kept);
    ngram_release(&m->counts);
    *m = (struct ngram_model){ .kept = NULL };
}
