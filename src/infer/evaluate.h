/*
 * evaluate.h - the loss of a stretch of text under a model.
 *
 * A stretch of n characters has n - 1 predictions: the first character is given.  Exactly,
 * it is one stream read from zero state.  In parallel, S streams share the predictions; all
 * but the first read the 256 characters before their part first, so the figure hardly
 * depends on S.
 */
#ifndef CHARNN_INFER_EVALUATE_H
#define CHARNN_INFER_EVALUATE_H

#include "base/pool.h"
#include "nn/stack.h"
#include "text/batch.h"

struct evaluator {
    struct stack stack;
    struct pool *pool;      /* borrowed */
    int32_t *ids, *targets; /* [T][B] */
};

/* Streams that a stretch of n characters is divided into: up to 64 of 1024 characters or
 * more. */
size_t evaluate_streams(size_t n);

int evaluator_init(struct evaluator *v, const struct model *m, size_t streams, size_t steps,
                   struct pool *pool, struct charnn_error *e);
void evaluator_release(struct evaluator *v);

/* Mean nats of the hi - lo - 1 predictions in characters [lo, hi), read by the evaluator's
 * B streams. */
double evaluate_stretch(struct evaluator *v, const struct corpus *c, size_t lo, size_t hi);

/* The same, but read in windows of the evaluator's T predictions, each from zero state, B
 * of them side by side: what models with a context of T characters are scored by. */
double evaluate_windows(struct evaluator *v, const struct corpus *c, size_t lo, size_t hi);

/* The held-out chunks of a streams split, from zero state; the evaluator has the plan's T
 * and B. */
double evaluate_chunks(struct evaluator *v, const struct corpus *c,
                       const struct batch_plan *p);

#endif
