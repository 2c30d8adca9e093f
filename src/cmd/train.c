/*
 * train.c - charnn-train: the command line of a run, its signals, and what it says.
 *
 * The library trains and reports events; this file turns them into lines on stderr (one
 * live line on a terminal, plain lines now and then otherwise).  stdout stays empty.  When
 * stderr goes away the run goes on in silence: it is worth more than its talk.
 */
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/field.h"
#include "base/file.h"
#include "charnn.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/term.h"

#define PROGRAM "charnn-train"

enum { NAMES_SHOWN = 3 };
static const double PLAIN_SECONDS = 10, PLAIN_LEAST_SECONDS = 1;

struct report {
    struct charnn_trainer *trainer;  /* NULL while it is being built */
    char **files;                    /* as given; ends with NULL */
    bool quiet, is_tty;
    bool start_waits;                /* the start came before the trainer was ours */
    struct charnn_event start;
    double began, said;              /* on the clock: this session, its last plain line */
    int64_t tenth;                   /* of the run, already told */
    double train_loss;               /* of the last step reported; NaN before */
};

/* ----------------------------------------------------------------- signals */

static struct charnn_trainer *_Atomic running;
static volatile sig_atomic_t caught, save_asked;

/* The first signal saves and stops, a second kills; before there is a run, the first. */
static void on_stop(int number)
{
    struct charnn_trainer *t = running;
    if (t && !caught) {
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
    save_asked = 1;
    charnn_trainer_interrupt(t, 1);
}

static void catch_signal(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* nohup has SIGHUP ignored, and so it stays.  SIGINT is caught even where a shell ignores
 * it for a background job: whoever sends it wants the run to be saved. */
static void catch_signals(void)
{
    struct sigaction old;
    catch_signal(SIGINT, on_stop);
    catch_signal(SIGTERM, on_stop);
    catch_signal(SIGUSR1, on_save);
    if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        catch_signal(SIGHUP, on_stop);
}

/* ------------------------------------------------------------------- lines */

static double bits(double nats)
{
    return nats / log(2);
}

static void show_line(struct buf *line)
{
    buf_char(line, '\n');
    term_clear();
    if (!line->failed)
        fwrite(line->data, 1, line->len, stderr);
    buf_release(line);
}

static void add_count(struct buf *b, int64_t n, const char *what)
{
    char text[32];
    buf_printf(b, "%s %s%s", term_count(n, text), what, n == 1 ? "" : "s");
}

static void add_setting(struct buf *b, const struct charnn_config *c, const char *name)
{
    size_t n;
    const struct field *fields = charnn_config_fields(&n);
    const struct field *f = field_find(fields, n, name);
    if (f)
        field_print(f, c, b);
}

static void add_progress(struct buf *b, const struct charnn_event *e)
{
    char step[32], steps[32];
    buf_printf(b, "step %s/%s", term_count(e->step, step), term_count(e->steps, steps));
}

/* -------------------------------------------------------------- start-up report */

static void add_names(struct buf *b, char **files)
{
    size_t n = 0;
    while (files[n])
        n++;
    for (size_t i = 0; i < n && i < NAMES_SHOWN; i++) {
        buf_str(b, i ? ", " : "");
        msg_escape(b, files[i], strlen(files[i]));
    }
    if (n > NAMES_SHOWN)
        buf_printf(b, " and %zu more", n - NAMES_SHOWN);
}

static void report_text(const struct report *r, const struct charnn_summary *s)
{
    struct buf line = {0};
    char text[32];
    buf_str(&line, "corpus    ");
    if (r->files[0]) {
        add_names(&line, r->files);
        buf_str(&line, ": ");
    }
    add_count(&line, s->characters, strcmp(s->unit, "byte") ? "character" : "byte");
    buf_str(&line, ", ");
    add_count(&line, s->symbols, "symbol");
    if (s->folded > 0)
        buf_printf(&line, " (%s rare characters folded, %.3f %%)",
                   term_count(s->folded, text),
                   100.0 * (double)s->folded / (double)s->characters);
    show_line(&line);
}

static void report_split(const struct charnn_config *c, const struct charnn_summary *s)
{
    struct buf line = {0};
    char train[32], valid[32];
    buf_printf(&line, "split     %s to train on, ", term_count(s->train_characters, train));
    if (s->valid_characters > 0) {
        buf_printf(&line, "%s for validation (", term_count(s->valid_characters, valid));
        if (c->valid_file)
            msg_escape(&line, c->valid_file, strlen(c->valid_file));
        else
            add_setting(&line, c, "split");
        buf_str(&line, ")");
    } else {
        buf_str(&line, "no validation");
    }
    show_line(&line);
}

static void report_model(const struct charnn_config *c, const struct charnn_summary *s)
{
    struct buf line = {0};
    buf_str(&line, "model     ");
    add_setting(&line, c, "cell");
    buf_str(&line, ", ");
    add_count(&line, c->layers, "layer");
    buf_printf(&line, " of %lld, ", (long long)c->size);
    if (c->embed > 0)
        buf_printf(&line, "embedding of %lld: ", (long long)c->embed);
    else
        buf_str(&line, "one-hot input: ");
    add_count(&line, s->parameters, "parameter");
    show_line(&line);
}

static void report_plan(const struct charnn_config *c, const struct charnn_summary *s)
{
    struct buf line = {0};
    char per_epoch[32];
    buf_str(&line, "training  ");
    add_setting(&line, c, "optimizer");
    buf_str(&line, ", learning rate ");
    add_setting(&line, c, "learning-rate");
    buf_printf(&line, ", batches of %lld x %lld: ", (long long)c->batch_size,
               (long long)c->seq_length);
    add_count(&line, s->steps, "step");
    buf_printf(&line, ", %s an epoch", term_count(s->steps_per_epoch, per_epoch));
    show_line(&line);
}

static void report_machine(const struct charnn_summary *s)
{
    struct buf line = {0};
    buf_str(&line, "machine   ");
    add_count(&line, s->threads, "thread");
    buf_printf(&line, ", %s kernels, %.1f MiB of memory", s->isa,
               (double)s->bytes_of_memory / (1 << 20));
    show_line(&line);
}

static void report_start(struct report *r)
{
    const struct charnn_config *c = charnn_trainer_config(r->trainer);
    struct charnn_summary s = charnn_trainer_summary(r->trainer);
    char step[32];
    r->began = r->said = clock_seconds();
    r->start_waits = false;
    if (r->quiet)
        return;
    report_text(r, &s);
    report_split(c, &s);
    report_model(c, &s);
    report_plan(c, &s);
    report_machine(&s);
    if (r->start.step > 0)
        msg_say(PROGRAM, "going on after step %s", term_count(r->start.step, step));
}

/* ---------------------------------------------------------------- progress */

/* Seconds until this session ends, by its own pace and limits. */
static double seconds_left(const struct report *r, const struct charnn_event *e)
{
    const struct charnn_config *c = charnn_trainer_config(r->trainer);
    int64_t end = c->stop_at > 0 && c->stop_at < e->steps ? c->stop_at : e->steps;
    int64_t done = e->step - r->start.step;
    double left = -1;  /* unknown */
    if (done > 0 && end >= e->step)
        left = (clock_seconds() - r->began) / (double)done * (double)(end - e->step);
    if (c->time > 0 && (left < 0 || c->time - e->seconds < left))
        left = fmax(0, c->time - e->seconds);
    return left;
}

static void report_step(struct report *r, const struct charnn_event *e)
{
    struct buf line = {0};
    char speed[32], left[32];
    double now = clock_seconds();
    double percent = e->steps > 0 ? 100.0 * (double)e->step / (double)e->steps : 0;
    int64_t tenth = (int64_t)(percent / 10);
    r->train_loss = e->train_loss;
    bool due = now - r->said >= PLAIN_SECONDS ||
               (tenth > r->tenth && now - r->said >= PLAIN_LEAST_SECONDS);
    if (!r->is_tty && !due)
        return;
    r->said = now;
    r->tenth = tenth;
    add_progress(&line, e);
    buf_printf(&line, " %.0f%%  epoch %.2f  loss %.3f (%.3f bits)", floor(percent),
               e->epoch, e->train_loss, bits(e->train_loss));
    buf_printf(&line, "  %s left  %s chars/s", term_duration(seconds_left(r, e), left),
               term_count((long long)e->chars_per_second, speed));
    if (!r->is_tty)
        show_line(&line);
    else if (!line.failed)
        term_live(line.data);
    buf_release(&line);
}

static void report_valid(struct report *r, const struct charnn_event *e)
{
    struct buf line = {0};
    char step[32];
    r->said = clock_seconds();
    add_progress(&line, e);
    buf_printf(&line, "  epoch %.2f", e->epoch);
    if (isfinite(e->train_loss))
        buf_printf(&line, "  train %.4f", e->train_loss);
    buf_printf(&line, "  valid %.4f (%.3f bits/char)  ", e->valid_loss,
               bits(e->valid_loss));
    if (e->best_step == e->step)
        buf_str(&line, "best so far");
    else
        buf_printf(&line, "best %.4f at step %s", e->best_loss,
                   term_count(e->best_step, step));
    show_line(&line);
}

/* Told where nothing else was said for a while, and when a signal asked for it. */
static void report_save(struct report *r, const struct charnn_event *e)
{
    struct buf line = {0};
    const double now = clock_seconds();
    if (!e->path || (!save_asked && now - r->said < PLAIN_SECONDS))
        return;
    save_asked = 0;
    r->said = now;
    add_progress(&line, e);
    buf_str(&line, "  saved ");
    msg_escape(&line, e->path, strlen(e->path));
    show_line(&line);
}

/* --------------------------------------------------------------------- end */

static void report_losses(const struct report *r, const struct charnn_event *e)
{
    struct buf line = {0};
    char step[32];
    if (isfinite(e->best_loss)) {
        buf_printf(&line, "best valid loss %.4f nats/char (%.3f bits/char) at step %s",
                   e->best_loss, bits(e->best_loss), term_count(e->best_step, step));
        if (isfinite(e->exact_loss))
            buf_printf(&line, "; the last weights in one stream: %.4f", e->exact_loss);
    } else if (isfinite(r->train_loss)) {
        buf_printf(&line, "train loss %.4f nats/char (%.3f bits/char)", r->train_loss,
                   bits(r->train_loss));
    } else {
        return;
    }
    show_line(&line);
}

/* What to type next. */
static void report_next(const struct charnn_event *e, const char *output)
{
    struct buf line = {0};
    char *last = file_sibling(output, ".last.bin");
    if (e->status != CHARNN_DONE && last) {
        buf_str(&line, "to go on:    charnn train --resume ");
        msg_shell(&line, last);
        show_line(&line);
    }
    buf_str(&line, "to write:    charnn sample ");
    msg_shell(&line, output);
    show_line(&line);
    free(last);
}

static void report_end(const struct report *r, const struct charnn_event *e)
{
    static const char *const words[] = { "done", "stopped", "interrupted" };
    struct buf line = {0};
    char step[32], time[32];
    buf_printf(&line, "%s after %s step%s (%.2f epochs), %s of training", words[e->status],
               term_count(e->step, step), e->step == 1 ? "" : "s", e->epoch,
               term_duration(e->seconds, time));
    show_line(&line);
    report_losses(r, e);
    report_next(e, charnn_trainer_config(r->trainer)->output);
}

static void report(const struct charnn_event *e, void *arg)
{
    struct report *r = arg;
    if (e->kind == CHARNN_EVENT_START) {
        r->start = *e;
        r->start_waits = true;
        if (r->trainer)
            report_start(r);
    }
    if (r->quiet)
        return;
    if (e->kind == CHARNN_EVENT_NOTE && e->note)
        msg_say(PROGRAM, "%s", e->note);
    if (!r->trainer)
        return;  /* the rest comes from a run */
    if (e->kind == CHARNN_EVENT_STEP)
        report_step(r, e);
    else if (e->kind == CHARNN_EVENT_VALID)
        report_valid(r, e);
    else if (e->kind == CHARNN_EVENT_SAVE)
        report_save(r, e);
    else if (e->kind == CHARNN_EVENT_END)
        report_end(r, e);
}

/* -------------------------------------------------------------------- main */

static int parse(int argc, char **argv, struct charnn_config *config, unsigned char *given)
{
    size_t n;
    const struct charnn_config defaults = charnn_config_default();
    struct opt_command command = {
        .program = PROGRAM,
        .usage = "charnn train [options] FILE ...",
        .about = "Trains a network to predict the next character of the text in the files\n"
                 "(- is standard input).  Writes ckpt.bin (the best weights),\n"
                 "ckpt.last.bin (to resume) and ckpt.jsonl (the log).\n"
                 "Ctrl-C saves and stops.",
        .epilogue = "examples:\n"
                    "  charnn train corpus.txt\n"
                    "  charnn train --cell gru --size 256 --time 10m -o play.bin play.txt\n"
                    "  charnn train --resume ckpt.last.bin",
        .defaults = &defaults,
    };
    command.table = charnn_config_fields(&n);
    command.n = n;
    *config = defaults;
    int first = opt_parse(&command, argc, argv, config, given);
    charnn_config_preset(config, given);
    if (!*config->output)
        msg_die(PROGRAM, EXIT_USAGE, "--output needs the name of a file");
    if (first == argc && !config->resume)
        msg_die(PROGRAM, EXIT_USAGE, "no corpus: name one or more text files, or - for "
                "standard input (%s --help)", PROGRAM);
    return first;
}

static void print_profile(const struct charnn_trainer *t)
{
    char *table = charnn_trainer_profile(t);
    if (table)
        fputs(table, stderr);
    free(table);
}

static int train(const struct charnn_config *config, const unsigned char *given,
                 char **files, size_t n_files)
{
    struct report r = { .files = files, .quiet = config->quiet != 0,
                        .is_tty = term_is_tty(STDERR_FILENO), .train_loss = NAN };
    struct charnn_error e;
    enum charnn_status status = CHARNN_DONE;
    struct charnn_trainer *t = charnn_trainer_new(config, given, (const char *const *)files,
                                                  n_files, report, &r, &e);
    if (!t)
        msg_die_error(PROGRAM, &e);
    r.trainer = t;
    if (r.start_waits)
        report_start(&r);
    running = t;
    if (charnn_trainer_run(t, &status, &e) < 0)
        msg_die_error(PROGRAM, &e);
    running = NULL;
    term_clear();
    if (config->profile)
        print_profile(t);
    charnn_trainer_free(t);
    if (status != CHARNN_INTERRUPTED)
        return 0;
    return 128 + (caught ? caught : SIGINT);
}

int main(int argc, char **argv)
{
    struct charnn_config config;
    size_t rows;
    msg_begin();
    charnn_config_fields(&rows);
    unsigned char *given = calloc(rows, 1);
    if (!given)
        msg_die(PROGRAM, EXIT_WORLD, "out of memory");
    int first = parse(argc, argv, &config, given);
    catch_signals();
    int status = train(&config, given, argv + first, (size_t)(argc - first));
    free(given);
    return status;
}
