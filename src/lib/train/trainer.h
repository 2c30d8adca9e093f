/*
 * trainer.h - a training run: the struct that its modules share.
 *
 * setup.c builds it, with the length from plan.c, the names of files from files.c, the
 * settings of a resumed run from resume.c and the initial weights from weights.c.
 * trainer.c has the loop; it calls step.c (with recovery from bad steps in recovery.c),
 * validate.c and save.c.  Everything that later steps depend on is in the weights, the
 * optimiser's slots, the recurrent states and `progress`; random draws are hashes of (seed,
 * step, ...).
 */
#ifndef CHARNN_TRAIN_TRAINER_H
#define CHARNN_TRAIN_TRAINER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/pool.h"
#include "ckpt/ckpt.h"
#include "nn/network.h"
#include "train/events.h"
#include "train/files.h"
#include "train/memory.h"
#include "train/optim.h"
#include "train/plan.h"
#include "train/save.h"
#include "train/stats.h"
#include "train/step.h"
#include "train/validate.h"

struct run_data {
    struct corpus corpus, held_out; /* held_out: the text of --valid-file */
};

struct charnn_trainer {
    const struct charnn_config *config; /* owned; constant once the run is built */
    struct run_files files;
    struct run_data data;
    struct run_plan plan;
    struct run_memory memory;
    bool resumed;

    enum isa isa;
    struct pool *pool;
    struct model model;
    struct model average; /* --ema: the same model with averaged weights; uses the parameter
                           * registry of `model` */
    struct network net;
    struct optim optim;
    struct run_step step;
    struct run_validation valid;
    struct flow flow; /* for --log-gradients */

    struct progress progress; /* `progress.steps` is used only in files; the current value
                               * is plan.steps */
    struct run_stats stats;
    struct run_saves saves;
    struct run_events events;
    atomic_bool save_asked, stop_asked; /* set by a signal handler or another thread */
};

/* Trains to the end of the plan, and writes all files. */
int trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                struct charnn_error *e);

/* Implements --log-gradients, in gradients.c: every N steps, logs the norms of the gradient
 * of the loss of a chunk's last character, for each step back in time.  They are measured
 * on the next chunk, from the current states and without dropout or weight drop.  This uses
 * the network of the training step, which the next step overwrites. */
void gradients_log(struct charnn_trainer *t);

/* The model that is validated, generates samples and is saved. */
static inline const struct model *trainer_model(const struct charnn_trainer *t)
{
    return t->optim.average ? &t->average : &t->model;
}

/* Whether anything is held out. */
static inline bool trainer_validates(const struct charnn_trainer *t)
{
    return t->valid.evaluator.net.m != NULL;
}

#endif
