/* files.h - the files of a run: the texts that it reads, the three that it writes. */
#ifndef CHARNN_TRAIN_FILES_H
#define CHARNN_TRAIN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct run_files { /* all strings are owned */
    char **texts;  /* [n_texts] to train on */
    size_t n_texts;
    char *best, *last, *log; /* OUTPUT, and .last.bin and .jsonl beside it */
};

/* Copies the names of the texts, and makes those of the files to write. */
int files_init(struct run_files *f, const char *output, const char *const *texts,
               size_t n_texts, struct charnn_error *e);
void files_release(struct run_files *f);

/* An error when an output is one of the texts. */
int files_check_inputs(const struct run_files *f, struct charnn_error *e);
/* An error when an output exists already. */
int files_check_absent(const struct run_files *f, bool resumed, struct charnn_error *e);

#endif
