/*
 * info.c - charnn-info: what is inside a checkpoint, and what this machine offers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    { .name = "Options", .type = FIELD_GROUP },
    { .name = "json", .type = FIELD_FLAG, .offset = AT(json),
      .help = "print one JSON object" },
    { .name = "command", .type = FIELD_FLAG, .offset = AT(command),
      .help = "print the command that makes this run again" },
    { .name = "machine", .type = FIELD_FLAG, .offset = AT(machine),
      .help = "show this machine instead: cores, kernels, measured peak" },
};
// clang-format on
static const struct info_args defaults;

static const struct opt_command command = {
    .usage = "charnn info [options] [CHECKPOINT]",
    .about = "Shows what is inside a checkpoint (ckpt.bin when none is named).",
    .epilogue = "examples:\n"
                "  charnn info ckpt.bin\n"
                "  charnn info --command ckpt.last.bin",
    .table = table,
    .n = sizeof table / sizeof *table,
    .defaults = &defaults,
};

static void check(const struct info_args *args, int operands)
{
    if (args->json + args->command + args->machine > 1)
        msg_die_usage("only one of --json, --command and --machine");
    if (args->machine && operands > 0)
        msg_die_usage("--machine takes no checkpoint");
    if (operands > 1)
        msg_die_usage("one checkpoint at a time");
}

static char *get(const struct info_args *args, const char *path, struct charnn_error *e)
{
    if (args->machine)
        return charnn_info_machine(e);
    if (args->json)
        return charnn_info_json(path, e);
    return args->command ? charnn_info_command(path, e) : charnn_info_text(path, e);
}

int main(int argc, char **argv)
{
    struct info_args args = defaults;
    struct charnn_error e;
    msg_begin("charnn info");
    int first = opt_parse(&command, argc, argv, &args, NULL);
    check(&args, argc - first);
    char *text = get(&args, first < argc ? argv[first] : "ckpt.bin", &e);
    if (!text)
        msg_die_error(&e);
    size_t n = strlen(text);
    fputs(text, stdout);
    if (n == 0 || text[n - 1] != '\n')
        putchar('\n');
    free(text);
    return msg_finish();
}
