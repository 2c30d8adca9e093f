/*
 * charnn.c - the dispatcher: `charnn COMMAND ...` becomes `charnn-COMMAND ...`.
 *
 * A command is a program in the same folder, or where `make install` puts it.  A command
 * that is not in the table can be run too, but the help, the manual page, suggestions,
 * installation and shell completion do not know it.  Symbolic links to the dispatcher are
 * resolved, so they work in any folder.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/field.h"
#include "charnn.h"
#include "cli/man.h"
#include "cli/msg.h"

/* `make install` sets it to the folder of the commands. */
#ifndef CHARNN_LIBEXEC
#define CHARNN_LIBEXEC NULL
#endif

extern const char cli_charnn_bash[], cli_charnn_fish[], cli_charnn_zsh[];

// clang-format off
static const struct field commands[] = {
    ROW_FLAG(0, "train", 0, "trains a model on text; writes ckpt.bin"),
    ROW_FLAG(0, "sample", 0, "writes new text from a checkpoint"),
    ROW_FLAG(0, "eval", 0, "scores how well a model predicts a text"),
    ROW_FLAG(0, "fill", 0, "restores masked characters of a text"),
    ROW_FLAG(0, "info", 0, "shows what is in a checkpoint"),
    ROW_FLAG(0, "gradflow", 0, "shows how gradients flow back through time"),
    ROW_FLAG(0, "cells", 0, "finds hidden units that track quotes, lines, comments, ..."),
    ROW_FLAG(0, "export", 0, "writes a model as C source or as a web page"),
    ROW_FLAG(0, "plot", 0, "draws learning curves from training logs"),
    ROW_FLAG(0, "report", 0, "writes a web page about a run: curves, samples, settings"),
    ROW_FLAG(0, "sweep", 0, "trains a model for every combination of a grid of settings"),
    ROW_FLAG(0, "table", 0, "prints the results of a sweep"),
};
// clang-format on
enum { COMMANDS = sizeof commands / sizeof *commands };

static const char about[] =
    "Trains character-level recurrent networks (RNN, LSTM, GRU) on text, and\n"
    "generates text in the same style.";
static const char examples[] = "  charnn train corpus.txt\n"
                               "  charnn sample -t 0.8 ckpt.bin";

static void add_help(struct buf *out)
{
    buf_printf(out, "usage: charnn COMMAND [options] ...\n\n%s\n\ncommands:\n", about);
    for (size_t i = 0; i < COMMANDS; i++)
        buf_printf(out, "  %-8s  %s\n", commands[i].name, commands[i].help);
    buf_printf(out,
               "\n`charnn help COMMAND` describes a command and its options.  To begin:\n"
               "%s\n",
               examples);
}

/* ---------------------------------------------------------------- generate */

static void add_man(struct buf *out)
{
    man_begin("charnn", about, out);
    man_lines("SYNOPSIS", "charnn COMMAND [options] ...\ncharnn help COMMAND", out);
    buf_printf(out, ".SH DESCRIPTION\n%s\n", about);
    buf_str(out, ".SH COMMANDS\n");
    for (size_t i = 0; i < COMMANDS; i++)
        buf_printf(out, ".TP\n.BR charnn\\-%s (1)\n%s\n", commands[i].name,
                   commands[i].help);
    man_lines("EXAMPLES", examples, out);
    man_end(".BR charnn\\-train (1),\n.BR charnn\\-sample (1),\n.BR charnn\\-log (5),\n"
            ".BR charnn (3)",
            out);
}

static void add_commands(struct buf *out)
{
    for (size_t i = 0; i < COMMANDS; i++)
        buf_printf(out, "%s\t%s\n", commands[i].name, commands[i].help);
}

/* The output that `make install` and the completion of shells need. */
static void add_generated(const char *what, struct buf *out)
{
    if (what && !strcmp(what, "man"))
        add_man(out);
    else if (what && !strcmp(what, "commands"))
        add_commands(out);
    else if (what && !strcmp(what, "bash"))
        buf_str(out, cli_charnn_bash);
    else if (what && !strcmp(what, "fish"))
        buf_str(out, cli_charnn_fish);
    else if (what && !strcmp(what, "zsh"))
        buf_str(out, cli_charnn_zsh);
    else
        msg_die_usage("--generate takes man, commands, bash, fish or zsh");
}

/* -------------------------------------------------------------- own folder */

/* The folder of the executable path[0..n)/name or, without a name, path[0..n), with links
 * resolved; NULL: there is none. */
static char *folder_of(const char *path, size_t n, const char *name)
{
    struct buf full = { 0 };
    if (name)
        buf_printf(&full, "%.*s/%s", n ? (int)n : 1, n ? path : ".", name);
    else
        buf_add(&full, path, n);
    char *real = NULL;
    if (!full.failed && access(full.data, X_OK) == 0)
        real = realpath(full.data, NULL);
    buf_release(&full);
    char *slash = real ? strrchr(real, '/') : NULL;
    if (slash)
        slash[slash == real] = '\0';
    return real;
}

static char *search_path(const char *name)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t n = strcspn(path, ":");
        char *found = folder_of(path, n, name);
        if (found)
            return found;
        path += n + (path[n] == ':');
    }
    return NULL;
}

/* The folder of this program, allocated; NULL: unknown. */
static char *own_folder(const char *argv0)
{
    static const char self[] = "/proc/self/exe"; /* right on Linux, even if argv[0] is
                                                  * not */
    char *folder = folder_of(self, sizeof self - 1, NULL);
    if (folder || !argv0)
        return folder;
    return strchr(argv0, '/') ? folder_of(argv0, strlen(argv0), NULL) : search_path(argv0);
}

/* ---------------------------------------------------------------- dispatch */

static bool is_command_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");
    return n > 0 && !s[n] && s[0] != '-';
}

static _Noreturn void refuse_command(const char *name)
{
    const char *nearest = field_nearest(commands, COMMANDS, name);
    if (name[0] == '-')
        msg_die_usage("unknown option %s: options follow the command, as in "
                      "charnn train --help",
                      name);
    if (nearest)
        msg_die_usage("unknown command '%s'; did you mean %s?", name, nearest);
    msg_die_usage("unknown command '%s' (charnn help lists them)", name);
}

/* Executes FOLDER/SUB/charnn-NAME and adds its path to `tried`; returns if there is none. */
static void try_command(const char *folder, const char *sub, const char *name, char **args,
                        struct buf *tried)
{
    struct buf path = { 0 };
    buf_printf(&path, "%s%s/charnn-%s", folder, sub, name);
    buf_printf(tried, "%s%s", tried->len ? " nor " : "", path.failed ? "" : path.data);
    if (path.failed || tried->failed)
        msg_die_memory();
    args[0] = path.data;
    execv(path.data, args);
    if (errno != ENOENT)
        msg_die("%s: %s", path.data, strerror(errno));
    buf_release(&path);
}

/* Executes charnn-NAME; replaces args[0] and passes on the other arguments. */
static _Noreturn void run_command(const char *argv0, const char *name, char **args)
{
    if (!is_command_name(name))
        refuse_command(name);
    char *folder = own_folder(argv0);
    if (!folder)
        msg_die("cannot find the folder of %s and its commands", argv0 ? argv0 : "charnn");
    struct buf tried = { 0 };
    try_command(folder, "", name, args, &tried);
    try_command(folder, "/../libexec/charnn", name, args, &tried);
    free(folder);
    if (CHARNN_LIBEXEC)
        try_command(CHARNN_LIBEXEC, "", name, args, &tried);
    if (!field_find(commands, COMMANDS, name))
        refuse_command(name);
    msg_die("there is no %s: a copy of charnn needs its commands beside it; "
            "`make install` puts them where charnn finds them",
            tried.data);
}

static bool asks_for_help(const char *word)
{
    return !strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h");
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    struct buf text = { 0 };
    if (!word) {
        add_help(&text);
        fputs(text.failed ? "" : text.data, stderr);
        return EXIT_USAGE;
    }
    const bool help = asks_for_help(word);
    if (help && argc > 2 && !asks_for_help(argv[2])) {
        char option[] = "--help", *args[] = { NULL, option, NULL };
        run_command(argv[0], argv[2], args);
    }
    if (help)
        add_help(&text);
    else if (!strcmp(word, "version") || !strcmp(word, "--version"))
        buf_printf(&text, "charnn %s\n", CHARNN_VERSION);
    else if (!strcmp(word, "--generate"))
        add_generated(argv[2], &text);
    else
        run_command(argv[0], word, argv + 1);
    msg_begin("charnn"); /* not earlier: commands would inherit the ignored signals */
    msg_print(&text);
    return msg_finish();
}
