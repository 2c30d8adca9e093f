/*
 * fill.h - fills masked characters with the likeliest symbols.
 *
 * A place is a symbol of the text (fill/gaps.h).  Runs of masked places are filled from left
 * to right.  A beam search makes proposals place by place, and each proposal is scored as a
 * whole:
 *
 *     bidirectional  sum of log p(x_t | the text on both sides of place t) over the run and
 *                    `near` places on either side, whose predictions depend on the run
 *     else           sum of log p(x_t | x_0 ... x_(t-1)) over the run and `near` places
 *                    after it
 *
 * The sum ends before the next unfilled mask.  In the first round a bidirectional model
 * reads text to the right only for the last place of a run, and only up to the next unfilled
 * mask.  Later rounds fill each run again, with the other runs filled; a run changes only if
 * its score improves.  Runs of more than FILL_MOST places are filled in pieces.
 */
#ifndef CHARNN_FILL_FILL_H
#define CHARNN_FILL_FILL_H

#include "base/pool.h"
#include "fill/gaps.h"
#include "nn/model.h"

enum { FILL_MOST = 32 };

struct fill_search {
    const struct model *model;
    struct pool *pool;
    size_t beam, near, rounds; /* beam >= 1, near >= 0, rounds >= 1; at most
                                * CHARNN_FILL_..._MAX */
};

struct fill_proposal {
    uint16_t id[FILL_MOST];
    double score; /* nats */
};

/* Called in the last round, after places [lo, hi) have been filled with the first of n
 * proposals, which are sorted, best first.  Returns nonzero to stop. */
typedef int fill_run_fn(void *arg, size_t lo, size_t hi,
                        const struct fill_proposal *proposals, size_t n);

/* Fills all masked places, unless on_run stops it.  It fails if memory runs out, if the model
 * has no symbol to fill in, or if a score is not finite. */
int fill(struct gaps *g, const struct fill_search *search, fill_run_fn *on_run, void *arg,
         struct charnn_error *e);

#endif
