/* chart.c - memory, names and the x axis; what cannot be drawn. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charts/chart_part.h"

struct chart_block {
    struct chart_block *next;
    max_align_t data[];
};

void *chart_alloc(struct chart_job *job, size_t n, size_t size)
{
    size_t bytes;
    struct chart_block *b = NULL;
    if (size_mul(n, size, &bytes) && size_add(bytes, sizeof *b, &bytes))
        b = calloc(1, bytes);
    if (!b) {
        job->failed = true;
        return NULL;
    }
    b->next = job->chart->blocks;
    job->chart->blocks = b;
    return b->data;
}

void chart_release(struct chart *c)
{
    while (c->blocks) {
        struct chart_block *next = c->blocks->next;
        free(c->blocks);
        c->blocks = next;
    }
}

/* --------------------------------------------------------------------- names */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Without the folder, where the rest tells the runs apart, and without ".jsonl". */
static char *short_name(struct chart_job *job, size_t run)
{
    const char *path = job->runs[run].path, *last = last_part(path);
    bool same = false;
    for (size_t i = 0; i < job->n; i++)
        same = same || (i != run && !strcmp(last, last_part(job->runs[i].path)));
    const char *from = same ? path : last;
    size_t n = strlen(from);
    if (n > 6 && !strcmp(from + n - 6, ".jsonl"))
        n -= 6;
    char *name = chart_alloc(job, n + 1, 1);
    return name ? memcpy(name, from, n) : NULL;
}

const char *chart_name(struct chart_job *job, size_t run, const char *what)
{
    if (job->n == 1)
        return what;
    const size_t n = strlen(job->names[run]) + strlen(what) + 3;
    char *name = chart_alloc(job, n, 1);
    if (name)
        snprintf(name, n, "%s, %s", job->names[run], what);
    return name;
}

/* -------------------------------------------------------------------- x axis */

/* Seconds, minutes or hours, by the longest run. */
static void choose_time(struct chart_job *job)
{
    double most = 0;
    for (size_t i = 0; i < job->n; i++)
        most = fmax(most, job->runs[i].end.seconds);
    job->x_unit = most > 3 * 3600 ? 3600 : most > 180 ? 60 : 1;
    job->x_label = most > 3 * 3600 ? "hours of training"
                   : most > 180    ? "minutes of training"
                                   : "seconds of training";
}

static void choose_x(struct chart_job *job)
{
    static const char *const labels[] = { [CHART_STEPS] = "training steps",
                                          [CHART_CHARS] = "characters read in training",
                                          [CHART_EPOCHS] = "epochs" };
    job->x_unit = 1;
    if (job->o->x == CHART_TIME)
        choose_time(job);
    else
        job->x_label = labels[job->o->x];
}

double chart_x_of(const struct chart_job *job, const struct run *run,
                  const struct run_time *at)
{
    switch (job->o->x) {
    case CHART_CHARS: return at->step * run_chars_per_step(run);
    case CHART_EPOCHS: return at->epoch;
    case CHART_TIME: return at->seconds / job->x_unit;
    default: return at->step;
    }
}

/* --------------------------------------------------------------------- chart */

static int nothing(const struct chart_job *job, struct charnn_error *e)
{
    static const char *const missing[] = {
        [CHART_LOSS] = "no loss",          [CHART_BITS] = "no loss",
        [CHART_RATE] = "no learning rate", [CHART_GRADIENT] = "no gradient norm",
        [CHART_SPEED] = "no speed",
    };
    const char *path = job->runs[0].path, *more = job->n > 1 ? " and the other logs" : "";
    if (job->o->x == CHART_CHARS && isnan(run_chars_per_step(&job->runs[0])))
        return err_set(e,
                       "%s%s: no settings that tell the characters of a step; use -x steps",
                       path, more);
    if (job->o->what == CHART_GRADIENTS)
        return err_set(e, "%s%s: no gradients; train with --log-gradients", path, more);
    return err_set(e, "%s%s: %s to draw yet; wait for the run to get further", path, more,
                   missing[job->o->what]);
}

int chart_make(struct chart *c, const struct run *runs, size_t n,
               const struct chart_options *o, struct charnn_error *e)
{
    *c = (struct chart){ .page = { .columns = 1 } };
    struct chart_job job = { .chart = c, .o = o, .runs = runs, .n = n };
    job.names = chart_alloc(&job, n, sizeof *job.names);
    for (size_t i = 0; i < n && !job.failed; i++)
        job.names[i] = short_name(&job, i);
    choose_x(&job);
    const bool any = !job.failed && (o->what == CHART_GRADIENTS ? chart_gradients(&job)
                                                                : chart_curves(&job));
    if (any && !job.failed)
        return 0;
    chart_release(c);
    return job.failed ? err_set(e, "out of memory") : nothing(&job, e);
}
