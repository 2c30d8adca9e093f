/* chat.c - interprets typed lines: a command begins with a slash, anything else is text. */
#include "sample/chat.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/line.h"
#include "cli/msg.h"
#include "cli/term.h"
#include "cli/unknown.h"

static const char chat_help[] =
    "each line you type is continued; /keep remembers earlier lines, /reset forgets them; "
    "/temperature X, /length N, /lines N, /seed N; a line that begins with // is text that "
    "begins with /; /quit ends";

/* ----------------------------------------------------------------------- commands */

/* Settings that commands can change. */
struct chat_setting {
    const char *name;
    double lo, hi;
};
static const struct chat_setting chat_settings[] = {
    { "temperature", 0, 100 },
    { "length", 0, 1e15 },
    { "lines", 0, 1e15 },
    { "seed", 0, 9e15 },
};
enum { TEMPERATURE, LENGTH, LINES, SEED, SETTINGS };

static void change_setting(struct chat *c, int setting, double value)
{
    struct charnn_error e;
    switch (setting) {
    case TEMPERATURE: c->config.temperature = value; break;
    case LENGTH: c->limits.length = (int64_t)value; break;
    case LINES: c->limits.lines = (int64_t)value; break;
    default: c->config.seed = (int64_t)value; c->number = 0;
    }
    if (charnn_sampler_set(c->sampler, &c->config, &e) < 0)
        msg_relay(e.message);
}

/* Sets a value, as in "temperature 0.5"; the name may be shortened. */
static bool run_setting(struct chat *c, const char *command)
{
    const size_t n = strcspn(command, " ");
    for (int i = 0; i < SETTINGS; i++) {
        const struct chat_setting *s = &chat_settings[i];
        char *end;
        if (n == 0 || strncmp(command, s->name, n) != 0)
            continue;
        const double value = number_parse(command + n, &end);
        if (end == command + n || *end || !(value >= s->lo && value <= s->hi))
            msg_say("/%s takes a number from %g to %g", s->name, s->lo, s->hi);
        else
            change_setting(c, i, value);
        return true;
    }
    return false;
}

/* Runs a command; false: the user wants to quit. */
static bool run_command(struct chat *c, const char *command)
{
    if (strcmp(command, "quit") == 0)
        return false;
    if (strcmp(command, "keep") == 0)
        c->keeps = true;
    else if (strcmp(command, "reset") == 0)
        c->keeps = c->has_text = false;
    else if (!run_setting(c, command))
        msg_say("%s", chat_help);
    return true;
}

/* -------------------------------------------------------------------------- texts */

static int on_chat_piece(const struct charnn_piece *piece, void *arg)
{
    struct chat *c = arg;
    c->closed = c->closed || !text_out_write(&c->out, piece->bytes, piece->n);
    return c->closed;
}

/* Makes the model read the line: as a new text, or as the next line of the old one. */
static int feed_line(struct chat *c, const char *line, size_t n, struct charnn_error *e)
{
    if (!c->keeps || !c->has_text)
        return charnn_sampler_prime(c->sampler, line, n, e);
    /* A model of one-line documents cannot read a newline. */
    if (c->out.last != '\n' && charnn_sampler_read(c->sampler, "\n", 1, NULL) < 0)
        msg_say("the model does not know a newline");
    return charnn_sampler_read(c->sampler, line, n, e);
}

static void continue_line(struct chat *c, const char *line, size_t n)
{
    struct charnn_error e;
    if (feed_line(c, line, n, &e) < 0) {
        msg_relay(e.message);
        return;
    }
    const struct charnn_unknown unknown = charnn_sampler_unknown(c->sampler);
    if (!c->quiet)
        unknown_say("the line", &unknown);
    c->closed = !text_out_end_line(&c->out) ||
                !text_out_write(&c->out, line, c->hides_prime ? 0 : n);
    if (!c->closed && charnn_sampler_write(c->sampler, c->number++, &c->limits,
                                           on_chat_piece, c, &e) < 0) {
        msg_relay(e.message);
        c->failed = true;
    }
    c->has_text = true;
    c->closed = c->closed || fflush(stdout) != 0;
}

/* Shows the prompt on a line of its own; the model does not read that newline. */
static void show_prompt(struct chat *c)
{
    if (!term_is_tty(STDIN_FILENO) || c->quiet)
        return;
    if (c->out.is_tty && c->out.last && c->out.last != '\n')
        putchar('\n');
    fflush(stdout);
    fputs("> ", stderr);
}

static bool handle_line(struct chat *c, const char *line, size_t n)
{
    if (n > 0 && line[0] == '/' && (n == 1 || line[1] != '/'))
        return run_command(c, line + 1);
    const size_t slash = n > 0 && line[0] == '/';
    continue_line(c, line + slash, n - slash);
    return !c->closed;
}

int chat_run(struct chat *c)
{
    struct buf line = { 0 };
    bool more = true;
    text_out_init(&c->out);
    if (!c->quiet)
        msg_say("%s", chat_help);
    while (more && !*c->caught) {
        show_prompt(c);
        const enum line got = line_read(&line);
        if (got == LINE_FAILED && !*c->caught)
            line_die(&line);
        if (got == LINE_LONG)
            msg_say("ignored a line of more than %d bytes", LINE_LIMIT);
        else
            more = got == LINE_READ && handle_line(c, line.data, line.len);
    }
    if (!c->closed)
        text_out_end_line(&c->out);
    buf_release(&line);
    return c->failed ? -1 : 0;
}
