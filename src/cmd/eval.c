/*
 * eval.c - charnn-eval: how well a checkpoint predicts texts.
 *
 * One line a file, or one JSON object a run whose totals weigh every prediction alike.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/field.h"
#include "base/json.h"
#include "charnn.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/term.h"

#define PROGRAM "charnn-eval"

struct eval_args {
    int64_t json, split, window, weights, threads;
};

#define AT(m) offsetof(struct eval_args, m)
static const struct field table[] = {
    { .name = "Options", .type = FIELD_GROUP },
    { .name = "json", .type = FIELD_FLAG, .offset = AT(json),
      .help = "print one JSON object: chars, nats_per_char, bits_per_char, perplexity" },
    { .name = "split", .arg = "PART", .type = FIELD_CHOICE, .offset = AT(split),
      .choices = "all|valid",
      .help = "the whole text, or only what training held out of it" },
    { .name = "window", .arg = "N", .type = FIELD_INT, .offset = AT(window),
      .lo = 0, .hi = CHARNN_WINDOW_MOST,
      .help = "forget everything after every N characters, as models with a context of N do; "
              "0: never" },
    { .name = "weights", .arg = "TYPE", .type = FIELD_CHOICE, .offset = AT(weights),
      .choices = "f32|int8",
      .help = "int8 shows what charnn sample --weights int8 costs" },
    { .name = "threads", .arg = "N", .type = FIELD_INT, .offset = AT(threads),
      .lo = 0, .hi = 256, .help = "0 takes the cores this process may use" },
};
static const struct eval_args defaults = { .split = CHARNN_EVAL_ALL };

static const struct opt_command command = {
    .program = PROGRAM,
    .usage = "charnn eval [options] CHECKPOINT FILE ...",
    .about = "Scores each text (- is standard input) as one stream, from an empty memory.\n"
             "Lower is better; bits/char is what a perfect compressor would need.",
    .epilogue = "examples:\n"
                "  charnn eval ckpt.bin other.txt\n"
                "  charnn eval --json --split valid ckpt.bin corpus.txt",
    .table = table, .n = sizeof table / sizeof *table, .defaults = &defaults,
};

static double bits(double nats)
{
    return nats / log(2);
}

static void print_line(const char *path, const struct charnn_score *s)
{
    char chars[32], folded[32];
    struct buf name = {0};
    msg_escape(&name, path, strlen(path));
    printf("%.4f nats/char  %.4f bits/char  perplexity %.4f  %s chars  %s",
           s->nats_per_char, bits(s->nats_per_char), exp(s->nats_per_char),
           term_count(s->chars, chars), name.failed ? path : name.data);
    if (s->folded > 0)
        printf("  (%s unknown to the model, %.2f %%)", term_count(s->folded, folded),
               100.0 * (double)s->folded / (double)(s->chars + 1));
    putchar('\n');
    fflush(stdout);
    buf_release(&name);
}

static void put_score(struct json_out *o, const struct charnn_score *s)
{
    json_put_int(o, "chars", s->chars);
    json_put_real(o, "nats_per_char", s->nats_per_char);
    json_put_real(o, "bits_per_char", bits(s->nats_per_char));
    json_put_real(o, "perplexity", exp(s->nats_per_char));
    json_put_int(o, "folded", s->folded);
}

/* The mean over all predictions of two scores. */
static struct charnn_score sum(struct charnn_score a, struct charnn_score b)
{
    struct charnn_score s = { .chars = a.chars + b.chars, .folded = a.folded + b.folded };
    double nats = (double)a.chars * a.nats_per_char + (double)b.chars * b.nats_per_char;
    if (s.chars > 0)
        s.nats_per_char = nats / (double)s.chars;
    return s;
}

static void print_json(struct buf *files, const struct charnn_score *total)
{
    struct buf text = {0};
    struct json_out o = { .b = &text, .first = true };
    if (files->failed)
        msg_die(PROGRAM, EXIT_WORLD, "out of memory");
    json_open(&o, NULL, '{');
    put_score(&o, total);
    json_open(&o, "files", '[');
    buf_str(&text, files->data);
    json_close(&o, ']');
    json_close(&o, '}');
    if (text.failed)
        msg_die(PROGRAM, EXIT_WORLD, "out of memory");
    printf("%s\n", text.data);
    buf_release(&text);
}

static void evaluate(struct charnn_model *model, const struct eval_args *args, char **paths)
{
    struct buf files = {0};  /* the inside of the JSON array */
    struct json_out o = { .b = &files, .first = true };
    struct charnn_score total = {0}, score;
    struct charnn_error e;
    for (; *paths; paths++) {
        if (charnn_evaluate(model, *paths, (int)args->split, args->window, &score, &e) < 0)
            msg_die_error(PROGRAM, &e);
        total = sum(total, score);
        if (!args->json) {
            print_line(*paths, &score);
            continue;
        }
        json_open(&o, NULL, '{');
        json_put_string(&o, "file", *paths, strlen(*paths));
        put_score(&o, &score);
        json_close(&o, '}');
    }
    if (args->json)
        print_json(&files, &total);
    buf_release(&files);
}

int main(int argc, char **argv)
{
    struct eval_args args = defaults;
    struct charnn_error e;
    msg_begin();
    int first = opt_parse(&command, argc, argv, &args, NULL);
    if (argc - first < 2)
        msg_die(PROGRAM, EXIT_USAGE, "%s: charnn eval CHECKPOINT FILE ...",
                argc == first ? "no checkpoint and no text" : "no text to score");
    struct charnn_model *model =
        charnn_model_load(argv[first], (int)args.weights, (int)args.threads, &e);
    if (!model)
        msg_die_error(PROGRAM, &e);
    evaluate(model, &args, argv + first + 1);
    charnn_model_free(model);
    return msg_finish(PROGRAM);
}
