/* files.c - names of files, and checks that none is overwritten. */
#include "train/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { OUTPUTS = 3 };

int files_init(struct run_files *f, const char *output, const char *const *texts,
               size_t n_texts, struct charnn_error *e)
{
    f->best = strdup(output);
    f->last = file_sibling(output, ".last.bin");
    f->log = file_sibling(output, ".jsonl");
    f->texts = calloc(n_texts, sizeof *f->texts);
    if (!f->best || !f->last || !f->log || !f->texts)
        return err_set(e, "out of memory");
    for (; f->n_texts < n_texts; f->n_texts++)
        if (!(f->texts[f->n_texts] = strdup(texts[f->n_texts])))
            return err_set(e, "out of memory");
    return 0;
}

void files_release(struct run_files *f)
{
    for (size_t i = 0; i < f->n_texts; i++)
        free(f->texts[i]);
    free(f->texts);
    free(f->best);
    free(f->last);
    free(f->log);
}

int files_check_inputs(const struct run_files *f, struct charnn_error *e)
{
    const char *outputs[OUTPUTS] = { f->best, f->last, f->log };
    for (size_t i = 0; i < OUTPUTS; i++)
        for (size_t k = 0; k < f->n_texts; k++)
            if (file_same(outputs[i], f->texts[k]))
                return err_usage(e, "%s is the text to train on: choose another `output`",
                                 outputs[i]);
    return 0;
}

int files_check_absent(const struct run_files *f, bool resumed, struct charnn_error *e)
{
    const char *outputs[OUTPUTS] = { f->best, f->last, f->log };
    for (size_t i = 0; i < OUTPUTS; i++) {
        if (!file_exists(outputs[i]))
            continue;
        if (resumed)
            return err_usage(e, "%s already exists: choose another `output`", outputs[i]);
        return err_usage(e,
                         "%s already exists: go on with `resume` %s, choose "
                         "another `output`, or replace it with `overwrite`",
                         outputs[i], f->last);
    }
    return 0;
}
