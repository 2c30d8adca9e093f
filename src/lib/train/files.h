/* files.h - the names of a run's files: the inputs, and the three files that it writes. */
#ifndef CHARNN_TRAIN_FILES_H
#define CHARNN_TRAIN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "charnn.h"

struct run_files { /* all strings are owned */
    char **inputs; /* [n_inputs] all files that are read, the training texts first */
    size_t n_inputs, n_texts;
    char *best, *last, *log; /* `output`, and next to it .last.bin and .jsonl */
};

/* Copies the names of the texts and of the other input files in the settings, and makes the
 * names of the outputs.  `resumed` is the .last.bin of the run that is resumed, or NULL. */
int files_init(struct run_files *f, const struct charnn_config *c, const char *const *texts,
               size_t n_texts, const char *resumed, struct charnn_error *e);
void files_release(struct run_files *f);

/* Refuses to write a file that the run also reads, by itself or in a folder: a text,
 * --valid-file, --init-from, or the checkpoint of a resumed run under another name.
 * Refuses folders, devices and pipes. */
int files_check_output(const struct run_files *f, const char *path, struct charnn_error *e);
/* Refuses to overwrite a checkpoint, or a log that is not empty. */
int files_check_absent(const struct run_files *f, bool log_is_empty, bool resumed,
                       struct charnn_error *e);

/* Removes the temporary files that killed runs of this name left.  Call only while holding
 * the lock on the log. */
void files_remove_temporaries(const struct run_files *f);

#endif
