/* runs.c - gathers the lines of a log into arrays. */
#include "runlog/runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "runlog/run_line.h"

static struct run_time time_of(const struct run_line *l)
{
    return (struct run_time){ l->step, l->epoch, l->seconds };
}

/* -------------------------------------------------------------------- events */

static bool add_run_step(struct run *r, struct run_line *l)
{
    if (!array_room(&r->steps, r->n_steps, sizeof *r->steps))
        return false;
    r->steps[r->n_steps++] = (struct run_step){ time_of(l), l->train_loss, l->grad_norm,
                                                l->learning_rate, l->chars_per_second };
    return true;
}

static bool add_run_valid(struct run *r, struct run_line *l)
{
    if (!array_room(&r->valids, r->n_valids, sizeof *r->valids))
        return false;
    buf_add(&l->sample, "", 0);
    if (l->sample.failed)
        return false;
    r->valids[r->n_valids++] = (struct run_valid){ time_of(l), l->valid_loss, l->train_loss,
                                                   l->sample.data, l->sample.len };
    l->sample = (struct buf){ 0 };
    return true;
}

static bool add_run_gradients(struct run *r, struct run_line *l)
{
    if (!l->gradients.dh)
        return true;
    if (!array_room(&r->gradients, r->n_gradients, sizeof *r->gradients))
        return false;
    l->gradients.at = time_of(l);
    r->gradients[r->n_gradients++] = l->gradients;
    l->gradients = (struct run_gradients){ .layers = 0 };
    return true;
}

static bool add_run_note(struct run *r, struct run_line *l)
{
    if (!l->note.data)
        return true;
    if (!array_room(&r->notes, r->n_notes, sizeof *r->notes))
        return false;
    r->notes[r->n_notes++] = (struct run_note){ time_of(l), l->note.data };
    l->note = (struct buf){ 0 };
    return true;
}

/* Drops what was logged after a step; -1 drops everything. */
static void undo_steps(struct run *r, double step)
{
    while (r->n_steps > 0 && r->steps[r->n_steps - 1].at.step > step)
        r->n_steps--;
    while (r->n_valids > 0 && r->valids[r->n_valids - 1].at.step > step)
        free(r->valids[--r->n_valids].sample);
    while (r->n_gradients > 0 && r->gradients[r->n_gradients - 1].at.step > step) {
        const struct run_gradients *g = &r->gradients[--r->n_gradients];
        free(g->dh);
        free(g->dc);
    }
    while (r->n_notes > 0 && r->notes[r->n_notes - 1].at.step > step)
        free(r->notes[--r->n_notes].text);
}

/* Begins a session at its step; steps of an earlier session after that are undone. */
static bool begin_session(struct run *r, struct run_line *l)
{
    undo_steps(r, l->step);
    r->sessions++;
    r->characters = l->characters;
    r->symbols = l->symbols;
    r->parameters = l->parameters;
    free(r->status);
    r->status = NULL;
    if (l->n_settings > 0) {
        run_settings_free(r->settings, r->n_settings);
        r->settings = l->settings;
        r->n_settings = l->n_settings;
        l->settings = NULL;
        l->n_settings = 0;
    }
    return true;
}

static bool end_session(struct run *r, struct run_line *l)
{
    free(r->status);
    r->status = l->status.data;
    l->status = (struct buf){ 0 };
    r->exact_loss = l->exact_loss;
    r->skipped = l->skipped;
    r->rollbacks = l->rollbacks;
    return add_run_note(r, l);
}

static bool set_baselines(struct run *r, struct run_line *l)
{
    memcpy(r->ngram, l->ngram, sizeof r->ngram);
    return true;
}

static const struct {
    const char *event;
    bool (*add)(struct run *r, struct run_line *l); /* false: out of memory */
} events[] = {
    { "start", begin_session },     { "step", add_run_step },
    { "valid", add_run_valid },     { "gradients", add_run_gradients },
    { "baselines", set_baselines }, { "end", end_session },
    { "note", add_run_note },
};

static bool add_run_line(struct run *r, struct run_line *l)
{
    r->end = time_of(l);
    if (!isnan(l->steps))
        r->planned = l->steps;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (!strcmp(l->event.data, events[i].event))
            return events[i].add(r, l);
    return true;
}

/* ----------------------------------------------------------------------- run */

/* Reads all lines, except empty ones; returns how many were valid, or -1: out of memory. */
static long long add_run_lines(struct run *r, const char *text, size_t n)
{
    long long good = 0;
    for (size_t at = 0, length; at < n; at += length + 1) {
        const char *end = memchr(text + at, '\n', n - at);
        length = end ? (size_t)(end - text) - at : n - at;
        if (length == 0)
            continue;
        struct run_line line;
        const bool whole = run_line_read(&line, text + at, length);
        const bool failed = line.failed || (whole && !add_run_line(r, &line));
        run_line_release(&line);
        if (failed)
            return -1;
        good += whole;
        r->damaged += !whole;
    }
    return good;
}

int run_read(struct run *r, const char *path, struct charnn_error *e)
{
    struct buf text = { 0 };
    *r = (struct run){ .path = strdup(path),
                       .end = { NAN, NAN, NAN },
                       .planned = NAN,
                       .characters = NAN,
                       .symbols = NAN,
                       .parameters = NAN,
                       .exact_loss = NAN,
                       .skipped = NAN,
                       .rollbacks = NAN };
    for (int k = 0; k < CHARNN_NGRAM_ORDERS; k++)
        r->ngram[k] = NAN;
    int status = r->path ? file_read(path, &text, e) : err_set(e, "out of memory");
    const long long good = status == 0 ? add_run_lines(r, text.data, text.len) : 0;
    if (status == 0 && text.len == 0)
        status =
            err_set(e, "%s: empty; a log has lines as soon as its run has started", path);
    else if (status == 0 && good < 0)
        status = err_set(e, "%s: out of memory", path);
    else if (status == 0 && good == 0)
        status = err_set(e,
                         "%s: not a log; charnn train writes one beside each checkpoint "
                         "(ckpt.bin has ckpt.jsonl)",
                         path);
    buf_release(&text);
    if (status < 0)
        run_release(r);
    return status;
}

void run_release(struct run *r)
{
    undo_steps(r, -1);
    run_settings_free(r->settings, r->n_settings);
    free(r->notes);
    free(r->steps);
    free(r->valids);
    free(r->gradients);
    free(r->status);
    free(r->path);
    *r = (struct run){ .path = NULL };
}

const char *run_setting(const struct run *r, const char *name)
{
    for (size_t i = 0; i < r->n_settings; i++)
        if (!strcmp(r->settings[i].name, name))
            return r->settings[i].value;
    return NULL;
}

double run_chars_per_step(const struct run *r)
{
    const char *rows = run_setting(r, "batch-size"), *steps = run_setting(r, "seq-length");
    const double chars = rows && steps ? atof(rows) * atof(steps) : 0;
    return chars >= 1 ? chars : NAN;
}

int run_best_ngram(const struct run *r)
{
    int best = 0;
    for (int k = 1; k < CHARNN_NGRAM_ORDERS; k++)
        if (isnan(r->ngram[best]) || r->ngram[k] < r->ngram[best])
            best = k;
    return best;
}

size_t run_best(const struct run *r)
{
    size_t best = r->n_valids;
    for (size_t i = 0; i < r->n_valids; i++)
        if (!isnan(r->valids[i].valid_loss) &&
            (best == r->n_valids || r->valids[i].valid_loss < r->valids[best].valid_loss))
            best = i;
    return best;
}
