/*
 * scoring.h - what charnn_evaluate reports of a stretch of text: a score and, on request,
 * every prediction.
 */
#ifndef CHARNN_SCORE_SCORING_H
#define CHARNN_SCORE_SCORING_H

#include "base/pool.h"
#include "charnn.h"
#include "score/evaluate.h"
#include "nn/model.h"
#include "text/batch.h"

struct scoring {
    const struct model *model;
    struct pool *pool;
    const struct corpus *corpus; /* of the model's vocabulary */
    const struct charnn_eval_config *config;
    charnn_prediction_fn *each; /* or NULL */
    void *arg;
};

/* Characters [lo, hi) of the corpus, at least two. */
int scoring_stretch(const struct scoring *s, size_t lo, size_t hi,
                    struct charnn_score *score, struct charnn_error *e);

/* The held-out chunks of a streams split, as they were validated; they are no stretch, so
 * neither `each` nor a window nor dynamic evaluation is possible. */
int scoring_chunks(const struct scoring *s, const struct batch_plan *plan,
                   struct charnn_score *score, struct charnn_error *e);

/* The likeliest symbols at step t, at most `most`, the likeliest first, without the one
 * that came (-1: all); returns how many. */
int scoring_likeliest(const struct evaluator *v, size_t t, const struct vocab *vocab,
                      int came, int most, struct charnn_alternative *out);

#endif
