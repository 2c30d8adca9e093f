/*
 * gradflow.c - charnn gradflow: how the gradient of one prediction flows back through time,
 * in checkpoints, or in an RNN, an LSTM and a GRU that are built, measured, trained for a
 * short time and measured again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/field.h"
#include "charnn_inspect.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/output.h"
#include "cli/term.h"
#include "cli/unknown.h"
#include "gradflow/flow.h"

struct flow_args {
    const char *output;
    struct charnn_gradflow_config measure;
    struct charnn_config model; /* settings of the models to build */
    int64_t json, csv, toy;
};

#define AT(m) offsetof(struct flow_args, m)
// clang-format off
static const struct field table[] = {
    ROW_GROUP("Output"),
    ROW_TEXT('o', "output", "FILE.svg", AT(output), "write a picture instead of printing a table"),
    ROW_FLAG(0, "json", AT(json), "print everything as one JSON object"),
    ROW_FLAG(0, "csv", AT(csv), "print CSV, with a row for each model, layer and step back"),
    ROW_FLAG(0, "toy", AT(toy), "show h_t = tanh(2 x_t + 3 h_(t-1) + 1) step by step; needs no text"),
    ROW_GROUP("Measurement"),
    ROW_INT(0, "length", AT(measure.length), 1, CHARNN_GRADFLOW_MAX,
            "characters per sequence, which starts from zero state"),
    ROW_INT(0, "rows", AT(measure.rows), 1, CHARNN_GRADFLOW_MAX,
            "sequences, spread over the text; norms are averaged over them"),
    OPT_UNKNOWN(AT(measure.unknown)),
    ROW_GROUP("Models that are built when no checkpoint is given"),
    ROW_INT(0, "size", AT(model.size), 1, 4096, "hidden units per layer"),
    ROW_INT(0, "layers", AT(model.layers), 1, 8, "recurrent layers"),
    ROW_INT(0, "steps", AT(model.steps), 0, 1e9,
            "training steps before the second measurement; 0: no training"),
    ROW_REAL(0, "forget-bias", AT(model.forget_bias), -100, 100,
             "initial bias of the LSTM's forget gates"),
    ROW_INT(0, "seed", AT(model.seed), 0, 9007199254740992.0,
            "random seed for the initial weights"),
    ROW_GROUP("Session"),
    OPT_THREADS(AT(model.threads)),
};
// clang-format on

/* ------------------------------------------------------------------------- views */

struct views {
    struct flow_view *list; /* has room for all views */
    size_t n;
    struct buf *names; /* names of checkpoints, made safe for a terminal */
};

static struct flow_view *add_view(struct views *v, const char *name, int64_t group,
                                  int64_t steps, double radius)
{
    struct flow_view *view = &v->list[v->n++];
    *view = (struct flow_view){ name, group, steps, radius, { 0 } };
    return view;
}

/* ------------------------------------------------------------------ checkpoints */

static void measure_checkpoint(struct views *v, const char *path, const char *text,
                               const struct flow_args *args)
{
    struct charnn_error e;
    struct buf *name = &v->names[v->n];
    escape_name(name, path, strlen(path));
    if (name->failed)
        msg_die_memory();
    struct flow_view *view = add_view(v, name->data, (int64_t)v->n, -1, 0);
    struct charnn_model *m =
        charnn_model_load(path, CHARNN_WEIGHTS_FLOAT32, (int)args->model.threads, &e);
    if (!m || charnn_gradflow(m, text, &args->measure, &view->flow, &e) < 0)
        msg_die_error(&e);
    charnn_model_free(m);
}

/* ---------------------------------------------------------------- models to build */

/* Spectral radii of an RNN's W_hh: vanishing, stable and exploding gradients. */
static const double radii[] = { 0.5, 1, 1.5 };
enum { RADII = sizeof radii / sizeof *radii };

/* The same simple settings for every cell. */
static struct charnn_config plain_model(void)
{
    struct charnn_config c = charnn_config_default();
    c.size = 64;
    c.layers = 1;
    c.steps = 1000;
    c.batch_size = 32;
    c.learning_rate = 4e-3;
    /* sigmoid(3) = 0.95: the forget gates are open enough to remember for a whole sequence
     * (Gers et al. 2000; Tallec and Ollivier 2018) */
    c.forget_bias = 3;
    c.input_range = c.dropout = c.weight_drop = c.weight_decay = c.reset = c.valid = 0;
    c.output = "gradflow.bin"; /* not written, because of dry_run */
    c.dry_run = 1;
    return c;
}

static struct charnn_trainer *build_cell(int64_t cell, const char *text,
                                         const struct flow_args *args)
{
    struct charnn_error e;
    struct charnn_config c = args->model;
    c.cell = cell;
    c.steps = c.steps ? c.steps : 1;
    c.seq_length = args->measure.length;
    struct charnn_trainer *t = charnn_trainer_new(&c, &text, 1, NULL, NULL, &e);
    if (!t)
        msg_die_error(&e);
    return t;
}

static void measure_trainer(struct charnn_trainer *t, double radius, struct flow_view *view,
                            const struct flow_args *args)
{
    struct charnn_error e;
    struct charnn_gradflow_config config = args->measure;
    config.radius = radius;
    if (charnn_trainer_gradflow(t, &config, &view->flow, &e) < 0)
        msg_die_error(&e);
}

static void train_cell(struct charnn_trainer *t, const char *name, int64_t steps)
{
    enum { AT_ONCE = 20 };
    struct charnn_error e;
    for (int64_t done = 0; done < steps; done += AT_ONCE) {
        char line[96];
        snprintf(line, sizeof line, "training the %s: step %lld of %lld", name,
                 (long long)done, (long long)steps);
        term_live(line);
        if (charnn_trainer_advance(t, AT_ONCE, &e) < 0) {
            term_clear();
            msg_die_error(&e);
        }
    }
    term_clear();
}

static void measure_cell(struct views *v, int cell, const char *text,
                         const struct flow_args *args)
{
    const char *title = charnn_cell_kind(cell).title;
    struct charnn_trainer *t = build_cell(cell, text, args);
    measure_trainer(t, 0, add_view(v, title, cell, 0, 0), args);
    if (args->model.steps) {
        train_cell(t, title, args->model.steps);
        measure_trainer(t, 0, add_view(v, title, cell, args->model.steps, 0), args);
    }
    charnn_trainer_free(t);
}

static void measure_scales(struct views *v, const char *text, const struct flow_args *args)
{
    struct charnn_trainer *t = build_cell(CHARNN_CELL_RNN, text, args);
    for (size_t i = 0; i < RADII; i++)
        measure_trainer(t, radii[i], add_view(v, "RNN", CHARNN_CELLS, 0, radii[i]), args);
    charnn_trainer_free(t);
}

static struct views measure_all(char **operands, size_t n, const struct flow_args *args)
{
    const char *text = operands[n - 1];
    struct views v = { .list = calloc(n + 2 * CHARNN_CELLS + RADII, sizeof *v.list),
                       .names = calloc(n, sizeof *v.names) };
    if (!v.list || !v.names)
        msg_die_memory();
    for (size_t i = 0; i + 1 < n; i++)
        measure_checkpoint(&v, operands[i], text, args);
    if (n > 1)
        return v;
    for (int cell = 0; cell < CHARNN_CELLS; cell++)
        measure_cell(&v, cell, text, args);
    measure_scales(&v, text, args);
    return v;
}

static void release_views(struct views *v, size_t n)
{
    for (size_t i = 0; i < v->n; i++)
        charnn_gradflow_free(&v->list[i].flow);
    for (size_t i = 0; i < n; i++)
        buf_release(&v->names[i]);
    free(v->list);
    free(v->names);
}

/* ------------------------------------------------------------------------ output */

static void print_views(const struct views *v, const struct flow_args *args)
{
    struct buf out = { 0 };
    if (args->json)
        flow_json(v->list, v->n, &out);
    else if (args->csv)
        flow_csv(v->list, v->n, &out);
    else
        flow_table(v->list, v->n, &out);
    if (!args->json && !args->csv && term_is_tty(STDOUT_FILENO))
        flow_text(v->list, v->n, term_width(STDOUT_FILENO), term_wants_color(), &out);
    msg_print(&out);
    buf_release(&out);
}

static void write_picture(const struct views *v, const char *path)
{
    struct buf svg = { 0 };
    struct charnn_error e;
    flow_svg(v->list, v->n, &svg);
    if (output_write(path, &svg, &e) < 0)
        msg_die_error(&e);
    if (!output_is_stdout(path))
        msg_say("%s is written", path);
    buf_release(&svg);
}

static int print_toy(void)
{
    struct buf out = { 0 };
    flow_toy(&out);
    msg_print(&out);
    buf_release(&out);
    return msg_finish();
}

/* ------------------------------------------------------------------ command line */

static void check_flow_args(const struct flow_args *args, char **operands, int n)
{
    struct charnn_error e;
    if (args->toy) {
        opt_exclude_others("toy", "--toy is a fixed example");
        if (n > 0)
            msg_die_usage("--toy is a fixed example: it reads no file");
        return;
    }
    if (n == 0)
        msg_die_usage("no text: charnn gradflow [CHECKPOINT ...] TEXT");
    if (args->json && args->csv)
        msg_die_usage("leave out one of --json and --csv");
    if (args->output)
        for (int i = 0; i < n; i++)
            if (output_check(args->output, ".svg", operands[i], &e) < 0)
                msg_die_error(&e);
    if (!strcmp(operands[n - 1], "-") && n != 2)
        msg_die_usage(
            "each model reads the text again, which standard input does not allow: "
            "name a file");
    if (n > 1)
        opt_exclude("size|layers|steps|forget-bias|seed",
                    "checkpoints are measured as they are");
}

static int parse_flow_args(int argc, char **argv, struct flow_args *args)
{
    *args =
        (struct flow_args){ .measure = charnn_gradflow_default(), .model = plain_model() };
    const struct flow_args defaults = *args;
    const struct opt_command command = {
        .usage = "charnn gradflow [options] [CHECKPOINT ...] TEXT\n"
                 "charnn gradflow --toy",
        .about =
            "Shows how the gradient of the loss at the last character of a sequence "
            "vanishes or explodes\non its way back through time: the norms of dL/dh_t and "
            "dL/dc_t, each step's contribution to\ndL/dW_hh, and the spectral radius and "
            "largest singular value of W_hh.  Without a checkpoint\nit compares an RNN, "
            "an LSTM (with open forget gates) and a GRU before and after a "
            "short\ntraining, and an RNN with W_hh scaled to spectral radius 0.5, 1 and "
            "1.5.",
        .epilogue = "examples:\n"
                    "  charnn gradflow -o flow.svg corpus.txt\n"
                    "  charnn gradflow --length 200 ckpt.bin corpus.txt\n"
                    "  charnn gradflow --csv --steps 0 corpus.txt >flow.csv\n"
                    "  charnn gradflow --toy",
        .table = table,
        .n = sizeof table / sizeof *table,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args);
    check_flow_args(args, argv + first, argc - first);
    return first;
}

int main(int argc, char **argv)
{
    struct flow_args args;
    msg_begin("charnn gradflow");
    const int first = parse_flow_args(argc, argv, &args);
    if (args.toy)
        return print_toy();
    struct views v = measure_all(argv + first, (size_t)(argc - first), &args);
    if (args.output)
        write_picture(&v, args.output);
    if (!args.output || args.json || args.csv)
        print_views(&v, &args);
    release_views(&v, (size_t)(argc - first));
    return msg_finish();
}
