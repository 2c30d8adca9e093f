/*
 * gradflow.c - charnn-gradflow: how the gradient of one prediction travels back in time,
 * through checkpoints or through an RNN, an LSTM and a GRU that are built, measured, trained
 * for a short while and measured again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/field.h"
#include "base/file.h"
#include "charnn_inspect.h"
#include "gradflow/flow.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/term.h"

struct flow_args {
    const char *output;
    int64_t json, csv, toy, length, rows, size, layers, steps, seed, threads;
    double forget_bias;
};

// clang-format off
enum { ROW_SHOWN, ROW_OUTPUT, ROW_JSON, ROW_CSV, ROW_TOY, ROW_MEASURED, ROW_LENGTH, ROW_ROWS,
       ROW_BUILT, ROW_SIZE, ROW_LAYERS, ROW_STEPS, ROW_FORGET, ROW_SEED, ROW_SESSION, ROW_THREADS, ROWS };
// clang-format on

#define AT(m) offsetof(struct flow_args, m)
// clang-format off
static const struct field table[ROWS] = {
    [ROW_SHOWN] = { .name = "What is shown", .type = FIELD_GROUP },
    [ROW_OUTPUT] = { .key = 'o', .name = "output", .arg = "FILE.svg", .type = FIELD_TEXT,
      .offset = AT(output), .help = "write a picture instead of printing a table" },
    [ROW_JSON] = { .name = "json", .type = FIELD_FLAG, .offset = AT(json),
      .help = "print everything as one JSON object" },
    [ROW_CSV] = { .name = "csv", .type = FIELD_FLAG, .offset = AT(csv),
      .help = "print a row for each model, layer and step back" },
    [ROW_TOY] = { .name = "toy", .type = FIELD_FLAG, .offset = AT(toy),
      .help = "no text: h_t = tanh(2 x_t + 3 h_(t-1) + 1) step by step" },
    [ROW_MEASURED] = { .name = "What is measured", .type = FIELD_GROUP },
    [ROW_LENGTH] = { .name = "length", .arg = "N", .type = FIELD_INT, .offset = AT(length),
      .lo = 1, .hi = CHARNN_GRADFLOW_MAX,
      .help = "characters of a stretch, which begins from zero state" },
    [ROW_ROWS] = { .name = "rows", .arg = "N", .type = FIELD_INT, .offset = AT(rows),
      .lo = 1, .hi = CHARNN_GRADFLOW_MAX,
      .help = "stretches, spread over the text; norms are their means" },
    [ROW_BUILT] = { .name = "Models, without a checkpoint", .type = FIELD_GROUP },
    [ROW_SIZE] = { .name = "size", .arg = "N", .type = FIELD_INT, .offset = AT(size),
      .lo = 1, .hi = 4096, .help = "hidden units in each layer" },
    [ROW_LAYERS] = { .name = "layers", .arg = "N", .type = FIELD_INT, .offset = AT(layers),
      .lo = 1, .hi = 8, .help = "recurrent layers, one above the other" },
    [ROW_STEPS] = { .name = "steps", .arg = "N", .type = FIELD_INT, .offset = AT(steps),
      .lo = 0, .hi = 1e9, .help = "training steps before the second look; 0: none" },
    [ROW_FORGET] = { .name = "forget-bias", .arg = "X", .type = FIELD_REAL,
      .offset = AT(forget_bias), .lo = -100, .hi = 100,
      .help = "first bias of the LSTM's forget gates" },
    [ROW_SEED] = { .name = "seed", .arg = "N", .type = FIELD_INT, .offset = AT(seed),
      .lo = 0, .hi = 9007199254740992.0, .help = "of the first weights" },
    [ROW_SESSION] = { .name = "Session", .type = FIELD_GROUP },
    [ROW_THREADS] = { .name = "threads", .arg = "N", .type = FIELD_INT,
      .offset = AT(threads), .lo = 0, .hi = 256,
      .help = "0 takes the cores this process may use" },
};
// clang-format on

/* ------------------------------------------------------------------------- views */

struct views {
    struct flow_view *list; /* room for all */
    size_t n;
    struct buf *names; /* of checkpoints, as a terminal may show them */
};

static struct flow_view *add_view(struct views *v, const char *name, int64_t group,
                                  int64_t steps, double radius)
{
    struct flow_view *view = &v->list[v->n++];
    *view = (struct flow_view){ name, group, steps, radius, { 0 } };
    return view;
}

static struct charnn_gradflow_config config_of(const struct flow_args *args, double radius)
{
    return (struct charnn_gradflow_config){ args->length, args->rows, radius };
}

/* ------------------------------------------------------------------ checkpoints */

static void measure_checkpoint(struct views *v, const char *path, const char *text,
                               const struct flow_args *args)
{
    struct charnn_error e;
    const struct charnn_gradflow_config config = config_of(args, 0);
    struct buf *name = &v->names[v->n];
    msg_escape(name, path, strlen(path));
    if (name->failed)
        msg_die_memory();
    struct flow_view *view = add_view(v, name->data, (int64_t)v->n, -1, 0);
    struct charnn_model *m =
        charnn_model_load(path, CHARNN_WEIGHTS_FLOAT32, (int)args->threads, &e);
    if (!m || charnn_gradflow(m, text, &config, &view->flow, &e) < 0)
        msg_die_error(&e);
    charnn_model_free(m);
}

/* ---------------------------------------------------------------- models to build */

static const struct {
    int64_t cell;
    const char *name;
} cells[] = { { CHARNN_CELL_RNN, "RNN" },
              { CHARNN_CELL_LSTM, "LSTM" },
              { CHARNN_CELL_GRU, "GRU" } };
enum { CELLS = sizeof cells / sizeof *cells };

/* Of an RNN's W_hh: one that vanishes, a stable and an exploding one. */
static const double radii[] = { 0.5, 1, 1.5 };
enum { RADII = sizeof radii / sizeof *radii };

/* Plain settings, the same for every cell. */
static struct charnn_trainer *build(int64_t cell, const char *text,
                                    const struct flow_args *args)
{
    struct charnn_error e;
    struct charnn_config c = charnn_config_default();
    c.cell = cell;
    c.size = args->size;
    c.layers = args->layers;
    c.seed = args->seed;
    c.threads = args->threads;
    c.steps = args->steps ? args->steps : 1;
    c.seq_length = args->length;
    c.batch_size = 32;
    c.learning_rate = 4e-3;
    c.forget_bias = args->forget_bias;
    c.input_range = c.dropout = c.weight_decay = c.reset = c.valid = 0;
    c.output = "gradflow.bin"; /* a name that dry_run keeps from being written */
    c.dry_run = 1;
    struct charnn_trainer *t = charnn_trainer_new(&c, &text, 1, NULL, NULL, &e);
    if (!t)
        msg_die_error(&e);
    return t;
}

static void measure(struct charnn_trainer *t, double radius, struct flow_view *view,
                    const struct flow_args *args)
{
    struct charnn_error e;
    const struct charnn_gradflow_config config = config_of(args, radius);
    if (charnn_trainer_gradflow(t, &config, &view->flow, &e) < 0)
        msg_die_error(&e);
}

static void train(struct charnn_trainer *t, const char *name, int64_t steps)
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

static void measure_cell(struct views *v, size_t i, const char *text,
                         const struct flow_args *args)
{
    struct charnn_trainer *t = build(cells[i].cell, text, args);
    measure(t, 0, add_view(v, cells[i].name, (int64_t)i, 0, 0), args);
    if (args->steps) {
        train(t, cells[i].name, args->steps);
        measure(t, 0, add_view(v, cells[i].name, (int64_t)i, args->steps, 0), args);
    }
    charnn_trainer_free(t);
}

static void measure_scales(struct views *v, const char *text, const struct flow_args *args)
{
    struct charnn_trainer *t = build(CHARNN_CELL_RNN, text, args);
    for (size_t i = 0; i < RADII; i++)
        measure(t, radii[i], add_view(v, "RNN", CELLS, 0, radii[i]), args);
    charnn_trainer_free(t);
}

static struct views measure_all(char **operands, size_t n, const struct flow_args *args)
{
    const char *text = operands[n - 1];
    struct views v = { .list = calloc(n + 2 * CELLS + RADII, sizeof *v.list),
                       .names = calloc(n, sizeof *v.names) };
    if (!v.list || !v.names)
        msg_die_memory();
    for (size_t i = 0; i + 1 < n; i++)
        measure_checkpoint(&v, operands[i], text, args);
    for (size_t i = 0; n == 1 && i < CELLS; i++)
        measure_cell(&v, i, text, args);
    if (n == 1)
        measure_scales(&v, text, args);
    return v;
}

static void release(struct views *v, size_t n)
{
    for (size_t i = 0; i < v->n; i++)
        charnn_gradflow_free(&v->list[i].flow);
    for (size_t i = 0; i < n; i++)
        buf_release(&v->names[i]);
    free(v->list);
    free(v->names);
}

/* ------------------------------------------------------------------------ output */

static void print(const struct views *v, const struct flow_args *args)
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
    if (file_write(path, &svg, &e) < 0)
        msg_die_error(&e);
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

static void check_toy(const unsigned char *given, int n)
{
    for (int i = 0; i < ROWS; i++)
        if (given[i] && i != ROW_TOY)
            msg_die_usage("--toy is an example by itself: leave out --%s", table[i].name);
    if (n > 0)
        msg_die_usage("--toy is an example by itself: it reads no file");
}

static void check(const struct flow_args *args, const unsigned char *given, char **operands,
                  int n)
{
    struct charnn_error e;
    if (n == 0)
        msg_die_usage("no text: charnn gradflow [CHECKPOINT ...] TEXT");
    if (args->json && args->csv)
        msg_die_usage("leave out one of --json and --csv");
    if (args->output && !file_has_suffix(args->output, ".svg"))
        msg_die_usage("-o %s: the picture to write must end in .svg", args->output);
    for (int i = 0; args->output && i < n; i++)
        if (file_same(args->output, operands[i]))
            msg_die_usage("%s is read: choose another name with -o", args->output);
    if (args->output && file_check_folder(args->output, &e) < 0)
        msg_die_error(&e);
    if (!strcmp(operands[n - 1], "-") && n != 2)
        msg_die_usage("the text is read for each model anew, which standard "
                      "input cannot be: name a file");
    for (int i = ROW_BUILT; n > 1 && i < ROW_SESSION; i++)
        if (given[i])
            msg_die_usage("--%s is of models without a checkpoint: leave out "
                          "one of the two",
                          table[i].name);
}

static int parse(int argc, char **argv, struct flow_args *args)
{
    const struct charnn_gradflow_config c = charnn_gradflow_default();
    unsigned char given[ROWS] = { 0 };
    *args =
        (struct flow_args){ .length = c.length,
                            .rows = c.rows,
                            .size = 64,
                            .layers = 1,
                            .steps = 1000,
                            .seed = 1,
                            /* sigmoid(3) = 0.95: open gates, which remember for as long as
                                 * a stretch (Gers et al. 2000; Tallec and Ollivier 2018) */
                            .forget_bias = 3 };
    const struct flow_args defaults = *args;
    const struct opt_command command = {
        .usage = "charnn gradflow [options] [CHECKPOINT ...] TEXT",
        .about = "Shows how the gradient of a loss at the last character of a stretch of "
                 "text fades\n"
                 "or grows on its way back: the norms of dL/dh_t and dL/dc_t, of each "
                 "step's part\n"
                 "of dL/dW_hh, and how much W_hh stretches.  Without a checkpoint it does "
                 "so for an\n"
                 "RNN, an LSTM (open forget gates) and a GRU before and after a short "
                 "training, and for\n"
                 "an RNN with W_hh scaled to spectral radius 0.5, 1 and 1.5.",
        .epilogue = "examples:\n"
                    "  charnn gradflow -o flow.svg corpus.txt\n"
                    "  charnn gradflow --length 200 ckpt.bin corpus.txt\n"
                    "  charnn gradflow --csv --steps 0 corpus.txt >flow.csv\n"
                    "  charnn gradflow --toy",
        .table = table,
        .n = ROWS,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args, given);
    if (args->toy)
        check_toy(given, argc - first);
    else
        check(args, given, argv + first, argc - first);
    return first;
}

int main(int argc, char **argv)
{
    struct flow_args args;
    msg_begin("charnn gradflow");
    const int first = parse(argc, argv, &args);
    if (args.toy)
        return print_toy();
    struct views v = measure_all(argv + first, (size_t)(argc - first), &args);
    if (args.output)
        write_picture(&v, args.output);
    if (!args.output || args.json || args.csv)
        print(&v, &args);
    release(&v, (size_t)(argc - first));
    return msg_finish();
}
