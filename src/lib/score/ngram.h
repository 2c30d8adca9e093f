/*
 * ngram.h - n-gram models, the baselines for a network's loss.
 *
 * An n-gram model of order k predicts a character from the k characters before it, using
 * counts of the training text.  Orders are interpolated: modified Kneser-Ney, as in Chen &
 * Goodman, "An empirical study of smoothing techniques for language modeling" (Computer
 * Speech and Language 13, 1999).  Order 0 is interpolated with a uniform distribution over
 * the V symbols, so no loss is infinite.
 */
#ifndef CHARNN_SCORE_NGRAM_H
#define CHARNN_SCORE_NGRAM_H

#include <stdatomic.h>
#include <stddef.h>

#include "text/corpus.h"

enum {
    NGRAM_ORDERS = 7,            /* 0 to 6 characters of context */
    NGRAM_TRAIN_MOST = 10000000, /* characters; of longer texts, only a part is used */
    NGRAM_HELD_MOST = 1000000,
    NGRAM_NO_SEPARATOR = -1,
};

/* Characters [lo, hi) of a corpus (borrowed); no context reaches back beyond lo. */
struct ngram_stretch {
    const struct corpus *corpus;
    size_t lo, hi;
};

/* The stretches of the training text or of the held-out text (borrowed); n may be 0. */
struct ngram_text {
    const struct ngram_stretch *stretch; /* [n] */
    size_t n;
};

struct ngram_options {
    size_t V;                /* number of symbols; all ids are below it */
    int separator;           /* where contexts begin: an id, or NGRAM_NO_SEPARATOR */
    const atomic_bool *stop; /* borrowed, may be NULL; once it is true, all losses are
                              * NaN */
    void (*progress)(void *arg, size_t done, size_t total); /* may be NULL: work so far */
    void *arg;
};

struct ngram_baselines {
    double loss[NGRAM_ORDERS]; /* [order] nats per target; NaN without targets */
    size_t trained;            /* characters that were counted */
    size_t targets;            /* held-out characters that were predicted */
};

/* Computes the losses of all orders on the held-out text, with counts of the training text.
 * Every held-out character but the first of its stretch is a target.  A context may begin
 * with the separator but not reach back beyond it.  Where a context is too short for an
 * order, or did not occur in training, the order below predicts.
 *
 * Of a training text of more than NGRAM_TRAIN_MOST characters, only the last part of each
 * stretch is counted; of a held-out text of more than NGRAM_HELD_MOST, about 64 evenly
 * spread pieces.
 *
 * The same text gives the same bits.  Uses 14 bytes per character
 * (154 MB at most), 8 more per held-out one and 42 per symbol, during the call.  Fails only
 * when out of memory, and leaves *out as it was. */
int ngram_baselines(const struct ngram_text *train, const struct ngram_text *held,
                    const struct ngram_options *options, struct ngram_baselines *out,
                    struct charnn_error *e);

#endif
