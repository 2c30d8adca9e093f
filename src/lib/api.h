/* api.h - struct charnn_model, for api.c, api_inspect.c and api_mix.c. */
#ifndef CHARNN_API_H
#define CHARNN_API_H

#include "base/pool.h"
#include "charnn.h"
#include "mix/mixture.h"
#include "nn/model.h"
#include "score/scoring.h"
#include "text/vocab.h"

/* The properties of a run that are needed to count its n-grams. */
struct api_run {
    char **files; /* owned [n_files] names of the training texts; none for models of other
                   * programs */
    size_t n_files;
    char *valid_file; /* owned, or NULL */
    /* how unknown characters were read (CHARNN_UNKNOWN_*): in the training texts, in
     * valid_file */
    int unknown, valid_unknown;
    uint64_t unseen; /* fingerprint of valid_file after it was read; before, 0 */
};

struct charnn_model {
    struct vocab vocab;
    struct model model;
    struct pool *pool;
    struct scoring_split split; /* for CHARNN_EVAL_VALID */
    struct api_run run;
    struct mixture mixture;                      /* the models that predict together with
                                                  * `model` */
    const struct model *others[CHARNN_WITH_MAX]; /* storage for mixture.others */
};

/* In api_mix.c: copies what charnn_model_add_ngrams needs from a checkpoint. */
struct ckpt;
int api_take_run(struct api_run *r, const struct ckpt *c, struct charnn_error *e);
void api_release_mixture(struct charnn_model *m);

/* In api_mix.c: sets *files (borrowed) to the files of the training text: to `corpus` or, if
 * that is NULL, to those that the checkpoint names, which are checked (ckpt_check_text). */
int api_training_text(const struct charnn_model *m, const char *const *corpus,
                      const char *const **files, size_t *n, struct charnn_error *e);

#endif
