/*
 * train.c - charnn train: the command line of a run, and its signals.
 *
 * The library trains and reports events, which progress.c shows on stderr.  Only --dry-run writes
 * to stdout.
 */
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/escape.h"
#include "charnn_inspect.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "train/progress.h"
#include "cli/term.h"

/* ----------------------------------------------------------------- signals */

static const double SAME_SIGNAL_SECONDS = 0.2;
static struct charnn_trainer *_Atomic running;
static _Atomic double caught_at;
static volatile sig_atomic_t caught;
static struct progress_display progress;

/* The first signal saves and stops the run, and a second one kills the program; before the run
 * has begun, the first signal kills the program.  A signal immediately after the first is
 * ignored: a terminal and `timeout` send a signal to a whole process group, whose leader may
 * pass it on, so that it arrives twice. */
static void on_stop(int number)
{
    struct charnn_trainer *t = running;
    if (t && caught && clock_seconds() - caught_at < SAME_SIGNAL_SECONDS)
        return;
    if (t && !caught) {
        caught_at = clock_seconds();
        caught = number;
        charnn_trainer_interrupt(t, 0);
        return;
    }
    signal(number, SIG_DFL);
    raise(number);
}

static void on_save(int number)
{
    struct charnn_trainer *t = running;
    (void)number;
    if (!t)
        return;
    progress.save_asked = 1;
    charnn_trainer_interrupt(t, 1);
}

static void catch_with(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* SIGHUP stays ignored under nohup.  SIGINT is caught even if a shell has set it to be
 * ignored for a background job, because whoever sends it wants the run to be saved. */
static void catch_training_signals(void)
{
    struct sigaction old;
    catch_with(SIGINT, on_stop);
    catch_with(SIGTERM, on_stop);
    catch_with(SIGUSR1, on_save);
    if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        catch_with(SIGHUP, on_stop);
}

/* -------------------------------------------------------------------- main */

struct train_args {
    struct charnn_config config; /* must be first, so that the offsets in the table of its
                                  * settings are valid for this struct */
    int64_t quiet;
};

static const struct field quiet_row =
    OPT_QUIET(offsetof(struct train_args, quiet), "print nothing but errors");

/* Uses charnn_config_set, which records that the setting was given. */
static int set_train_option(const struct field *f, void *args, const char *text,
                            struct charnn_error *e)
{
    struct train_args *a = args;
    if (f->offset == quiet_row.offset)
        return field_set(f, a, text, e);
    return charnn_config_set(&a->config, f->name, text, e);
}

static int parse_train_args(int argc, char **argv, struct train_args *args)
{
    static struct field table[OPT_ROWS]; /* the settings of the library, and --quiet */
    const struct train_args defaults = { .config = charnn_config_default() };
    size_t n;
    const struct field *settings = charnn_config_fields(&n);
    const struct opt_command command = {
        .usage = "charnn train [options] FILE ...\n"
                 "charnn train --resume FILE [options]",
        .about = "Trains a network to predict the next character of the text in the files\n"
                 "(- is standard input).  Writes ckpt.bin (the best weights),\n"
                 "ckpt.last.bin (to resume) and ckpt.jsonl (the log).\n"
                 "Ctrl-C saves and stops; a second Ctrl-C stops at once, without saving.",
        .epilogue = "examples:\n"
                    "  charnn train corpus.txt\n"
                    "  charnn train --cell gru --size 256 --time 10m -o play.bin play.txt\n"
                    "  charnn train --resume ckpt.last.bin",
        .table = table,
        .n = n + 1,
        .defaults = &defaults,
        .set = set_train_option,
    };
    memcpy(table, settings, n * sizeof *table);
    table[n] = quiet_row;
    *args = defaults;
    const int first = opt_parse(&command, argc, argv, args);
    charnn_config_preset(&args->config);
    if (!*args->config.output)
        msg_die_usage("--output needs the name of a file");
    if (strcmp(args->config.output, "-") == 0)
        msg_die_usage(
            "-o -: a run writes three files, so it cannot write to standard output; give a "
            "name such as -o run.bin");
    if (first == argc && !args->config.resume)
        msg_die_usage("no corpus: name one or more text files, or - for standard input "
                      "(charnn train --help)");
    return first;
}

static void print_profile(const struct charnn_trainer *t)
{
    char *table = charnn_trainer_profile(t);
    if (table)
        fputs(table, stderr);
    free(table);
}

/* Prints what the run would need. */
static int print_estimate(struct charnn_trainer *t)
{
    const struct charnn_summary s = charnn_trainer_summary(t);
    struct charnn_estimate need;
    struct charnn_error e;
    char text[32];
    if (!progress.quiet)
        progress_start(&progress);
    if (charnn_trainer_estimate(t, &need, &e) < 0)
        msg_die_error(&e);
    printf("parameters  %s\n", term_count(s.parameters, text));
    printf("memory      %.1f MiB\n", (double)s.bytes_of_memory / (1 << 20));
    printf("disk        %.1f MiB\n", need.bytes_of_disk / (1 << 20));
    printf("speed       %s chars/s\n", term_count((long long)need.chars_per_second, text));
    printf("time        %s\n", term_duration(need.seconds, text));
    charnn_trainer_free(t);
    return msg_finish();
}

/* ----------------------------------------------------------------- what it has learned */

enum { SHOWN_CHARACTERS = 300 };
static const double SHOWN_TEMPERATURE = 0.8;

/* Draws a text from a checkpoint; an empty one if that fails. */
static void draw_text(struct buf *text, const char *path, int64_t seed)
{
    struct charnn_sample_config config = charnn_sample_default();
    struct charnn_error e;
    char character[CHARNN_CHARACTER_MAX];
    config.temperature = SHOWN_TEMPERATURE;
    config.seed = seed;
    struct charnn_model *m = charnn_model_load(path, CHARNN_WEIGHTS_FLOAT32, 1, &e);
    struct charnn_sampler *s = m ? charnn_sampler_new(m, &config, &e) : NULL;
    if (s && charnn_sampler_prime(s, "", 0, &e) == 0)
        for (int i = 0; i < SHOWN_CHARACTERS; i++)
            buf_add(text, character, (size_t)charnn_sampler_next(s, character));
    charnn_sampler_free(s);
    charnn_model_free(m);
}

/* Shows a text that the finished model writes, so that the user sees what it has learned. */
static void show_text(const char *path, int64_t seed)
{
    struct buf text = { 0 }, lines = { 0 };
    draw_text(&text, path, seed);
    for (size_t at = 0; at < text.len;) {
        const char *line = text.data + at, *end = memchr(line, '\n', text.len - at);
        const size_t n = end ? (size_t)(end - line) : text.len - at;
        buf_str(&lines, "  | ");
        escape_text(&lines, line, n);
        buf_str(&lines, "\n");
        at += n + 1;
    }
    fwrite(lines.data, 1, lines.len, stderr);
    buf_release(&text);
    buf_release(&lines);
}

static int run_training(const struct train_args *args, char **files, size_t n_files)
{
    const struct charnn_config *config = &args->config;
    struct charnn_error e;
    enum charnn_status status = CHARNN_STATUS_DONE;
    progress = (struct progress_display){ .files = files,
                                          .quiet = args->quiet != 0,
                                          .is_tty = term_is_tty(STDERR_FILENO),
                                          .train_loss = NAN,
                                          .valid = { .valid_loss = NAN } };
    struct charnn_trainer *t = charnn_trainer_new(config, (const char *const *)files,
                                                  n_files, progress_event, &progress, &e);
    if (!t)
        msg_die_error(&e);
    progress.trainer = t;
    if (config->dry_run)
        return print_estimate(t);
    if (progress.start_pending)
        progress_start(&progress);
    running = t;
    if (charnn_trainer_run(t, &status, &e) < 0)
        msg_die_error(&e);
    running = NULL;
    term_clear();
    if (config->profile)
        print_profile(t);
    const struct charnn_config *run = charnn_trainer_config(t);
    const int64_t seed = run->seed;
    const bool shows =
        !progress.quiet && !run->bidirectional && status != CHARNN_STATUS_INTERRUPTED;
    char *best = shows ? strdup(run->output) : NULL;
    charnn_trainer_free(t); /* makes room for the model */
    if (best)
        show_text(best, seed);
    free(best);
    if (status != CHARNN_STATUS_INTERRUPTED)
        return 0;
    return 128 + (caught ? caught : SIGINT);
}

int main(int argc, char **argv)
{
    struct train_args args;
    msg_begin("charnn train");
    const int first = parse_train_args(argc, argv, &args);
    catch_training_signals();
    return run_training(&args, argv + first, (size_t)(argc - first));
}
