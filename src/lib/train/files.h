/* files.h - the files of a run: the texts that it reads, the three that it writes. */
#ifndef CHARNN_TRAIN_FILES_H
#define CHARNN_TRAIN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "charnn.h"

struct run_files { /* all strings are owned */
    char **inputs; /* [n_inputs] all that is read; the first n_texts are trained on */
    size_t n_inputs, n_texts;
    char *best, *last, *log; /* OUTPUT, and .last.bin and .jsonl beside it */
};

/* Copies the names of the texts and of the other files that the settings name, and makes those of
 * the files to write.  `resumed` is the .last.bin of the run that goes on, or NULL. */
int files_init(struct run_files *f, const struct charnn_config *c, const char *const *texts,
               size_t n_texts, const char *resumed, struct charnn_error *e);
void files_release(struct run_files *f);

/* An error when the file to be written is one that is read: the texts, --valid-file, --init-from,
 * or a resumed run of another name. */
int files_check_output(const struct run_files *f, const char *path, struct charnn_error *e);
/* An error when a checkpoint or a log that holds something exists already. */
int files_check_absent(const struct run_files *f, bool log_is_empty, bool resumed,
                       struct charnn_error *e);

/* Removes the temporaries of killed runs of this name; only the owner of the log may. */
void files_remove_temporaries(const struct run_files *f);

#endif
