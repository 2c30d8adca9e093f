/*
 * fill.h - restores masked characters by what a model says of them.
 *
 * Runs of masked places are filled from left to right; a beam search proposes, character by
 * character, and what is proposed is scored as a whole:
 *
 *     bidirectional  sum of log p(x_t | both sides, filled in) over the run and `near`
 *                    places on either side of it, which see it too
 *     else           sum of log p(x_t | x_0 ... x_(t-1)) over the run and `near` places
 *                    behind it
 *
 * where places behind the run count only as far as they are known.  In the first round what
 * is masked to the right is not known: the text ends before it, and the proposals for all
 * but the last place of a run have no right side at all.  Later rounds take each run out
 * again, and read to its right, and in the run itself, what the round before has put there;
 * a run changes only where its score grows.  Runs of more than FILL_MOST places are filled
 * in pieces.
 */
#ifndef CHARNN_FILL_FILL_H
#define CHARNN_FILL_FILL_H

#include "base/pool.h"
#include "fill/gaps.h"
#include "nn/model.h"

enum { FILL_MOST = 32, FILL_NEAR_MOST = 64, FILL_BEAM_MOST = 64, FILL_ROUNDS_MOST = 100 };

struct fill_search {
    const struct model *model;
    struct pool *pool;
    size_t beam, near, rounds; /* from 1, 0, 1 to the limits above */
};

struct fill_proposal {
    uint16_t id[FILL_MOST];
    double score; /* nats */
};

/* In the last round: places [lo, hi) were filled with the first of n proposals, the best
 * first.  Anything but 0 ends the filling. */
typedef int fill_told_fn(void *arg, size_t lo, size_t hi,
                         const struct fill_proposal *proposals, size_t n);

/* Finds symbols for all masked places. */
int fill(struct gaps *g, const struct fill_search *search, fill_told_fn *told, void *arg,
         struct charnn_error *e);

#endif
