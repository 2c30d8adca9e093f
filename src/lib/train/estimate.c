/* estimate.c - computes the memory and disk space that a run needs, and measures its
 * speed. */
#include "train/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/file.h"
#include "train/trainer.h"
#include "train/weights.h"

enum { TRIED_STEPS = 2 };
static const double TRIED_SECONDS = 1.5;

/* Bytes of a checkpoint that stores `numbers` numbers for each weight: the weight itself
 * and its slots. */
static double file_bytes(const struct charnn_trainer *t, size_t numbers)
{
    const double header = 4096;
    const double states = (double)(t->model.cell->states * t->model.shape.layers *
                                   t->plan.batch.B * t->model.shape.size);
    return header + 12 * (double)t->data.corpus.vocab.size +
           4 * ((double)(numbers * model_count(&t->model)) + (numbers > 1 ? states : 0));
}

static double last_bytes(const struct charnn_trainer *t)
{
    struct param_slot slots[WEIGHTS_SLOTS];
    return file_bytes(t, 1 + weights_slots(t, slots));
}

static int64_t validations_left(const struct charnn_trainer *t)
{
    return (t->plan.steps - t->progress.step) / t->plan.valid_every + 1;
}

/* The bytes by which the files of the run will grow. */
static double disk_bytes(const struct charnn_trainer *t)
{
    const double best = file_bytes(t, 1), last = last_bytes(t);
    const bool there = file_exists(t->files.best) && file_exists(t->files.last);
    return (there ? 0 : best + last) +
           (t->config->keep_history ? (double)validations_left(t) * best : 0);
}

int estimate_check_disk(const struct charnn_trainer *t, struct charnn_error *e)
{
    struct statvfs disk;
    /* The new .last.bin is written before the old one is removed. */
    const double need = last_bytes(t) + disk_bytes(t);
    char *folder = file_folder(t->config->output);
    const bool known = folder && statvfs(folder, &disk) == 0;
    const bool missing = folder && !known && errno == ENOENT;
    if (missing)
        err_set(e, "%s: there is no folder %s", t->config->output, folder);
    free(folder);
    if (missing)
        return -1;
    if (!known || (double)disk.f_bavail * (double)disk.f_frsize >= need)
        return 0; /* if the free space is unknown, a full disk is an error of the save */
    return err_set(e,
                   "%s: its checkpoints need %.0f bytes, and the disk has %.0f bytes free",
                   t->config->output, need, (double)disk.f_bavail * (double)disk.f_frsize);
}

/* Trains on the next chunk repeatedly, at a rate of 0, which keeps the weights; returns
 * characters per second. */
static double measure_speed(struct charnn_trainer *t)
{
    double start = 0;
    int64_t n = -1; /* -1, so that the first step, which touches the memory for the first
                     * time, is not counted */
    step_prepare(t);
    do {
        step_compute(t, 0);
        if (n++ < 0)
            start = clock_seconds();
    } while (n < TRIED_STEPS || clock_seconds() - start < TRIED_SECONDS);
    return (double)n * (double)(t->plan.batch.B * t->plan.batch.T) /
           (clock_seconds() - start);
}

/* Trains a few steps to measure the speed, then restores the state of the run.  -1: out of
 * memory. */
int charnn_trainer_estimate(struct charnn_trainer *t, struct charnn_estimate *need,
                            struct charnn_error *e)
{
    const size_t bytes = t->optim.total * sizeof(real);
    struct param_slot changed[WEIGHTS_SLOTS + 1];
    size_t n = weights_slots(t, changed);
    if (t->optim.average)
        changed[n++] = (struct param_slot){ "average", t->optim.average };
    char *kept = malloc(n * bytes);
    if (!kept)
        return err_set(e, "out of memory");
    for (size_t i = 0; i < n; i++)
        memcpy(kept + i * bytes, changed[i].array, bytes);
    need->chars_per_second = measure_speed(t);
    for (size_t i = 0; i < n; i++)
        memcpy(changed[i].array, kept + i * bytes, bytes);
    free(kept);
    const double left = (double)(t->plan.steps - t->progress.step) +
                        (double)validations_left(t) * plan_valid_cost(t);
    need->seconds =
        left * (double)(t->plan.batch.B * t->plan.batch.T) / need->chars_per_second;
    need->bytes_of_disk = disk_bytes(t);
    return 0;
}
