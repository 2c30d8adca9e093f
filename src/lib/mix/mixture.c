/* mixture.c - buckets, EM, and probabilities of mixtures. */
#include "mix/mixture.h"

#include <math.h>
#include <string.h>

enum {
    ROUNDS = 40, /* iterations of EM */
    EIGHTHS = 8, /* parts of a text; the odd ones and the even ones take turns in fitting
                  * and scoring */
    PRIOR = 10,  /* each bucket is fitted as if it had 10 more cases, whose counts are in
                  * proportion to the weights fitted to all buckets together */
};
enum { ALL, EVEN, ODD }; /* which eighths are used */

/* ----------------------------------------------------------------------- buckets */

/* The highest order that is mixed.  All orders above it would predict the same as it. */
static unsigned top_order(unsigned order, unsigned reached)
{
    return reached < order ? reached + 1 : reached;
}

static size_t bucket_of(const struct ngram_place *p)
{
    const struct ngram_level *level = &p->level[p->reached];
    const double total = level->context[NGRAM_OCCURRENCES].total;
    const size_t often = (total > 1) + (total > 3) + (total > 15);
    return (p->reached * MIXTURE_COUNTS + often) * 2 + (level->n == 1);
}

static unsigned reached_in(size_t bucket)
{
    return (unsigned)(bucket / 2 / MIXTURE_COUNTS);
}

double mixture_look_up(struct ngram_model *m, const uint16_t *context, size_t n,
                       size_t symbol, struct mixture_case *c)
{
    struct ngram_place place;
    double by_order[NGRAM_ORDERS_MOST + 1];
    if (ngram_look_up(m, context, n, &place) < 0)
        return -1;
    const unsigned top = top_order(m->counts.most, place.reached);
    ngram_by_order(m, &place, symbol, by_order);
    c->bucket = (uint16_t)bucket_of(&place);
    for (unsigned j = 0; j < MIXTURE_LEVELS; j++)
        c->part[1 + j] = j <= top ? (float)by_order[top - j] : 0;
    return by_order[top];
}

/* -------------------------------------------------------------------- predicting */

static double mixed(const double *weight, const struct mixture_case *c)
{
    double p = 0;
    for (int i = 0; i < MIXTURE_PARTS; i++)
        p += weight[i] * (double)c->part[i];
    return p;
}

double mixture_probability(const struct mixture_weights *w, const struct mixture_case *c)
{
    return mixed(w->weight[c->bucket], c);
}

int mixture_distribution(struct mixture_ngrams *m, const uint16_t *context, size_t n,
                         double *p, double *scratch)
{
    const size_t V = m->model.counts.V;
    struct ngram_place place;
    double by_order[NGRAM_ORDERS_MOST + 1] = { 0 };
    if (ngram_look_up(&m->model, context, n, &place) < 0)
        return -1;
    const double *weight = m->weights.weight[bucket_of(&place)];
    const unsigned top = top_order(m->model.counts.most, place.reached);
    for (unsigned j = 0; j < MIXTURE_LEVELS && j <= top; j++)
        by_order[top - j] = weight[1 + j];
    for (size_t v = 0; v < V; v++)
        p[v] *= weight[0];
    ngram_add_weighted(&m->model, &place, by_order, p, scratch);
    return 0;
}

/* ----------------------------------------------------------------------- fitting */

static bool is_used(size_t i, size_t n, int which)
{
    return which == ALL || (i * EIGHTHS / n % 2 == 0) == (which == EVEN);
}

/* Sets w to the distribution of the counts; if all are 0, w keeps its values. */
static void normalize_weights(double *w, const double *counted)
{
    double sum = 0;
    for (int i = 0; i < MIXTURE_PARTS; i++)
        sum += counted[i];
    for (int i = 0; sum > 0 && i < MIXTURE_PARTS; i++)
        w[i] = counted[i] / sum;
}

/* The E step of EM: adds the share that each part has in the probability of each case. */
static void count_cases(const struct mixture_weights *w, const struct mixture_case *c,
                        size_t n, int which, double counted[][MIXTURE_PARTS])
{
    for (size_t k = 0; k < n; k++) {
        if (!is_used(k, n, which))
            continue;
        const double *weight = w->weight[c[k].bucket], p = mixed(weight, &c[k]);
        for (int i = 0; p > 0 && i < MIXTURE_PARTS; i++)
            counted[c[k].bucket][i] += weight[i] * (double)c[k].part[i] / p;
    }
}

/* Gives all buckets the weights `all`.  In a bucket that lacks some of the orders, the weights
 * of these are 0, and the other weights are scaled so that their sum is 1. */
static void share_weights(struct mixture_weights *w, const double *all)
{
    for (size_t b = 0; b < MIXTURE_BUCKETS; b++) {
        double has[MIXTURE_PARTS] = { 0 };
        const unsigned top = top_order(w->order, reached_in(b));
        for (unsigned i = 0; i < MIXTURE_PARTS && i <= top + 1; i++)
            has[i] = all[i];
        normalize_weights(w->weight[b], has);
    }
}

/* Fits one set of weights for all buckets, then the weights of each bucket. */
static void fit_cases(struct mixture_weights *w, unsigned order,
                      const struct mixture_case *c, size_t n, int which)
{
    double all[MIXTURE_PARTS], counted[MIXTURE_BUCKETS][MIXTURE_PARTS];
    struct mixture_weights shared;
    *w = (struct mixture_weights){ .order = order };
    for (int i = 0; i < MIXTURE_PARTS; i++)
        all[i] = 1.0 / MIXTURE_PARTS;
    share_weights(w, all);
    for (int round = 0; round < ROUNDS; round++) {
        double sum[MIXTURE_PARTS] = { 0 };
        memset(counted, 0, sizeof counted);
        count_cases(w, c, n, which, counted);
        for (size_t b = 0; b < MIXTURE_BUCKETS; b++)
            for (int i = 0; i < MIXTURE_PARTS; i++)
                sum[i] += counted[b][i];
        normalize_weights(all, sum);
        share_weights(w, all);
    }
    shared = *w;
    for (int round = 0; round < ROUNDS; round++) {
        memset(counted, 0, sizeof counted);
        count_cases(w, c, n, which, counted);
        for (size_t b = 0; b < MIXTURE_BUCKETS; b++) {
            for (int i = 0; i < MIXTURE_PARTS; i++)
                counted[b][i] += PRIOR * shared.weight[b][i];
            normalize_weights(w->weight[b], counted[b]);
        }
    }
}

void mixture_fit(struct mixture_weights *w, unsigned order, const struct mixture_case *c,
                 size_t n)
{
    fit_cases(w, order, c, n, ALL);
}

double mixture_two_fold(unsigned order, const struct mixture_case *c, size_t n,
                        double *nats)
{
    double sum = 0;
    for (int which = EVEN; which <= ODD; which++) {
        struct mixture_weights w;
        fit_cases(&w, order, c, n, which);
        for (size_t k = 0; k < n; k++) {
            if (is_used(k, n, which))
                continue;
            const double loss = -log(mixture_probability(&w, &c[k]));
            sum += loss;
            if (nats)
                nats[k] = loss;
        }
    }
    return sum / (double)n;
}
