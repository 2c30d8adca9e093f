/*
 * plot.c - charnn plot: learning curves from training logs, in the terminal, as SVG or as CSV.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "charnn.h"
#include "charts/chart.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/output.h"
#include "cli/term.h"
#include "runlog/runs.h"
#include "viz/figure.h"

#define DEFAULT_LOG "ckpt.jsonl"

enum { LOG_NONE, LOG_X, LOG_Y, LOG_XY };
enum { ROWS_A_PANEL = 22 };

struct plot_args {
    int64_t what, x, log, svg, csv, color;
    double smooth;
    const char *by, *against, *output;
};

#define AT(m) offsetof(struct plot_args, m)
// clang-format off
static const struct field table[] = {
    ROW_GROUP("Picture"),
    ROW_CHOICE(0, "what", "WHAT", AT(what), "loss|bits|rate|gradient|speed|gradients",
               "loss in nats or bits per character, learning rate, gradient norm, characters "
               "per second; gradients: norms by steps back in time, of a run with "
               "--log-gradients"),
    ROW_CHOICE('x', "x", "AXIS", AT(x), "steps|chars|epochs|time", "the x axis"),
    ROW_TEXT(0, "by", "SETTINGS", AT(by),
             "draw one line for all runs with the same values of these settings, e.g. cell,size: "
             "the mean of their validation losses, with lines one standard deviation above and below"),
    ROW_TEXT(0, "against", "SETTING", AT(against),
             "draw the best losses against a setting that is a number, with one line for all "
             "runs or as --by says"),
    ROW_CHOICE(0, "log", "AXES", AT(log), "none|x|y|xy",
               "logarithmic axes; on a linear y axis the steep first fall of a loss is cut off"),
    ROW_REAL(0, "smooth", AT(smooth), 0, CHART_SMOOTH_MOST,
             "window of the moving average in points; below 1: as a share of all points; 0: "
             "none"),
    ROW_GROUP("Output"),
    ROW_TEXT('o', "output", "FILE", AT(output), "write FILE, whose name ends in .svg or .csv"),
    ROW_FLAG(0, "svg", AT(svg), "write SVG to standard output"),
    ROW_FLAG(0, "csv", AT(csv), "write a table to standard output: panel, line, x, y"),
    OPT_COLOR(AT(color), "colours in the terminal; auto: not in a pipe"),
};
// clang-format on

/* ----------------------------------------------------------------------- options */

/* Chooses SVG or CSV by the suffix of -o. */
static void choose_format(struct plot_args *args)
{
    if (args->svg + args->csv + (args->output != NULL) > 1)
        msg_die_usage("give only one of -o, --svg and --csv");
    if (!args->output)
        return;
    args->svg = file_has_suffix(args->output, ".svg");
    args->csv = file_has_suffix(args->output, ".csv");
    if (!args->svg && !args->csv)
        msg_die_usage("-o %s: the name of a picture must end in .svg, of a table in .csv",
                      args->output);
}

/* Refuses options that would have no effect. */
static void check_plot_args(const struct plot_args *args)
{
    if (args->what == CHART_GRADIENTS)
        opt_exclude("log|smooth",
                    "--what gradients is drawn on a logarithmic axis, not smoothed");
    if (args->against)
        opt_exclude("x", "--against names the x axis");
    if (args->by || args->against) {
        opt_exclude("smooth", "means are not smoothed");
        if (args->what != CHART_LOSS && args->what != CHART_BITS)
            msg_die_usage(
                "--by and --against draw only losses: use --what loss or --what bits");
    }
    if (args->what == CHART_RATE)
        opt_exclude("smooth", "a learning rate is drawn as it was logged");
    if (args->csv)
        opt_exclude(args->what == CHART_GRADIENTS ? "log|x" : "log", "a table has no axes");
    if (args->csv || args->svg)
        opt_exclude("color", "--color is for plots in the terminal");
}

static int parse_plot_args(int argc, char **argv, struct plot_args *args)
{
    *args = (struct plot_args){ .smooth = 0.05 };
    const struct plot_args defaults = *args;
    const struct opt_command command = {
        .usage = "charnn plot [options] [LOG ...]",
        .about =
            "Draws the learning curves of training logs (default: " DEFAULT_LOG "; - is "
            "standard input):\ntraining as a solid line, validation dashed, with a dot at "
            "its best point.",
        .epilogue =
            "examples:\n"
            "  charnn plot\n"
            "  charnn plot -o curves.svg lstm.jsonl gru.jsonl\n"
            "  charnn plot -x time --log xy *.jsonl\n"
            "  charnn plot --by cell sweep/*.jsonl\n"
            "  charnn plot --against size --by cell --log x -o size.svg sweep/*.jsonl\n"
            "  charnn plot --what speed --smooth 0 --csv ckpt.jsonl >speed.csv",
        .table = table,
        .n = sizeof table / sizeof *table,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args);
    choose_format(args);
    check_plot_args(args);
    return first;
}

static void check_logs(const struct plot_args *args, const char *const *paths, size_t n)
{
    struct charnn_error e;
    size_t standard_input = 0;
    for (size_t i = 0; i < n; i++) {
        standard_input += !strcmp(paths[i], "-");
        if (args->output &&
            output_check(args->output, args->svg ? ".svg" : ".csv", paths[i], &e) < 0)
            msg_die_error(&e);
    }
    if (standard_input > 1)
        msg_die_usage("standard input is one log: give - once");
}

/* ---------------------------------------------------------------------- the plot */

static struct run *read_logs(const char *const *paths, size_t n)
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

static void write_plot(const struct plot_args *args, const struct figure_page *page)
{
    struct buf text = { 0 };
    struct charnn_error e;
    if (args->svg)
        figure_svg(page, &text);
    else if (args->csv)
        figure_csv(page, &text);
    else
        figure_text(page, term_width(STDOUT_FILENO) - 1, ROWS_A_PANEL,
                    opt_color(args->color), &text);
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
    const int first = parse_plot_args(argc, argv, &args);
    const size_t n = first < argc ? (size_t)(argc - first) : 1;
    const char *const *paths = first < argc ? (const char *const *)argv + first : alone;
    check_logs(&args, paths, n);
    struct run *runs = read_logs(paths, n);
    const struct chart_options options = { .what = (enum chart_what)args.what,
                                           .x = (enum chart_x)args.x,
                                           .log_x = args.log == LOG_X || args.log == LOG_XY,
                                           .log_y = args.log >= LOG_Y,
                                           .smooth = args.smooth,
                                           .by = args.by || !args.against ? args.by : "",
                                           .against = args.against,
                                           .table = args.csv };
    if (chart_make(&chart, runs, n, &options, &e) != 0)
        msg_die_error(&e);
    write_plot(&args, &chart.page);
    chart_release(&chart);
    for (size_t i = 0; i < n; i++)
        run_release(&runs[i]);
    free(runs);
    return msg_finish();
}
