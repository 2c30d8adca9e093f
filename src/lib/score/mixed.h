/* mixed.h - the losses of a text under a mixture of networks and n-grams. */
#ifndef CHARNN_SCORE_MIXED_H
#define CHARNN_SCORE_MIXED_H

#include "base/pool.h"
#include "mix/mixture.h"
#include "nn/model.h"
#include "text/batch.h"

/* A text, and how networks read it. */
struct mixed_text {
    const struct corpus *corpus;
    size_t lo, hi;                   /* characters */
    size_t window;                   /* 0: one stream; else the state is reset so often */
    bool fast;                       /* many streams for one, to about the same losses */
    const struct batch_plan *chunks; /* NULL, or: the held-out chunks of a streams split */
};

struct mixed_models {
    const struct model *first; /* a network alone */
    const struct mixture *with;
    struct pool *pool;
};

/* Mean nats a character; NaN for parts that there are not. */
struct mixed_losses {
    double network; /* the first network alone */
    double ngrams;  /* n-grams alone, of the order of the mixture */
    double mixture;
    size_t n; /* predictions */
};

/* The losses with the mixture's weights or, with two_fold, with weights fitted to other
 * eighths of this text.  *nats becomes the loss of each prediction by the mixture, to be
 * freed; nats may be NULL. */
int mixed_score(const struct mixed_models *m, const struct mixed_text *t, bool two_fold,
                struct mixed_losses *out, double **nats, struct charnn_error *e);

/* Fits the weights of m->with->ngrams to this text, which was held out of training; *out has the
 * two-fold losses. */
int mixed_fit(const struct mixed_models *m, const struct mixed_text *t,
              struct mixed_losses *out, struct charnn_error *e);

#endif
