/*
 * sample.c - charnn-sample: writes text from a checkpoint, character by character.
 *
 * stdout carries the text and nothing else; it is flushed after each character on a
 * terminal, and at least once a second otherwise.  A reader who has enough (a closed pipe)
 * ends the program quietly.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/field.h"
#include "charnn.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/term.h"

#define PROGRAM "charnn-sample"

struct sample_args {
    double temperature, top_p, min_p;
    int64_t length, count, top_k, seed, weights, threads, quiet;
    const char *prime;
};

#define AT(m) offsetof(struct sample_args, m)
#define NO_LIMIT 9.3e18  /* past any int64_t */
static const struct field table[] = {
    { .name = "Text", .type = FIELD_GROUP },
    { .key = 'p', .name = "prime", .arg = "TEXT", .type = FIELD_TEXT, .offset = AT(prime),
      .help = "text to go on from: it is printed first, then continued",
      .synonyms = "primetext|prime-text|start-text" },
    { .key = 'n', .name = "length", .arg = "N", .type = FIELD_INT, .offset = AT(length),
      .lo = 0, .hi = NO_LIMIT,
      .help = "characters to write after the prime; 0 never stops" },
    { .key = 'c', .name = "count", .arg = "N", .type = FIELD_INT, .offset = AT(count),
      .lo = 1, .hi = NO_LIMIT,
      .help = "texts to write, each from the prime; a document ends its text" },
    { .name = "Choice of characters", .type = FIELD_GROUP },
    { .key = 't', .name = "temperature", .arg = "X", .type = FIELD_REAL,
      .offset = AT(temperature), .lo = 0, .hi = 100,
      .help = "below 1 plays safe, above 1 dares more; 0 always takes the likeliest" },
    { .key = 'k', .name = "top-k", .arg = "N", .type = FIELD_INT, .offset = AT(top_k),
      .lo = 0, .hi = 1 << 20, .help = "draw from the N likeliest only; 0 from all" },
    { .name = "top-p", .arg = "X", .type = FIELD_REAL, .offset = AT(top_p),
      .lo = 0, .hi = 1, .help = "draw from the likeliest that make so much; 1 from all" },
    { .name = "min-p", .arg = "X", .type = FIELD_REAL, .offset = AT(min_p),
      .lo = 0, .hi = 1,
      .help = "leave out what is less likely than X times the likeliest" },
    { .key = 's', .name = "seed", .arg = "N", .type = FIELD_INT, .offset = AT(seed),
      .lo = 0, .hi = NO_LIMIT,
      .help = "the same seed writes the same text; random (and told) when not given" },
    { .name = "Session", .type = FIELD_GROUP },
    { .name = "weights", .arg = "TYPE", .type = FIELD_CHOICE, .offset = AT(weights),
      .choices = "f32|int8",
      .help = "int8 keeps them in a quarter of the memory: large models write faster" },
    { .name = "threads", .arg = "N", .type = FIELD_INT, .offset = AT(threads),
      .lo = 0, .hi = 256, .help = "0 takes the cores this process may use" },
    { .key = 'q', .name = "quiet", .type = FIELD_FLAG, .offset = AT(quiet),
      .help = "print nothing but the text" },
};

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* The first signal ends the text, a second one the program. */
static void catch_signals(void)
{
    static const int signals[] = { SIGINT, SIGTERM };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

/* Where the text goes. */
struct out {
    bool is_tty;
    double flushed;  /* when, on the clock */
    char last;       /* byte written */
};

/* False when stdout takes no more. */
static bool out_put(struct out *o, const char *text, size_t n)
{
    if (n == 0)
        return true;
    o->last = text[n - 1];
    if (fwrite(text, 1, n, stdout) != n)
        return false;
    double now = clock_seconds();
    if (!o->is_tty && now - o->flushed < 0.5)
        return true;
    o->flushed = now;
    return fflush(stdout) == 0;
}

/* One text, primed already: length 0 is endless, but a document ends. */
static bool write_text(struct out *out, struct charnn_sampler *s,
                       const struct sample_args *args)
{
    bool open = out_put(out, args->prime, strlen(args->prime));
    bool ended = false;
    for (int64_t i = 0; open && !ended && !caught && (!args->length || i < args->length);
         i++) {
        char c[CHARNN_CHARACTER_MAX];
        int n = charnn_sampler_next(s, c);
        open = out_put(out, c, n > 0 ? (size_t)n : 0);
        ended = charnn_sampler_ended(s);
    }
    return open;
}

static void prime(struct charnn_sampler *s, const struct sample_args *args)
{
    struct charnn_error e;
    if (charnn_sampler_prime(s, args->prime, strlen(args->prime), &e) < 0)
        msg_die_error(PROGRAM, &e);
}

/* Each text ends with a newline, but the last only on a terminal.  What stdout refuses is
 * left to msg_finish. */
static void write_texts(struct charnn_sampler *s, const struct sample_args *args)
{
    struct out out = { .is_tty = term_is_tty(STDOUT_FILENO), .flushed = clock_seconds() };
    bool open = write_text(&out, s, args);
    for (int64_t i = 1; open && !caught && i < args->count; i++) {
        prime(s, args);
        if (out.last && out.last != '\n')
            open = out_put(&out, "\n", 1);
        open = open && write_text(&out, s, args);
    }
    if (open && out.is_tty && out.last && out.last != '\n')
        putchar('\n');
}

static struct charnn_sampler *start(struct charnn_model *model,
                                    const struct sample_args *args)
{
    struct charnn_error e;
    struct charnn_sample_config config = {
        .temperature = args->temperature, .top_k = args->top_k, .top_p = args->top_p,
        .min_p = args->min_p, .seed = args->seed,
    };
    struct charnn_sampler *s = charnn_sampler_new(model, &config, &e);
    if (!s)
        msg_die_error(PROGRAM, &e);
    prime(s, args);
    if (args->seed < 0 && args->temperature > 0 && !args->quiet)
        msg_say(PROGRAM, "seed %" PRIu64, charnn_sampler_seed(s));
    return s;
}

static int parse(int argc, char **argv, struct sample_args *args)
{
    struct charnn_sample_config c = charnn_sample_default();
    *args = (struct sample_args){ .temperature = c.temperature, .top_k = c.top_k,
                                  .top_p = c.top_p, .min_p = c.min_p, .seed = -1,
                                  .length = 1000, .count = 1, .prime = "" };
    struct sample_args defaults = *args;
    struct opt_command command = {
        .program = PROGRAM,
        .usage = "charnn sample [options] [CHECKPOINT]",
        .about = "Writes text from a checkpoint (ckpt.bin when none is named).",
        .epilogue = "examples:\n"
                    "  charnn sample -t 0.8 -n 500 ckpt.bin\n"
                    "  charnn sample -t 0.5 -p 'ROMEO:' -s 7 play.bin > scene.txt\n"
                    "  charnn sample -c 20 names.bin",
        .table = table, .n = sizeof table / sizeof *table, .defaults = &defaults,
    };
    int first = opt_parse(&command, argc, argv, args, NULL);
    if (argc - first > 1)
        msg_die(PROGRAM, EXIT_USAGE, "one checkpoint at a time, not %s and %s", argv[first],
                argv[first + 1]);
    return first;
}

int main(int argc, char **argv)
{
    struct sample_args args;
    struct charnn_error e;
    msg_begin();
    int first = parse(argc, argv, &args);
    const char *path = first < argc ? argv[first] : "ckpt.bin";
    struct charnn_model *model =
        charnn_model_load(path, (int)args.weights, (int)args.threads, &e);
    if (!model)
        msg_die_error(PROGRAM, &e);
    struct charnn_sampler *sampler = start(model, &args);
    catch_signals();
    write_texts(sampler, &args);
    if (caught && fflush(stdout) != 0)
        return 128 + caught;  /* the write that the signal ended is no failure of stdout */
    int status = msg_finish(PROGRAM);
    charnn_sampler_free(sampler);
    charnn_model_free(model);
    return caught ? 128 + caught : status;
}
