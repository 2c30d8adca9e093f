/*
 * eval.c - charnn-eval: how well a checkpoint predicts texts, and how much of a text was
 * copied.
 *
 * A score for each file and one for all, in which every prediction weighs alike; or a table
 * with a row for each line or character; or the text itself in colours.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"
#include "base/json.h"
#include "charnn.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/paint.h"
#include "cli/term.h"

enum { PER_ALL, PER_FILE, PER_LINE, PER_CHAR };
enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct eval_args {
    int64_t json, split, per, color, window, dynamic, weights, threads;
    double dynamic_rate, dynamic_decay;
    const char *copied;
};

/* Rows of the table that need checks of their own. */
// clang-format off
enum { ROW_SCORES, ROW_JSON, ROW_PER, ROW_COLOR, ROW_SPLIT, ROW_WINDOW, ROW_DYNAMIC,
       ROW_RATE, ROW_DECAY, ROW_COPYING, ROW_COPIED, ROW_SESSION, ROW_WEIGHTS, ROW_THREADS, ROWS };
// clang-format on

#define AT(m) offsetof(struct eval_args, m)
// clang-format off
static const struct field table[ROWS] = {
    [ROW_SCORES] = { .name = "Scores", .type = FIELD_GROUP },
    [ROW_JSON] = { .name = "json", .type = FIELD_FLAG, .offset = AT(json),
      .help = "print one JSON object: chars, nats_per_char, bits_per_char, bits_per_byte, "
              "perplexity" },
    [ROW_PER] = { .name = "per", .arg = "WHAT", .type = FIELD_CHOICE, .offset = AT(per),
      .choices = "all|file|line|char",
      .help = "line: a table of mean log2 probability, characters, text; char: of "
              "character, bits, probability, likeliest others" },
    [ROW_COLOR] = { .name = "color", .arg = "WHEN", .type = FIELD_CHOICE,
      .offset = AT(color), .choices = "auto|always|never", .synonyms = "colour",
      .help = "--per char: the text in colours instead of the table; auto: on a terminal" },
    [ROW_SPLIT] = { .name = "split", .arg = "PART", .type = FIELD_CHOICE,
      .offset = AT(split), .choices = "all|valid",
      .help = "the whole text, or only what training held out of it" },
    [ROW_WINDOW] = { .name = "window", .arg = "N", .type = FIELD_INT, .offset = AT(window),
      .lo = 0, .hi = CHARNN_WINDOW_MAX,
      .help = "forget everything after every N characters, as models with a context of N do; "
              "0: never" },
    [ROW_DYNAMIC] = { .name = "dynamic", .type = FIELD_FLAG, .offset = AT(dynamic),
      .help = "learn from each 20 characters after scoring them, anew in each text" },
    [ROW_RATE] = { .name = "dynamic-rate", .arg = "X", .type = FIELD_REAL,
      .offset = AT(dynamic_rate), .lo = 0, .hi = 1000,
      .help = "how fast --dynamic learns" },
    [ROW_DECAY] = { .name = "dynamic-decay", .arg = "X", .type = FIELD_REAL,
      .offset = AT(dynamic_decay), .lo = 0, .hi = 1,
      .help = "which part of what it learnt it forgets at each step" },
    [ROW_COPYING] = { .name = "Copying", .type = FIELD_GROUP },
    [ROW_COPIED] = { .name = "copied", .arg = "CORPUS", .type = FIELD_TEXT,
      .offset = AT(copied),
      .help = "no checkpoint: what the texts have word for word from CORPUS" },
    [ROW_SESSION] = { .name = "Session", .type = FIELD_GROUP },
    [ROW_WEIGHTS] = { .name = "weights", .arg = "TYPE", .type = FIELD_CHOICE,
      .offset = AT(weights), .choices = "f32|int8",
      .help = "int8 shows what charnn sample --weights int8 costs" },
    [ROW_THREADS] = { .name = "threads", .arg = "N", .type = FIELD_INT,
      .offset = AT(threads), .lo = 0, .hi = 256,
      .help = "0 takes the cores this process may use" },
};
// clang-format on

/* ------------------------------------------------------------------------ scores */

static double bits(double nats)
{
    return nats / log(2);
}

static double bits_per_byte(const struct charnn_score *s)
{
    return s->bytes > 0 ? bits(s->nats_per_char) * (double)s->chars / (double)s->bytes : 0;
}

/* `name` is shown as it may be shown. */
static void print_score(const char *name, const struct charnn_score *s)
{
    char chars[32], folded[32];
    printf("%.4f nats/char  %.4f bits/char  %.4f bits/byte  perplexity %.4f  %s chars  %s",
           s->nats_per_char, bits(s->nats_per_char), bits_per_byte(s),
           exp(s->nats_per_char), term_count(s->chars, chars), name);
    if (s->folded > 0)
        printf("  (%s unknown to the model, %.2f %%)", term_count(s->folded, folded),
               100.0 * (double)s->folded / (double)(s->chars + 1));
    if (s->both_sides)
        printf("  (pseudo-likelihood: each from both its sides)");
    putchar('\n');
    fflush(stdout);
}

static void print_file_score(const char *path, const struct charnn_score *s)
{
    struct buf name = { 0 };
    msg_escape(&name, path, strlen(path));
    print_score(name.failed ? path : name.data, s);
    buf_release(&name);
}

static void print_total(const struct charnn_score *s, int files)
{
    char name[32];
    snprintf(name, sizeof name, "all %d files", files);
    print_score(files == 1 ? "in all" : name, s);
}

static void put_score(struct json_out *o, const struct charnn_score *s)
{
    json_put_int(o, "chars", s->chars);
    json_put_int(o, "bytes", s->bytes);
    json_put_real(o, "nats_per_char", s->nats_per_char);
    json_put_real(o, "bits_per_char", bits(s->nats_per_char));
    json_put_real(o, "bits_per_byte", bits_per_byte(s));
    json_put_real(o, "perplexity", exp(s->nats_per_char));
    json_put_int(o, "folded", s->folded);
    json_put_bool(o, "pseudo_likelihood", s->both_sides != 0);
}

/* The mean over all predictions of two scores. */
static struct charnn_score sum(struct charnn_score a, struct charnn_score b)
{
    struct charnn_score s = { .chars = a.chars + b.chars,
                              .bytes = a.bytes + b.bytes,
                              .folded = a.folded + b.folded,
                              .both_sides = b.both_sides };
    double nats = (double)a.chars * a.nats_per_char + (double)b.chars * b.nats_per_char;
    if (s.chars > 0)
        s.nats_per_char = nats / (double)s.chars;
    return s;
}

/* A text that is complete, on a line. */
static void print_buf(struct buf *b)
{
    if (b->failed)
        msg_die_memory();
    printf("%s\n", b->data);
    buf_release(b);
}

static void print_json(struct buf *files, const struct charnn_score *total)
{
    struct buf text = { 0 };
    struct json_out o = { .b = &text, .first = true };
    if (files->failed)
        msg_die_memory();
    json_open(&o, NULL, '{');
    put_score(&o, total);
    json_open(&o, "files", '[');
    buf_str(&text, files->data);
    json_close(&o, ']');
    json_close(&o, '}');
    print_buf(&text);
}

/* ------------------------------------------------------------------------ tables */

struct table {
    bool color;
    struct buf text; /* per line: of this line; else what is to be printed */
    struct paint paint;
    int64_t chars; /* predicted in this line */
    double nats;
};

/* Never "-0.0000". */
static double log2_probability(const struct table *t)
{
    const double mean = bits(t->nats) / (double)t->chars;
    return mean < 0.00005 ? 0 : -mean;
}

static int end_line(struct table *t)
{
    struct buf row = { 0 };
    if (t->chars > 0) {
        buf_printf(&row, "%.4f\t%lld\t", log2_probability(t), (long long)t->chars);
        if (t->color) {
            paint_end(&t->paint, &t->text);
            buf_add(&row, t->text.data ? t->text.data : "", t->text.len);
        } else {
            msg_field(&row, t->text.data ? t->text.data : "", t->text.len);
        }
        buf_char(&row, '\n');
    }
    row.failed = row.failed || t->text.failed;
    t->text.len = 0;
    t->chars = 0;
    t->nats = 0;
    const int stop = msg_print(&row);
    buf_release(&row);
    return stop;
}

/* A line ends with a newline, or where a document does; its end counts as predicted. */
static int tell_line(const struct charnn_prediction *p, void *arg)
{
    struct table *t = arg;
    t->chars += !p->given;
    t->nats += p->nats;
    if (p->separator || (p->length == 1 && p->text[0] == '\n'))
        return end_line(t);
    if (t->color)
        paint_put(&t->paint, &t->text, p->text, (size_t)p->length, bits(p->nats));
    else
        buf_add(&t->text, p->text, (size_t)p->length);
    return 0;
}

static int tell_char(const struct charnn_prediction *p, void *arg)
{
    struct table *t = arg;
    if (p->given)
        return 0;
    msg_field(&t->text, p->text, (size_t)p->length);
    buf_printf(&t->text, "\t%.4f\t%.6g", bits(p->nats), exp(-p->nats));
    for (int i = 0; i < p->n_alternatives; i++) {
        const struct charnn_alternative *a = &p->alternatives[i];
        buf_char(&t->text, '\t');
        msg_field(&t->text, a->text, (size_t)a->length);
        buf_printf(&t->text, "\t%.6g", a->probability);
    }
    buf_char(&t->text, '\n');
    return msg_print(&t->text);
}

static int tell_color(const struct charnn_prediction *p, void *arg)
{
    struct table *t = arg;
    if (p->separator && p->text[0] != '\n')
        paint_put(&t->paint, &t->text, "\n\n", 2, 0);
    else
        paint_put(&t->paint, &t->text, p->text, (size_t)p->length, bits(p->nats));
    return msg_print(&t->text);
}

/* What follows the coloured text. */
static void end_color(struct table *t, const char *path, const struct charnn_score *s)
{
    paint_end(&t->paint, &t->text);
    buf_char(&t->text, '\n');
    paint_legend(&t->paint, &t->text);
    msg_print(&t->text);
    print_file_score(path, s);
}

/* ---------------------------------------------------------------------- the runs */

static struct charnn_eval_config config_of(const struct eval_args *args)
{
    struct charnn_eval_config c = charnn_eval_default();
    c.part = args->split;
    c.window = args->window;
    c.dynamic = args->dynamic;
    c.dynamic_rate = args->dynamic_rate;
    c.dynamic_decay = args->dynamic_decay;
    return c;
}

static struct charnn_score score(struct charnn_model *model, const char *path,
                                 const struct charnn_eval_config *c,
                                 charnn_prediction_fn *each, void *arg)
{
    struct charnn_score s;
    struct charnn_error e;
    if (charnn_evaluate(model, path, c, each, arg, &s, &e) < 0)
        msg_die_error(&e);
    return s;
}

static void print_scores(struct charnn_model *model, const struct eval_args *args,
                         char **paths)
{
    const struct charnn_eval_config c = config_of(args);
    struct buf files = { 0 }; /* the inside of the JSON array */
    struct json_out o = { .b = &files, .first = true };
    struct charnn_score total = { 0 };
    int n = 0;
    for (; paths[n]; n++) {
        const struct charnn_score s = score(model, paths[n], &c, NULL, NULL);
        total = sum(total, s);
        json_open(&o, NULL, '{');
        json_put_string(&o, "file", paths[n], strlen(paths[n]));
        put_score(&o, &s);
        json_close(&o, '}');
        if (!args->json && args->per == PER_FILE)
            print_file_score(paths[n], &s);
    }
    if (args->json)
        print_json(&files, &total);
    else if (args->per == PER_ALL || n > 1)
        print_total(&total, n);
    buf_release(&files);
}

static void print_tables(struct charnn_model *model, const struct eval_args *args,
                         char **paths)
{
    struct charnn_eval_config c = config_of(args);
    struct table t = { .color = args->color == COLOR_ALWAYS };
    paint_begin(&t.paint, PAINT_SURPRISE);
    charnn_prediction_fn *each = args->per == PER_LINE ? tell_line
                                 : t.color             ? tell_color
                                                       : tell_char;
    c.alternatives = each == tell_char ? CHARNN_ALTERNATIVES_MAX : 0;
    for (; *paths && !ferror(stdout); paths++) {
        const struct charnn_score s = score(model, *paths, &c, each, &t);
        if (args->per == PER_LINE)
            end_line(&t);
        else if (t.color)
            end_color(&t, *paths, &s);
    }
    buf_release(&t.text);
}

/* ----------------------------------------------------------------------- copying */

static void print_copied(const char *path, const struct charnn_copied *c)
{
    enum { SHOWN = 300 };
    char count[32];
    struct buf line = { 0 };
    const int cut = c->run_bytes > SHOWN;
    buf_printf(&line, "longest run %s of ", term_count(c->longest, count));
    buf_printf(&line, "%s chars ", term_count(c->chars, count));
    for (int i = 0; i < CHARNN_COPIED_SIZES; i++)
        if (isnan(c->share[i]))
            buf_printf(&line, "  %d-grams -", (int)c->size[i]);
        else
            buf_printf(&line, "  %d-grams %.2f %%", (int)c->size[i], 100 * c->share[i]);
    buf_str(&line, "  ");
    msg_escape(&line, path, strlen(path));
    buf_str(&line, "\n    ");
    msg_field(&line, c->run, cut ? SHOWN : c->run_bytes);
    buf_str(&line, cut ? " ..." : "");
    print_buf(&line);
}

static void put_copied(struct json_out *o, const char *path, const struct charnn_copied *c)
{
    json_open(o, NULL, '{');
    json_put_string(o, "file", path, strlen(path));
    json_put_int(o, "chars", c->chars);
    json_put_int(o, "longest_run", c->longest);
    json_put_string(o, "text", c->run, c->run_bytes);
    json_open(o, "ngrams", '{');
    for (int i = 0; i < CHARNN_COPIED_SIZES; i++) {
        char size[8];
        snprintf(size, sizeof size, "%d", (int)c->size[i]);
        json_put_real(o, size, c->share[i]);
    }
    json_close(o, '}');
    json_close(o, '}');
}

static void copied(const struct eval_args *args, char **paths, size_t n)
{
    struct charnn_copied *c = calloc(n, sizeof *c);
    struct buf text = { 0 };
    struct json_out o = { .b = &text, .first = true };
    struct charnn_error e;
    if (!c)
        msg_die_memory();
    if (charnn_copied(args->copied, (const char *const *)paths, n, c, &e) < 0)
        msg_die_error(&e);
    json_open(&o, NULL, '{');
    json_put_string(&o, "corpus", args->copied, strlen(args->copied));
    json_open(&o, "files", '[');
    for (size_t i = 0; i < n; i++) {
        if (args->json)
            put_copied(&o, paths[i], &c[i]);
        else
            print_copied(paths[i], &c[i]);
        free(c[i].run);
    }
    json_close(&o, ']');
    json_close(&o, '}');
    if (args->json)
        print_buf(&text);
    buf_release(&text);
    free(c);
}

/* ------------------------------------------------------------------ command line */

static void check(const struct eval_args *args, const unsigned char *given)
{
    for (int i = 0; args->copied && i < ROWS; i++)
        if (given[i] && i != ROW_COPIED && i != ROW_JSON)
            msg_die_usage("--copied compares texts, without a model: leave "
                          "out --%s",
                          table[i].name);
    if (args->json && args->per >= PER_LINE)
        msg_die_usage("--json has scores of texts, --per %s a table: leave "
                      "out one of them",
                      args->per == PER_LINE ? "line" : "char");
    if (args->json && args->color == COLOR_ALWAYS)
        msg_die_usage("--json has no colours: leave out --color");
    if (!args->dynamic && (given[ROW_RATE] || given[ROW_DECAY]))
        msg_die_usage("--%s is for --dynamic",
                      table[given[ROW_RATE] ? ROW_RATE : ROW_DECAY].name);
}

/* From here on `color` is always or never. */
static void settle_color(struct eval_args *args)
{
    if (args->color == COLOR_AUTO)
        args->color = term_wants_color() ? COLOR_ALWAYS : COLOR_NEVER;
    else if (args->color == COLOR_ALWAYS && args->per < PER_LINE && !args->json)
        args->per = PER_CHAR;
}

static int parse(int argc, char **argv, struct eval_args *args)
{
    const struct charnn_eval_config c = charnn_eval_default();
    unsigned char given[ROWS] = { 0 };
    *args = (struct eval_args){ .split = c.part,
                                .per = PER_FILE,
                                .dynamic_rate = c.dynamic_rate,
                                .dynamic_decay = c.dynamic_decay };
    const struct eval_args defaults = *args;
    const struct opt_command command = {
        .usage = "charnn eval [options] CHECKPOINT FILE ...",
        .about =
            "Scores each text (- is standard input) as one stream, from an empty "
            "memory.\n"
            "Lower is better; bits/char is what a perfect compressor would need.  Of a\n"
            "bidirectional model it is the pseudo-likelihood.",
        .epilogue = "examples:\n"
                    "  charnn eval ckpt.bin other.txt\n"
                    "  charnn eval --json --split valid ckpt.bin corpus.txt\n"
                    "  charnn eval --per line ckpt.bin other.txt | sort -n | head\n"
                    "  charnn eval --color always ckpt.bin other.txt | less -R\n"
                    "  charnn eval --copied corpus.txt sample.txt",
        .table = table,
        .n = ROWS,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args, given);
    check(args, given);
    settle_color(args);
    if (args->copied && argc == first)
        msg_die_usage("no sample: charnn eval --copied CORPUS SAMPLE ...");
    if (!args->copied && argc - first < 2)
        msg_die_usage("%s: charnn eval CHECKPOINT FILE ...",
                      argc == first ? "no checkpoint and no text" : "no text to score");
    return first;
}

int main(int argc, char **argv)
{
    struct eval_args args;
    struct charnn_error e;
    msg_begin("charnn eval");
    const int first = parse(argc, argv, &args);
    if (args.copied) {
        copied(&args, argv + first, (size_t)(argc - first));
        return msg_finish();
    }
    struct charnn_model *model =
        charnn_model_load(argv[first], (int)args.weights, (int)args.threads, &e);
    if (!model)
        msg_die_error(&e);
    if (args.per >= PER_LINE)
        print_tables(model, &args, argv + first + 1);
    else
        print_scores(model, &args, argv + first + 1);
    charnn_model_free(model);
    return msg_finish();
}
