/*
 * trainer.h - one training run: what it owns, how it is built, how it goes on.
 *
 * setup.c builds a run, from a corpus or from a .last.bin; trainer.c carries it out with
 * step.c, validate.c and trouble.c; save.c writes its checkpoints.  All state that a later
 * step depends on is in `progress`, the weights, the slots and the carried-in state: random
 * draws are hashes of (seed, place).
 */
#ifndef CHARNN_TRAIN_TRAINER_H
#define CHARNN_TRAIN_TRAINER_H

#include <stdatomic.h>

#include "base/pool.h"
#include "ckpt/ckpt.h"
#include "score/evaluate.h"
#include "sample/generator.h"
#include "nn/network.h"
#include "text/batch.h"
#include "train/log.h"
#include "train/optim.h"

enum { REQUEST_SAVE = 1, REQUEST_STOP = 2 };

struct charnn_trainer {
    struct charnn_config config; /* its strings are owned, see texts */
    char **files;                /* owned */
    size_t n_files;
    char *texts[4]; /* owned copies: init, output, valid_file, init_from */

    struct corpus corpus, held_out; /* held_out: --valid-file */
    struct batch_plan plan;
    enum isa isa;
    struct pool *pool;
    struct model model;
    struct network net;
    struct evaluator evaluator; /* net.m is NULL when nothing is held out */
    struct generator writer;    /* of the samples that validations show */
    struct optim optim;
    struct arena arena; /* gradient and slots */
    real *gradient;
    int32_t *ids, *targets; /* [T][B] */
    double *step_norm;      /* [1] written by member 0 */
    struct flow flow;       /* --log-gradients */

    struct progress progress;
    double ngram[CHARNN_NGRAM_ORDERS]; /* NaN until the first validation */
    struct profile profile;
    int64_t valid_every;
    double began;  /* on the clock */
    int fits_time; /* the length of the run is adapted to a budget of seconds */
    double budget;
    struct buf history;   /* inside of a JSON array */
    struct buf plans;     /* the same, of [step, steps]: see struct ckpt */
    char save_error[480]; /* why the last save failed */
    char *best_path, *last_path, *log_path; /* owned */
    struct log log;
    int resumed;
    int went_on;         /* resumed after patience had ended it */
    int last_missing;    /* the last write of it failed */
    int history_missing; /* so did one of --keep-history */

    charnn_event_fn *report;
    void *report_arg;
    atomic_int request;
};

/* setup.c */
int trainer_build(struct charnn_trainer *t, const struct charnn_config *config,
                  const char *const *files, size_t n_files, struct charnn_error *e);
void trainer_release(struct charnn_trainer *t);

/* weights.c */
/* The first weights, as --seed and --init say; `init`, which may be NULL, is --init-from.
 */
int trainer_draw(struct charnn_trainer *t, const struct ckpt *init, struct charnn_error *e);
/* The same once more: reads --init-from again. */
int trainer_draw_again(struct charnn_trainer *t, struct charnn_error *e);
/* Weights, slots, states and history of a .last.bin. */
int trainer_restore(struct charnn_trainer *t, const struct ckpt *from,
                    struct charnn_error *e);
/* After any change of the weights but a step's. */
void trainer_pack(struct charnn_trainer *t);

/* step.c */
int trainer_advance(struct charnn_trainer *t, int64_t steps, struct charnn_error *e);
void trainer_profile(const struct charnn_trainer *t, struct buf *out);

/* estimate.c */
void trainer_estimate(struct charnn_trainer *t, struct charnn_estimate *need);
/* Refuses a run whose checkpoints the disk has no room for. */
int trainer_check_disk(const struct charnn_trainer *t, struct charnn_error *e);

/* trainer.c */
int trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                struct charnn_error *e);
size_t trainer_held_out(const struct charnn_trainer *t); /* characters to validate on */
/* What a validation costs, in training steps: reading takes a third of learning. */
double trainer_valid_steps(const struct charnn_trainer *t);
int trainer_validates(const struct charnn_trainer *t);
struct charnn_summary trainer_summary(const struct charnn_trainer *t);
struct charnn_event trainer_event(const struct charnn_trainer *t,
                                  enum charnn_event_kind kind);
void trainer_note(struct charnn_trainer *t, const char *note);

/* save.c: `loss` is the validation loss of the present weights (NaN: none).  A failed write
 * is a note and is tried again at the next save; trainer_saved tells at the end of the run.
 */
void trainer_save_best(struct charnn_trainer *t, double loss);
void trainer_save_last(struct charnn_trainer *t, double loss);
void trainer_save_history(struct charnn_trainer *t, double loss);
int trainer_saved(const struct charnn_trainer *t, struct charnn_error *e);

#endif
