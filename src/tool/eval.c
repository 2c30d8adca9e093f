/*
 * eval.c - charnn eval: measures how well a checkpoint predicts texts, and how much of a
 * text was copied.
 *
 * Prints a score for each file, and a total in which every prediction counts equally; or a
 * table with a row for each line or character; or the text itself in colours.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/field.h"
#include "base/json.h"
#include "charnn.h"
#include "cli/mixing.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/paint.h"
#include "cli/term.h"
#include "cli/unknown.h"

enum { PER_ALL, PER_FILE, PER_LINE, PER_CHAR };

struct eval_args {
    struct charnn_eval_config config;
    int64_t json, per, color, weights, threads, damaged;
    const char *copied, *corpus;
    struct mixing mixing;
};

#define AT(m) offsetof(struct eval_args, m)
// clang-format off
static const struct field table[] = {
    ROW_GROUP("Scores"),
    ROW_FLAG(0, "json", AT(json),
             "print one JSON object: chars, nats_per_char, bits_per_char, bits_per_byte, "
             "perplexity, ..."),
    ROW_CHOICE(0, "per", "WHAT", AT(per), "all|file|line|char",
               "file: a score for each file; all: only the total; line: a table of mean log2 "
               "probability, characters, text, with a row for each line, which a pipe gets as "
               "soon as the line is read (not with --with, --ngrams or a bidirectional model); "
               "char: a table of character, bits, probability, likeliest alternatives"),
    OPT_COLOR(AT(color),
              "with --per char, print the text in colours instead of a table; auto: on a "
              "terminal; always: also without --per char"),
    ROW_CHOICE(0, "split", "PART", AT(config.part), "all|valid",
               "score the whole text, or only the part that training held out; held-out "
               "documents come in training's shuffled order"),
    ROW_INT(0, "window", AT(config.window), 0, CHARNN_WINDOW_MAX,
            "reset the state every N characters, to compare with models whose context is N "
            "characters; 0: never"),
    ROW_FLAG(0, "dynamic", AT(config.dynamic),
             "dynamic evaluation: after every 20 characters scored, train on them; each text begins with the original weights"),
    ROW_REAL(0, "dynamic-rate", AT(config.dynamic_rate), 0, 1000, "learning rate of --dynamic"),
    ROW_REAL(0, "dynamic-decay", AT(config.dynamic_decay), 0, 1,
             "at each step, --dynamic moves the weights back by this share of their change"),
    OPT_UNKNOWN(AT(config.unknown)),
    OPT_DAMAGED(AT(damaged)),
    ROW_GROUP("Mixtures"),
    OPT_MIXING(AT(mixing), "better predictions"),
    ROW_TEXT(0, "corpus", "FILE", AT(corpus),
             "the training text for --ngrams, if it has moved"),
    ROW_GROUP("Copying"),
    ROW_TEXT(0, "copied", "CORPUS", AT(copied),
             "without a checkpoint: report what the texts copy verbatim from CORPUS, "
             "a file or a folder"),
    ROW_GROUP("Session"),
    OPT_WEIGHTS(AT(weights), "int8: score the quantised weights, to see what they cost"),
    OPT_THREADS(AT(threads)),
};
// clang-format on

/* ------------------------------------------------------------------------ scores */

static double bits_per_byte(const struct charnn_score *s)
{
    return s->bytes > 0 ? s->nats_per_char / M_LN2 * (double)s->chars / (double)s->bytes
                        : 0;
}

/* Prints the losses of the parts of a mixture. */
static void print_parts(const struct charnn_score *s)
{
    if (!s->mixed)
        return;
    printf("  (mixture; network alone %.4f", s->network);
    if (!isnan(s->ngrams))
        printf(", n-grams alone %.4f", s->ngrams);
    printf("%s)", s->two_fold ? "; cross-fitted weights" : "");
}

static void print_unknown(const struct charnn_score *s)
{
    struct buf text = { 0 };
    if (s->unknown.met == 0)
        return;
    unknown_describe(&text, &s->unknown);
    if (text.failed)
        msg_die_memory();
    printf("  (%s, %.2f %%)", text.data,
           100.0 * (double)s->unknown.met / (double)(s->chars + 1 + s->unknown.left_out));
    buf_release(&text);
}

/* Prints `name` as it is: the caller has escaped it. */
static void print_score(const char *name, const struct charnn_score *s)
{
    char chars[32];
    printf("%.4f nats/char  %.4f bits/char  %.4f bits/byte  perplexity %.4f  %s chars  %s",
           s->nats_per_char, s->nats_per_char / M_LN2, bits_per_byte(s),
           exp(s->nats_per_char), term_count(s->chars, chars), name);
    print_unknown(s);
    if (s->both_sides)
        printf("  (pseudo-likelihood: each character given both sides)");
    print_parts(s);
    putchar('\n');
    fflush(stdout);
}

static void print_file_score(const char *path, const struct charnn_score *s)
{
    struct buf name = { 0 };
    escape_name(&name, path, strlen(path));
    if (name.failed)
        msg_die_memory();
    print_score(name.data, s);
    buf_release(&name);
}

static void print_total(const struct charnn_score *s, int files)
{
    char name[32];
    snprintf(name, sizeof name, "all %d files", files);
    print_score(files == 1 ? "in all" : name, s);
}

static void add_score_json(struct json_out *o, const struct charnn_score *s)
{
    json_put_int(o, "chars", s->chars);
    json_put_int(o, "bytes", s->bytes);
    json_put_real(o, "nats_per_char", s->nats_per_char);
    json_put_real(o, "bits_per_char", s->nats_per_char / M_LN2);
    json_put_real(o, "bits_per_byte", bits_per_byte(s));
    json_put_real(o, "perplexity", exp(s->nats_per_char));
    unknown_json(o, &s->unknown);
    json_put_bool(o, "pseudo_likelihood", s->both_sides != 0);
    if (!s->mixed)
        return;
    json_put_real(o, "network", s->network);
    json_put_real(o, "ngrams", s->ngrams);
    json_put_bool(o, "two_fold", s->two_fold != 0);
}

/* Merges two scores into the mean over all their predictions. */
static struct charnn_score merge_scores(struct charnn_score a, struct charnn_score b)
{
    struct charnn_score s = { .chars = a.chars + b.chars,
                              .bytes = a.bytes + b.bytes,
                              .unknown = { a.unknown.met + b.unknown.met,
                                           a.unknown.left_out + b.unknown.left_out,
                                           a.unknown.folded + b.unknown.folded },
                              .both_sides = b.both_sides,
                              .mixed = b.mixed,
                              .two_fold = a.two_fold || b.two_fold };
    double nats = (double)a.chars * a.nats_per_char + (double)b.chars * b.nats_per_char;
    if (s.chars == 0)
        return s;
    const double share = (double)b.chars / (double)s.chars;
    s.nats_per_char = nats / (double)s.chars;
    s.network = (1 - share) * a.network + share * b.network;
    s.ngrams = (1 - share) * a.ngrams + share * b.ngrams;
    return s;
}

static void print_score_json(struct buf *files, const struct charnn_score *total)
{
    struct buf text = { 0 };
    struct json_out o = { .b = &text, .first = true };
    json_open(&o, NULL, '{');
    add_score_json(&o, total);
    json_open(&o, "files", '[');
    buf_add(&text, files->data, files->len);
    json_close(&o, ']');
    json_close(&o, '}');
    buf_char(&text, '\n');
    text.failed = text.failed || files->failed;
    msg_print(&text);
    buf_release(&text);
}

/* ------------------------------------------------------------------------ tables */

struct table {
    bool color;
    struct buf text; /* --per line: the current line; else what is not printed yet */
    struct paint paint;
    int64_t chars; /* predictions in the current line */
    double nats;
};

/* The mean of the line, 0 if nothing is predicted in it; never "-0.0000". */
static double mean_log2_probability(const struct table *t)
{
    const double mean = t->chars > 0 ? t->nats / M_LN2 / (double)t->chars : 0;
    return mean < 0.00005 ? 0 : -mean;
}

static void begin_table_line(struct table *t)
{
    t->text.len = 0;
    t->chars = 0;
    t->nats = 0;
}

/* Prints the row of a line at once, also if nothing is predicted in it. */
static int end_table_line(struct table *t)
{
    struct buf row = { 0 };
    buf_printf(&row, "%.4f\t%lld\t", mean_log2_probability(t), (long long)t->chars);
    if (t->color)
        paint_end(&t->paint, &t->text);
    if (t->color && t->text.len > 0)
        buf_add(&row, t->text.data, t->text.len);
    else
        msg_field(&row, t->text.data ? t->text.data : "", t->text.len);
    buf_char(&row, '\n');
    row.failed = row.failed || t->text.failed;
    begin_table_line(t);
    const int stop = msg_print(&row) || fflush(stdout) != 0;
    buf_release(&row);
    return stop;
}

/* Whether it breaks a line, which is told by line_end too. */
static bool breaks_line(const struct charnn_prediction *p)
{
    return p->separator || (p->length == 1 && p->text[0] == '\n');
}

static int on_line(const struct charnn_prediction *p, void *arg)
{
    struct table *t = arg;
    if (p->line_end)
        return end_table_line(t);
    t->chars += !p->given;
    t->nats += p->nats;
    if (breaks_line(p))
        return 0;
    if (t->color)
        paint_put(&t->paint, &t->text, p->text, (size_t)p->length, p->nats / M_LN2);
    else
        buf_add(&t->text, p->text, (size_t)p->length);
    return 0;
}

static int on_char(const struct charnn_prediction *p, void *arg)
{
    struct table *t = arg;
    if (p->given)
        return 0;
    msg_field(&t->text, p->text, (size_t)p->length);
    buf_printf(&t->text, "\t%.4f\t%.6g", p->nats / M_LN2, exp(-p->nats));
    for (int i = 0; i < p->n_alternatives; i++) {
        const struct charnn_alternative *a = &p->alternatives[i];
        buf_char(&t->text, '\t');
        msg_field(&t->text, a->text, (size_t)a->length);
        buf_printf(&t->text, "\t%.6g", a->probability);
    }
    buf_char(&t->text, '\n');
    return msg_print(&t->text);
}

static int on_color(const struct charnn_prediction *p, void *arg)
{
    struct table *t = arg;
    if (p->line_end)
        paint_put(&t->paint, &t->text, "\n", 1, 0);
    else if (!breaks_line(p))
        paint_put(&t->paint, &t->text, p->text, (size_t)p->length, p->nats / M_LN2);
    return msg_print(&t->text);
}

/* Prints the legend and the score below the coloured text. */
static void end_colored_text(struct table *t, const char *path,
                             const struct charnn_score *s)
{
    paint_end(&t->paint, &t->text);
    buf_char(&t->text, '\n');
    paint_legend(&t->paint, &t->text);
    msg_print(&t->text);
    print_file_score(path, s);
}

/* ------------------------------------------------------------------------- scoring */

static struct charnn_score score_file(struct charnn_model *model, const char *path,
                                      const struct charnn_eval_config *c,
                                      charnn_prediction_fn *on_prediction, void *arg)
{
    struct charnn_score s;
    struct charnn_error e;
    if (charnn_evaluate(model, path, c, on_prediction, arg, &s, &e) < 0)
        msg_die_error(&e);
    return s;
}

static void print_scores(struct charnn_model *model, const struct eval_args *args,
                         char **paths)
{
    struct buf files = { 0 }; /* elements of a JSON array */
    struct json_out o = { .b = &files, .first = true };
    struct charnn_score total = { 0 };
    int n = 0;
    for (; paths[n]; n++) {
        const struct charnn_score s =
            score_file(model, paths[n], &args->config, NULL, NULL);
        total = merge_scores(total, s);
        json_open(&o, NULL, '{');
        json_put_text(&o, "file", paths[n]);
        add_score_json(&o, &s);
        json_close(&o, '}');
        if (!args->json && args->per == PER_FILE)
            print_file_score(paths[n], &s);
    }
    if (args->json)
        print_score_json(&files, &total);
    else if (args->per == PER_ALL || n > 1)
        print_total(&total, n);
    buf_release(&files);
}

static void print_tables(struct charnn_model *model, const struct eval_args *args,
                         char **paths)
{
    struct charnn_eval_config c = args->config;
    struct table t = { .color = opt_color(args->color) };
    paint_begin(&t.paint, PAINT_SURPRISE);
    charnn_prediction_fn *on_prediction = args->per == PER_LINE ? on_line
                                          : t.color             ? on_color
                                                                : on_char;
    c.alternatives = on_prediction == on_char ? CHARNN_ALTERNATIVES_MAX : 0;
    c.lines = on_prediction != on_char;
    for (; *paths && !ferror(stdout); paths++) {
        const struct charnn_score s = score_file(model, *paths, &c, on_prediction, &t);
        if (args->per == PER_LINE)
            begin_table_line(&t); /* drops what the end of the file decides */
        else if (t.color)
            end_colored_text(&t, *paths, &s);
        if (args->per == PER_LINE || !t.color)
            unknown_say(*paths, &s.unknown);
    }
    buf_release(&t.text);
}

/* ----------------------------------------------------------------------- copying */

static void add_copied_text(struct buf *out, const char *path,
                            const struct charnn_copied *c)
{
    enum { SHOWN = 300 };
    char count[32];
    const bool cut = c->run_bytes > SHOWN;
    buf_printf(out, "longest run %s of ", term_count(c->longest, count));
    buf_printf(out, "%s chars ", term_count(c->chars, count));
    for (int i = 0; i < CHARNN_COPIED_SIZES; i++)
        if (isnan(c->share[i]))
            buf_printf(out, "  %d-grams -", (int)c->size[i]);
        else
            buf_printf(out, "  %d-grams %.2f %%", (int)c->size[i], 100 * c->share[i]);
    buf_str(out, "  ");
    escape_name(out, path, strlen(path));
    buf_str(out, "\n    ");
    msg_field(out, c->run, cut ? SHOWN : c->run_bytes);
    buf_str(out, cut ? " ..." : "");
    buf_char(out, '\n');
}

static void add_copied_json(struct json_out *o, const char *path,
                            const struct charnn_copied *c)
{
    json_open(o, NULL, '{');
    json_put_text(o, "file", path);
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

static void print_copied(const struct eval_args *args, char **paths, size_t n)
{
    struct charnn_copied *c = calloc(n, sizeof *c);
    struct buf text = { 0 }, json = { 0 };
    struct json_out o = { .b = &json, .first = true };
    struct charnn_error e;
    if (!c)
        msg_die_memory();
    if (charnn_copied(args->copied, (const char *const *)paths, n, c, &e) < 0)
        msg_die_error(&e);
    json_open(&o, NULL, '{');
    json_put_text(&o, "corpus", args->copied);
    json_open(&o, "files", '[');
    for (size_t i = 0; i < n; i++) {
        add_copied_text(&text, paths[i], &c[i]);
        add_copied_json(&o, paths[i], &c[i]);
        free(c[i].run);
    }
    json_close(&o, ']');
    json_close(&o, '}');
    buf_char(&json, '\n');
    msg_print(args->json ? &json : &text);
    buf_release(&text);
    buf_release(&json);
    free(c);
}

/* ------------------------------------------------------------------ command line */

static void check_eval_args(struct eval_args *args)
{
    const char *dynamic = opt_given("dynamic-rate|dynamic-decay");
    if (args->copied)
        opt_exclude_others("copied|json", "--copied compares texts and uses no model");
    if (args->json && args->per >= PER_LINE)
        msg_die_usage("--json prints scores, --per %s a table: leave out one of them",
                      args->per == PER_LINE ? "line" : "char");
    if (args->json && args->color == OPT_COLOR_ALWAYS)
        msg_die_usage("--json has no colours: leave out --color");
    if (args->corpus && !args->mixing.ngrams)
        msg_die_usage("--corpus is for --ngrams");
    if (!args->config.dynamic && dynamic)
        msg_die_usage("--%s is for --dynamic", dynamic);
    if (args->color == OPT_COLOR_ALWAYS && args->per < PER_LINE)
        args->per = PER_CHAR;
}

static int parse_eval_args(int argc, char **argv, struct eval_args *args)
{
    *args = (struct eval_args){ .config = charnn_eval_default(), .per = PER_FILE };
    const struct eval_args defaults = *args;
    const struct opt_command command = {
        .usage = "charnn eval [options] CHECKPOINT FILE ...\n"
                 "charnn eval --copied CORPUS FILE ...",
        .about =
            "Scores each text (- is standard input), starting from zero state.  A lower "
            "score is better;\nbits/char is what a compressor that uses the model would "
            "need.  For a bidirectional model,\nthe score is the pseudo-likelihood.",
        .epilogue = "examples:\n"
                    "  charnn eval ckpt.bin other.txt\n"
                    "  charnn eval --json --split valid ckpt.bin corpus.txt\n"
                    "  charnn eval --per line ckpt.bin other.txt | sort -n | head\n"
                    "  charnn eval --color always ckpt.bin other.txt | less -R\n"
                    "  charnn eval --copied corpus.txt sample.txt",
        .table = table,
        .n = sizeof table / sizeof *table,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args);
    check_eval_args(args);
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
    msg_begin("charnn eval");
    const int first = parse_eval_args(argc, argv, &args);
    if (args.copied) {
        print_copied(&args, argv + first, (size_t)(argc - first));
        return msg_finish();
    }
    struct charnn_model *model = mixing_load(&args.mixing, argv[first], args.corpus,
                                             (int)args.weights, (int)args.threads, false);
    charnn_model_damaged(model, (int)args.damaged);
    if (args.per >= PER_LINE)
        print_tables(model, &args, argv + first + 1);
    else
        print_scores(model, &args, argv + first + 1);
    mixing_free(&args.mixing);
    return msg_finish();
}
