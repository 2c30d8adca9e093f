/*
 * plot.c - charnn-plot: learning curves of training logs, in the terminal, as SVG or as a
 * table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/field.h"
#include "base/file.h"
#include "charnn.h"
#include "charts/chart.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "runlog/runs.h"
#include "cli/term.h"
#include "viz/figure.h"

#define DEFAULT_LOG "ckpt.jsonl"

enum { LOG_NONE, LOG_X, LOG_Y, LOG_XY };
enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum { ROWS_A_PANEL = 22 };

struct plot_args {
    int64_t what, x, log, svg, csv, color;
    double smooth;
    const char *output;
};

// clang-format off
enum { ROW_PICTURE, ROW_WHAT, ROW_X, ROW_LOG, ROW_SMOOTH, ROW_WRITING, ROW_OUTPUT, ROW_SVG,
       ROW_CSV, ROW_COLOR, ROWS };
// clang-format on

#define AT(m) offsetof(struct plot_args, m)
// clang-format off
static const struct field table[ROWS] = {
    [ROW_PICTURE] = { .name = "Picture", .type = FIELD_GROUP },
    [ROW_WHAT] = { .name = "what", .arg = "WHAT", .type = FIELD_CHOICE, .offset = AT(what),
      .choices = "loss|bits|rate|gradient|speed|gradients",
      .help = "loss in nats or bits a character, learning rate, norm of the gradient, "
              "characters a second; gradients: by steps back in time, of a run with "
              "--log-gradients" },
    [ROW_X] = { .key = 'x', .name = "x", .arg = "AXIS", .type = FIELD_CHOICE,
      .offset = AT(x), .choices = "steps|chars|epochs|time",
      .help = "what the curves are drawn against" },
    [ROW_LOG] = { .name = "log", .arg = "AXES", .type = FIELD_CHOICE, .offset = AT(log),
      .choices = "none|x|y|xy", .help = "axes with a logarithmic scale; without y, losses leave out the first fall" },
    [ROW_SMOOTH] = { .name = "smooth", .arg = "N", .type = FIELD_REAL, .offset = AT(smooth),
      .lo = 0, .hi = CHART_SMOOTH_MOST,
      .help = "points in the moving mean; below 1: a share of them; 0: only what was logged" },
    [ROW_WRITING] = { .name = "Writing", .type = FIELD_GROUP },
    [ROW_OUTPUT] = { .key = 'o', .name = "output", .arg = "FILE", .type = FIELD_TEXT,
      .offset = AT(output), .help = "write FILE, whose name ends with .svg or .csv" },
    [ROW_SVG] = { .name = "svg", .type = FIELD_FLAG, .offset = AT(svg),
      .help = "SVG to standard output" },
    [ROW_CSV] = { .name = "csv", .type = FIELD_FLAG, .offset = AT(csv),
      .help = "a table to standard output: panel, line, x, y" },
    [ROW_COLOR] = { .name = "color", .arg = "WHEN", .type = FIELD_CHOICE,
      .offset = AT(color), .choices = "auto|always|never", .synonyms = "colour",
      .help = "in the terminal; auto: not in a pipe" },
};
// clang-format on

/* ----------------------------------------------------------------------- options */

/* From here on svg and csv say the format of the output too. */
static void settle_format(struct plot_args *args)
{
    if (args->svg + args->csv + (args->output != NULL) > 1)
        msg_die_usage("only one of -o, --svg and --csv at a time");
    if (!args->output)
        return;
    args->svg = file_has_suffix(args->output, ".svg");
    args->csv = file_has_suffix(args->output, ".csv");
    if (!args->svg && !args->csv)
        msg_die_usage("-o %s: a picture's name ends with .svg, a table's with "
                      ".csv",
                      args->output);
}

/* From here on `color` is always or never. */
static void settle_color(struct plot_args *args)
{
    if (args->color == COLOR_AUTO)
        args->color = term_wants_color() ? COLOR_ALWAYS : COLOR_NEVER;
}

/* Options that could have no effect. */
static void check_use(const struct plot_args *args, const unsigned char *given)
{
    const bool map = args->what == CHART_GRADIENTS;
    if (map && (given[ROW_LOG] || given[ROW_SMOOTH]))
        msg_die_usage("--what gradients has a scale of its own: leave out --%s",
                      given[ROW_LOG] ? "log" : "smooth");
    if (args->what == CHART_RATE && given[ROW_SMOOTH])
        msg_die_usage("a learning rate is drawn as it was logged: leave out "
                      "--smooth");
    if (args->csv && (given[ROW_LOG] || (map && given[ROW_X])))
        msg_die_usage("a table has no such axis: leave out --%s",
                      given[ROW_LOG] ? "log" : "x");
    if ((args->csv || args->svg) && given[ROW_COLOR])
        msg_die_usage("--color is for the terminal: leave it out, or %s",
                      args->output ? "-o"
                      : args->svg  ? "--svg"
                                   : "--csv");
}

static int parse(int argc, char **argv, struct plot_args *args)
{
    unsigned char given[ROWS] = { 0 };
    *args = (struct plot_args){ .smooth = 0.05 };
    const struct plot_args defaults = *args;
    const struct opt_command command = {
        .usage = "charnn plot [options] [LOG ...]",
        .about =
            "Draws what training runs have logged (" DEFAULT_LOG " if no log is given; "
            "- is\nstandard input): training as a line, validation dashed, its best "
            "point with a dot.",
        .epilogue = "examples:\n"
                    "  charnn plot\n"
                    "  charnn plot -o curves.svg lstm.jsonl gru.jsonl\n"
                    "  charnn plot -x time --log xy *.jsonl\n"
                    "  charnn plot --what speed --smooth 0 --csv ckpt.jsonl >speed.csv",
        .table = table,
        .n = ROWS,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args, given);
    settle_format(args);
    settle_color(args);
    check_use(args, given);
    return first;
}

/* The logs, of which "-" can be read but once, and a picture must not replace any. */
static void check_logs(const char *output, const char *const *paths, size_t n)
{
    size_t standard_input = 0;
    for (size_t i = 0; i < n; i++) {
        standard_input += !strcmp(paths[i], "-");
        if (output && file_same(output, paths[i]))
            msg_die_usage("%s is read: choose another name with -o", output);
    }
    if (standard_input > 1)
        msg_die_usage("standard input is one log: give - once");
}

/* ---------------------------------------------------------------------- the plot */

static struct run *read_runs(const char *const *paths, size_t n)
{
    struct run *runs = calloc(n, sizeof *runs);
    struct charnn_error e;
    if (!runs)
        msg_die_memory();
    for (size_t i = 0; i < n; i++) {
        if (run_read(&runs[i], paths[i], &e) < 0)
            msg_die_error(&e);
        if (runs[i].damaged > 0)
            msg_say("%s: skipped %zu damaged line%s", paths[i], runs[i].damaged,
                    runs[i].damaged > 1 ? "s" : "");
    }
    return runs;
}

static void put(const struct plot_args *args, const struct figure_page *page)
{
    struct buf text = { 0 };
    struct charnn_error e;
    if (args->svg)
        figure_svg(page, &text);
    else if (args->csv)
        figure_csv(page, &text);
    else
        figure_text(page, term_width(STDOUT_FILENO) - 1, ROWS_A_PANEL,
                    args->color == COLOR_ALWAYS, &text);
    if (!args->output)
        msg_print(&text);
    else if (file_write(args->output, &text, &e) < 0)
        msg_die_error(&e);
    buf_release(&text);
}

int main(int argc, char **argv)
{
    static const char *const alone[] = { DEFAULT_LOG };
    struct plot_args args;
    struct charnn_error e;
    struct chart chart;
    msg_begin("charnn plot");
    const int first = parse(argc, argv, &args);
    const size_t n = first < argc ? (size_t)(argc - first) : 1;
    const char *const *paths = first < argc ? (const char *const *)argv + first : alone;
    check_logs(args.output, paths, n);
    struct run *runs = read_runs(paths, n);
    const struct chart_options options = { .what = (enum chart_what)args.what,
                                           .x = (enum chart_x)args.x,
                                           .log_x = args.log == LOG_X || args.log == LOG_XY,
                                           .log_y = args.log >= LOG_Y,
                                           .smooth = args.smooth,
                                           .table = args.csv };
    if (chart_make(&chart, runs, n, &options, &e) < 0)
        msg_die_error(&e);
    put(&args, &chart.page);
    chart_release(&chart);
    for (size_t i = 0; i < n; i++)
        run_release(&runs[i]);
    free(runs);
    return msg_finish();
}
