/*
 * cells.c - charnn cells: looks at the hidden units of a network while it reads a text.
 *
 * Finds the units that follow features of the text, colours the text by one unit, counts
 * how often gates are saturated, and prints the predictions after each character.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/field.h"
#include "charnn_inspect.h"
#include "cells/cells_page.h"
#include "cells/saturation.h"
#include "cells/unit_table.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/output.h"
#include "cli/paint.h"
#include "cli/term.h"
#include "cli/unknown.h"

struct cells_args {
    struct charnn_units_config units;
    struct field_texts match;
    const char *html;
    int64_t excerpt, json, unit, color, gates, tsv, next, threads, damaged;
};

#define AT(m) offsetof(struct cells_args, m)
// clang-format off
static const struct field table[] = {
    ROW_GROUP("Search"),
    ROW_INT(0, "top", AT(units.top), 1, CHARNN_UNITS_TOP_MAX, "units to list for each feature"),
    { .name = "match", .arg = "REGEX", .type = FIELD_TEXTS, .offset = AT(match),
      .help = "search for another feature: the matches of a POSIX extended regular expression "
              "within lines; may be repeated" },
    ROW_INT(0, "layer", AT(units.layer), 0, 1e6,
            "only this layer, counted from 1; 0: all (with --unit: the last)"),
    ROW_CHOICE(0, "what", "STATE", AT(units.what), "both|h|c",
               "hidden state, or cell state of an LSTM; with --unit, both means c if there is "
               "one"),
    ROW_FLAG(0, "json", AT(json), "print one JSON object (search and --gates)"),
    ROW_TEXT(0, "html", "FILE", AT(html),
             "also write a page: the text coloured by any unit, with gates and likely next "
             "characters for every character"),
    ROW_INT(0, "excerpt", AT(excerpt), 1, 1e9,
            "characters of text in the page; auto: the first 5,000, or as many as fit into "
            "64 MB", .flags = FIELD_AUTO),
    ROW_GROUP("Instead of a search"),
    ROW_INT(0, "unit", AT(unit), 1, 1e6,
            "colour the text by this unit, counted from 1; without colours, print a table of "
            "character and value"),
    OPT_COLOR(AT(color), "for --unit; auto: colours on a terminal"),
    ROW_FLAG(0, "gates", AT(gates),
             "print how often the gates of each layer are closed or open, and the units whose "
             "gates are nearly always closed or nearly always open"),
    ROW_FLAG(0, "tsv", AT(tsv),
             "print a table of all activations: a row for each character, a column for each unit "
             "(h1.7 is the hidden state of unit 7 of layer 1, c1.7 its cell state); --layer and "
             "--what choose columns"),
    ROW_FLAG(0, "next", AT(next),
             "print a table of each character and the five likeliest next ones, with their "
             "probabilities"),
    ROW_GROUP("Session"),
    ROW_INT(0, "limit", AT(units.limit), 1, CHARNN_TRACE_MAX,
            "read at most N characters of text"),
    OPT_UNKNOWN(AT(units.unknown)),
    OPT_DAMAGED(AT(damaged)),
    OPT_THREADS(AT(threads)),
};
// clang-format on

/* Updates the live line while a long text is read.  arg points to the time of the last update, a
 * double. */
static void on_reading(int64_t done, int64_t all, void *arg)
{
    const double now = clock_seconds(), pause = 0.2;
    double *drawn = arg;
    char line[96], so_far[32], in_all[32];
    if (now - *drawn < pause)
        return;
    *drawn = now;
    snprintf(line, sizeof line, "read %s of %s characters", term_count(done, so_far),
             term_count(all, in_all));
    term_live(line);
}

/* Reports characters that were not read, and those that the model does not know. */
static void say_unread(const char *path, const struct charnn_traced *t)
{
    char read[32], rest[32];
    if (t->left_out > 0 && !ferror(stdout))
        msg_say("read the first %s characters; %s more were left out (see --limit)",
                term_count(t->chars, read), term_count(t->left_out, rest));
    unknown_say(path, &t->unknown);
}

/* Reads the text with the model, which calls on_step for each character.  Reports what was not
 * read, and returns how many characters were unknown; ends the program after an error. */
static struct charnn_unknown trace_text(struct charnn_model *m, const char *path,
                                        const struct cells_args *args,
                                        charnn_trace_fn *on_step, void *arg)
{
    const struct charnn_trace_config c = { .limit = args->units.limit,
                                           .next = args->next ? CHARNN_ALTERNATIVES_MAX : 0,
                                           .unknown = args->units.unknown };
    struct charnn_traced traced;
    struct charnn_error e;
    if (charnn_trace(m, path, &c, on_step, arg, &traced, &e) < 0)
        msg_die_error(&e);
    say_unread(path, &traced);
    return traced.unknown;
}

/* --------------------------------------------------------------------- the search */

static void write_cells_page(const struct cells_page *page, const char *path)
{
    struct charnn_error e;
    struct stat file;
    if (cells_page_write(page, path, &e) < 0)
        msg_die_error(&e);
    if (!output_is_stdout(path) && stat(path, &file) == 0)
        msg_say("%s is written: %.1f MB", path, (double)file.st_size / 1e6);
}

static void search_units(struct charnn_model *m, const char *checkpoint, const char *path,
                         const struct cells_args *args)
{
    struct cells_page page = { .model = m,
                               .checkpoint = checkpoint,
                               .text = path,
                               .excerpt = args->excerpt,
                               .limit = args->units.limit,
                               .unknown = args->units.unknown };
    struct charnn_units_config c = args->units;
    struct charnn_units units;
    struct charnn_error e;
    struct buf out = { 0 };
    double drawn = clock_seconds();
    c.match = args->match.text;
    c.n_match = args->match.n;
    c.on_progress = on_reading;
    c.on_progress_arg = &drawn;
    if (args->html && cells_page_check(&page, args->html, &e) < 0)
        msg_die_error(&e);
    const int status = charnn_units_find(m, path, &c, &units, &e);
    term_clear();
    if (status < 0)
        msg_die_error(&e);
    page.found = &units;
    if (args->json)
        unit_table_json(&out, &units);
    else
        unit_table_text(&out, &units);
    if (!args->html || !output_is_stdout(args->html))
        msg_print(&out);
    buf_release(&out);
    say_unread(path, &units.traced);
    if (args->html)
        write_cells_page(&page, args->html);
    charnn_units_free(&units);
}

/* -------------------------------------------------------------------- one unit */

struct unit_view {
    size_t place; /* index of the unit in h or c */
    bool is_c, color;
    struct paint paint;
    struct buf text;
};

/* The shade of a value, from -1 to 1. c is not bounded, so its tanh is used, as in the
 * cell. */
static double unit_shade(const struct unit_view *v, float x)
{
    return v->is_c ? tanh((double)x) : (double)x;
}

static int on_unit_step(const struct charnn_trace_step *s, void *arg)
{
    struct unit_view *v = arg;
    const float x = (v->is_c ? s->c : s->h)[v->place];
    if (v->color) {
        if (!s->separator && !(s->length == 1 && s->text[0] == '\n'))
            paint_put(&v->paint, &v->text, s->text, (size_t)s->length, unit_shade(v, x));
        for (int64_t i = 0; i < s->line_ends; i++)
            paint_put(&v->paint, &v->text, "\n", 1, 0);
    } else {
        msg_field(&v->text, s->text, (size_t)s->length);
        buf_printf(&v->text, "\t%.6g\n", (double)x);
    }
    return msg_print(&v->text);
}

static void check_has_c(const struct charnn_shape *s, const struct cells_args *args)
{
    if (args->units.what == CHARNN_STATE_C && !s->has_c)
        msg_die_usage("the units of %s have no state c: leave out --what c",
                      charnn_cell_kind(s->cell).with_article);
}

static void show_unit(struct charnn_model *m, const char *path,
                      const struct cells_args *args)
{
    const struct charnn_shape s = charnn_model_shape(m);
    const size_t layer = args->units.layer ? (size_t)args->units.layer : s.layers;
    const size_t unit = (size_t)args->unit;
    struct unit_view v = { .is_c = s.has_c && args->units.what != CHARNN_STATE_H,
                           .color = opt_color(args->color) };
    if (layer > s.layers || unit > s.size)
        msg_die_usage("unit %zu of layer %zu: this model has %zu layers of %zu "
                      "units",
                      unit, layer, s.layers, s.size);
    check_has_c(&s, args);
    v.place = (layer - 1) * s.size + unit - 1;
    paint_begin(&v.paint, PAINT_STATE);
    trace_text(m, path, args, on_unit_step, &v);
    if (v.color) {
        paint_end(&v.paint, &v.text);
        buf_printf(&v.text, "\nunit %zu of layer %zu, %s: ", unit, layer,
                   v.is_c ? "tanh c" : "h");
        paint_legend(&v.paint, &v.text);
        buf_char(&v.text, '\n');
    }
    msg_print(&v.text);
    buf_release(&v.text);
}

/* ------------------------------------------------------------------------- gates */

static int on_gates_step(const struct charnn_trace_step *s, void *arg)
{
    saturation_add(arg, s->gates);
    return 0;
}

static void show_gates(struct charnn_model *m, const char *path,
                       const struct cells_args *args)
{
    const struct charnn_shape shape = charnn_model_shape(m);
    struct saturation s;
    struct buf out = { 0 };
    if (shape.gates == 0)
        msg_die_usage("--gates: %s has none", charnn_cell_kind(shape.cell).with_article);
    if (args->units.layer > (int64_t)shape.layers)
        msg_die_usage("--layer %lld: this model has %zu layer%s",
                      (long long)args->units.layer, shape.layers,
                      shape.layers == 1 ? "" : "s");
    if (saturation_init(&s, &shape) < 0)
        msg_die_memory();
    s.unknown = trace_text(m, path, args, on_gates_step, &s);
    if (args->json)
        saturation_json(&out, &s, (size_t)args->units.layer);
    else
        saturation_text(&out, &s, (size_t)args->units.layer);
    msg_print(&out);
    buf_release(&out);
    saturation_release(&s);
}

/* ------------------------------------------------------------------- activations */

struct activations {
    struct charnn_shape shape;
    size_t first, end; /* layers [first, end) */
    bool h, c;
    struct buf text;
};

static void add_heads(struct activations *a, char state)
{
    for (size_t l = a->first; l < a->end; l++)
        for (size_t u = 1; u <= a->shape.size; u++)
            buf_printf(&a->text, "\t%c%zu.%zu", state, l + 1, u);
}

/* states: [layers x size] */
static void add_states(struct activations *a, const float *states)
{
    for (size_t i = a->first * a->shape.size; i < a->end * a->shape.size; i++)
        buf_printf(&a->text, "\t%.6g", (double)states[i]);
}

static int on_activations_step(const struct charnn_trace_step *s, void *arg)
{
    struct activations *a = arg;
    msg_field(&a->text, s->text, (size_t)s->length);
    if (a->h)
        add_states(a, s->h);
    if (a->c)
        add_states(a, s->c);
    buf_char(&a->text, '\n');
    return msg_print(&a->text);
}

static void show_activations(struct charnn_model *m, const char *path,
                             const struct cells_args *args)
{
    const struct charnn_shape s = charnn_model_shape(m);
    const size_t layer = (size_t)args->units.layer;
    struct activations a = { .shape = s,
                             .first = layer ? layer - 1 : 0,
                             .end = layer ? layer : s.layers,
                             .h = args->units.what != CHARNN_STATE_C,
                             .c = s.has_c && args->units.what != CHARNN_STATE_H };
    if (layer > s.layers)
        msg_die_usage("--layer %zu: this model has %zu layer%s", layer, s.layers,
                      s.layers == 1 ? "" : "s");
    check_has_c(&s, args);
    buf_str(&a.text, "character");
    if (a.h)
        add_heads(&a, 'h');
    if (a.c)
        add_heads(&a, 'c');
    buf_char(&a.text, '\n');
    trace_text(m, path, args, on_activations_step, &a);
    buf_release(&a.text);
}

/* -------------------------------------------------------------------- successors */

static int on_next_step(const struct charnn_trace_step *s, void *arg)
{
    struct buf *out = arg;
    msg_field(out, s->text, (size_t)s->length);
    for (int i = 0; i < s->n_next; i++) {
        buf_char(out, '\t');
        msg_field(out, s->next[i].text, (size_t)s->next[i].length);
        buf_printf(out, "\t%.6g", s->next[i].probability);
    }
    buf_char(out, '\n');
    return msg_print(out);
}

static void show_successors(struct charnn_model *m, const char *path,
                            const struct cells_args *args)
{
    struct buf out = { 0 };
    trace_text(m, path, args, on_next_step, &out);
    buf_release(&out);
}

/* ------------------------------------------------------------------ command line */

/* Refuses options that do not apply because --next, --tsv, --gates or --unit replaces the
 * search. */
static void check_instead(const struct cells_args *args)
{
    if (args->next)
        opt_exclude("top|match|layer|what|json|html|excerpt|unit|color|gates|tsv",
                    "--next prints only a table");
    else if (args->tsv)
        opt_exclude("top|match|json|html|excerpt|unit|color|gates",
                    "--tsv prints only a table");
    else if (args->gates)
        opt_exclude("top|match|what|html|excerpt|unit|color", "--gates prints only gates");
    else
        opt_exclude("top|match|json|html|excerpt", "--unit shows only one unit");
}

static void check_search(const struct cells_args *args)
{
    opt_exclude("color", "the search prints no colours");
    if (!args->html)
        opt_exclude("excerpt", "only --html shows an excerpt");
    else if (output_is_stdout(args->html))
        opt_exclude("json", "--html - already writes the page to standard output");
}

static int parse_cells_args(int argc, char **argv, struct cells_args *args)
{
    *args = (struct cells_args){ .units = charnn_units_default(), .excerpt = CHARNN_AUTO };
    const struct cells_args defaults = *args;
    const struct opt_command command = {
        .usage = "charnn cells [options] CHECKPOINT FILE",
        .about = "Reads a text (- is standard input) and finds the hidden units that track "
                 "features of it:\nquotations, brackets, position in the line, C comments, "
                 "...  Units and thresholds are chosen\non the first three quarters of the "
                 "text and scored on the rest: by F1 (1 is perfect;\nthe F1 of always "
                 "answering yes is given for comparison), or by Pearson's r for\nnumeric "
                 "features.",
        .epilogue = "examples:\n"
                    "  charnn cells ckpt.bin other.txt\n"
                    "  charnn cells --match '[0-9]+' --top 5 ckpt.bin other.txt\n"
                    "  charnn cells --html cells.html ckpt.bin other.txt\n"
                    "  charnn cells --unit 7 --layer 1 --color always ckpt.bin other.txt | "
                    "less -R\n"
                    "  charnn cells --gates ckpt.bin other.txt\n"
                    "  charnn cells --tsv --what h ckpt.bin other.txt > states.tsv\n"
                    "  charnn cells --next --limit 200 ckpt.bin other.txt",
        .table = table,
        .n = sizeof table / sizeof *table,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args);
    if (args->next || args->tsv || args->gates || args->unit)
        check_instead(args);
    else
        check_search(args);
    if (argc - first != 2)
        msg_die_usage("%s: charnn cells CHECKPOINT FILE",
                      argc == first       ? "no checkpoint and no text"
                      : argc == first + 1 ? "no text to read"
                                          : "one text at a time");
    return first;
}

int main(int argc, char **argv)
{
    struct cells_args args;
    struct charnn_error e;
    msg_begin("charnn cells");
    const int first = parse_cells_args(argc, argv, &args);
    struct charnn_model *m =
        charnn_model_load(argv[first], CHARNN_WEIGHTS_FLOAT32, (int)args.threads, &e);
    if (!m)
        msg_die_error(&e);
    charnn_model_damaged(m, (int)args.damaged);
    if (args.tsv)
        show_activations(m, argv[first + 1], &args);
    else if (args.unit)
        show_unit(m, argv[first + 1], &args);
    else if (args.gates)
        show_gates(m, argv[first + 1], &args);
    else if (args.next)
        show_successors(m, argv[first + 1], &args);
    else
        search_units(m, argv[first], argv[first + 1], &args);
    charnn_model_free(m);
    return msg_finish();
}
