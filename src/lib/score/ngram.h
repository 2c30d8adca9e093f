/*
 * ngram.h - computes the losses of n-gram models (mix/ngram_count.h), the baselines for a
 * network's loss.
 */
#ifndef CHARNN_SCORE_NGRAM_H
#define CHARNN_SCORE_NGRAM_H

#include "mix/ngram_count.h"

enum { NGRAM_ORDERS = 7 }; /* orders in a run's baselines: 0 to 6 characters of context */

struct ngram_baselines {
    double loss[NGRAM_CONTEXT_MOST + 1]; /* [order] nats per target, up to options.most; NaN
                                          * without targets, or if stopped */
    size_t trained;                      /* characters that were counted */
    size_t targets;                      /* held-out characters that were predicted */
};

/* Computes the losses of all orders on the held-out text, with counts of the training text.
 * If a context is too short for an order, or did not occur in training, the next lower
 * order predicts.
 *
 * The same text gives the same bits.  During the call, uses the memory of ngram_sort and 8
 * bytes for each held-out character.  Fails only when out of memory. */
int ngram_baselines(const struct ngram_text *train, const struct ngram_text *held,
                    const struct ngram_options *options, struct ngram_baselines *out,
                    struct charnn_error *e);

#endif
