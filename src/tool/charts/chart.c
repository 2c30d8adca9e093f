/* chart.c - chooses names, the x axis and the kind of a chart; reports runs that cannot be
 * drawn. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "charts/chart_part.h"

/* The name of a run: its log without ".jsonl", and without the folder unless two names
 * would be the same. */
static const char *short_run_name(const struct chart_job *job, size_t run)
{
    const char *path = job->runs[run].path, *last = file_name(path);
    bool same = false;
    for (size_t i = 0; i < job->n; i++)
        same = same || (i != run && !strcmp(last, file_name(job->runs[i].path)));
    const char *from = same ? path : last;
    size_t n = strlen(from);
    if (n > 6 && !strcmp(from + n - 6, ".jsonl"))
        n -= 6;
    return figure_printf(job->memory, "%.*s", (int)n, from);
}

/* Chooses seconds, minutes or hours, by the longest of the runs. */
static void choose_time_unit(struct chart_job *job)
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
    if (job->o->against)
        job->x_label = job->o->against;
    else if (job->o->x == CHART_TIME)
        choose_time_unit(job);
    else
        job->x_label = labels[job->o->x];
}

static void err_nothing_to_draw(const struct chart_job *job, struct charnn_error *e)
{
    static const char *const missing[] = {
        [CHART_LOSS] = "no loss",          [CHART_BITS] = "no loss",
        [CHART_RATE] = "no learning rate", [CHART_GRADIENT] = "no gradient norm",
        [CHART_SPEED] = "no speed",
    };
    const char *path = job->runs[0].path, *more = job->n > 1 ? " and the other logs" : "";
    const char *setting = chart_missing_setting(job);
    if (setting)
        err_set(e, "%s%s: no setting %s; charnn info shows the settings of a run", path,
                more, setting);
    else if (job->o->against)
        err_set(e, "%s%s: no run has both a validation loss and a number as its setting %s",
                path, more, job->o->against);
    else if (job->o->x == CHART_CHARS && isnan(run_chars_per_step(&job->runs[0])))
        err_set(e,
                "%s%s: no settings that say how many characters a step has; use -x steps",
                path, more);
    else if (job->o->what == CHART_GRADIENTS)
        err_set(e, "%s%s: no gradients; train with --log-gradients", path, more);
    else
        err_set(e, "%s%s: %s to draw yet; wait for the run to get further", path, more,
                missing[job->o->what]);
}

void chart_release(struct chart *c)
{
    figure_free(&c->memory);
}

int chart_make(struct chart *c, const struct run *runs, size_t n,
               const struct chart_options *o, struct charnn_error *e)
{
    *c = (struct chart){ .page = { .columns = 1 } };
    struct chart_job job = {
        .chart = c, .memory = &c->memory, .o = o, .runs = runs, .n = n
    };
    job.names = figure_alloc(job.memory, n, sizeof *job.names);
    if (!job.names)
        return err_set(e, "out of memory");
    for (size_t i = 0; i < n; i++)
        job.names[i] = short_run_name(&job, i);
    choose_x(&job);
    const bool any = !c->memory.failed && !chart_missing_setting(&job) &&
                     (o->by                        ? chart_groups(&job)
                      : o->what == CHART_GRADIENTS ? chart_gradients(&job)
                                                   : chart_curves(&job));
    if (any && !c->memory.failed)
        return 0;
    chart_release(c);
    if (c->memory.failed)
        return err_set(e, "out of memory");
    err_nothing_to_draw(&job, e);
    return CHART_NOTHING;
}
