/* files.c - makes the names of a run's files, and checks that no file is overwritten. */
#include "train/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/folder.h"

/* OTHER_INPUTS: --valid-file, --init-from, and the checkpoint to resume. */
enum { OUTPUTS = 3, OTHER_INPUTS = 3 };

static int add_input(struct run_files *f, const char *path)
{
    if (!path)
        return 0;
    f->inputs[f->n_inputs] = strdup(path);
    return f->inputs[f->n_inputs] ? (f->n_inputs++, 0) : -1;
}

static int add_inputs(struct run_files *f, const struct charnn_config *c,
                      const char *const *texts, size_t n_texts, const char *resumed)
{
    f->inputs = calloc(n_texts + OTHER_INPUTS, sizeof *f->inputs);
    if (!f->inputs)
        return -1;
    for (; f->n_texts < n_texts; f->n_texts++)
        if (add_input(f, texts[f->n_texts]) < 0)
            return -1;
    /* a run resumed under its own name may overwrite the checkpoint it resumes from */
    const bool own = resumed && file_same(f->last, resumed);
    if (add_input(f, c->valid_file) < 0 || add_input(f, c->init_from) < 0)
        return -1;
    return add_input(f, own ? NULL : resumed);
}

/* Refuses an output whose name ends like the other files of a run.  A checkpoint of this name
 * could replace a file of another run, even the log that the other run has locked. */
static int check_suffix(const char *output, struct charnn_error *e)
{
    static const char *const taken[][2] = { { ".last.bin", "the training state" },
                                            { ".jsonl", "the log" } };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (file_has_suffix(output, taken[i][0]))
            return err_usage(
                e, "%s: names that end in %s are for %s of a run: choose another `output`",
                output, taken[i][0], taken[i][1]);
    return 0;
}

int files_init(struct run_files *f, const struct charnn_config *c, const char *const *texts,
               size_t n_texts, const char *resumed, struct charnn_error *e)
{
    f->best = strdup(c->output);
    f->last = file_sibling(c->output, ".last.bin");
    f->log = file_sibling(c->output, ".jsonl");
    if (!f->best || !f->last || !f->log || add_inputs(f, c, texts, n_texts, resumed) < 0)
        return err_set(e, "out of memory");
    return check_suffix(f->best, e);
}

void files_release(struct run_files *f)
{
    for (size_t i = 0; i < f->n_inputs; i++)
        free(f->inputs[i]);
    free(f->inputs);
    free(f->best);
    free(f->last);
    free(f->log);
}

/* Refuses to write a file in a folder of texts.  A log in it would be read as a text, and
 * closing the log after reading it would release the lock. */
static int check_folder(const char *folder, const char *path, struct charnn_error *e)
{
    if (folder_holds(folder, path))
        return err_usage(e,
                         "%s would be in %s, a folder that this run reads: choose another "
                         "`output`",
                         path, folder);
    const int linked = file_exists(path) ? folder_links(folder, path, e) : 0;
    if (linked > 0)
        return err_usage(e,
                         "%s is a file of %s, an input of this run: choose another "
                         "`output`",
                         path, folder);
    return linked;
}

int files_check_output(const struct run_files *f, const char *path, struct charnn_error *e)
{
    if (folder_exists(path))
        return err_usage(e, "%s is a folder: choose another `output`", path);
    if (file_is_special(path))
        return err_set(e, "%s: is not a regular file", path);
    for (size_t i = 0; i < f->n_inputs; i++) {
        const char *input = f->inputs[i];
        if (file_same(path, input))
            return err_usage(e, "%s is an input of this run: choose another `output`",
                             path);
        if (strcmp(input, "-") != 0 && folder_exists(input) &&
            check_folder(input, path, e) < 0)
            return -1;
    }
    return 0;
}

int files_check_absent(const struct run_files *f, bool log_is_empty, bool resumed,
                       struct charnn_error *e)
{
    const char *outputs[OUTPUTS] = { f->best, f->last, log_is_empty ? NULL : f->log };
    for (size_t i = 0; i < OUTPUTS; i++) {
        if (!outputs[i] || !file_exists(outputs[i]))
            continue;
        if (resumed)
            return err_usage(e, "%s already exists: choose another `output`", outputs[i]);
        return err_usage(e,
                         "%s already exists: continue it with `resume` %s, choose "
                         "another `output`, or replace it with `overwrite`",
                         outputs[i], f->last);
    }
    return 0;
}

/* Whether the first n bytes of a name are the name of an output of the run, including the
 * files of --keep-history. */
static bool is_output(const struct run_files *f, const char *name, size_t n)
{
    const char *outputs[OUTPUTS] = { f->best, f->last, f->log };
    for (size_t i = 0; i < OUTPUTS; i++)
        if (strlen(file_name(outputs[i])) == n && !memcmp(file_name(outputs[i]), name, n))
            return true;
    const char *log = file_name(f->log);
    const size_t stem = strlen(log) - strlen(".jsonl");
    return n > stem && !memcmp(log, name, stem) && !strncmp(name + stem, ".epoch", 6) &&
           strstr(name + stem, "_step");
}

void files_remove_temporaries(const struct run_files *f)
{
    char *folder = file_folder(f->best);
    DIR *dir = folder ? opendir(folder) : NULL;
    const struct dirent *entry;
    free(folder);
    while (dir && (entry = readdir(dir))) {
        const size_t n = file_temporary_of(entry->d_name);
        if (n && is_output(f, entry->d_name, n))
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
}
