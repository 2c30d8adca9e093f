/*
 * fill.c - charnn-fill: restores masked characters of a text, or tests how many a model can
 * restore.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"
#include "base/file.h"
#include "base/json.h"
#include "charnn.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/term.h"

struct fill_args {
    const char *mask;
    int64_t beam, near, rounds, verbose, json, seed, threads;
    double test;
};

enum {
    ROW_FILLING,
    ROW_MASK,
    ROW_BEAM,
    ROW_NEAR,
    ROW_ROUNDS,
    ROW_VERBOSE,
    ROW_JSON,
    ROW_TESTING,
    ROW_TEST,
    ROW_SEED,
    ROW_SESSION,
    ROW_THREADS,
    ROWS
};

#define AT(m) offsetof(struct fill_args, m)
static const struct field table[ROWS] = {
    [ROW_FILLING] = { .name = "Filling", .type = FIELD_GROUP },
    [ROW_MASK] = { .key = 'm',
                   .name = "mask",
                   .arg = "C",
                   .type = FIELD_TEXT,
                   .offset = AT(mask),
                   .help = "the character that stands for each lost one" },
    [ROW_BEAM] = { .name = "beam",
                   .arg = "N",
                   .type = FIELD_INT,
                   .offset = AT(beam),
                   .lo = 1,
                   .hi = CHARNN_FILL_BEAM_MAX,
                   .help = "proposals kept while a run of masks is filled" },
    [ROW_NEAR] = { .name = "near",
                   .arg = "N",
                   .type = FIELD_INT,
                   .offset = AT(near),
                   .lo = 0,
                   .hi = CHARNN_FILL_NEAR_MAX,
                   .help = "characters beside a run that a proposal has to fit too" },
    [ROW_ROUNDS] = { .name = "rounds",
                     .arg = "N",
                     .type = FIELD_INT,
                     .offset = AT(rounds),
                     .lo = 1,
                     .hi = CHARNN_FILL_ROUNDS_MAX,
                     .help = "fill every run so often; from the second time on the others "
                             "are known" },
    [ROW_VERBOSE] = { .key = 'v',
                      .name = "verbose",
                      .type = FIELD_FLAG,
                      .offset = AT(verbose),
                      .help = "on stderr the proposals for each run, with their scores in "
                              "nats" },
    [ROW_JSON] = { .name = "json",
                   .type = FIELD_FLAG,
                   .offset = AT(json),
                   .help = "print one JSON object: text, runs, proposals; or the result of "
                           "the test" },
    [ROW_TESTING] = { .name = "Testing", .type = FIELD_GROUP },
    [ROW_TEST] = { .name = "test",
                   .arg = "X",
                   .type = FIELD_REAL,
                   .offset = AT(test),
                   .lo = 0,
                   .hi = 0.5,
                   .help =
                       "mask this share of the characters, alone or up to four together, "
                       "and tell how many come back" },
    [ROW_SEED] = { .key = 's',
                   .name = "seed",
                   .arg = "N",
                   .type = FIELD_INT,
                   .offset = AT(seed),
                   .lo = 0,
                   .hi = 9007199254740992.0,
                   .help = "of what --test masks" },
    [ROW_SESSION] = { .name = "Session", .type = FIELD_GROUP },
    [ROW_THREADS] = { .name = "threads",
                      .arg = "N",
                      .type = FIELD_INT,
                      .offset = AT(threads),
                      .lo = 0,
                      .hi = 256,
                      .help = "0 takes the cores this process may use" },
};

/* ------------------------------------------------------------------------ telling */

struct talk {
    const struct fill_args *args;
    struct buf runs; /* inside of a JSON array */
};

static void say_run(const struct charnn_filled *run)
{
    struct buf line = { 0 };
    buf_printf(&line, "byte %zu:", run->at);
    for (size_t i = 0; i < run->n; i++) {
        buf_printf(&line, "%s '", i ? "," : "");
        msg_escape(&line, run->proposals[i].text, run->proposals[i].n);
        buf_printf(&line, "' %.3f", run->proposals[i].score);
    }
    if (!line.failed)
        msg_say("%s", line.data);
    buf_release(&line);
}

static void put_run(struct buf *out, const struct charnn_filled *run)
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

static int tell(const struct charnn_filled *run, void *arg)
{
    struct talk *talk = arg;
    if (talk->args->verbose)
        say_run(run);
    if (talk->args->json)
        put_run(&talk->runs, run);
    return 0;
}

/* ------------------------------------------------------------------------ output */

static void put_test(struct json_out *o, const struct charnn_fill_result *r)
{
    json_put_int(o, "masked", r->masked);
    json_put_int(o, "restored", r->restored);
    json_put_real(o, "share", (double)r->restored / (double)r->masked);
    json_put_int(o, "masked_runs", r->runs);
    json_put_int(o, "restored_runs", r->runs_restored);
}

static void print_json(const struct charnn_fill_result *r, const struct talk *talk)
{
    struct buf text = { 0 };
    struct json_out o = { .b = &text, .first = true };
    json_open(&o, NULL, '{');
    if (talk->args->test > 0)
        put_test(&o, r);
    json_put_string(&o, "text", r->text, r->bytes);
    json_open(&o, "runs", '[');
    buf_add(&text, talk->runs.data ? talk->runs.data : "", talk->runs.len);
    json_close(&o, ']');
    json_close(&o, '}');
    if (text.failed || talk->runs.failed)
        msg_die_memory();
    printf("%s\n", text.data);
    buf_release(&text);
}

static void print_test(const struct charnn_fill_result *r)
{
    char restored[32], masked[32], runs_restored[32], runs[32];
    printf("restored %s of %s masked characters (%.2f %%), %s of %s runs (%.2f %%)\n",
           term_count(r->restored, restored), term_count(r->masked, masked),
           100 * (double)r->restored / (double)r->masked,
           term_count(r->runs_restored, runs_restored), term_count(r->runs, runs),
           100 * (double)r->runs_restored / (double)r->runs);
}

/* A text that was typed ends with a newline on its way out, as the shell took it away. */
static void print(const struct charnn_fill_result *r, const struct talk *talk, int typed)
{
    if (talk->args->json)
        print_json(r, talk);
    else if (talk->args->test > 0)
        print_test(r);
    else {
        fwrite(r->text, 1, r->bytes, stdout);
        if (typed)
            putchar('\n');
    }
}

/* ------------------------------------------------------------------ command line */

static void check(const struct fill_args *args, const unsigned char *given, int operands)
{
    if (operands != 2)
        msg_die_usage("%s: charnn fill CHECKPOINT TEXT",
                      operands == 0   ? "no checkpoint and no text"
                      : operands == 1 ? "no text to fill"
                                      : "one text at a time, in quotation marks");
    if (args->test > 0 && given[ROW_MASK])
        msg_die_usage("--test masks by itself: leave out --mask");
    if (given[ROW_TEST] && !(args->test > 0))
        msg_die_usage("--test 0 masks nothing: give a share up to 0.5");
    if (given[ROW_SEED] && !given[ROW_TEST])
        msg_die_usage("--seed is for --test: filling draws nothing");
}

static int parse(int argc, char **argv, struct fill_args *args)
{
    const struct charnn_fill_config c = charnn_fill_default();
    const struct fill_args defaults = {
        .mask = c.mask, .beam = c.beam, .near = c.near, .rounds = c.rounds, .seed = c.seed
    };
    unsigned char given[ROWS] = { 0 };
    const struct opt_command command = {
        .usage = "charnn fill [options] CHECKPOINT TEXT",
        .about =
            "Restores the masked characters of TEXT: a file, - for standard input, or, "
            "where there\nis no such file, the text itself.  Best with a model trained "
            "with --bidirectional; others\nsee what stands before, and how well what "
            "follows fits.",
        .epilogue = "examples:\n"
                    "  charnn fill both.bin 'To be, or n_t to _e'\n"
                    "  charnn fill -v both.bin 'that is the ___stion'\n"
                    "  charnn fill --mask '?' both.bin damaged.txt > restored.txt\n"
                    "  charnn fill --test 0.1 both.bin other.txt",
        .table = table,
        .n = ROWS,
        .defaults = &defaults,
    };
    *args = defaults;
    const int first = opt_parse(&command, argc, argv, args, given);
    check(args, given, argc - first);
    return first;
}

/* Whether the operand is a text and not the name of one. */
static int is_typed(const char *operand)
{
    return strcmp(operand, "-") != 0 && !file_exists(operand);
}

static void read_text(const char *operand, struct buf *text)
{
    struct charnn_error e;
    if (!is_typed(operand)) {
        if (file_read(operand, text, &e) < 0)
            msg_die_error(&e);
        return;
    }
    buf_str(text, operand);
}

/* A name that was misspelt looks like a text. */
static void say_unmasked(const struct charnn_fill_result *r, const struct fill_args *args)
{
    if (r->masked == 0)
        msg_say("there is no file of this name, and no %s in it as a text", args->mask);
}

int main(int argc, char **argv)
{
    struct fill_args args;
    struct charnn_error e;
    struct charnn_fill_result result;
    struct buf text = { 0 };
    msg_begin("charnn fill");
    const int first = parse(argc, argv, &args);
    const struct charnn_fill_config config = { args.mask,   args.beam, args.near,
                                               args.rounds, args.test, args.seed };
    struct talk talk = { .args = &args };
    struct charnn_model *model =
        charnn_model_load(argv[first], CHARNN_WEIGHTS_FLOAT32, (int)args.threads, &e);
    if (!model)
        msg_die_error(&e);
    read_text(argv[first + 1], &text);
    if (charnn_fill(model, text.data ? text.data : "", text.len, &config, tell, &talk,
                    &result, &e) < 0)
        msg_die_error(&e);
    const int typed = is_typed(argv[first + 1]);
    if (typed)
        say_unmasked(&result, &args);
    print(&result, &talk, typed);
    free(result.text);
    buf_release(&talk.runs);
    buf_release(&text);
    charnn_model_free(model);
    return msg_finish();
}
