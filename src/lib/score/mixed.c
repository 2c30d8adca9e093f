/*
 * mixed.c - reads a text with one network after the other, adds up their probabilities for
 * each prediction, and then looks up the n-grams.
 */
#include "score/mixed.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "mix/held_out.h"
#include "score/evaluate.h"

enum { STEPS_ALONE = 64, STEPS_MANY = 32, MANY_WINDOWS = 16384 };

/* ------------------------------------------------------------ positions of predictions */

/* The number of stretches.  Every character of a stretch but the first is predicted. */
static size_t count_stretches(const struct mixed_text *t)
{
    if (t->chunks)
        return t->chunks->B;
    return t->window ? (t->hi - t->lo - 2) / t->window + 1 : 1;
}

static struct ngram_stretch stretch_at(const struct mixed_text *t, size_t i)
{
    if (t->chunks)
        return held_out_of_stream(t->chunks, t->corpus, i);
    if (t->window == 0)
        return (struct ngram_stretch){ t->corpus, t->lo, t->hi };
    const size_t lo = t->lo + i * t->window;
    return (struct ngram_stretch){ t->corpus, lo, size_min(lo + t->window + 1, t->hi) };
}

static size_t count_predictions(const struct mixed_text *t)
{
    const struct batch_plan *p = t->chunks;
    return p ? p->B * p->valid_chunks * p->T : t->hi - t->lo - 1;
}

/* ------------------------------------------------------------------------ networks */

static int begin_evaluator(struct evaluator *v, const struct model *m, struct pool *pool,
                           const struct mixed_text *t, struct charnn_error *e)
{
    if (t->chunks)
        return evaluator_init(v, m, t->chunks->B, t->chunks->T, pool, e);
    if (t->window)
        return evaluator_init(v, m, t->window < MANY_WINDOWS ? MANY_WINDOWS / t->window : 1,
                              t->window, pool, e);
    return t->fast
               ? evaluator_init(v, m, evaluate_streams(t->hi - t->lo), STEPS_MANY, pool, e)
               : evaluator_init(v, m, 1, STEPS_ALONE, pool, e);
}

/* Sets *loss to the mean loss of one network; adds `share` times its probabilities to p. */
static int read_network(const struct model *m, struct pool *pool,
                        const struct mixed_text *t, double share, float *kept, double *p,
                        double *loss, struct charnn_error *e)
{
    const size_t n = count_predictions(t);
    struct evaluator v;
    if (begin_evaluator(&v, m, pool, t, e) < 0)
        return -1;
    v.kept = kept;
    *loss = t->chunks   ? evaluate_chunks(&v, t->corpus, t->chunks)
            : t->window ? evaluate_windows(&v, t->corpus, t->lo, t->hi)
                        : evaluate_stretch(&v, t->corpus, t->lo, t->hi);
    for (size_t i = 0; i < n; i++)
        p[i] += share * exp(-(double)kept[i]);
    evaluator_release(&v);
    return isfinite(*loss) ? 0 : model_err_overflow(e);
}

/* The mean probabilities of all networks; NULL after an error. */
static double *read_networks(const struct mixed_models *m, const struct mixed_text *t,
                             double *first_loss, struct charnn_error *e)
{
    const size_t n = count_predictions(t);
    const double share = 1 / (double)(1 + m->with->n_others);
    float *kept = malloc(n * sizeof *kept);
    double *p = calloc(n, sizeof *p), loss;
    int status = kept && p ? 0 : err_set(e, "out of memory for %zu predictions", n);
    if (status == 0)
        status = read_network(m->first, m->pool, t, share, kept, p, first_loss, e);
    for (size_t i = 0; status == 0 && i < m->with->n_others; i++)
        status = read_network(m->with->others[i], m->pool, t, share, kept, p, &loss, e);
    free(kept);
    if (status == 0)
        return p;
    free(p);
    return NULL;
}

/* -------------------------------------------------------------------------- n-grams */

/* The symbols before character `at`, the nearest first; returns how many. */
static size_t symbols_before(const struct ngram_stretch *s, size_t at,
                             const struct ngram *g, uint16_t *context)
{
    size_t n = 0;
    while (n < g->most && at - n > s->lo) {
        context[n] = (uint16_t)corpus_at(s->corpus, at - n - 1);
        if (context[n++] == g->separator)
            break;
    }
    return n;
}

/* Makes a case of each prediction; p[n] holds the probabilities of the networks.  If
 * `cases` is NULL, p becomes the probabilities of the mixture instead.  Sets *nats to the
 * sum of losses by n-grams alone. */
static int look_up_all(struct mixture_ngrams *g, const struct mixed_text *t, double *p,
                       struct mixture_case *cases, double *nats, struct charnn_error *e)
{
    size_t n = 0;
    *nats = 0;
    for (size_t k = 0; k < count_stretches(t); k++) {
        const struct ngram_stretch s = stretch_at(t, k);
        for (size_t i = s.lo + 1; i < s.hi; i++, n++) {
            uint16_t context[NGRAM_CONTEXT_MOST];
            struct mixture_case c;
            const size_t reach = symbols_before(&s, i, &g->model.counts, context);
            const double alone = mixture_look_up(&g->model, context, reach,
                                                 (size_t)corpus_at(t->corpus, i), &c);
            if (alone < 0)
                return err_set(e, "out of memory for n-grams");
            *nats -= log(alone);
            c.part[0] = (float)p[n];
            if (cases)
                cases[n] = c;
            else
                p[n] = mixture_probability(&g->weights, &c);
        }
    }
    return 0;
}

/* ------------------------------------------------------------------------- together */

/* Replaces the probabilities p[n] by losses; returns their mean. */
static double lose(double *p, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        p[i] = -log(p[i]);
        sum += p[i];
    }
    return sum / (double)n;
}

/* Mixes p[n] with n-grams, and replaces it by the losses.  If `fit`, sets the weights too. */
static int add_ngrams(const struct mixed_models *m, const struct mixed_text *t,
                      bool two_fold, bool fit, double *p, struct mixed_losses *out,
                      struct charnn_error *e)
{
    struct mixture_ngrams *g = m->with->ngrams;
    struct mixture_case *cases = NULL;
    double nats;
    if (two_fold && !(cases = malloc(out->n * sizeof *cases)))
        return err_set(e, "out of memory for %zu predictions", out->n);
    const int status = look_up_all(g, t, p, cases, &nats, e);
    if (status == 0) {
        out->ngrams = nats / (double)out->n;
        out->mixture = two_fold ? mixture_two_fold(g->model.counts.most, cases, out->n, p)
                                : lose(p, out->n);
        if (fit)
            mixture_fit(&g->weights, g->model.counts.most, cases, out->n);
    }
    free(cases);
    return status;
}

static int score_all(const struct mixed_models *m, const struct mixed_text *t,
                     bool two_fold, bool fit, struct mixed_losses *out, double **nats,
                     struct charnn_error *e)
{
    *out = (struct mixed_losses){ .ngrams = NAN, .n = count_predictions(t) };
    double *p = read_networks(m, t, &out->network, e);
    int status = p ? 0 : -1;
    if (status == 0 && m->with->ngrams)
        status = add_ngrams(m, t, two_fold, fit, p, out, e);
    else if (status == 0)
        out->mixture = lose(p, out->n);
    if (status == 0 && nats)
        *nats = p;
    else
        free(p);
    return status;
}

int mixed_score(const struct mixed_models *m, const struct mixed_text *t, bool two_fold,
                struct mixed_losses *out, double **nats, struct charnn_error *e)
{
    return score_all(m, t, two_fold, false, out, nats, e);
}

int mixed_fit(const struct mixed_models *m, const struct mixed_text *t,
              struct mixed_losses *out, struct charnn_error *e)
{
    return score_all(m, t, true, true, out, NULL, e);
}
