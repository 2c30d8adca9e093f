/*
 * ngram.c - evaluates each order of the sorted n-grams in a sweep from left to right.
 */
#include "score/ngram.h"

#include <math.h>
#include <stdlib.h>

/* The counts of both texts, and for each held-out target, in sorted order, its probability
 * by the next lower order. */
struct sweep {
    struct ngram n;
    double *lower; /* [n.n_held] */
    struct ngram_discount discount[NGRAM_KINDS];
};

static struct ngram_context context_of(const struct sweep *w, int kind)
{
    struct ngram_context c = { 0, 0 };
    for (size_t s = 0; s < w->n.n_seen; s++)
        ngram_add_count(&c, &w->discount[kind], ngram_count(&w->n, kind, w->n.seen[s]));
    return c;
}

/* The loss of a run's held-out targets.  On entry *lower has their probabilities at order k
 * - 1.  Writes those at order k in their place, for order k + 1, and advances *lower past
 * them.  If a context did not occur in training, the next lower order predicts. */
static double evaluate_run(struct sweep *w, unsigned k, const struct ngram_run *r,
                           double **lower)
{
    struct ngram *g = &w->n;
    struct ngram_context c[NGRAM_KINDS];
    double nats = 0;
    g->n_seen = 0;
    if (ngram_is_whole(g, k, r))
        ngram_count_run(g, k, r);
    for (int kind = 0; kind < NGRAM_KINDS; kind++)
        c[kind] = context_of(w, kind);
    for (size_t t = r->lo; t < r->hi; t++) {
        if (!g->target[t].held)
            continue;
        double *q = (*lower)++, p[NGRAM_KINDS] = { *q, *q };
        if (g->n_seen > 0)
            for (int kind = 0; kind < NGRAM_KINDS; kind++)
                p[kind] = ngram_probability(&c[kind], &w->discount[kind],
                                            ngram_count(g, kind, g->target[t].symbol), *q);
        nats -= log(p[NGRAM_OCCURRENCES]);
        *q = p[NGRAM_CONTINUATIONS];
    }
    return nats;
}

static double evaluate_order(struct sweep *w, unsigned k)
{
    double nats = 0, *lower = w->lower;
    ngram_discounts(&w->n, k, w->discount);
    for (struct ngram_run r = { 0 }; ngram_next_run(&w->n, k, &r);) {
        if (ngram_stopped(&w->n))
            return NAN;
        if (r.held > 0)
            nats += evaluate_run(w, k, &r, &lower);
    }
    ngram_end_pass(&w->n);
    return w->n.n_held > 0 ? nats / (double)w->n.n_held : NAN;
}

static int evaluate_orders(struct sweep *w, struct ngram_baselines *out,
                           struct charnn_error *e)
{
    const struct ngram *g = &w->n;
    w->lower = malloc((g->n_held + 1) * sizeof *w->lower);
    if (!w->lower)
        return err_set(e, "out of memory for n-gram baselines");
    for (size_t t = 0; t < g->n_held; t++)
        w->lower[t] = 1.0 / (double)g->V;
    for (unsigned k = 0; k <= g->most; k++)
        out->loss[k] = ngram_stopped(g) ? NAN : evaluate_order(w, k);
    out->trained = g->n_train;
    out->targets = g->n_held;
    free(w->lower);
    return 0;
}

int ngram_baselines(const struct ngram_text *train, const struct ngram_text *held,
                    const struct ngram_options *options, struct ngram_baselines *out,
                    struct charnn_error *e)
{
    struct sweep w;
    if (ngram_sort(&w.n, train, held, options, e) < 0)
        return -1;
    const int status = evaluate_orders(&w, out, e);
    ngram_release(&w.n);
    return status;
}
