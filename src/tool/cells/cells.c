/*
 * cells.c - charnn-cells: looks at the units of a network while it reads a text.
 *
 * Finds the units that follow something in the text; or colours the text by one unit; or
 * counts how often gates are saturated; or tells what the network expects after each
 * character.
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
#include "cells/found.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/paint.h"
#include "cells/saturation.h"
#include "cli/term.h"

enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct cells_args {
    struct field_texts match;
    const char *html;
    int64_t excerpt;
    int64_t top, layer, what, json, unit, color, gates, next, limit, threads;
};

// clang-format off
enum { ROW_SEARCH, ROW_TOP, ROW_MATCH, ROW_LAYER, ROW_WHAT, ROW_JSON, ROW_HTML, ROW_EXCERPT, ROW_LOOK, ROW_UNIT,
       ROW_COLOR, ROW_GATES, ROW_NEXT, ROW_SESSION, ROW_LIMIT, ROW_THREADS, ROWS };
// clang-format on

#define AT(m) offsetof(struct cells_args, m)
// clang-format off
static const struct field table[ROWS] = {
    [ROW_SEARCH] = { .name = "Which units", .type = FIELD_GROUP },
    [ROW_TOP] = { .name = "top", .arg = "N", .type = FIELD_INT, .offset = AT(top), .lo = 1,
      .hi = CHARNN_UNITS_TOP, .help = "units to show for each feature" },
    [ROW_MATCH] = { .name = "match", .arg = "REGEX", .type = FIELD_TEXTS,
      .offset = AT(match),
      .help = "a feature of your own: the matches of a POSIX extended regular expression "
              "within lines; may be given again" },
    [ROW_LAYER] = { .name = "layer", .arg = "L", .type = FIELD_INT, .offset = AT(layer),
      .lo = 0, .hi = 1e6, .help = "only this layer, from 1; 0: all (--unit: the last)" },
    [ROW_WHAT] = { .name = "what", .arg = "STATE", .type = FIELD_CHOICE,
      .offset = AT(what), .choices = "both|h|c",
      .help = "what units put out, or what an LSTM's cells hold; both: with --unit c, where "
              "there is one" },
    [ROW_JSON] = { .name = "json", .type = FIELD_FLAG, .offset = AT(json),
      .help = "print one JSON object (the search, and --gates)" },
    [ROW_HTML] = { .name = "html", .arg = "FILE", .type = FIELD_TEXT, .offset = AT(html),
      .help = "also write a page: the text coloured by any unit, the units found to click, "
              "gates and successors of every character" },
    [ROW_EXCERPT] = { .name = "excerpt", .arg = "N", .type = FIELD_INT,
      .offset = AT(excerpt), .lo = 1, .hi = 1e9, .flags = FIELD_AUTO,
      .help = "characters of the text in the page; auto: the first 5,000, or as many as fit "
              "into 64 MB" },
    [ROW_LOOK] = { .name = "Instead", .type = FIELD_GROUP },
    [ROW_UNIT] = { .name = "unit", .arg = "N", .type = FIELD_INT, .offset = AT(unit),
      .lo = 1, .hi = 1e6, .help = "colour the text by this unit, from 1; without colours: a "
                                  "table of character, value" },
    [ROW_COLOR] = { .name = "color", .arg = "WHEN", .type = FIELD_CHOICE,
      .offset = AT(color), .choices = "auto|always|never", .synonyms = "colour",
      .help = "--unit: auto has colours on a terminal" },
    [ROW_GATES] = { .name = "gates", .type = FIELD_FLAG, .offset = AT(gates),
      .help = "how often each layer's gates are shut and open, and which always are" },
    [ROW_NEXT] = { .name = "next", .type = FIELD_FLAG, .offset = AT(next),
      .help = "a table: each character and the five likeliest after it, with their "
              "probabilities" },
    [ROW_SESSION] = { .name = "Session", .type = FIELD_GROUP },
    [ROW_LIMIT] = { .name = "limit", .arg = "N", .type = FIELD_INT, .offset = AT(limit),
      .lo = 1, .hi = CHARNN_TRACE_MAX, .help = "characters of the text to read at most" },
    [ROW_THREADS] = { .name = "threads", .arg = "N", .type = FIELD_INT,
      .offset = AT(threads), .lo = 0, .hi = 256,
      .help = "0 takes the cores this process may use" },
};
// clang-format on

/* The live line of a long reading; arg: when it was last drawn, on the clock. */
static void show_reading(int64_t done, int64_t all, void *arg)
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

/* What the user should know of the reading. */
static void note(const struct charnn_traced *t)
{
    char read[32], rest[32];
    if (t->left_out > 0 && !ferror(stdout))
        msg_say("read the first %s characters; %s more were left out (see --limit)",
                term_count(t->chars, read), term_count(t->left_out, rest));
    if (t->folded > 0)
        msg_say("%s characters of the text are unknown to the model",
                term_count(t->folded, rest));
}

static void trace(struct charnn_model *m, const char *path, const struct cells_args *args,
                  charnn_trace_fn *each, void *arg)
{
    const struct charnn_trace_config c = { .limit = args->limit,
                                           .next =
                                               args->next ? CHARNN_ALTERNATIVES_MAX : 0 };
    struct charnn_traced traced;
    struct charnn_error e;
    if (charnn_trace(m, path, &c, each, arg, &traced, &e) < 0)
        msg_die_error(&e);
    note(&traced);
}

/* --------------------------------------------------------------------- the search */

static void write_page(const struct cells_page *page, const char *path)
{
    struct charnn_error e;
    struct stat file;
    if (cells_page_write(page, path, &e) < 0)
        msg_die_error(&e);
    if (strcmp(path, "-") != 0 && stat(path, &file) == 0)
        msg_say("%s is written: %.1f MB", path, (double)file.st_size / 1e6);
}

static void search(struct charnn_model *m, const char *checkpoint, const char *path,
                   const struct cells_args *args)
{
    struct cells_page page = { .model = m,
                               .checkpoint = checkpoint,
                               .text = path,
                               .excerpt = args->excerpt,
                               .limit = args->limit };
    struct charnn_units_config c = charnn_units_default();
    struct charnn_units units;
    struct charnn_error e;
    struct buf out = { 0 };
    double drawn = clock_seconds();
    c.limit = args->limit;
    c.layer = args->layer;
    c.what = args->what;
    c.top = args->top;
    c.match = args->match.text;
    c.n_match = args->match.n;
    c.reading = show_reading;
    c.reading_arg = &drawn;
    if (args->html && cells_page_check(&page, args->html, &e) < 0)
        msg_die_error(&e);
    const int status = charnn_units_find(m, path, &c, &units, &e);
    term_clear();
    if (status < 0)
        msg_die_error(&e);
    page.found = &units;
    if (args->html && !strcmp(args->html, "-"))
        ; /* the page alone */
    else if (args->json)
        found_json(&out, &units);
    else
        found_text(&out, &units);
    msg_print(&out);
    buf_release(&out);
    note(&units.traced);
    if (args->html)
        write_page(&page, args->html);
    charnn_units_free(&units);
}

/* -------------------------------------------------------------------- one unit */

struct view {
    size_t place; /* of the unit in h or c */
    bool is_c, color;
    struct paint paint;
    struct buf text;
};

/* c has no bounds; as the cell does with it. */
static double shade(const struct view *v, float x)
{
    return v->is_c ? tanh((double)x) : (double)x;
}

static int tell_unit(const struct charnn_trace_step *s, void *arg)
{
    struct view *v = arg;
    const float x = (v->is_c ? s->c : s->h)[v->place];
    if (v->color && s->separator && s->text[0] != '\n') {
        paint_put(&v->paint, &v->text, "\n\n", 2, 0);
    } else if (v->color) {
        paint_put(&v->paint, &v->text, s->text, (size_t)s->length, shade(v, x));
    } else {
        msg_field(&v->text, s->text, (size_t)s->length);
        buf_printf(&v->text, "\t%.6g\n", (double)x);
    }
    return msg_print(&v->text);
}

static void show_unit(struct charnn_model *m, const char *path,
                      const struct cells_args *args)
{
    const struct charnn_shape s = charnn_model_shape(m);
    const size_t layer = args->layer ? (size_t)args->layer : s.layers;
    const size_t unit = (size_t)args->unit;
    struct view v = { .is_c = s.has_c && args->what != CHARNN_STATE_H,
                      .color = args->color == COLOR_ALWAYS };
    if (layer > s.layers || unit > s.size)
        msg_die_usage("unit %zu of layer %zu: this model has %zu layers of %zu "
                      "units",
                      unit, layer, s.layers, s.size);
    if (args->what == CHARNN_STATE_C && !s.has_c)
        msg_die_usage("only the units of an LSTM have a state c: leave out "
                      "--what c");
    v.place = (layer - 1) * s.size + unit - 1;
    paint_begin(&v.paint, PAINT_STATE);
    trace(m, path, args, tell_unit, &v);
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

static int tell_gates(const struct charnn_trace_step *s, void *arg)
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
        msg_die_usage("--gates: an RNN has none");
    if (args->layer > (int64_t)shape.layers)
        msg_die_usage("--layer %lld: this model has %zu", (long long)args->layer,
                      shape.layers);
    if (saturation_init(&s, &shape) < 0)
        msg_die_memory();
    trace(m, path, args, tell_gates, &s);
    if (args->json)
        saturation_json(&out, &s, (size_t)args->layer);
    else
        saturation_text(&out, &s, (size_t)args->layer);
    msg_print(&out);
    buf_release(&out);
    saturation_release(&s);
}

/* -------------------------------------------------------------------- successors */

static int tell_next(const struct charnn_trace_step *s, void *arg)
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

static void show_next(struct charnn_model *m, const char *path,
                      const struct cells_args *args)
{
    struct buf out = { 0 };
    trace(m, path, args, tell_next, &out);
    buf_release(&out);
}

/* ------------------------------------------------------------------ command line */

static void refuse(const unsigned char *given, int row, const char *with)
{
    if (given[row])
        msg_die_usage("--%s has nothing to do with %s: leave out one of them",
                      table[row].name, with);
}

static void check(const struct cells_args *args, const unsigned char *given)
{
    const char *look = args->next ? "--next" : args->gates ? "--gates" : "--unit";
    if (!args->next && !args->gates && !args->unit) {
        refuse(given, ROW_COLOR, "the search");
        if (!args->html)
            refuse(given, ROW_EXCERPT, "a search without --html");
        else if (!strcmp(args->html, "-"))
            refuse(given, ROW_JSON, "a page on standard output");
        return;
    }
    refuse(given, ROW_HTML, look);
    refuse(given, ROW_EXCERPT, look);
    for (int row = ROW_UNIT; row <= ROW_NEXT; row++)
        if (row != ROW_COLOR && strcmp(look + 2, table[row].name) != 0)
            refuse(given, row, look);
    refuse(given, ROW_TOP, look);
    refuse(given, ROW_MATCH, look);
    if (args->unit == 0 || args->next || args->gates) {
        refuse(given, ROW_COLOR, look);
        refuse(given, ROW_WHAT, look);
    }
    if (args->next)
        refuse(given, ROW_LAYER, look);
    if (!args->gates)
        refuse(given, ROW_JSON, look);
}

static int parse(int argc, char **argv, struct cells_args *args)
{
    const struct charnn_units_config c = charnn_units_default();
    unsigned char given[ROWS] = { 0 };
    *args = (struct cells_args){ .top = c.top, .limit = c.limit, .excerpt = CHARNN_AUTO };
    const struct cells_args defaults = *args;
    const struct opt_command command = {
        .usage = "charnn cells [options] CHECKPOINT FILE",
        .about =
            "Reads a text (- is standard input) and finds the units that follow something "
            "in it:\nquotation marks, brackets, the place in the line, comments of C, ...  "
            "The first three\nquarters choose units, the rest measures how good they are: "
            "F1 (1 is perfect; what\nalways saying yes would get stands beside it), or "
            "Pearson's r.",
        .epilogue = "examples:\n"
                    "  charnn cells ckpt.bin other.txt\n"
                    "  charnn cells --match '[0-9]+' --top 5 ckpt.bin other.txt\n"
                    "  charnn cells --html cells.html ckpt.bin other.txt\n"
                    "  charnn cells --unit 7 --layer 1 --color always ckpt.bin other.txt | "
                    "less -R\n"
                    "  charnn cells --gates ckpt.bin other.txt\n"
                    "  charnn cells --next --limit 200 ckpt.bin other.txt",
        .table = table,
        .n = ROWS,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args, given);
    check(args, given);
    if (args->color == COLOR_AUTO)
        args->color = term_wants_color() ? COLOR_ALWAYS : COLOR_NEVER;
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
    const int first = parse(argc, argv, &args);
    struct charnn_model *m =
        charnn_model_load(argv[first], CHARNN_WEIGHTS_FLOAT32, (int)args.threads, &e);
    if (!m)
        msg_die_error(&e);
    if (args.unit)
        show_unit(m, argv[first + 1], &args);
    else if (args.gates)
        show_gates(m, argv[first + 1], &args);
    else if (args.next)
        show_next(m, argv[first + 1], &args);
    else
        search(m, argv[first], argv[first + 1], &args);
    charnn_model_free(m);
    return msg_finish();
}
