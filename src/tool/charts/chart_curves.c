/*
 * chart_curves.c - curves of runs: training losses as logged (faint) and smoothed;
 * validation losses with the best point; n-gram baselines.
 */
#include <math.h>
#include <string.h>

#include "charts/chart_part.h"
#include "viz/axis.h"

/* ---------------------------------------------------------------- quantities */

#define OF(member) offsetof(struct run_step, member)
static const struct quantity {
    const char *title, *name, *label;
    size_t offset; /* offset of the quantity, a double, in struct run_step */
    double unit;   /* divides a logged value, to give the unit of the chart */
    bool is_loss, smooth;
} quantities[] = {
    // clang-format off
    [CHART_LOSS] = { "Loss", "training", "loss (nats/char)", OF(train_loss), 1, true, true },
    [CHART_BITS] = { "Loss", "training", "loss (bits/char)", OF(train_loss), M_LN2, true, true },
    [CHART_RATE] = { "Learning rate", "learning rate", "learning rate", OF(learning_rate), 1, false,
                     false },
    [CHART_GRADIENT] = { "Gradient", "gradient", "gradient norm before clipping", OF(grad_norm), 1,
                         false, true },
    [CHART_SPEED] = { "Speed", "speed", "characters per second", OF(chars_per_second), 1, false,
                      true },
    // clang-format on
};

/* -------------------------------------------------------------------- curves */

enum { LINES_A_RUN = 4 };

struct curves {
    const struct chart_job *job;
    const struct quantity *q;
    struct figure_line *lines; /* [n_lines], with room for n * LINES_A_RUN */
    size_t n_lines;
    bool any; /* a point can be drawn */
};

/* Adds a line of n points, which the caller fills in; NULL: out of memory. */
static struct figure_line *add_line(struct curves *c, size_t run, const char *name,
                                    size_t n, enum figure_style style, double **x,
                                    double **y)
{
    *x = figure_alloc(c->job->memory, n, sizeof **x);
    *y = figure_alloc(c->job->memory, n, sizeof **y);
    if (!*x || !*y)
        return NULL;
    struct figure_line *line = &c->lines[c->n_lines++];
    *line = (struct figure_line){
        .name = name, .x = *x, .y = *y, .n = n, .style = style, .color = (int)run, .mark = n
    };
    return line;
}

static bool can_be_drawn(const struct curves *c, double x, double y)
{
    return isfinite(x) && isfinite(y) && (!c->job->o->log_x || x > 0) &&
           (!c->job->o->log_y || y > 0);
}

/* The mean of a point and of up to `half` points on each side.  Near the ends it takes
 * fewer, but equally many on both sides, so that the mean does not lag. */
static void smooth(const double *from, double *to, size_t n, size_t half)
{
    for (size_t i = 0; i < n; i++) {
        const size_t rest = n - 1 - i, least = i < rest ? i : rest;
        const size_t side = half < least ? half : least;
        double sum = 0;
        size_t count = 0;
        for (size_t k = i - side; k <= i + side; k++)
            if (isfinite(from[k])) {
                sum += from[k];
                count++;
            }
        to[i] = count > 0 ? sum / (double)count : NAN;
    }
}

/* The number of points on each side in the moving mean; 0: no smoothing. */
static size_t half_window(const struct curves *c, size_t n)
{
    const double wanted = c->job->o->smooth;
    const double window = wanted < 1 ? wanted * (double)n : wanted;
    return c->q->smooth ? (size_t)(fmin(window, CHART_SMOOTH_MOST) / 2) : 0;
}

/* Gets a training point, from the steps or, if by_valid, from the validations. */
static void training_point(const struct curves *c, const struct run *r, bool by_valid,
                           size_t i, double *x, double *y)
{
    struct run_step s;
    if (by_valid)
        s = (struct run_step){ .at = r->valids[i].at,
                               .train_loss = r->valids[i].train_loss };
    else
        s = r->steps[i];
    *x = chart_x_of(c->job, r, &s.at);
    *y = *(const double *)((const char *)&s + c->q->offset) / c->q->unit;
}

/* If a log has fewer step lines than validations (step lines are written by time), takes
 * the training losses from the validations. */
static void add_training(struct curves *c, size_t run)
{
    const struct run *r = &c->job->runs[run];
    const bool by_valid = c->q->is_loss && r->n_valids > r->n_steps;
    const size_t n = by_valid ? r->n_valids : r->n_steps, half = half_window(c, n);
    double *x, *y, *mean;
    struct figure_line *line =
        add_line(c, run, NULL, n, half > 0 ? FIGURE_FAINT : FIGURE_SOLID, &x, &y);
    if (!line)
        return;
    for (size_t i = 0; i < n; i++) {
        training_point(c, r, by_valid, i, &x[i], &y[i]);
        c->any = c->any || can_be_drawn(c, x[i], y[i]);
    }
    if (half > 0 && c->job->o->table)
        line->name = chart_name(c->job, run, "as logged");
    if (half > 0 && (line = add_line(c, run, NULL, n, FIGURE_SOLID, &x, &mean))) {
        memcpy(x, line[-1].x, n * sizeof *x);
        smooth(y, mean, n, half);
    }
    if (line)
        line->name = n > 0 ? chart_name(c->job, run, c->q->name) : NULL;
}

static void add_validation(struct curves *c, size_t run)
{
    const struct run *r = &c->job->runs[run];
    double *x, *y;
    if (r->n_valids == 0)
        return;
    struct figure_line *line = add_line(c, run, chart_name(c->job, run, "validation"),
                                        r->n_valids, FIGURE_DASHED, &x, &y);
    if (!line)
        return;
    for (size_t i = 0; i < r->n_valids; i++) {
        x[i] = chart_x_of(c->job, r, &r->valids[i].at);
        y[i] = r->valids[i].valid_loss * (1 / c->q->unit);
        c->any = c->any || can_be_drawn(c, x[i], y[i]);
    }
    line->mark = run_best(r);
}

/* How many of the first n runs have this baseline, because they were trained on the same
 * text. */
static size_t sharing(const struct curves *c, size_t n, double loss)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += c->job->runs[i].ngram[run_best_ngram(&c->job->runs[i])] == loss;
    return count;
}

/* Adds the best n-gram baseline, once for all runs that share it. */
static void add_baseline(struct curves *c, size_t run)
{
    const struct run *r = &c->job->runs[run];
    const int best = run_best_ngram(r);
    const double loss = r->ngram[best];
    double *x, *y;
    if (isnan(loss) || r->n_valids == 0 || sharing(c, run, loss) > 0)
        return;
    const char *name = figure_printf(c->job->memory, "%d-gram model", best + 1);
    const char *shown =
        sharing(c, c->job->n, loss) < c->job->n ? chart_name(c->job, run, name) : name;
    if (!add_line(c, run, shown, 2, FIGURE_FAINT, &x, &y))
        return;
    x[0] = chart_x_of(c->job, r, &r->valids[0].at);
    x[1] = chart_x_of(c->job, r, &r->valids[r->n_valids - 1].at);
    y[0] = y[1] = loss * (1 / c->q->unit);
}

/* ------------------------------------------------------------------- the range */

/* At first the loss falls steeply, which would press the rest of the curves against the
 * bottom of the chart.  So the y axis ends, with a margin, at the largest value after the
 * first twentieth of each line, if that at least halves its range. */
static void leave_out_the_fall(const struct curves *c, struct figure_axis *y)
{
    struct range all = range_none, rest = range_none; /* rest: after the first twentieth */
    for (size_t i = 0; i < c->n_lines; i++) {
        const struct figure_line *line = &c->lines[i];
        for (size_t k = 0; k < line->n; k++) {
            if (!isfinite(line->x[k]) || !isfinite(line->y[k]))
                continue;
            range_add(&all, line->y[k]);
            if (k >= (size_t)(0.05 * (double)line->n))
                range_add(&rest, line->y[k]);
        }
    }
    const double height = rest.hi - all.lo;
    if (height > 0 && height < (all.hi - all.lo) / 2) {
        y->lo = all.lo - 0.05 * height;
        y->hi = rest.hi + 0.05 * height;
    }
}

/* ------------------------------------------------------------------- the picture */

/* Adds ": gru, 2 layers of 128, residual"; nothing if the log does not say. */
static void put_network(const struct run *r, struct buf *out)
{
    const char *cell = run_setting(r, "cell"), *layers = run_setting(r, "layers");
    const char *size = run_setting(r, "size"), *skip = run_setting(r, "skip");
    const char *both = run_setting(r, "bidirectional");
    if (!cell || !layers || !size)
        return;
    buf_printf(out, ": %s, %s layer%s of %s", cell, layers, strcmp(layers, "1") ? "s" : "",
               size);
    if (skip && strcmp(skip, "none"))
        buf_printf(out, ", %s", skip);
    if (both && !strcmp(both, "1"))
        buf_str(out, ", bidirectional");
}

/* "ckpt: gru, 2 layers of 128" for one run, "Loss of 3 runs" for several. */
static const char *curves_title(const struct curves *c)
{
    const struct chart_job *job = c->job;
    struct buf text = { 0 };
    if (job->n > 1) {
        buf_printf(&text, "%s of %zu runs", c->q->title, job->n);
    } else {
        buf_str(&text, job->names[0]);
        put_network(&job->runs[0], &text);
    }
    const char *title = figure_printf(job->memory, "%s", text.failed ? "" : text.data);
    job->memory->failed |= text.failed;
    buf_release(&text);
    return title;
}

bool chart_curves(struct chart_job *job)
{
    struct curves c = { .job = job, .q = &quantities[job->o->what] };
    struct figure *f = figure_alloc(job->memory, 1, sizeof *f);
    c.lines = figure_alloc(job->memory, job->n * LINES_A_RUN, sizeof *c.lines);
    for (size_t i = 0; i < job->n && !job->memory->failed; i++) {
        add_training(&c, i);
        if (c.q->is_loss) {
            add_validation(&c, i);
            add_baseline(&c, i);
        }
    }
    if (job->memory->failed || !c.any)
        return false;
    *f = (struct figure){
        .title = curves_title(&c),
        .x = { .label = job->x_label, .scale = job->o->log_x ? FIGURE_LOG : FIGURE_LINEAR },
        .y = { .label = c.q->label, .scale = job->o->log_y ? FIGURE_LOG : FIGURE_LINEAR },
        .lines = c.lines,
        .n_lines = c.n_lines
    };
    if (c.q->is_loss && !job->o->log_y)
        leave_out_the_fall(&c, &f->y);
    job->chart->page.panels = f;
    job->chart->page.n = 1;
    return true;
}
