/*
 * fill.h - fills masked characters with the likeliest symbols.
 *
 * Runs of masked places are filled from left to right.  A beam search makes proposals
 * character by character, and each proposal is scored as a whole:
 *
 *     bidirectional  sum of log p(x_t | both sides, filled in) over the run and `near`
 *                    places on either side, whose predictions depend on it
 *     else           sum of log p(x_t | x_0 ... x_(t-1)) over the run and `near` places
 *                    after it
 *
 * Only places up to the next unfilled mask count.  In the first round a bidirectional model
 * reads text to the right only for the last place of a run, and only up to that mask.
 * Later rounds fill each run again, with the other runs filled; a run changes only if its
 * score improves.  Runs of more than FILL_MOST places are filled in pieces.
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

/* Finds symbols for all masked places. */
int fill(struct gaps *g, const struct fill_search *search, fill_run_fn *on_run, void *arg,
         struct charnn_error *e);

#endif
