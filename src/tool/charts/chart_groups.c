/*
 * chart_groups.c - draws one line for all runs that have the same values of the settings `by`.
 * The line is the mean of their validation losses or, if `against` is set, the mean of their
 * best validation losses; faint lines are one sample standard deviation above and below it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "charts/chart_part.h"
#include "viz/palette.h"

/* A mean of several numbers and their deviation, by Welford's method. */
struct mean {
    size_t n;
    double mean, squares; /* sum of (x - mean)^2 */
};

static void mean_add(struct mean *m, double x)
{
    const double away = x - m->mean;
    m->n++;
    m->mean += away / (double)m->n;
    m->squares += away * (x - m->mean);
}

/* NaN if there are fewer than two numbers. */
static double mean_deviation(const struct mean *m)
{
    return m->n < 2 ? NAN : sqrt(m->squares / (double)(m->n - 1));
}

/* ------------------------------------------------------------------------- groups */

static bool any_has(const struct chart_job *job, const char *setting)
{
    for (size_t i = 0; i < job->n; i++)
        if (run_setting(&job->runs[i], setting))
            return true;
    return false;
}

/* Returns a copy of the first name of a list with commas, and moves *list to the next name. */
static const char *next_name(const struct chart_job *job, const char **list)
{
    const size_t n = strcspn(*list, ",");
    const char *name = figure_printf(job->memory, "%.*s", (int)n, *list);
    *list += n + ((*list)[n] == ',');
    return name;
}

const char *chart_missing_setting(const struct chart_job *job)
{
    const char *list = job->o->by ? job->o->by : "";
    while (*list) {
        const char *name = next_name(job, &list);
        if (!any_has(job, name))
            return name;
    }
    return job->o->against && !any_has(job, job->o->against) ? job->o->against : NULL;
}

/* "cell=lstm, size=128": the values of the settings that `by`, a list with commas, names. */
static const char *group_name(const struct chart_job *job, const struct run *r)
{
    const char *name = "", *list = job->o->by;
    while (*list) {
        const char *setting = next_name(job, &list), *value = run_setting(r, setting);
        name = figure_printf(job->memory, "%s%s%s=%s", name, *name ? ", " : "", setting,
                             value ? value : "?");
    }
    return *name ? name : "all runs";
}

/* Fills of[i], the first run of the group that run i is in. */
static void find_groups(const struct chart_job *job, const char **names, size_t *of)
{
    for (size_t i = 0; i < job->n; i++) {
        names[i] = group_name(job, &job->runs[i]);
        for (of[i] = 0; strcmp(names[of[i]], names[i]); of[i]++)
            ;
    }
}

/* ------------------------------------------------------------------------- values */

/* The validation loss at x, linear between validations; NaN before the first and after the
 * last. */
static double loss_at(const struct chart_job *job, const struct run *r, double x)
{
    for (size_t i = 0; i < r->n_valids; i++) {
        const double right = chart_x_of(job, r, &r->valids[i].at);
        if (x > right)
            continue;
        if (x == right)
            return r->valids[i].valid_loss;
        if (i == 0)
            return NAN;
        const double left = chart_x_of(job, r, &r->valids[i - 1].at);
        const double share = (x - left) / (right - left);
        return (1 - share) * r->valids[i - 1].valid_loss + share * r->valids[i].valid_loss;
    }
    return NAN;
}

/* The value of the setting on the x axis; NaN if it is unknown or no number. */
static double setting_of(const struct chart_job *job, const struct run *r)
{
    const char *text = run_setting(r, job->o->against);
    char *end;
    const double x = text ? strtod(text, &end) : NAN;
    return text && end > text && !*end ? x : NAN;
}

/* The loss of a run that is drawn at x. */
static double value_at(const struct chart_job *job, const struct run *r, double x)
{
    if (!job->o->against)
        return loss_at(job, r, x);
    const size_t best = run_best(r);
    return setting_of(job, r) == x && best < r->n_valids ? r->valids[best].valid_loss : NAN;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Gets the x of a group's points: the validations of its first run, or the values of the
 * setting, each once.  Returns their number. */
static size_t group_x(const struct chart_job *job, const size_t *of, size_t group,
                      double **x)
{
    const struct run *first = &job->runs[group];
    const size_t most = job->o->against ? job->n : first->n_valids;
    size_t n = 0;
    *x = figure_alloc(job->memory, most, sizeof **x);
    if (!*x)
        return 0;
    if (!job->o->against) {
        for (; n < most; n++)
            (*x)[n] = chart_x_of(job, first, &first->valids[n].at);
        return n;
    }
    for (size_t i = 0; i < job->n; i++)
        if (of[i] == group && isfinite(setting_of(job, &job->runs[i])))
            (*x)[n++] = setting_of(job, &job->runs[i]);
    qsort(*x, n, sizeof **x, ascending);
    size_t different = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || (*x)[i] != (*x)[i - 1])
            (*x)[different++] = (*x)[i];
    return different;
}

/* -------------------------------------------------------------------------- lines */

enum { LINES_A_GROUP = 3 };

/* Adds the mean of a group and the lines around it.  The mean is dashed if an earlier group has
 * the same colour. */
static void add_group(const struct chart_job *job, const size_t *of, size_t group,
                      const char *name, int color, struct figure_line *lines)
{
    static const char *const edges[] = { NULL, "mean - deviation", "mean + deviation" };
    double *x, *y[LINES_A_GROUP];
    const double unit = job->o->what == CHART_BITS ? M_LN2 : 1;
    const size_t n = group_x(job, of, group, &x);
    for (size_t k = 0; k < LINES_A_GROUP; k++)
        if (!(y[k] = figure_alloc(job->memory, n, sizeof *y[k])))
            return;
    for (size_t i = 0; i < n; i++) {
        struct mean m = { 0 };
        for (size_t r = 0; r < job->n; r++) {
            const double loss = of[r] == group ? value_at(job, &job->runs[r], x[i]) : NAN;
            if (isfinite(loss))
                mean_add(&m, loss / unit);
        }
        y[0][i] = m.n > 0 ? m.mean : NAN;
        y[1][i] = y[0][i] - mean_deviation(&m);
        y[2][i] = y[0][i] + mean_deviation(&m);
    }
    for (size_t k = 0; k < LINES_A_GROUP; k++)
        lines[k] = (struct figure_line){
            .name = k == 0          ? name
                    : job->o->table ? figure_printf(job->memory, "%s, %s", name, edges[k])
                                    : NULL,
            .x = x,
            .y = y[k],
            .n = n,
            .color = color,
            .mark = n,
            .style = k > 0                   ? FIGURE_FAINT
                     : color < PALETTE_LINES ? FIGURE_SOLID
                                             : FIGURE_DASHED
        };
}

static bool has_point(const struct figure_line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lines[i].n; k++)
            if (isfinite(lines[i].y[k]))
                return true;
    return false;
}

bool chart_groups(struct chart_job *job)
{
    struct figure *f = figure_alloc(job->memory, 1, sizeof *f);
    const char **names = figure_alloc(job->memory, job->n, sizeof *names);
    size_t *of = figure_alloc(job->memory, job->n, sizeof *of), groups = 0;
    struct figure_line *lines =
        figure_alloc(job->memory, job->n * LINES_A_GROUP, sizeof *lines);
    if (!f || !names || !of || !lines)
        return false;
    find_groups(job, names, of);
    for (size_t i = 0; i < job->n; i++)
        if (of[i] == i) {
            add_group(job, of, i, names[i], (int)groups, &lines[groups * LINES_A_GROUP]);
            groups++;
        }
    if (job->memory->failed || !has_point(lines, groups * LINES_A_GROUP))
        return false;
    *f = (struct figure){
        .title = figure_printf(job->memory, "%s of %zu runs: mean and standard deviation",
                               job->o->against ? "Best loss" : "Validation loss", job->n),
        .x = { .label = job->x_label, .scale = job->o->log_x ? FIGURE_LOG : FIGURE_LINEAR },
        .y = { .label =
                   job->o->what == CHART_BITS ? "loss (bits/char)" : "loss (nats/char)",
               .scale = job->o->log_y ? FIGURE_LOG : FIGURE_LINEAR },
        .lines = lines,
        .n_lines = groups * LINES_A_GROUP
    };
    job->chart->page.panels = f;
    job->chart->page.n = 1;
    return true;
}
