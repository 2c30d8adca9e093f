/*
 * charnn.c - the dispatcher: `charnn COMMAND ...` becomes `charnn-COMMAND ...`.
 *
 * A command is a program in the same folder; it need not be in the table, which exists for
 * the help and for suggestions.  Symbolic links to the dispatcher are resolved, so they
 * work from anywhere.
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
#include "cli/msg.h"

// clang-format off
static const struct field commands[] = {
    ROW_FLAG(0, "train", 0, "trains a model on text; writes ckpt.bin"),
    ROW_FLAG(0, "sample", 0, "writes new text from a checkpoint"),
    ROW_FLAG(0, "eval", 0, "scores how well a model predicts a text"),
    ROW_FLAG(0, "fill", 0, "restores masked characters of a text"),
    ROW_FLAG(0, "info", 0, "shows what is in a checkpoint"),
    ROW_FLAG(0, "gradflow", 0, "shows how gradients flow back through time"),
    ROW_FLAG(0, "cells", 0, "finds hidden units that follow quotes, lines, comments, ..."),
    ROW_FLAG(0, "export", 0, "writes a model as C source or as a web page"),
    ROW_FLAG(0, "plot", 0, "draws learning curves from training logs"),
    ROW_FLAG(0, "report", 0, "writes a web page about a run: curves, samples, settings"),
};
// clang-format on
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *f)
{
    fprintf(f, "usage: charnn COMMAND [options] ...\n\n"
               "Trains character-level recurrent networks (RNN, LSTM, GRU) on text, and\n"
               "generates text in the same style.\n\ncommands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(f, "  %-8s  %s\n", commands[i].name, commands[i].help);
    fprintf(f, "\n`charnn help COMMAND` describes a command and its options.  To begin:\n"
               "  charnn train corpus.txt\n"
               "  charnn sample -t 0.8 ckpt.bin\n");
}

/* -------------------------------------------------------------- own folder */

/* The folder of an executable found at PATH/name, with links resolved; NULL if there is
 * none. */
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
    static const char self[] = "/proc/self/exe"; /* on Linux this is right even if argv[0]
                                                  * is not */
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

/* Executes charnn-NAME; args[0] is replaced, the other arguments are passed on. */
static _Noreturn void run_command(const char *argv0, const char *name, char **args)
{
    if (!is_command_name(name))
        refuse_command(name);
    char *folder = own_folder(argv0);
    if (!folder)
        msg_die("cannot find the folder of %s and its commands", argv0 ? argv0 : "charnn");
    struct buf path = { 0 };
    buf_printf(&path, "%s/charnn-%s", folder, name);
    free(folder);
    if (path.failed)
        msg_die_memory();
    args[0] = path.data;
    execv(path.data, args);
    int reason = errno;
    if (reason == ENOENT && !field_find(commands, COMMANDS, name))
        refuse_command(name);
    msg_die("%s: %s", path.data, strerror(reason));
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    if (!word) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const bool help =
        !strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h");
    if (help && argc > 2) {
        char option[] = "--help", *args[] = { NULL, option, NULL };
        run_command(argv[0], argv[2], args);
    }
    if (!help && strcmp(word, "--version"))
        run_command(argv[0], word, argv + 1);
    msg_begin("charnn"); /* not earlier, because each command sets up its own signals */
    if (help)
        print_help(stdout);
    else
        printf("charnn %s\n", CHARNN_VERSION);
    return msg_finish();
}
