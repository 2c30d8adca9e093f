/*
 * scoring.h - implements charnn_evaluate for a stretch of text: computes a score and, on
 * request, every prediction.
 */
#ifndef CHARNN_SCORE_SCORING_H
#define CHARNN_SCORE_SCORING_H

#include "base/pool.h"
#include "charnn.h"
#include "score/evaluate.h"
#include "mix/mixture.h"
#include "nn/model.h"
#include "text/batch.h"
#include "text/line_stream.h"

struct scoring {
    const struct model *model;
    struct pool *pool;
    const struct corpus *corpus; /* encoded with the model's vocabulary */
    const struct charnn_eval_config *config;
    charnn_prediction_fn *each; /* called for every prediction; or NULL */
    void *arg;
    const struct mixture *mixture; /* the models that predict with `model` */
    bool unseen; /* training did not see this text, and the mixture's weights were fitted to
                  * it; so it is scored by two-fold cross-validation */
};

/* How training held out a part of its text. */
struct scoring_split {
    struct batch_options batches; /* valid is 0 if nothing was held out, or another file was
                                   * used for validation */
    uint64_t fingerprint;         /* of the corpus */
};

/* Refuses settings that are not valid for this model alone or in this mixture. */
int scoring_check(const struct charnn_eval_config *config, const struct model *m,
                  const struct mixture *mixture, struct charnn_error *e);

/* Divides the training text c in the same way as training did; messages call it `name`. */
int scoring_plan(const struct scoring_split *split, const struct corpus *c,
                 const char *name, struct batch_plan *plan, struct charnn_error *e);

/* Scores the part of the corpus that was held out; messages call the corpus `name`. */
int scoring_valid(const struct scoring *s, const struct scoring_split *split,
                  const char *name, struct charnn_score *score, struct charnn_error *e);

/* Scores the whole corpus. */
int scoring_all(const struct scoring *s, const char *name, struct charnn_score *score,
                struct charnn_error *e);

/* Whether a text can be scored while it comes: all of it by one network, from left to right,
 * and `each` wants its lines.  `s` need not have a corpus. */
bool scoring_streams(const struct scoring *s);

/* Scores a stream to its end; s->corpus is &in->corpus. */
int scoring_lines(const struct scoring *s, struct line_stream *in,
                  struct charnn_score *score, struct charnn_error *e);

/* Stores the `most` likeliest symbols at step t, likeliest first, in out[most], without the
 * symbol `came` that followed in the text (-1: do not leave out any); returns how many. */
int scoring_likeliest(const struct evaluator *v, size_t t, const struct vocab *vocab,
                      int came, int most, struct charnn_alternative *out);

#endif
