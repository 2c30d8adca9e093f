/*
 * export.c - charnn-export: a model as one file that needs no charnn.
 *
 * Files are replaced when they are complete and not before.  An output must be named like
 * what it will be, so that a checkpoint given in its place is not written over.
 */
#include <stdio.h>
#include <string.h>

#include "base/field.h"
#include "base/file.h"
#include "charnn.h"
#include "cli/msg.h"
#include "cli/opt.h"

struct export_args {
    const char *c, *html, *name;
    int64_t weights, quiet;
};

enum { ROW_WEIGHTS = 4 };
#define AT(m) offsetof(struct export_args, m)
// clang-format off
static const struct field table[] = {
    { .name = "Options", .type = FIELD_GROUP },
    { .name = "c", .arg = "FILE", .type = FIELD_TEXT, .offset = AT(c),
      .help = "write C99 source, which a program compiles in: functions to read a character "
              "and to draw the next; - is standard output" },
    { .name = "html", .arg = "FILE", .type = FIELD_TEXT, .offset = AT(html),
      .help = "write a web page that generates text, without a network or a server" },
    { .name = "name", .arg = "NAME", .type = FIELD_TEXT, .offset = AT(name),
      .help = "what C functions are called, and the title of a page; otherwise after the C "
              "file and the checkpoint" },
    [ROW_WEIGHTS] = { .name = "weights", .arg = "TYPE", .type = FIELD_CHOICE,
      .offset = AT(weights), .choices = "f32|int8",
      .help = "of C: as they are, or in eight bits with a scale for each row, a third of the "
              "source; a page always has eight bits" },
    { .key = 'q', .name = "quiet", .type = FIELD_FLAG, .offset = AT(quiet),
      .help = "do not say what was written" },
};
// clang-format on
static const struct export_args defaults;

static const struct opt_command command = {
    .usage = "charnn export --c FILE.c | --html FILE.html [options] [CHECKPOINT]",
    .about =
        "Writes the model of a checkpoint (ckpt.bin when none is named) as one file that\n"
        "needs nothing else.",
    .epilogue = "examples:\n"
                "  charnn export --html play.html play.bin\n"
                "  charnn export --c model.c --weights int8 ckpt.bin",
    .table = table,
    .n = sizeof table / sizeof *table,
    .defaults = &defaults,
};

/* ------------------------------------------------------------------------- names */

static int is_stdout(const char *path)
{
    return !strcmp(path, "-");
}

/* A path without folders and without what follows its last point. */
static void stem(const char *path, struct buf *out)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    buf_add(out, name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

/* The same as a name for C: "2x512.c" is model_2x512. */
static void c_stem(const char *path, struct buf *out)
{
    struct buf name = { 0 };
    stem(is_stdout(path) ? "model" : path, &name);
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char lower = (unsigned char)(name.data[i] | 0x20);
        const int letter = lower >= 'a' && lower <= 'z';
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

static void check_output(const char *option, const char *path, const char *end)
{
    if (path && !is_stdout(path) && !file_has_suffix(path, end))
        msg_die_usage("%s %s: the file to write must end in %s", option, path, end);
}

/* ----------------------------------------------------------------------- writing */

static void to_file(const void *bytes, size_t n, void *arg)
{
    file_out_write(arg, bytes, n);
}

static void to_stdout(const void *bytes, size_t n, void *arg)
{
    (void)arg;
    fwrite(bytes, 1, n, stdout); /* msg_finish says what went wrong */
}

static void say_written(const char *path, const struct export_args *args)
{
    if (!args->quiet)
        msg_say("%s is written", path);
}

static void write_file(const char *checkpoint, const char *path,
                       const struct charnn_export_config *config,
                       const struct export_args *args)
{
    struct file_out out;
    struct charnn_error e;
    if (file_same(checkpoint, path))
        msg_die_usage("%s is the checkpoint itself: choose another name", path);
    if (file_out_open(&out, path, &e) < 0)
        msg_die_error(&e);
    if (charnn_export(checkpoint, config, to_file, &out, &e) < 0) {
        file_out_abort(&out);
        msg_die_error(&e);
    }
    if (file_out_commit(&out, &e) < 0)
        msg_die_error(&e);
    say_written(path, args);
}

static void write_model(const char *checkpoint, const char *path, int format,
                        const struct export_args *args)
{
    struct buf name = { 0 };
    struct charnn_error e;
    if (args->name)
        buf_str(&name, args->name);
    else if (format == CHARNN_EXPORT_C)
        c_stem(path, &name);
    else
        stem(checkpoint, &name);
    if (name.failed)
        msg_die_memory();
    const struct charnn_export_config config = { .format = format,
                                                 .int8 = args->weights != 0,
                                                 .name = name.data };
    if (!is_stdout(path))
        write_file(checkpoint, path, &config, args);
    else if (charnn_export(checkpoint, &config, to_stdout, NULL, &e) < 0)
        msg_die_error(&e);
    buf_release(&name);
}

int main(int argc, char **argv)
{
    struct export_args args = defaults;
    unsigned char given[sizeof table / sizeof *table] = { 0 };
    msg_begin("charnn export");
    const int first = opt_parse(&command, argc, argv, &args, given);
    const char *checkpoint = first < argc ? argv[first] : "ckpt.bin";
    if (!args.c && !args.html)
        msg_die_usage("what to write? --c model.c or --html model.html");
    if (argc - first > 1)
        msg_die_usage("one checkpoint at a time, not %s and %s", argv[first],
                      argv[first + 1]);
    if (given[ROW_WEIGHTS] && !args.c)
        msg_die_usage("--weights is of --c: a page always has eight bits");
    if (args.c && args.html && is_stdout(args.c) && is_stdout(args.html))
        msg_die_usage("only one of --c and --html can be standard output");
    check_output("--c", args.c, ".c");
    check_output("--html", args.html, ".html");
    if (args.c)
        write_model(checkpoint, args.c, CHARNN_EXPORT_C, &args);
    if (args.html)
        write_model(checkpoint, args.html, CHARNN_EXPORT_HTML, &args);
    return msg_finish();
}
