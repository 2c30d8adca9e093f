/*
 * report.c - charnn report: a run as one web page.
 *
 * The log has everything except the names of the text files, which are in the checkpoint
 * beside it.  Without a checkpoint the page omits the command that repeats the run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"
#include "base/file.h"
#include "charnn_inspect.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/output.h"
#include "report/report_page.h"
#include "runlog/runs.h"

struct report_args {
    const char *output;
    int64_t quiet;
};

#define AT(m) offsetof(struct report_args, m)
// clang-format off
static const struct field table[] = {
    ROW_GROUP("Options"),
    ROW_TEXT('o', "output", "FILE", AT(output),
             "the page to write (default: NAME.report.html for a log NAME.jsonl); - is standard "
             "output"),
    OPT_QUIET(AT(quiet), "do not report what was written"),
};
// clang-format on
static const struct report_args defaults;

static const struct opt_command command = {
    .usage = "charnn report [options] [LOG]",
    .about =
        "Writes a web page about a run from its log (default: ckpt.jsonl): loss, gradient "
        "norm\nand learning rate as curves, samples from each validation, settings, and "
        "the\ncommand that repeats the run.  The page is one file that needs no network.  "
        "The run\nmay still be going on.",
    .epilogue = "examples:\n"
                "  charnn report                            # reads ckpt.jsonl, writes "
                "ckpt.report.html\n"
                "  charnn report -o play.html play.jsonl",
    .table = table,
    .n = sizeof table / sizeof *table,
    .defaults = &defaults,
};

/* The name of the log with another suffix. */
static char *log_sibling(const char *log, const char *end)
{
    struct buf name = { 0 };
    const size_t n = strlen(log), m = strlen(".jsonl");
    buf_add(&name, log, n > m && !strcmp(log + n - m, ".jsonl") ? n - m : n);
    buf_str(&name, end);
    if (name.failed)
        msg_die_memory();
    return name.data;
}

/* The command that repeats the run; NULL: there is no checkpoint.  A checkpoint that cannot
 * be read is an error, because a page without the command would look complete. */
static char *command_of(const char *log, const char *output)
{
    static const char *const ends[] = { ".last.bin", ".bin" };
    char *found = NULL;
    for (size_t i = 0; i < sizeof ends / sizeof *ends && !found; i++) {
        char *checkpoint = log_sibling(log, ends[i]);
        struct charnn_error e;
        if (file_is_special(checkpoint))
            msg_die("%s: is not a regular file", checkpoint);
        if (output_check(output, ".html", checkpoint, &e) < 0)
            msg_die_error(&e);
        if (file_exists(checkpoint) && !(found = charnn_info_command(checkpoint, &e)))
            msg_die_error(&e);
        free(checkpoint);
    }
    return found;
}

static char *output_of(const struct report_args *args, const char *log)
{
    if (!args->output && !strcmp(log, "-"))
        msg_die_usage(
            "standard input has no name to name the page after: give -o report.html");
    char *path = args->output ? strdup(args->output) : log_sibling(log, ".report.html");
    if (!path)
        msg_die_memory();
    return path;
}

int main(int argc, char **argv)
{
    struct report_args args = defaults;
    struct charnn_error e;
    struct run run;
    struct buf page = { 0 };
    msg_begin("charnn report");
    const int first = opt_parse(&command, argc, argv, &args);
    const char *log = opt_operand(argv + first, argc - first, "log", "ckpt.jsonl");
    char *path = output_of(&args, log);
    if (output_check(path, ".html", log, &e) < 0 || run_read(&run, log, &e) < 0)
        msg_die_error(&e);
    char *again = command_of(log, path);
    report_page(&run, again, &page);
    if (output_write(path, &page, &e) < 0)
        msg_die_error(&e);
    if (!args.quiet && !output_is_stdout(path))
        msg_say("%s is written", path);
    free(again);
    free(path);
    buf_release(&page);
    run_release(&run);
    return msg_finish();
}
