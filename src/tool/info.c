/*
 * info.c - charnn info: describes a checkpoint, or measures the speed of this machine.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/field.h"
#include "charnn_inspect.h"
#include "cli/msg.h"
#include "cli/opt.h"

struct info_args {
    int64_t json, command, machine;
};

#define AT(m) offsetof(struct info_args, m)
// clang-format off
static const struct field table[] = {
    ROW_GROUP("Options"),
    ROW_FLAG(0, "json", AT(json), "print one JSON object"),
    ROW_FLAG(0, "command", AT(command), "print the command that repeats this run"),
    ROW_FLAG(0, "machine", AT(machine),
             "show the cores, kernels, measured peak and read bandwidth of this machine instead"),
};
// clang-format on
static const struct info_args defaults;

static const struct opt_command command = {
    .usage = "charnn info [options] [CHECKPOINT]",
    .about = "Shows what is in a checkpoint (default: ckpt.bin).",
    .epilogue = "examples:\n"
                "  charnn info ckpt.bin\n"
                "  charnn info --command ckpt.last.bin",
    .table = table,
    .n = sizeof table / sizeof *table,
    .defaults = &defaults,
};

static char *describe(const struct info_args *args, const char *path,
                      struct charnn_error *e)
{
    if (args->machine)
        return charnn_info_machine(e);
    if (args->json)
        return charnn_info_json(path, e);
    return args->command ? charnn_info_command(path, e) : charnn_info_text(path, e);
}

/* Prints the text as it is (the library has made it safe for a terminal), or the JSON after
 * escaping what a terminal would interpret. */
static void print_text(const char *text, bool is_json)
{
    struct buf out = { 0 };
    const size_t n = strlen(text);
    if (is_json)
        escape_json(&out, text, n);
    else
        buf_add(&out, text, n);
    if (n == 0 || text[n - 1] != '\n')
        buf_char(&out, '\n');
    if (out.failed)
        msg_die("out of memory");
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
}

int main(int argc, char **argv)
{
    struct info_args args = defaults;
    struct charnn_error e;
    msg_begin("charnn info");
    const int first = opt_parse(&command, argc, argv, &args);
    if (args.json + args.command + args.machine > 1)
        msg_die_usage("give only one of --json, --command and --machine");
    if (args.machine && first < argc)
        msg_die_usage("--machine takes no checkpoint");
    const char *path = opt_operand(argv + first, argc - first, "checkpoint", "ckpt.bin");
    char *text = describe(&args, path, &e);
    if (!text)
        msg_die_error(&e);
    print_text(text, args.json);
    free(text);
    return msg_finish();
}
