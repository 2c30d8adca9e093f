/*
 * evaluate.h - the loss of a model on a stretch of text.
 *
 * A stretch of n characters has n - 1 predictions, because the first character is given.
 * The exact loss comes from a single stream that starts at zero state.  To work in
 * parallel, S streams share the predictions; all but the first warm up on the 256
 * characters before their share, so that the loss hardly depends on S.
 */
#ifndef CHARNN_SCORE_EVALUATE_H
#define CHARNN_SCORE_EVALUATE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/pool.h"
#include "score/dynamic.h"
#include "nn/network.h"
#include "text/batch.h"

struct evaluator {
    struct network net;
    struct pool *pool;             /* borrowed */
    const struct dynamic *dynamic; /* borrowed; NULL: the weights do not adapt */
    const atomic_bool *stop;       /* borrowed, may be NULL; once it is true, evaluator_run,
                              * evaluate_stretch, _windows and _chunks return NaN */
    int32_t *ids, *targets;        /* [T][B] */
    /* If not NULL (borrowed), evaluate_stretch, _windows and _chunks store the loss of each
     * prediction here, in the order of the text (_chunks: stream after stream). */
    float *kept;
};

/* How many streams a stretch of n characters is divided into: up to 64, each of at least
 * 1024 characters. */
size_t evaluate_streams(size_t n);

/* Prepares `streams` streams, read in chunks of `steps` steps.  Fails when out of memory. */
int evaluator_init(struct evaluator *v, const struct model *m, size_t streams, size_t steps,
                   struct pool *pool, struct charnn_error *e);
void evaluator_release(struct evaluator *v);

/* Prepares for evaluate_each: one stream, in chunks so short that the head keeps the
 * probabilities of all steps.  Evaluates the model m, or d if it is not NULL. */
int evaluator_init_each(struct evaluator *v, const struct model *m, const struct dynamic *d,
                        struct pool *pool, struct charnn_error *e);

/* Like evaluator_init_each, and also keeps the activations of every step, for tracing. */
int evaluator_init_trace(struct evaluator *v, const struct model *m, struct pool *pool,
                         struct charnn_error *e);

/* Runs the chunk in ids and targets, and carries its last state to the next chunk; returns
 * the sum of its losses, added in a fixed order; NaN if stopped. */
double evaluator_run(struct evaluator *v);

/* Mean nats of the hi - lo - 1 predictions in characters [lo, hi), read by the evaluator's
 * B streams. */
double evaluate_stretch(struct evaluator *v, const struct corpus *c, size_t lo, size_t hi);

/* Like evaluate_stretch, but in windows of the evaluator's T predictions, each from zero
 * state; B windows are read in parallel.  Models with a context of T characters are scored
 * in this way. */
double evaluate_windows(struct evaluator *v, const struct corpus *c, size_t lo, size_t hi);

/* Called after step t of the evaluator's chunk has predicted character `at` of the corpus.
 * Returns nonzero to stop. */
typedef int prediction_fn(void *arg, const struct evaluator *v, size_t at, size_t t);

/* Predictions of a text one after the other, which may grow in between; begin with { .lo }
 * and the members below it. */
struct evaluation {
    size_t lo;     /* the first character, which is not predicted */
    size_t window; /* the state is zero again after so many predictions; 0: never */
    prediction_fn *emit;
    void *arg;
    size_t n;     /* predictions so far */
    double nats;  /* sum of their losses */
    bool stopped; /* emit asked to stop */
};

/* Predicts the characters up to `hi` that were not predicted before.  Chunks begin at the
 * same places however often the text grows, so the losses do not depend on that; a chunk
 * that is not full is read again when there is more text. */
void evaluate_more(struct evaluator *v, const struct corpus *c, size_t hi,
                   struct evaluation *x);

/* Like evaluate_stretch, with a single stream.  It starts from zero state and, unless window
 * is 0, returns to zero state after every `window` predictions.  Calls `emit` for each
 * prediction in order and returns the mean loss of these predictions. */
double evaluate_each(struct evaluator *v, const struct corpus *c, size_t lo, size_t hi,
                     size_t window, prediction_fn *emit, void *arg);

/* The loss of the prediction at step t, and the probability of symbol `id` at step t.  For use
 * in a prediction_fn, and after evaluator_run. */
double evaluator_loss(const struct evaluator *v, size_t t);
double evaluator_probability(const struct evaluator *v, size_t t, int id);

/* The loss of the held-out chunks of a streams split, from zero state; the evaluator has
 * the plan's T and B. */
double evaluate_chunks(struct evaluator *v, const struct corpus *c,
                       const struct batch_plan *p);

#endif
