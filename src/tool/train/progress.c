/*
 * progress.c - a run's events as lines on stderr: one live line on a terminal, plain lines
 * now and then otherwise.  When stderr goes away the run goes on in silence: it is worth
 * more than its talk.
 */
#include "train/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/field.h"
#include "base/file.h"
#include "base/shell.h"
#include "base/width.h"
#include "charnn_inspect.h"
#include "cli/msg.h"
#include "cli/term.h"

enum { NAMES_SHOWN = 3, PLAIN_WIDTH = 100 };
static const double PLAIN_SECONDS = 10, PLAIN_LEAST_SECONDS = 1;

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
    struct buf line = { 0 };
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
    struct buf line = { 0 };
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
    struct buf line = { 0 };
    buf_str(&line, "model     ");
    add_setting(&line, c, "cell");
    buf_str(&line, ", ");
    add_count(&line, c->layers, "layer");
    buf_printf(&line, " of %lld, ", (long long)c->size);
    if (c->skip != CHARNN_SKIP_NONE) {
        add_setting(&line, c, "skip");
        buf_str(&line, " skips, ");
    }
    if (c->bidirectional)
        buf_str(&line, "bidirectional, ");
    if (c->embed > 0)
        buf_printf(&line, "embedding of %lld: ", (long long)c->embed);
    else
        buf_str(&line, "one-hot input: ");
    add_count(&line, s->parameters, "parameter");
    show_line(&line);
}

static void report_plan(const struct charnn_config *c, const struct charnn_summary *s)
{
    struct buf line = { 0 };
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
    struct buf line = { 0 };
    buf_str(&line, "machine   ");
    add_count(&line, s->threads, "thread");
    buf_printf(&line, ", %s kernels, %.1f MiB of memory", s->isa,
               (double)s->bytes_of_memory / (1 << 20));
    show_line(&line);
}

/* What was settled, as a command. */
static void report_command(const struct report *r)
{
    struct buf line = { 0 };
    char *command = charnn_trainer_command(r->trainer);
    if (command) {
        buf_str(&line, "command   ");
        msg_escape(&line, command, strlen(command));
        show_line(&line);
    }
    free(command);
}

void report_start(struct report *r)
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
    if (s.step == 0)
        report_command(r);
    if (s.step > 0)
        msg_say("going on after step %s", term_count(s.step, step));
}

/* ---------------------------------------------------------------- progress */

/* Seconds until this session ends, by its own pace and limits. */
static double seconds_left(const struct report *r, const struct charnn_event *e)
{
    const struct charnn_config *c = charnn_trainer_config(r->trainer);
    int64_t end = c->stop_at > 0 && c->stop_at < e->steps ? c->stop_at : e->steps;
    int64_t done = e->step - r->start.step;
    double left = -1; /* unknown */
    if (done > 0 && end >= e->step)
        left = (clock_seconds() - r->began) / (double)done * (double)(end - e->step);
    if (c->time > 0 && (left < 0 || c->time - e->seconds < left))
        left = fmax(0, c->time - e->seconds);
    return left;
}

static void report_step(struct report *r, const struct charnn_event *e)
{
    struct buf line = { 0 };
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
    buf_printf(&line, " %.0f%%", floor(percent));
    if (isfinite(e->train_loss))
        buf_printf(&line, "  loss %.3f (%.3f bits)", e->train_loss, bits(e->train_loss));
    buf_printf(&line, "  %s left  epoch %.2f  %s chars/s  grad %.3g",
               term_duration(seconds_left(r, e), left), e->epoch,
               term_count((long long)e->chars_per_second, speed), e->grad_norm);
    if (!r->is_tty)
        show_line(&line);
    else if (!line.failed)
        term_live(line.data);
    buf_release(&line);
}

/* What the model writes now, in one line. */
static void report_sample(const struct report *r, const struct charnn_event *e)
{
    struct buf line = { 0 };
    const int width = r->is_tty ? term_width(STDERR_FILENO) - 1 : PLAIN_WIDTH;
    buf_str(&line, "  | ");
    for (size_t i = 0, n; i < e->text_length; i += n) {
        const char *end = memchr(e->text + i, '\n', e->text_length - i);
        n = end ? (size_t)(end - e->text) - i : e->text_length - i;
        msg_escape(&line, e->text + i, n);
        if (end)
            buf_str(&line, "\\n"), n++;
    }
    if (!line.failed) {
        line.len = width_fit(line.data, width);
        line.data[line.len] = 0;
    }
    show_line(&line);
}

static void report_valid(struct report *r, const struct charnn_event *e)
{
    struct buf line = { 0 };
    char step[32];
    r->said = clock_seconds();
    r->valid = *e;
    add_progress(&line, e);
    buf_printf(&line, "  epoch %.2f", e->epoch);
    if (isfinite(e->train_loss))
        buf_printf(&line, "  train %.4f", e->train_loss);
    buf_printf(&line, "  valid (%s) %.4f (%.3f bits/char)  ", e->split, e->valid_loss,
               bits(e->valid_loss));
    if (e->best_step == e->step)
        buf_str(&line, "best so far");
    else if (isfinite(e->best_loss))
        buf_printf(&line, "best %.4f at step %s", e->best_loss,
                   term_count(e->best_step, step));
    show_line(&line);
    if (e->text_length > 0)
        report_sample(r, e);
}

/* Told where nothing else was said for a while, and when a signal asked for it. */
static void report_save(struct report *r, const struct charnn_event *e)
{
    struct buf line = { 0 };
    const double now = clock_seconds();
    if (!e->path || (!r->save_asked && now - r->said < PLAIN_SECONDS))
        return;
    r->save_asked = 0;
    r->said = now;
    add_progress(&line, e);
    buf_str(&line, "  saved ");
    msg_escape(&line, e->path, strlen(e->path));
    show_line(&line);
}

/* --------------------------------------------------------------------- end */

static void report_losses(const struct report *r, const struct charnn_event *e)
{
    struct buf line = { 0 };
    char step[32];
    if (isfinite(e->best_loss)) {
        buf_printf(&line, "best valid (%s) loss %.4f nats/char (%.3f bits/char) at step %s",
                   e->split, e->best_loss, bits(e->best_loss),
                   term_count(e->best_step, step));
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

/* The order of the n-gram model that predicts best. */
static int best_order(const double *ngram)
{
    int best = 0;
    for (int k = 1; k < CHARNN_NGRAM_ORDERS; k++)
        if (ngram[k] < ngram[best])
            best = k;
    return best;
}

static void report_baselines(const struct charnn_event *e)
{
    struct buf line = { 0 };
    buf_printf(&line, "counting alone (n-grams, %s): ", e->split);
    for (int k = 0; k < CHARNN_NGRAM_ORDERS; k++)
        buf_printf(&line, "%sorder %d %.3f", k ? ", " : "", k, e->ngram[k]);
    show_line(&line);
}

static void compare(const struct charnn_event *e)
{
    struct buf line = { 0 };
    const int k = best_order(e->ngram);
    const double gain = e->ngram[k] - e->best_loss;
    if (!isfinite(gain))
        return;
    buf_printf(&line, "%s than the best n-gram model (order %d, %.4f) by %.4f nats/char",
               gain >= 0 ? "better" : "worse", k, e->ngram[k], fabs(gain));
    show_line(&line);
}

/* Nats/char: a validation loss that has risen by so much since its best has turned; a gap
 * to the training loss (measured with dropout on) that is wide, or narrow. */
static const double TURNED = 0.01, WIDE_GAP = 0.25, NARROW_GAP = 0.12;

static const char *advice(const struct charnn_event *valid, const struct charnn_event *e)
{
    const double gap = valid->valid_loss - valid->train_loss;
    if (valid->valid_loss > e->best_loss + TURNED && e->best_step < e->step * 9 / 10)
        return "it overfits: the loss rose again after its best; try more --dropout, more "
               "text, a smaller --size, or fewer steps";
    if (isfinite(e->ngram[0]) && e->best_loss > e->ngram[best_order(e->ngram)])
        return "it has not learnt much yet: give it more --time (or more --steps)";
    if (gap > WIDE_GAP)
        return "it knows its own text much better than new text: more --dropout, or more "
               "text, should help";
    if (gap < NARROW_GAP)
        return "it could learn more: give it more --time, or a larger --size";
    return "neither over- nor underfitted: more text, or more --time, would make it better";
}

static void report_advice(const struct report *r, const struct charnn_event *e)
{
    if (e->status == CHARNN_STATUS_INTERRUPTED || !isfinite(e->best_loss) ||
        !isfinite(r->valid.valid_loss) || !isfinite(r->valid.train_loss))
        return;
    struct buf line = { 0 };
    buf_str(&line, advice(&r->valid, e));
    show_line(&line);
}

static void report_trouble(const struct charnn_event *e)
{
    struct buf line = { 0 };
    if (!e->skipped && !e->rewinds)
        return;
    buf_str(&line, "trouble on the way: ");
    add_count(&line, e->skipped, "step");
    buf_str(&line, " skipped, ");
    add_count(&line, e->rewinds, "return");
    buf_str(&line, " to earlier weights");
    show_line(&line);
}

/* Where everything is, and what to type next. */
static void report_next(const struct report *r, const struct charnn_event *e,
                        const char *output)
{
    struct buf line = { 0 };
    const int both = charnn_trainer_config(r->trainer)->bidirectional != 0;
    if (r->start.steps != e->steps) /* it was fitted to a time */
        report_command(r);
    char *last = file_sibling(output, ".last.bin"), *log = file_sibling(output, ".jsonl");
    buf_str(&line, "files:       ");
    shell_path(&line, output);
    buf_str(&line, " (best weights) ");
    shell_path(&line, last ? last : "");
    buf_str(&line, " (to resume) ");
    shell_path(&line, log ? log : "");
    buf_str(&line, " (log)");
    show_line(&line);
    if (e->status != CHARNN_STATUS_DONE && last) {
        buf_str(&line, "to go on:    charnn train --resume ");
        shell_path(&line, last);
        show_line(&line);
    }
    buf_str(&line, both ? "to fill:     charnn fill " : "to write:    charnn sample ");
    shell_path(&line, output);
    buf_str(&line, both ? " 'a te_t with ga__'" : "");
    show_line(&line);
    free(last);
    free(log);
}

static void report_end(const struct report *r, const struct charnn_event *e)
{
    static const char *const words[] = { "done", "stopped", "interrupted" };
    struct buf line = { 0 };
    char step[32], time[32];
    buf_printf(&line, "%s after %s step%s (%.2f epochs), %s of training", words[e->status],
               term_count(e->step, step), e->step == 1 ? "" : "s", e->epoch,
               term_duration(e->seconds, time));
    show_line(&line);
    report_losses(r, e);
    compare(e);
    report_trouble(e);
    report_advice(r, e);
    report_next(r, e, charnn_trainer_config(r->trainer)->output);
}

void report_event(const struct charnn_event *e, void *arg)
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
        msg_relay(e->note);
    if (!r->trainer)
        return; /* the rest comes from a run */
    if (e->kind == CHARNN_EVENT_STEP)
        report_step(r, e);
    else if (e->kind == CHARNN_EVENT_BASELINES)
        report_baselines(e);
    else if (e->kind == CHARNN_EVENT_VALID)
        report_valid(r, e);
    else if (e->kind == CHARNN_EVENT_SAVE)
        report_save(r, e);
    else if (e->kind == CHARNN_EVENT_END)
        report_end(r, e);
}
