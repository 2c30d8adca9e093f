/*
 * export.c - charnn export: writes a model as one file that does not need charnn.
 *
 * A file is replaced only when the new one is complete.  An output must have the suffix of
 * its format, so that a checkpoint given by mistake is not overwritten.
 */
#include <stdio.h>
#include <string.h>

#include "base/field.h"
#include "base/file.h"
#include "charnn.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/output.h"

struct export_args {
    const char *c, *html, *name;
    int64_t weights, quiet;
};

#define AT(m) offsetof(struct export_args, m)
// clang-format off
static const struct field table[] = {
    ROW_GROUP("Options"),
    ROW_TEXT(0, "c", "FILE", AT(c),
             "write C99 source to compile into a program: functions that read a character and "
             "draw the next; - is standard output"),
    ROW_TEXT(0, "html", "FILE", AT(html),
             "write a web page that generates text, without a network or a server"),
    ROW_TEXT(0, "name", "NAME", AT(name),
             "prefix of the C functions, or title of the page; default: from the name of the "
             "C file or of the checkpoint"),
    OPT_WEIGHTS(AT(weights),
                "for --c: float, or 8 bits with one scale per row, which makes the source a "
                "third as large; a page always uses 8 bits"),
    OPT_QUIET(AT(quiet), "do not report what was written"),
};
// clang-format on
static const struct export_args defaults;

static const struct opt_command command = {
    .usage = "charnn export --c FILE.c | --html FILE.html [options] [CHECKPOINT]",
    .about = "Writes the model of a checkpoint (default: ckpt.bin) as one file that needs "
             "nothing else.",
    .epilogue = "examples:\n"
                "  charnn export --html play.html play.bin\n"
                "  charnn export --c model.c --weights int8 ckpt.bin",
    .table = table,
    .n = sizeof table / sizeof *table,
    .defaults = &defaults,
};

/* ------------------------------------------------------------------------- names */

/* Appends the file name without its folders and suffix. */
static void add_stem(const char *path, struct buf *out)
{
    const char *name = file_name(path);
    const char *dot = strrchr(name, '.');
    buf_add(out, name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

/* Adds the base name as a C identifier: model_2x512 for "2x512.c". */
static void add_c_stem(const char *path, struct buf *out)
{
    struct buf name = { 0 };
    add_stem(output_is_stdout(path) ? "model" : path, &name);
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char lower = (unsigned char)(name.data[i] | 0x20);
        const bool letter = lower >= 'a' && lower <= 'z';
        if (i == 0 && !letter)
            buf_str(out, "model_");
        buf_char(out, letter || (name.data[i] >= '0' && name.data[i] <= '9') ? name.data[i]
                                                                             : '_');
    }
    out->failed |= name.failed;
    buf_release(&name);
    if (out->len > CHARNN_NAME_MAX)
        out->data[out->len = CHARNN_NAME_MAX] = 0;
}

/* ----------------------------------------------------------------------- writing */

/* A charnn_export_fn: writes to a file_out. */
static void write_to_file(const void *bytes, size_t n, void *file)
{
    file_out_write(file, bytes, n);
}

static void write_to_stdout(const void *bytes, size_t n, void *unused)
{
    (void)unused;
    fwrite(bytes, 1, n, stdout); /* msg_finish reports failures */
}

static void export_file(const char *checkpoint, const char *path,
                        const struct charnn_export_config *config,
                        const struct export_args *args)
{
    struct file_out out;
    struct charnn_error e;
    if (file_out_open(&out, path, &e) < 0)
        msg_die_error(&e);
    if (charnn_export(checkpoint, config, write_to_file, &out, &e) < 0) {
        file_out_abort(&out);
        msg_die_error(&e);
    }
    if (file_out_commit(&out, &e) < 0)
        msg_die_error(&e);
    if (!args->quiet)
        msg_say("%s is written", path);
}

static void export_model(const char *checkpoint, const char *path, int format,
                         const struct export_args *args)
{
    struct buf name = { 0 };
    struct charnn_error e;
    if (args->name)
        buf_str(&name, args->name);
    else if (format == CHARNN_EXPORT_C)
        add_c_stem(path, &name);
    else
        add_stem(checkpoint, &name);
    if (name.failed)
        msg_die_memory();
    const struct charnn_export_config config = { .format = format,
                                                 .int8 = args->weights != 0,
                                                 .name = name.data };
    if (!output_is_stdout(path))
        export_file(checkpoint, path, &config, args);
    else if (charnn_export(checkpoint, &config, write_to_stdout, NULL, &e) < 0)
        msg_die_error(&e);
    buf_release(&name);
}

static void check_export_args(const struct export_args *args, const char *checkpoint)
{
    struct charnn_error e;
    if (!args->c && !args->html)
        msg_die_usage("nothing to write: give --c model.c or --html model.html");
    if (!args->c)
        opt_exclude("weights", "a page always uses 8 bits");
    if (args->c && args->html && output_is_stdout(args->c) && output_is_stdout(args->html))
        msg_die_usage("only one of --c and --html can be standard output");
    if ((args->c && output_check(args->c, ".c", checkpoint, &e) < 0) ||
        (args->html && output_check(args->html, ".html", checkpoint, &e) < 0))
        msg_die_error(&e);
}

int main(int argc, char **argv)
{
    struct export_args args = defaults;
    msg_begin("charnn export");
    const int first = opt_parse(&command, argc, argv, &args);
    const char *checkpoint =
        opt_operand(argv + first, argc - first, "checkpoint", "ckpt.bin");
    check_export_args(&args, checkpoint);
    if (args.c)
        export_model(checkpoint, args.c, CHARNN_EXPORT_C, &args);
    if (args.html)
        export_model(checkpoint, args.html, CHARNN_EXPORT_HTML, &args);
    return msg_finish();
}
