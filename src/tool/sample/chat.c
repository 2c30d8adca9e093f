/* chat.c - a line is a command behind a slash, or the beginning of a text. */
#include "sample/chat.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/line.h"
#include "cli/msg.h"
#include "cli/term.h"

static const char help[] =
    "a line is gone on from; /keep remembers from line to line, /reset forgets; "
    "/temperature X, /length N, /lines N, /seed N; //... is text that begins with /; /quit";

/* ----------------------------------------------------------------------- commands */

/* Settings that a command changes. */
struct setting {
    const char *name;
    double lo, hi;
};
static const struct setting settings[] = {
    { "temperature", 0, 100 },
    { "length", 0, 1e15 },
    { "lines", 0, 1e15 },
    { "seed", 0, 9e15 },
};
enum { TEMPERATURE, LENGTH, LINES, SEED, SETTINGS };

static void set(struct chat *c, int setting, double value)
{
    struct charnn_error e;
    switch (setting) {
    case TEMPERATURE: c->config.temperature = value; break;
    case LENGTH: c->limits.length = (int64_t)value; break;
    case LINES: c->limits.lines = (int64_t)value; break;
    default: c->config.seed = (int64_t)value; c->number = 0;
    }
    if (charnn_sampler_set(c->sampler, &c->config, &e) < 0)
        msg_say("%s", e.message);
}

/* "temperature 0.5" or a beginning of it. */
static bool run_setting(struct chat *c, const char *command)
{
    const size_t n = strcspn(command, " ");
    for (int i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        char *end;
        if (n == 0 || strncmp(command, s->name, n) != 0)
            continue;
        const double value = number_parse(command + n, &end);
        if (end == command + n || *end || !(value >= s->lo && value <= s->hi))
            msg_say("/%s takes a number from %g to %g", s->name, s->lo, s->hi);
        else
            set(c, i, value);
        return true;
    }
    return false;
}

/* False: no more lines. */
static bool run_command(struct chat *c, const char *command)
{
    if (strcmp(command, "quit") == 0)
        return false;
    if (strcmp(command, "keep") == 0)
        c->keeps = true;
    else if (strcmp(command, "reset") == 0)
        c->keeps = c->goes_on = false;
    else if (!run_setting(c, command))
        msg_say("%s", help);
    return true;
}

/* -------------------------------------------------------------------------- texts */

static int put(const struct charnn_piece *piece, void *arg)
{
    struct chat *c = arg;
    c->closed = c->closed || !text_out_put(&c->out, piece->bytes, piece->n);
    return c->closed;
}

/* What the model reads before it writes: a new text, or a new line of the old one. */
static int read_line(struct chat *c, const char *line, size_t n, struct charnn_error *e)
{
    if (!c->keeps || !c->goes_on)
        return charnn_sampler_prime(c->sampler, line, n, e);
    /* A model of single lines knows no newline inside a text. */
    if (c->out.last != '\n' && charnn_sampler_read(c->sampler, "\n", 1, NULL) < 0)
        msg_say("the model does not know a newline");
    return charnn_sampler_read(c->sampler, line, n, e);
}

static void go_on(struct chat *c, const char *line, size_t n)
{
    struct charnn_error e;
    if (read_line(c, line, n, &e) < 0) {
        msg_say("%s", e.message);
        return;
    }
    c->closed = !text_out_end_line(&c->out) || !text_out_put(&c->out, line, n);
    if (!c->closed &&
        charnn_sampler_write(c->sampler, c->number++, &c->limits, put, c, &e) < 0)
        msg_say("%s", e.message);
    c->goes_on = true;
    c->closed = c->closed || fflush(stdout) != 0;
}

/* What follows is on a line of its own, for people; the model has not read this newline. */
static void prompt(struct chat *c)
{
    if (!term_is_tty(STDIN_FILENO) || c->quiet)
        return;
    if (c->out.is_tty && c->out.last && c->out.last != '\n')
        putchar('\n');
    fflush(stdout);
    fputs("> ", stderr);
}

static bool take_line(struct chat *c, const char *line, size_t n)
{
    if (n > 0 && line[0] == '/' && (n == 1 || line[1] != '/'))
        return run_command(c, line + 1);
    const size_t slash = n > 0 && line[0] == '/';
    go_on(c, line + slash, n - slash);
    return !c->closed;
}

void chat_run(struct chat *c)
{
    struct buf line = { 0 };
    bool more = true;
    text_out_begin(&c->out);
    if (!c->quiet)
        msg_say("%s", help);
    while (more && !*c->caught) {
        prompt(c);
        const enum line got = line_read(&line);
        if (got == LINE_LONG)
            msg_say("a line has more than %d bytes: left out", LINE_MOST);
        else
            more = got == LINE_READ && take_line(c, line.data, line.len);
    }
    if (!c->closed)
        text_out_end_line(&c->out);
    buf_release(&line);
}
