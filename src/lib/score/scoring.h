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

/* What training held out of its only text. */
struct scoring_split {
    struct batch_options batches; /* valid 0: nothing, or another file */
    uint64_t fingerprint;         /* of the corpus */
};

/* Whether the configuration is possible with this model. */
int scoring_check(const struct charnn_eval_config *config, const struct model *m,
                  struct charnn_error *e);

/* The part of the corpus that was held out; `name` stands for the corpus in messages. */
int scoring_valid(const struct scoring *s, const struct scoring_split *split,
                  const char *name, struct charnn_score *score, struct charnn_error *e);

/* The whole corpus. */
int scoring_all(const struct scoring *s, const char *name, struct charnn_score *score,
                struct charnn_error *e);

/* The likeliest symbols at step t, at most `most`, the likeliest first, without the one
 * that came (-1: all); returns how many. */
int scoring_likeliest(const struct evaluator *v, size_t t, const struct vocab *vocab,
                      int came, int most, struct charnn_alternative *out);

#endif
