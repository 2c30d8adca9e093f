/*
 * progress.c - prints a run's events on stderr: on a terminal as one live line, otherwise
 * as a plain line from time to time.  Failed writes to stderr are ignored, because they
 * must not end a run.
 */
#include "train/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/field.h"
#include "base/file.h"
#include "base/shell.h"
#include "base/width.h"
#include "charnn_inspect.h"
#include "cli/msg.h"
#include "cli/term.h"

enum { NAMES_SHOWN = 3, PLAIN_WIDTH = 100 };
static const double PLAIN_SECONDS = 10, PLAIN_LEAST_SECONDS = 1, WORK_SECONDS = 1;

/* ------------------------------------------------------------------- lines */

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

static void add_config_setting(struct buf *b, const struct charnn_config *c,
                               const char *name)
{
    size_t n;
    const struct field *fields = charnn_config_fields(&n);
    const struct field *f = field_find(fields, n, name);
    if (f)
        field_print(f, c, b);
}

static void add_work(struct buf *b, double tflop)
{
    if (tflop < 0.1)
        buf_printf(b, "%.2g Gflop", 1000 * tflop);
    else
        buf_printf(b, tflop < 10 ? "%.1f Tflop" : "%.0f Tflop", tflop);
}

static void add_step_count(struct buf *b, const struct charnn_event *e)
{
    char step[32], steps[32];
    buf_printf(b, "step %s/%s", term_count(e->step, step), term_count(e->steps, steps));
}

/* ------------------------------------------------------------------ at the start */

static size_t count_names(char **files)
{
    size_t n = 0;
    while (files[n])
        n++;
    return n;
}

static void add_names(struct buf *b, char **files)
{
    const size_t n = count_names(files);
    for (size_t i = 0; i < n && i < NAMES_SHOWN; i++) {
        buf_str(b, i ? ", " : "");
        escape_name(b, files[i], strlen(files[i]));
    }
    if (n > NAMES_SHOWN)
        buf_printf(b, " and %zu more", n - NAMES_SHOWN);
}

static void show_corpus(const struct progress_display *p, const struct charnn_summary *s)
{
    struct buf line = { 0 };
    char text[32];
    buf_str(&line, "corpus    ");
    if (p->files[0]) {
        add_names(&line, p->files);
        buf_str(&line, ": ");
    }
    if (s->files > 1 &&
        (size_t)s->files != count_names(p->files)) { /* there are folders among the
                                                                      * files */
        add_count(&line, s->files, "file");
        buf_str(&line, " of ");
        add_count(&line, s->bytes_of_text, "byte");
        buf_str(&line, ", ");
    }
    add_count(&line, s->characters, strcmp(s->unit, "byte") ? "character" : "byte");
    buf_str(&line, ", ");
    add_count(&line, s->symbols, "symbol");
    if (s->folded > 0)
        buf_printf(&line, " (%s rare characters replaced by U+FFFD, %.3f %%)",
                   term_count(s->folded, text),
                   100.0 * (double)s->folded / (double)s->characters);
    show_line(&line);
}

static void show_split(const struct charnn_config *c, const struct charnn_summary *s)
{
    struct buf line = { 0 };
    char train[32], valid[32];
    buf_printf(&line, "split     %s to train on, ", term_count(s->train_characters, train));
    if (s->valid_characters > 0) {
        buf_printf(&line, "%s for validation (", term_count(s->valid_characters, valid));
        if (c->valid_file)
            escape_name(&line, c->valid_file, strlen(c->valid_file));
        else
            add_config_setting(&line, c, "split");
        buf_str(&line, ")");
    } else {
        buf_str(&line, "no validation");
    }
    show_line(&line);
}

static void show_model(const struct charnn_config *c, const struct charnn_summary *s)
{
    struct buf line = { 0 };
    buf_str(&line, "model     ");
    add_config_setting(&line, c, "cell");
    buf_str(&line, ", ");
    add_count(&line, c->layers, "layer");
    buf_printf(&line, " of %lld, ", (long long)c->size);
    if (c->skip != CHARNN_SKIP_NONE) {
        add_config_setting(&line, c, "skip");
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

static void show_plan(const struct charnn_config *c, const struct charnn_summary *s)
{
    struct buf line = { 0 };
    char per_epoch[32];
    buf_str(&line, "training  ");
    add_config_setting(&line, c, "optimizer");
    buf_str(&line, ", learning rate ");
    add_config_setting(&line, c, "learning-rate");
    buf_printf(&line, ", batches of %lld x %lld: ", (long long)c->batch_size,
               (long long)c->seq_length);
    add_count(&line, s->steps, "step");
    buf_printf(&line, ", %s an epoch, ", term_count(s->steps_per_epoch, per_epoch));
    add_work(&line, s->work);
    show_line(&line);
}

static void show_machine(const struct charnn_summary *s)
{
    struct buf line = { 0 };
    buf_str(&line, "machine   ");
    add_count(&line, s->threads, "thread");
    buf_printf(&line, ", %s kernels; the run needs %.1f MiB of memory", s->isa,
               (double)s->bytes_of_memory / (1 << 20));
    show_line(&line);
}

/* Prints the command that repeats this run, with the settings chosen automatically. */
static void show_command(const struct progress_display *p)
{
    struct buf line = { 0 };
    char *command = charnn_trainer_command(p->trainer);
    if (command) {
        buf_str(&line, "command   ");
        escape_name(&line, command, strlen(command));
        show_line(&line);
    }
    free(command);
}

void progress_start(struct progress_display *p)
{
    const struct charnn_config *c = charnn_trainer_config(p->trainer);
    struct charnn_summary s = charnn_trainer_summary(p->trainer);
    char step[32];
    p->began = p->said = clock_seconds();
    p->start_pending = false;
    if (p->quiet)
        return;
    show_corpus(p, &s);
    show_split(c, &s);
    show_model(c, &s);
    show_plan(c, &s);
    show_machine(&s);
    if (s.step == 0)
        show_command(p);
    if (s.step > 0)
        msg_say("resuming after step %s", term_count(s.step, step));
}

/* ---------------------------------------------------------------- progress */

/* Seconds until this session ends, estimated from its speed and its limits; -1: unknown. */
static double seconds_left(const struct progress_display *p, const struct charnn_event *e)
{
    const struct charnn_config *c = charnn_trainer_config(p->trainer);
    int64_t end = c->stop_at > 0 && c->stop_at < e->steps ? c->stop_at : e->steps;
    int64_t done = e->step - p->start.step;
    double left = -1;
    if (done > 0 && end >= e->step)
        left = (clock_seconds() - p->began) / (double)done * (double)(end - e->step);
    if (c->time > 0 && (left < 0 || c->time - e->seconds < left))
        left = fmax(0, c->time - e->seconds);
    return left;
}

static void show_step(struct progress_display *p, const struct charnn_event *e)
{
    struct buf line = { 0 };
    char speed[32], left[32];
    double now = clock_seconds();
    double percent = e->steps > 0 ? 100.0 * (double)e->step / (double)e->steps : 0;
    int64_t tenth = (int64_t)(percent / 10);
    p->train_loss = e->train_loss;
    bool due = now - p->said >= PLAIN_SECONDS ||
               (tenth > p->tenth && now - p->said >= PLAIN_LEAST_SECONDS);
    if (!p->is_tty && !due)
        return;
    p->said = now;
    p->tenth = tenth;
    add_step_count(&line, e);
    buf_printf(&line, " %.0f%%", floor(percent));
    if (isfinite(e->train_loss))
        buf_printf(&line, "  loss %.3f (%.3f bits)", e->train_loss, e->train_loss / M_LN2);
    buf_printf(&line, "  %s left  epoch %.2f  %s chars/s  grad %.3g",
               term_duration(seconds_left(p, e), left), e->epoch,
               term_count((long long)e->chars_per_second, speed), e->grad_norm);
    if (!p->is_tty)
        show_line(&line);
    else if (!line.failed)
        term_live(line.data);
    buf_release(&line);
}

/* Prints the sample on one line. */
static void show_sample(const struct progress_display *p, const struct charnn_event *e)
{
    struct buf line = { 0 };
    const int width = p->is_tty ? term_width(STDERR_FILENO) - 1 : PLAIN_WIDTH;
    buf_str(&line, "  | ");
    msg_field(&line, e->text, e->text_length);
    if (!line.failed) {
        line.len = width_fit(line.data, width);
        line.data[line.len] = 0;
    }
    show_line(&line);
}

/* Says once why a training loss is above the validation loss. */
static void explain_losses(struct progress_display *p, const struct charnn_event *e)
{
    struct buf line = { 0 };
    if (p->explained || !p->trainer || !(e->train_loss > e->valid_loss))
        return;
    const struct charnn_config *c = charnn_trainer_config(p->trainer);
    p->explained = true;
    buf_printf(
        &line,
        "  (a training loss can be above the validation loss: it is the mean over the "
        "steps since the last validation%s)",
        c->dropout > 0 || c->weight_drop > 0 ? ", with dropout" : "");
    show_line(&line);
}

static void show_valid(struct progress_display *p, const struct charnn_event *e)
{
    struct buf line = { 0 };
    char step[32];
    p->said = clock_seconds();
    p->valid = *e;
    add_step_count(&line, e);
    buf_printf(&line, "  epoch %.2f", e->epoch);
    if (isfinite(e->train_loss))
        buf_printf(&line, "  train %.4f", e->train_loss);
    buf_printf(&line, "  valid (%s) %.4f (%.3f bits/char)  ", e->split, e->valid_loss,
               e->valid_loss / M_LN2);
    if (e->best_step == e->step)
        buf_str(&line, "best so far");
    else if (isfinite(e->best_loss))
        buf_printf(&line, "best %.4f at step %s", e->best_loss,
                   term_count(e->best_step, step));
    show_line(&line);
    explain_losses(p, e);
    if (e->text_length > 0)
        show_sample(p, e);
}

/* Reports a save, if nothing else was printed for a while or a signal asked for the
 * save. */
static void show_save(struct progress_display *p, const struct charnn_event *e)
{
    struct buf line = { 0 };
    const double now = clock_seconds();
    if (!e->path || (!p->save_asked && now - p->said < PLAIN_SECONDS))
        return;
    p->save_asked = 0;
    p->said = now;
    add_step_count(&line, e);
    buf_str(&line, "  saved ");
    escape_name(&line, e->path, strlen(e->path));
    show_line(&line);
}

/* --------------------------------------------------------------------- end */

static void show_losses(const struct progress_display *p, const struct charnn_event *e)
{
    struct buf line = { 0 };
    char step[32];
    if (isfinite(e->best_loss)) {
        buf_printf(&line, "best valid (%s) loss %.4f nats/char (%.3f bits/char) at step %s",
                   e->split, e->best_loss, e->best_loss / M_LN2,
                   term_count(e->best_step, step));
        if (isfinite(e->exact_loss))
            buf_printf(
                &line,
                "; loss of the final weights on the validation text as one stream: %.4f",
                e->exact_loss);
    } else if (isfinite(p->train_loss)) {
        buf_printf(&line, "train loss %.4f nats/char (%.3f bits/char)", p->train_loss,
                   p->train_loss / M_LN2);
    } else {
        return;
    }
    show_line(&line);
}

/* The index of the best n-gram model; the n of a model is its index plus 1. */
static int best_ngram(const double *ngram)
{
    int best = 0;
    for (int k = 1; k < CHARNN_NGRAM_ORDERS; k++)
        if (ngram[k] < ngram[best])
            best = k;
    return best;
}

static void show_baselines(const struct charnn_event *e)
{
    struct buf line = { 0 };
    buf_printf(&line, "n-gram baselines (%s): ", e->split);
    for (int k = 0; k < CHARNN_NGRAM_ORDERS; k++)
        buf_printf(&line, "%s%d-gram %.3f", k ? ", " : "", k + 1, e->ngram[k]);
    show_line(&line);
}

static void show_gain(const struct charnn_event *e)
{
    struct buf line = { 0 };
    const int k = best_ngram(e->ngram);
    const double gain = e->ngram[k] - e->best_loss;
    if (!isfinite(gain))
        return;
    buf_printf(&line, "%s than the best n-gram model (%d-gram, %.4f) by %.4f nats/char",
               gain >= 0 ? "better" : "worse", k + 1, e->ngram[k], fabs(gain));
    show_line(&line);
}

/* Thresholds in nats/char: how far above its best a validation loss has to be to count as
 * risen; the gaps between validation loss and training loss (measured with dropout) above
 * which the model overfits and below which it underfits. */
static const double RISEN = 0.01, WIDE_GAP = 0.25, NARROW_GAP = 0.12;

/* Whether the model is no better than guessing: with equal probabilities or, after the first
 * epoch, with the frequencies of the symbols. */
static bool has_learned_nothing(const struct progress_display *p,
                                const struct charnn_event *e)
{
    const struct charnn_summary s = charnn_trainer_summary(p->trainer);
    const bool frequencies = isfinite(e->ngram[0]) && e->epoch >= 1;
    return e->best_loss > log((double)s.symbols) ||
           (frequencies && e->best_loss >= e->ngram[0]);
}

static const char *advice(const struct charnn_event *valid, const struct charnn_event *e)
{
    const double gap = valid->valid_loss - valid->train_loss;
    if (valid->valid_loss > e->best_loss + RISEN && e->best_step < e->step * 9 / 10)
        return "overfitting: the validation loss rose after its best; try more --dropout "
               "or --weight-drop, more text, a smaller --size, or fewer steps";
    if (isfinite(e->ngram[0]) && e->best_loss > e->ngram[best_ngram(e->ngram)])
        return "undertrained: an n-gram model still predicts better; try more --time (or "
               "more --steps)";
    if (gap > WIDE_GAP)
        return "overfitting: the training text is predicted much better than new text; "
               "more --dropout or more text should help";
    if (gap < NARROW_GAP)
        return "underfitting: the model could learn more; try more --time, or a larger "
               "--size";
    return "neither over- nor underfitting: more text or more --time would help";
}

static void show_advice(const struct progress_display *p, const struct charnn_event *e)
{
    if (e->status == CHARNN_STATUS_INTERRUPTED || !isfinite(e->best_loss) ||
        !isfinite(p->valid.valid_loss) || !isfinite(p->valid.train_loss))
        return;
    struct buf line = { 0 };
    buf_str(&line,
            has_learned_nothing(p, e)
                ? "the model has learned nothing: it is no better than guessing; more time "
                  "will not help, try another --learning-rate"
                : advice(&p->valid, e));
    show_line(&line);
}

static void show_recovery(const struct charnn_event *e)
{
    struct buf line = { 0 };
    if (!e->skipped && !e->rollbacks)
        return;
    buf_str(&line, "recovery: ");
    add_count(&line, e->skipped, "step");
    buf_str(&line, " skipped, ");
    add_count(&line, e->rollbacks, "rollback");
    buf_str(&line, " to earlier weights");
    show_line(&line);
}

/* Prints the files of the run, and commands to type next. */
static void show_next_commands(const struct progress_display *p,
                               const struct charnn_event *e, const char *output)
{
    struct buf line = { 0 };
    const bool both = charnn_trainer_config(p->trainer)->bidirectional != 0;
    if (p->start.steps != e->steps) /* --time changed the length */
        show_command(p);
    char *last = file_sibling(output, ".last.bin"), *log = file_sibling(output, ".jsonl");
    buf_str(&line, "files:       ");
    shell_path(&line, output);
    buf_str(&line, isfinite(e->best_loss) ? " (best weights) " : " (weights) ");
    shell_path(&line, last ? last : "");
    buf_str(&line, " (to resume) ");
    shell_path(&line, log ? log : "");
    buf_str(&line, " (log)");
    show_line(&line);
    if (last) {
        buf_str(&line, e->status == CHARNN_STATUS_DONE
                           ? "to go on:    charnn train --resume "
                           : "to resume:   charnn train --resume ");
        shell_path(&line, last);
        if (e->status == CHARNN_STATUS_DONE) /* suggests twice the steps */
            buf_printf(&line, " --steps +%lld", (long long)e->step);
        show_line(&line);
    }
    buf_str(&line,
            both ? "to fill:     charnn fill " : "to write:    charnn sample -t 0.8 ");
    shell_path(&line, output);
    buf_str(&line, both ? " 'a te_t with ga__'" : "");
    show_line(&line);
    free(last);
    free(log);
}

static void show_end(const struct progress_display *p, const struct charnn_event *e)
{
    static const char *const words[] = { "done", "stopped", "interrupted" };
    struct buf line = { 0 };
    char step[32], time[32];
    buf_printf(&line, "%s after %s step%s (%.2f epochs, ", words[e->status],
               term_count(e->step, step), e->step == 1 ? "" : "s", e->epoch);
    add_work(&line, e->work);
    buf_printf(&line, "), %s of training", term_duration(e->seconds, time));
    show_line(&line);
    show_losses(p, e);
    show_gain(e);
    show_recovery(e);
    show_advice(p, e);
    show_next_commands(p, e, charnn_trainer_config(p->trainer)->output);
}

/* Shows work in a live line, if it takes more than a second. */
static void show_work(struct progress_display *p, const struct charnn_event *e)
{
    struct buf line = { 0 };
    char count[32];
    const double now = clock_seconds();
    if (p->work_began == 0)
        p->work_began = now;
    if (!p->is_tty || now - p->work_began < WORK_SECONDS)
        return;
    if (e->total > 0)
        buf_printf(&line, "%s  %.0f%%", e->note,
                   floor(100.0 * (double)e->done / (double)e->total));
    else
        buf_printf(&line, "%s  %s bytes", e->note, term_count(e->done, count));
    if (!line.failed)
        term_live(line.data);
    buf_release(&line);
}

void progress_event(const struct charnn_event *e, void *arg)
{
    struct progress_display *p = arg;
    if (e->kind == CHARNN_EVENT_START) {
        p->start = *e;
        p->start_pending = true;
        if (p->trainer)
            progress_start(p);
    }
    if (p->quiet)
        return;
    if (e->kind == CHARNN_EVENT_WORK)
        show_work(p, e);
    else
        p->work_began = 0;
    if (e->kind == CHARNN_EVENT_NOTE && e->note)
        msg_relay(e->note);
    if (!p->trainer)
        return; /* while the run is being built, there are only notes and work to show */
    if (e->kind == CHARNN_EVENT_STEP)
        show_step(p, e);
    else if (e->kind == CHARNN_EVENT_BASELINES)
        show_baselines(e);
    else if (e->kind == CHARNN_EVENT_VALID)
        show_valid(p, e);
    else if (e->kind == CHARNN_EVENT_SAVE)
        show_save(p, e);
    else if (e->kind == CHARNN_EVENT_END)
        show_end(p, e);
}
