/* mixed.h - the losses of a text under a mixture of networks and n-grams. */
#ifndef CHARNN_SCORE_MIXED_H
#define CHARNN_SCORE_MIXED_H

#include "base/pool.h"
#include "mix/mixture.h"
#include "nn/model.h"
#include "text/batch.h"

/* A text, and how the networks read it. */
struct mixed_text {
    const struct corpus *corpus;
    size_t lo, hi;                   /* characters */
    size_t window;                   /* 0: one stream; otherwise the state is reset after
                                      * this many characters */
    bool fast;                       /* many streams instead of one, with nearly the same
                                      * losses */
    const struct batch_plan *chunks; /* if not NULL, the held-out chunks of this plan are
                                      * read; its split must be streams */
};

struct mixed_models {
    const struct model *first; /* the network whose loss is also reported alone */
    const struct mixture *with;
    struct pool *pool;
};

/* Mean nats per character; `ngrams` is NaN if the mixture has no n-grams. */
struct mixed_losses {
    double network; /* the first network alone */
    double ngrams;  /* the n-gram model alone */
    double mixture;
    size_t n; /* number of predictions */
};

/* Computes the losses with the mixture's weights or, if two_fold, by cross-validation on
 * this text (mixture_two_fold).  Sets *nats to an array of the mixture's loss for each
 * prediction, which the caller frees; nats may be NULL. */
int mixed_score(const struct mixed_models *m, const struct mixed_text *t, bool two_fold,
                struct mixed_losses *out, double **nats, struct charnn_error *e);

/* Fits the weights of m->with->ngrams to this text, which must have been held out of
 * training; *out has the two-fold losses. */
int mixed_fit(const struct mixed_models *m, const struct mixed_text *t,
              struct mixed_losses *out, struct charnn_error *e);

#endif
