/*
 * runs.h - reads the logs of training runs: curves, samples, gradients, settings.
 *
 * A log is lines of JSON (train/log.h says what is in them).  A run that is not finished
 * may have an incomplete last line.  If a run was resumed at an earlier step, lines of the
 * earlier session after that step are dropped, because those steps were undone.  Damaged
 * lines are counted and skipped, unknown events ignored.  Numbers that are not finite, or
 * absent, are NaN.
 */
#ifndef CHARNN_RUNLOG_RUNS_H
#define CHARNN_RUNLOG_RUNS_H

#include "base/err.h"
#include "charnn.h"

/* A point in time: steps done, passes over the training text, seconds of training; over all
 * sessions. */
struct run_time {
    double step, epoch, seconds;
};

/* Losses in nats per character. */
struct run_step {
    struct run_time at;
    double train_loss; /* mean since the previous point */
    double grad_norm, learning_rate, chars_per_second;
};

struct run_valid {
    struct run_time at;
    double valid_loss;
    double train_loss; /* mean since the previous validation */
    char *sample;      /* [sample_length] bytes and a 0: a sample from the model */
    size_t sample_length;
};

/* Norms of the gradients of a loss at a chunk's last step with respect to earlier states, k
 * steps back. */
struct run_gradients {
    struct run_time at;
    size_t layers, depth;
    double *dh; /* [layers][depth], k from 0 */
    double *dc; /* the same for the states c of an LSTM; NULL: none */
};

/* A message of the run, or the failure that ended it. */
struct run_note {
    struct run_time at;
    char *text;
};

struct run_setting {
    char *name, *value; /* as in the checkpoint: "size", "128" */
};

struct run {
    char *path;
    struct run_step *steps; /* [n_steps] etc., in order of time */
    struct run_valid *valids;
    struct run_gradients *gradients;
    struct run_note *notes;
    struct run_setting *settings; /* of the last session that logged settings */
    size_t n_steps, n_valids, n_gradients, n_notes, n_settings;
    double ngram[CHARNN_NGRAM_ORDERS]; /* losses of n-gram models; NaN: unknown */
    struct run_time end;               /* time of the last line */
    double planned;                    /* planned steps */
    double characters, symbols, parameters, exact_loss;
    char *status; /* "done", "stopped", ...; NULL: the run is not finished, or
                              * was killed */
    double skipped,
        rollbacks;   /* number of skipped steps; number of returns to earlier weights */
    size_t sessions; /* how often the run was started: 1, plus 1 for each resume */
    size_t damaged;  /* number of lines that were skipped */
};

/* Reads PATH ("-" is standard input).  It is an error if no line belongs to a log. */
int run_read(struct run *r, const char *path, struct charnn_error *e);
void run_release(struct run *r);

/* The value of a setting; NULL if the log does not say. */
const char *run_setting(const struct run *r, const char *name);

/* Characters per training step; NaN if the log does not say. */
double run_chars_per_step(const struct run *r);

/* The index of the n-gram model with the lowest loss; 0 if no loss is known.  The n of a model is
 * its index plus 1. */
int run_best_ngram(const struct run *r);

/* The index of the validation with the lowest loss; n_valids if there is none. */
size_t run_best(const struct run *r);

#endif
