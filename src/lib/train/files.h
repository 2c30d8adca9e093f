/* files.h - names of the files of a run: the texts that it reads, the three that it
 * writes. */
#ifndef CHARNN_TRAIN_FILES_H
#define CHARNN_TRAIN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "charnn.h"

struct run_files { /* all strings are owned */
    char **inputs; /* [n_inputs] all files that are read; the first n_texts are trained
                    * on */
    size_t n_inputs, n_texts;
    char *best, *last, *log; /* OUTPUT, and beside it .last.bin and .jsonl */
};

/* Copies the names of the texts and of the other files that the settings name, and makes
 * the names of the files to write.  `resumed` is the .last.bin of the run that is resumed,
 * or NULL. */
int files_init(struct run_files *f, const struct charnn_config *c, const char *const *texts,
               size_t n_texts, const char *resumed, struct charnn_error *e);
void files_release(struct run_files *f);

/* Refuses to write a file that is also read, alone or in a folder: a text, --valid-file,
 * --init-from, or the checkpoint of a resumed run that has another name.  Refuses folders,
 * devices and pipes. */
int files_check_output(const struct run_files *f, const char *path, struct charnn_error *e);
/* Refuses to overwrite a checkpoint, or a log that is not empty. */
int files_check_absent(const struct run_files *f, bool log_is_empty, bool resumed,
                       struct charnn_error *e);

/* Removes temporary files of killed runs with this name; only the owner of the log may call
 * it. */
void files_remove_temporaries(const struct run_files *f);

#endif
