/* setup.h - builds a run: from settings and texts, or from a .last.bin. */
#ifndef CHARNN_TRAIN_SETUP_H
#define CHARNN_TRAIN_SETUP_H

#include "charnn.h"

/* Builds a zeroed trainer whose callback is set.  Release it even after a failure. */
int setup_trainer(struct charnn_trainer *t, const struct charnn_config *config,
                  const char *const *texts, size_t n_texts, struct charnn_error *e);
void setup_release(struct charnn_trainer *t);

/* In resume.c: for --resume-if-there, which repeats the command line that began the run.
 * Forgets the given settings that need no change: those with the recorded value or auto, a
 * time without +, and those that concern only the session in which they were given, such as
 * `overwrite`. */
void resume_forget_repeated(struct charnn_config *asked,
                            const struct charnn_config *recorded);

/* In resume.c: merges the settings of the checkpoint with the settings given with --resume.  Giving a setting that cannot change is an error.  The strings of *c are borrowed
 * from `asked`, `from` and *output, which is allocated (free it even after a failure). */
struct ckpt;
int resume_config(struct charnn_config *c, const struct charnn_config *asked,
                  const struct ckpt *from, char **output, struct charnn_error *e);

/* In resume.c: if no texts are given, takes the names recorded in the checkpoint (borrowed).
 * These names are not trusted: a device or a pipe, which may have no end, is refused, and so
 * is an empty or missing file. */
int resume_texts(const struct ckpt *from, const char *const **texts, size_t *n,
                 struct charnn_error *e);
/* In estimate.c: refuses a run if the disk has no room for its checkpoints. */
int estimate_check_disk(const struct charnn_trainer *t, struct charnn_error *e);

#endif
