/*
 * mixture.h - networks and n-grams that predict together.
 *
 *     p = w_0 p_net + sum_j w_(1 + j) p_KN,(top - j)
 *
 * p_net is the mean probability of all networks.  p_KN,k is the Kneser-Ney model of order k
 * (mix/ngram_count.h); top is one above the longest context that occurred in training,
 * because all higher orders predict the same.  Each context belongs to a bucket, which has
 * its own weights.  The bucket depends on the length of the longest context that occurred
 * in training, on how often it occurred, and on whether only one symbol followed it.  The
 * weights are fitted by EM (Dempster et al. 1977) on text that was not counted.
 */
#ifndef CHARNN_MIX_MIXTURE_H
#define CHARNN_MIX_MIXTURE_H

#include "mix/ngram_model.h"

enum {
    MIXTURE_LEVELS = 6, /* number of orders that are mixed: `top` (see above) and the
                         * ones below it */
    MIXTURE_PARTS = 1 + MIXTURE_LEVELS,
    MIXTURE_COUNTS = 4, /* ranges of how often a context occurred: 1; 2 to 3; 4 to 15; 16 or
                         * more times */
    MIXTURE_BUCKETS = NGRAM_ORDERS_MOST * MIXTURE_COUNTS * 2,
};

struct mixture_weights {
    unsigned order;                                /* of the n-gram model */
    double weight[MIXTURE_BUCKETS][MIXTURE_PARTS]; /* each sums to 1; the first is w_0 */
};

/* An n-gram model and the weights that mix it with networks. */
struct mixture_ngrams {
    struct ngram_model model;
    struct mixture_weights weights;
};

struct model;
/* The models that predict together with a network; all are borrowed. */
struct mixture {
    const struct model *const *others; /* [n_others] more networks */
    size_t n_others;
    struct mixture_ngrams *ngrams; /* NULL: no n-grams */
};

/* One character to predict: its bucket, and the probability that each part of the mixture
 * (the networks, then each order) gives to the symbol that followed. */
struct mixture_case {
    float part[MIXTURE_PARTS];
    uint16_t bucket;
};

/* Looks up a symbol after a context (see ngram_look_up): sets the bucket and the
 * probability of every part but the first, the networks.  Returns the probability by the
 * highest order alone, or -1: out of memory. */
double mixture_look_up(struct ngram_model *m, const uint16_t *context, size_t n,
                       size_t symbol, struct mixture_case *c);

/* The probability that the whole mixture gives to the symbol that followed. */
double mixture_probability(const struct mixture_weights *w, const struct mixture_case *c);

/* Mixes the probabilities of all symbols: p[V] holds p_net on entry and the mixture on
 * return; scratch[2 * V].  -1: out of memory. */
int mixture_distribution(struct mixture_ngrams *m, const uint16_t *context, size_t n,
                         double *p, double *scratch);

/* Fits the weights for n-grams of this order to n cases. */
void mixture_fit(struct mixture_weights *w, unsigned order, const struct mixture_case *c,
                 size_t n);

/* The mean loss in nats of n cases, which are in the order of the text, by two-fold
 * cross-validation: the text is cut into eighths, and the odd ones are scored with weights
 * fitted to the even ones, and the even ones with weights fitted to the odd ones.  nats[n],
 * the loss of each case, may be NULL. */
double mixture_two_fold(unsigned order, const struct mixture_case *c, size_t n,
                        double *nats);

#endif
