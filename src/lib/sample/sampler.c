/* sampler.c - draws from the softmax of any logits, even if some are infinite or NaN. */
#include "sample/sampler.h"

#include <assert.h>
#include <math.h>

#include "base/err.h"
#include "sample/copy_guard.h"

int sampler_check(const struct charnn_sample_config *c, struct charnn_error *e)
{
    if (!(c->temperature >= 0))
        return err_usage(e, "`temperature` has to be 0 or more");
    if (c->top_k < 0)
        return err_usage(e, "`top-k` has to be 0 or more");
    if (!(c->top_p > 0 && c->top_p <= 1))
        return err_usage(e, "`top-p` has to be above 0 and at most 1");
    if (!(c->min_p >= 0 && c->min_p <= 1))
        return err_usage(e, "`min-p` has to be 0 to 1");
    if (c->unknown < 0 || c->unknown > CHARNN_UNKNOWN_AUTO)
        return err_usage(e, "`unknown` has to be error, skip, nearest, replace or auto");
    if (c->forbid_copy < 0 || c->forbid_copy > COPY_GUARD_MOST)
        return err_usage(e, "`forbid-copy` has to be 0 to %d symbols", COPY_GUARD_MOST);
    if (c->no_repeat < 0 || c->no_repeat == 1 || c->no_repeat > COPY_GUARD_MOST)
        return err_usage(e, "`no-repeat` has to be 2 to %d symbols, or 0", COPY_GUARD_MOST);
    if (c->forbid_copy > 0 && !c->corpus)
        return err_usage(e, "`forbid-copy` needs a `corpus`");
    return 0;
}

/* A NaN counts as the smallest logit. */
static double logit_at(const float *logits, size_t i)
{
    return isnan(logits[i]) ? -INFINITY : (double)logits[i];
}

static size_t likeliest_symbol(const float *logits, const bool *allowed, size_t V)
{
    size_t best = V;
    for (size_t i = 0; i < V; i++)
        if ((!allowed || allowed[i]) &&
            (best == V || logit_at(logits, i) > logit_at(logits, best)))
            best = i;
    assert(best < V);
    return best;
}

static bool is_before(const struct candidate *x, const struct candidate *y)
{
    return x->weight != y->weight ? x->weight > y->weight : x->id < y->id;
}

/* Sorts, likeliest first (Shell 1959; qsort may allocate, which sampling must not). */
static void sort_by_weight(struct candidate *c, size_t n)
{
    for (size_t gap = n / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (size_t i = gap; i < n; i++) {
            const struct candidate x = c[i];
            size_t j = i;
            for (; j >= gap && is_before(&x, &c[j - gap]); j -= gap)
                c[j] = c[j - gap];
            c[j] = x;
        }
}

/* Computes weights relative to the likeliest symbol, which has 1; returns how many are
 * above 0. */
static size_t weigh_candidates(const float *logits, const bool *allowed, size_t V,
                               double temperature, struct candidate *c)
{
    const double max = logit_at(logits, likeliest_symbol(logits, allowed, V));
    size_t n = 0;
    for (size_t i = 0; i < V; i++) {
        const double x = logit_at(logits, i);
        const double weight = x == max ? 1 : exp((x - max) / temperature);
        if ((!allowed || allowed[i]) && weight > 0)
            c[n++] = (struct candidate){ weight, (int)i };
    }
    return n;
}

/* How many candidates, from the largest weight on, together have the share p of the
 * total. */
static size_t cut_top_p(const struct candidate *c, size_t n, double p)
{
    double total = 0, sum = 0;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        total += c[i].weight;
    while (kept < n && (kept == 0 || sum < p * total))
        sum += c[kept++].weight;
    return kept;
}

static size_t filter_candidates(struct candidate *c, size_t n,
                                const struct charnn_sample_config *config)
{
    const bool all = config->top_k == 0 || (size_t)config->top_k >= n;
    if (all && config->top_p >= 1 && config->min_p <= 0)
        return n;
    sort_by_weight(c, n);
    if (config->top_k > 0 && n > (size_t)config->top_k)
        n = (size_t)config->top_k;
    if (config->top_p < 1)
        n = cut_top_p(c, n, config->top_p);
    while (n > 1 && c[n - 1].weight < config->min_p)
        n--;
    return n;
}

int sampler_draw(const float *logits, const bool *allowed, size_t V,
                 const struct charnn_sample_config *c, struct rng *rng,
                 struct candidate *scratch)
{
    if (c->temperature == 0)
        return (int)likeliest_symbol(logits, allowed, V);
    const size_t n =
        filter_candidates(scratch,
                          weigh_candidates(logits, allowed, V, c->temperature, scratch), c);
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += scratch[i].weight;
    double left = rng_uniform(rng) * total;
    size_t i = 0;
    while (i + 1 < n && (left -= scratch[i].weight) >= 0)
        i++;
    return scratch[i].id;
}
