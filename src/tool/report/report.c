/*
 * report.c - charnn-report: a run as one web page.
 *
 * The log knows everything but the files that were read, which the checkpoint beside it
 * says; without it the page does without the command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"
#include "base/file.h"
#include "charnn_inspect.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/page.h"
#include "report/report_page.h"
#include "runlog/runs.h"

struct report_args {
    const char *output;
    int64_t quiet;
};

#define AT(m) offsetof(struct report_args, m)
// clang-format off
static const struct field table[] = {
    { .name = "Options", .type = FIELD_GROUP },
    { .key = 'o', .name = "output", .arg = "FILE", .type = FIELD_TEXT, .offset = AT(output),
      .help = "the page to write, instead of NAME.report.html for a log NAME.jsonl; - is "
              "standard output" },
    { .key = 'q', .name = "quiet", .type = FIELD_FLAG, .offset = AT(quiet),
      .help = "do not say what was written" },
};
// clang-format on
static const struct report_args defaults;

static const struct opt_command command = {
    .usage = "charnn report [options] [LOG]",
    .about =
        "Writes a web page about a run, from the log that training wrote (ckpt.jsonl when\n"
        "none is named): loss, gradient norm and learning rate as curves, what the model\n"
        "wrote on the way, settings, and how to make the run again.  The page is one file\n"
        "that needs no network.  The run may still be going on.",
    .epilogue =
        "examples:\n"
        "  charnn report                            # of ckpt.jsonl: ckpt.report.html\n"
        "  charnn report -o play.html play.jsonl",
    .table = table,
    .n = sizeof table / sizeof *table,
    .defaults = &defaults,
};

/* The log's name with another end. */
static char *sibling(const char *log, const char *end)
{
    struct buf name = { 0 };
    const size_t n = strlen(log), m = strlen(".jsonl");
    buf_add(&name, log, n > m && !strcmp(log + n - m, ".jsonl") ? n - m : n);
    buf_str(&name, end);
    if (name.failed)
        msg_die_memory();
    return name.data;
}

/* The command that makes the run again, or NULL. */
static char *command_of(const char *log)
{
    static const char *const ends[] = { ".last.bin", ".bin" };
    char *found = NULL;
    for (size_t i = 0; i < sizeof ends / sizeof *ends && !found; i++) {
        char *checkpoint = sibling(log, ends[i]);
        if (file_exists(checkpoint))
            found = charnn_info_command(checkpoint, NULL);
        free(checkpoint);
    }
    return found;
}

static char *output_of(const struct report_args *args, const char *log)
{
    if (!args->output && !strcmp(log, "-"))
        msg_die_usage("which page? -o report.html (the log has no name)");
    char *path = args->output ? strdup(args->output) : sibling(log, ".report.html");
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
    const int first = opt_parse(&command, argc, argv, &args, NULL);
    const char *log = first < argc ? argv[first] : "ckpt.jsonl";
    if (argc - first > 1)
        msg_die_usage("one log at a time, not %s and %s", argv[first], argv[first + 1]);
    char *path = output_of(&args, log);
    if (page_check(path, log, &e) < 0 || run_read(&run, log, &e) < 0)
        msg_die_error(&e);
    char *again = command_of(log);
    report_page(&run, again, &page);
    if (page_write(path, &page, &e) < 0)
        msg_die_error(&e);
    if (!args.quiet && strcmp(path, "-") != 0)
        msg_say("%s is written", path);
    free(again);
    free(path);
    buf_release(&page);
    run_release(&run);
    return msg_finish();
}
