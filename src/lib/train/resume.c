/* resume.c - merges the settings of a checkpoint with the settings given with --resume. */
#include "train/setup.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ckpt/ckpt.h"

/* The output of a resumed run.  It is derived from the present name of its .last.bin, so
 * that a run that was copied never overwrites the original. */
static char *output_beside(const char *last_path, const char *recorded)
{
    static const char suffix[] = ".last.bin";
    struct buf b = { 0 };
    if (file_has_suffix(last_path, suffix)) {
        buf_add(&b, last_path, strlen(last_path) - strlen(suffix));
        buf_str(&b, file_has_suffix(recorded, ".bin") ? ".bin" : "");
    } else {
        buf_add(&b, last_path, (size_t)(file_name(last_path) - last_path));
        buf_str(&b, file_name(recorded));
    }
    return b.data;
}

/* Refuses a recorded text that cannot be read again: a pipe, whose bytes are gone, or standard
 * input if it is a terminal. */
static int check_recorded(const char *last_path, const char *text, struct charnn_error *e)
{
    const bool is_stdin = strcmp(text, "-") == 0;
    if (is_stdin && isatty(STDIN_FILENO))
        return err_set(
            e,
            "%s: the text of this run came from standard input: pipe it in again, "
            "or name a file with that text in addition to `resume`",
            last_path);
    if (!is_stdin && (file_is_special(text) || strncmp(text, "/dev/fd/", 8) == 0))
        return err_set(
            e,
            "%s: the text of this run, %s, is a pipe or a device: name a file with that "
            "text, or - for standard input, in addition to `resume`",
            last_path, text);
    if (!is_stdin && access(text, F_OK) < 0)
        return err_set(e,
                       "%s: the text of this run, %s, is not there: if it has moved, give "
                       "its new name in addition to `resume`",
                       last_path, text);
    return ckpt_check_text(text, e);
}

int resume_texts(const struct ckpt *from, const char *const **texts, size_t *n,
                 struct charnn_error *e)
{
    const char *valid = from->config.valid_file;
    if (valid && ckpt_check_text(valid, e) < 0)
        return -1;
    if (*n > 0)
        return 0;
    if (from->n_files == 0)
        return err_set(
            e, "%s: does not name the text of the run: give it in addition to `resume`",
            from->file.path);
    for (size_t i = 0; i < from->n_files; i++)
        if (check_recorded(from->file.path, from->files[i], e) < 0)
            return -1;
    *texts = from->files;
    *n = from->n_files;
    return 0;
}

/* Copies a setting given together with --resume. */
static int override_setting(struct charnn_config *c, const struct charnn_config *asked,
                            const struct field *f, struct charnn_error *e)
{
    if (!(f->flags & FIELD_RESUME))
        return err_usage(e,
                         "`%s` cannot be changed with `resume`: the settings come from the "
                         "checkpoint (`init-from` starts a new run with its weights)",
                         f->name);
    config_copy_setting(c, asked, f);
    config_set_chosen(c, f, false);
    return 0;
}

void resume_forget_repeated(struct charnn_config *asked,
                            const struct charnn_config *recorded)
{
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        const bool other_session = !config_stored(f) && !(f->flags & FIELD_RESUME);
        const bool time = f->type == FIELD_TIME && !config_added(asked, f);
        if (config_given(asked, f) && (other_session || time || field_is_auto(f, asked) ||
                                       field_equal(f, asked, recorded)))
            config_forget(asked, f);
    }
}

int resume_config(struct charnn_config *c, const struct charnn_config *asked,
                  const struct ckpt *from, char **output, struct charnn_error *e)
{
    const char *recorded = from->config.output;
    *output = output_beside(asked->resume, recorded ? recorded : "ckpt.bin");
    if (!*output)
        return err_set(e, "out of memory");
    if (!from->resumable)
        return err_usage(
            e,
            "%s holds weights only; `resume` takes the .last.bin beside it, `init-from` "
            "starts a new run with these weights",
            asked->resume);
    *c = from->config;
    c->stop_at = 0;
    c->time = 0;
    c->output = *output;
    c->threads = asked->threads;
    c->profile = asked->profile;
    c->dry_run = asked->dry_run;
    memcpy(c->given, asked->given, sizeof c->given);
    memcpy(c->added, asked->added, sizeof c->added);
    if (config_has_length(asked)) {
        c->steps = c->epochs = 0;
        c->work = 0;
    }
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_given(asked, &config_fields[i]) &&
            override_setting(c, asked, &config_fields[i], e) < 0)
            return -1;
    return 0;
}
