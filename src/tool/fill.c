/*
 * fill.c - charnn fill: restores masked characters of a text, or tests how many a model can
 * restore.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/field.h"
#include "base/file.h"
#include "base/json.h"
#include "charnn.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/term.h"
#include "cli/unknown.h"

struct fill_args {
    struct charnn_fill_config config;
    int64_t verbose, json, threads, damaged;
};

#define AT(m) offsetof(struct fill_args, m)
// clang-format off
static const struct field table[] = {
    ROW_GROUP("Filling"),
    ROW_TEXT('m', "mask", "C", AT(config.mask), "the character that marks a gap"),
    ROW_INT(0, "beam", AT(config.beam), 1, CHARNN_FILL_BEAM_MAX,
            "beam width: candidates kept while a gap is filled"),
    ROW_INT(0, "near", AT(config.near), 0, CHARNN_FILL_NEAR_MAX,
            "characters around a gap that are scored together with each candidate"),
    ROW_INT(0, "rounds", AT(config.rounds), 1, CHARNN_FILL_ROUNDS_MAX,
            "passes over all gaps; later passes use what the earlier ones filled in"),
    OPT_UNKNOWN(AT(config.unknown)),
    OPT_DAMAGED(AT(damaged)),
    ROW_FLAG('v', "verbose", AT(verbose),
             "print the candidates for each gap and their scores in nats on stderr"),
    ROW_FLAG(0, "json", AT(json),
             "print one JSON object: the text, gaps and candidates, or the result of the test"),
    ROW_GROUP("Testing"),
    ROW_REAL(0, "test", AT(config.test), 0, 0.5,
             "mask this share of the characters, in runs of one to four, and report how many "
             "are restored"),
    ROW_INT('s', "seed", AT(config.seed), 0, 9007199254740992.0, "random seed for --test"),
    ROW_GROUP("Session"),
    OPT_THREADS(AT(threads)),
};
// clang-format on

/* -------------------------------------------------------------------------- gaps */

struct gap_output {
    const struct fill_args *args;
    struct buf runs; /* elements of a JSON array */
};

static void say_gap(const struct charnn_filled *run)
{
    struct buf line = { 0 };
    buf_printf(&line, "byte %zu:", run->at);
    for (size_t i = 0; i < run->n; i++) {
        buf_printf(&line, "%s '", i ? "," : "");
        escape_text(&line, run->proposals[i].text, run->proposals[i].n);
        buf_printf(&line, "' %.3f", run->proposals[i].score);
    }
    if (!line.failed)
        msg_say("%s", line.data);
    buf_release(&line);
}

static void add_gap_json(struct buf *out, const struct charnn_filled *run)
{
    struct json_out o = { .b = out, .first = out->len == 0 };
    json_open(&o, NULL, '{');
    json_put_int(&o, "byte", (int64_t)run->at);
    json_put_int(&o, "bytes", (int64_t)run->bytes);
    json_open(&o, "proposals", '[');
    for (size_t i = 0; i < run->n; i++) {
        json_open(&o, NULL, '{');
        json_put_string(&o, "text", run->proposals[i].text, run->proposals[i].n);
        json_put_real(&o, "score", run->proposals[i].score);
        json_close(&o, '}');
    }
    json_close(&o, ']');
    json_close(&o, '}');
}

/* A charnn_filled_fn: adds a run to the output. */
static int on_gap(const struct charnn_filled *run, void *arg)
{
    struct gap_output *o = arg;
    if (o->args->verbose)
        say_gap(run);
    if (o->args->json)
        add_gap_json(&o->runs, run);
    return 0;
}

/* ------------------------------------------------------------------------ output */

static void add_test_json(struct json_out *o, const struct charnn_fill_result *r)
{
    json_put_int(o, "masked", r->masked);
    json_put_int(o, "restored", r->restored);
    json_put_real(o, "share", (double)r->restored / (double)r->masked);
    json_put_int(o, "masked_runs", r->runs);
    json_put_int(o, "restored_runs", r->runs_restored);
}

static void print_fill_json(const struct charnn_fill_result *r,
                            const struct gap_output *gaps)
{
    struct buf text = { 0 };
    struct json_out o = { .b = &text, .first = true };
    json_open(&o, NULL, '{');
    if (gaps->args->config.test > 0)
        add_test_json(&o, r);
    json_put_string(&o, "text", r->text, r->bytes);
    json_open(&o, "runs", '[');
    buf_add(&text, gaps->runs.data ? gaps->runs.data : "", gaps->runs.len);
    json_close(&o, ']');
    unknown_json(&o, &r->unknown);
    json_close(&o, '}');
    buf_char(&text, '\n');
    text.failed = text.failed || gaps->runs.failed;
    msg_print(&text);
    buf_release(&text);
}

static void print_test_result(const struct charnn_fill_result *r)
{
    char restored[32], masked[32], runs_restored[32], runs[32];
    printf("restored %s of %s masked characters (%.2f %%), %s of %s runs (%.2f %%)\n",
           term_count(r->restored, restored), term_count(r->masked, masked),
           100 * (double)r->restored / (double)r->masked,
           term_count(r->runs_restored, runs_restored), term_count(r->runs, runs),
           100 * (double)r->runs_restored / (double)r->runs);
}

/* A text typed on the command line is printed with a final newline. */
static void print_filled(const struct charnn_fill_result *r, const struct gap_output *gaps,
                         bool typed)
{
    if (gaps->args->json) {
        print_fill_json(r, gaps);
    } else if (gaps->args->config.test > 0) {
        print_test_result(r);
    } else {
        fwrite(r->text, 1, r->bytes, stdout);
        if (typed)
            putchar('\n');
    }
}

/* ------------------------------------------------------------------ command line */

static void check_fill_args(const struct fill_args *args, int operands)
{
    if (operands != 2)
        msg_die_usage("%s: charnn fill CHECKPOINT TEXT",
                      operands == 0   ? "no checkpoint and no text"
                      : operands == 1 ? "no text to fill"
                                      : "one text at a time, in quotation marks");
    if (args->config.test > 0)
        opt_exclude("mask", "--test chooses what to mask");
    else if (opt_given("test"))
        msg_die_usage("--test 0 masks nothing: give a share up to 0.5");
    else if (opt_given("seed"))
        msg_die_usage("--seed is for --test: filling draws no random numbers");
}

static int parse_fill_args(int argc, char **argv, struct fill_args *args)
{
    const struct fill_args defaults = { .config = charnn_fill_default() };
    const struct opt_command command = {
        .usage = "charnn fill [options] CHECKPOINT TEXT",
        .about =
            "Restores the masked characters of TEXT, which is a file, - for standard "
            "input, or, where\nno such file exists, the text itself.  Works best with a "
            "model trained with --bidirectional;\nother models propose characters from "
            "what comes before a gap, and use what follows\nonly to choose among them.",
        .epilogue = "examples:\n"
                    "  charnn fill both.bin 'To be, or n_t to _e'\n"
                    "  charnn fill -v both.bin 'that is the ___stion'\n"
                    "  charnn fill --mask '?' both.bin damaged.txt > restored.txt\n"
                    "  charnn fill --test 0.1 both.bin other.txt",
        .table = table,
        .n = sizeof table / sizeof *table,
        .defaults = &defaults,
    };
    *args = defaults;
    const int first = opt_parse(&command, argc, argv, args);
    check_fill_args(args, argc - first);
    return first;
}

/* Whether the operand is the text itself, not the name of a file. */
static bool is_typed(const char *operand)
{
    return strcmp(operand, "-") != 0 && !file_exists(operand);
}

static void read_fill_text(const char *operand, struct buf *text)
{
    struct charnn_error e;
    if (is_typed(operand))
        buf_str(text, operand);
    else if (file_read(operand, text, &e) < 0)
        msg_die_error(&e);
}

int main(int argc, char **argv)
{
    struct fill_args args;
    struct charnn_error e;
    struct charnn_fill_result result;
    struct buf text = { 0 };
    msg_begin("charnn fill");
    const int first = parse_fill_args(argc, argv, &args);
    struct gap_output gaps = { .args = &args };
    struct charnn_model *model =
        charnn_model_load(argv[first], CHARNN_WEIGHTS_FLOAT32, (int)args.threads, &e);
    if (!model)
        msg_die_error(&e);
    charnn_model_damaged(model, (int)args.damaged);
    read_fill_text(argv[first + 1], &text);
    if (charnn_fill(model, text.data ? text.data : "", text.len, &args.config, on_gap,
                    &gaps, &result, &e) < 0)
        msg_die_error(&e);
    const bool typed = is_typed(argv[first + 1]);
    if (typed && result.masked == 0) /* the user may have misspelt the name of a file */
        msg_say("there is no file with this name, and as a text it has no %s to fill",
                args.config.mask);
    print_filled(&result, &gaps, typed);
    if (!args.json)
        unknown_say(typed ? "the text" : argv[first + 1], &result.unknown);
    free(result.text);
    buf_release(&gaps.runs);
    buf_release(&text);
    charnn_model_free(model);
    return msg_finish();
}
