/*
 * sample.c - charnn-sample: writes text from a checkpoint, character by character.
 *
 * stdout carries the text and nothing else.  A reader who has enough (a closed pipe) ends the
 * program quietly.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/field.h"
#include "base/file.h"
#include "charnn.h"
#include "sample/chat.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "sample/serve.h"
#include "sample/text_out.h"

struct sample_args {
    double temperature, top_p, min_p;
    int64_t length, lines, count, best_of, beam, top_k, seed, unknown, forbid_copy;
    int64_t interactive, serve, weights, threads, quiet, verbose;
    const char *prime, *prime_file, *stop, *corpus;
};

/* Of -n, where it is not given: for a text that has another end too, and for a line of -i. */
enum { LENGTH = 1000, LENGTH_WITH_END = 100000, LENGTH_OF_LINE = 200 };

#define AT(m) offsetof(struct sample_args, m)
#define NO_LIMIT 9.3e18 /* past any int64_t */
// clang-format off
static const struct field table[] = {
    { .name = "Text", .type = FIELD_GROUP },
    { .key = 'p', .name = "prime", .arg = "TEXT", .type = FIELD_TEXT, .offset = AT(prime),
      .help = "text to go on from: it is printed first, then continued",
      .synonyms = "primetext|prime-text|start-text" },
    { .name = "prime-file", .arg = "FILE", .type = FIELD_TEXT, .offset = AT(prime_file),
      .help = "the same from a file; - is standard input" },
    { .name = "unknown", .type = FIELD_CHOICE, .offset = AT(unknown),
      .choices = "error|skip|nearest",
      .help = "characters of the prime that the model does not know" },
    { .key = 'n', .name = "length", .arg = "N", .type = FIELD_INT, .offset = AT(length),
      .lo = 0, .hi = NO_LIMIT,
      .help = "characters to write after the prime; 0 never stops (100000 when not given "
              "beside --stop or --lines, 200 with -i)" },
    { .name = "stop", .arg = "STRING", .type = FIELD_TEXT, .offset = AT(stop),
      .help = "end the text before this string" },
    { .name = "lines", .arg = "N", .type = FIELD_INT, .offset = AT(lines), .lo = 0,
      .hi = NO_LIMIT, .help = "end the text after so many line ends; 0 does not" },
    { .key = 'c', .name = "count", .arg = "N", .type = FIELD_INT, .offset = AT(count),
      .lo = 1, .hi = 1e15,
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
    { .name = "best-of", .arg = "N", .type = FIELD_INT, .offset = AT(best_of),
      .lo = 1, .hi = 4096,
      .help = "write N texts for each, keep the one that is likeliest a character" },
    { .name = "beam", .arg = "N", .type = FIELD_INT, .offset = AT(beam),
      .lo = 0, .hi = CHARNN_BEAM_MAX,
      .help = "search for the likeliest text with N beams instead of drawing; 0 draws" },
    { .name = "forbid-copy", .arg = "N", .type = FIELD_INT, .offset = AT(forbid_copy),
      .lo = 0, .hi = 65536,
      .help = "never more than N characters in a row as --corpus has them; where nothing "
              "else can follow, the text ends; 0 may copy" },
    { .name = "corpus", .arg = "FILE", .type = FIELD_TEXT, .offset = AT(corpus),
      .help = "the text that --forbid-copy is about" },
    { .name = "Session", .type = FIELD_GROUP },
    { .key = 'i', .name = "interactive", .type = FIELD_FLAG, .offset = AT(interactive),
      .help = "read lines and go on from each; /help lists what else can be said" },
    { .name = "serve", .type = FIELD_FLAG, .offset = AT(serve),
      .help = "read requests and write answers as JSON, one a line" },
    { .name = "weights", .arg = "TYPE", .type = FIELD_CHOICE, .offset = AT(weights),
      .choices = "f32|int8",
      .help = "int8 keeps them in a quarter of the memory: large models write faster" },
    { .name = "threads", .arg = "N", .type = FIELD_INT, .offset = AT(threads),
      .lo = 0, .hi = 256, .help = "0 takes the cores this process may use" },
    { .key = 'q', .name = "quiet", .type = FIELD_FLAG, .offset = AT(quiet),
      .help = "print nothing but the text" },
    { .name = "verbose", .type = FIELD_FLAG, .offset = AT(verbose),
      .help = "say at the end: seed, characters a second, mean log-probability" },
};
// clang-format on

/* ------------------------------------------------------------------------ signals */

static volatile sig_atomic_t caught;
static struct charnn_sampler *interruptible;

static void on_signal(int number)
{
    caught = number;
    charnn_sampler_interrupt(interruptible);
}

/* The first signal ends the text, a second one the program. */
static void catch_signals(struct charnn_sampler *s)
{
    static const int signals[] = { SIGINT, SIGTERM };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    interruptible = s;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

/* ------------------------------------------------------------------------- output */

/* Where the texts go, and what they amount to. */
struct output {
    struct text_out out;
    struct buf prime;
    int64_t texts, number; /* begun; the last one's */
    int64_t chars, drawn, symbols;
    double logprob;
    bool stuck;
};

/* A text begins with the prime, on a line of its own. */
static bool begin_text(struct output *o, int64_t number)
{
    if (o->texts > 0 && o->number == number)
        return true;
    o->number = number;
    o->texts++;
    return text_out_end_line(&o->out) && text_out_put(&o->out, o->prime.data, o->prime.len);
}

/* A charnn_piece_fn. */
static int put(const struct charnn_piece *piece, void *arg)
{
    struct output *o = arg;
    const bool open =
        begin_text(o, piece->number) && text_out_put(&o->out, piece->bytes, piece->n);
    o->chars += piece->chars;
    o->symbols += piece->symbols;
    o->logprob += piece->logprob;
    o->stuck = o->stuck || piece->stuck;
    return !open;
}

static void report(const struct output *o, const struct charnn_sampler *s, double seconds,
                   const struct sample_args *args)
{
    const int64_t drawn = o->drawn ? o->drawn : o->chars;
    if (o->stuck && !args->quiet)
        msg_say("a text ended early: nothing could follow without copying or "
                "going round in a loop");
    if (!args->verbose)
        return;
    msg_say("seed %" PRIu64 ", %" PRId64 " characters in %.2f s (%.0f a second), mean "
            "log-probability %.4f nats",
            charnn_sampler_seed(s), drawn, seconds,
            seconds > 0 ? (double)drawn / seconds : 0,
            o->symbols ? o->logprob / (double)o->symbols : 0);
}

/* ------------------------------------------------------------------ the best of N */

struct best {
    struct output *o;
    int64_t of;
    struct charnn_piece piece; /* bytes in text */
    struct buf text;
    bool some;
};

static double mean(const struct charnn_piece *p)
{
    return p->symbols ? p->logprob / (double)p->symbols : 0;
}

static int put_best(struct best *b)
{
    if (!b->some)
        return 0;
    b->some = false;
    b->piece.number /= b->of;
    b->piece.bytes = b->text.data;
    return put(&b->piece, b->o);
}

/* A charnn_piece_fn, of whole texts. */
static int compare(const struct charnn_piece *piece, void *arg)
{
    struct best *b = arg;
    b->o->drawn += piece->chars;
    if (!b->some || mean(piece) > mean(&b->piece)) {
        b->piece = *piece;
        b->text.len = 0;
        buf_add(&b->text, piece->bytes, piece->n);
        b->some = true;
    }
    if (b->text.failed)
        msg_die_memory();
    return (piece->number + 1) % b->of == 0 ? put_best(b) : 0;
}

static int write_best(struct charnn_sampler *s, const struct sample_args *args,
                      const struct charnn_limits *limits, struct output *o,
                      struct charnn_error *e)
{
    struct best b = { .o = o, .of = args->best_of };
    const int status =
        charnn_sampler_texts(s, args->count * args->best_of, limits, compare, &b, e);
    put_best(&b); /* of those that there were, when a signal came */
    buf_release(&b.text);
    return status;
}

/* ------------------------------------------------------------------------ writing */

/* Endless texts, one after the other: those that end do so with their document. */
static int write_in_turn(struct charnn_sampler *s, const struct sample_args *args,
                         const struct charnn_limits *limits, struct output *o,
                         struct charnn_error *e)
{
    for (int64_t k = 0; k < args->count && !caught && !ferror(stdout); k++)
        if (charnn_sampler_prime(s, o->prime.data, o->prime.len, e) < 0 ||
            charnn_sampler_write(s, k, limits, put, o, e) < 0)
            return -1;
    return 0;
}

static int write_texts(struct charnn_sampler *s, const struct sample_args *args,
                       const struct charnn_limits *limits, struct output *o,
                       struct charnn_error *e)
{
    if (args->beam > 0)
        return charnn_sampler_beam(s, args->beam, args->count, limits, put, o, e);
    if (args->best_of > 1)
        return write_best(s, args, limits, o, e);
    if (args->count > 1 && args->length > 0)
        return charnn_sampler_texts(s, args->count, limits, put, o, e);
    return write_in_turn(s, args, limits, o, e);
}

/* The last text ends with a newline only on a terminal.  What stdout refuses is left to
 * msg_finish. */
static void write_all(struct charnn_sampler *s, const struct sample_args *args,
                      const struct charnn_limits *limits, struct output *o)
{
    struct charnn_error e;
    const double began = clock_seconds();
    text_out_begin(&o->out);
    if (write_texts(s, args, limits, o, &e) < 0)
        msg_die_error(&e);
    if (o->out.is_tty && !ferror(stdout))
        text_out_end_line(&o->out);
    report(o, s, clock_seconds() - began, args);
}

/* -------------------------------------------------------------------------- setup */

static struct charnn_sample_config config_of(const struct sample_args *args)
{
    return (struct charnn_sample_config){
        .temperature = args->temperature,
        .top_k = args->top_k,
        .top_p = args->top_p,
        .min_p = args->min_p,
        .seed = args->seed,
        .unknown = args->unknown,
        .forbid_copy = args->forbid_copy,
        .corpus = args->corpus,
    };
}

static void read_prime(const struct sample_args *args, struct buf *prime)
{
    struct charnn_error e;
    buf_str(prime, args->prime);
    if (args->prime_file && file_read(args->prime_file, prime, &e) < 0)
        msg_die_error(&e);
    if (prime->failed)
        msg_die("out of memory for the prime");
}

static struct charnn_sampler *start(struct charnn_model *model,
                                    const struct sample_args *args, const struct buf *prime)
{
    struct charnn_error e;
    const struct charnn_sample_config config = config_of(args);
    struct charnn_sampler *s = charnn_sampler_new(model, &config, &e);
    if (!s || charnn_sampler_prime(s, prime->data, prime->len, &e) < 0)
        msg_die_error(&e);
    const bool draws = args->temperature > 0 && args->beam == 0 && !args->serve;
    if (args->seed < 0 && draws && !args->quiet)
        msg_say("seed %" PRIu64, charnn_sampler_seed(s));
    return s;
}

static void run(struct charnn_sampler *s, const struct sample_args *args, struct output *o)
{
    const struct charnn_limits limits = { .length = args->length,
                                          .lines = args->lines,
                                          .stop = args->stop,
                                          .stop_length =
                                              args->stop ? strlen(args->stop) : 0 };
    if (args->serve) {
        serve_run(&(struct serve){ s, config_of(args), limits, o->prime.data, o->prime.len,
                                   &caught });
    } else if (args->interactive) {
        struct chat chat = { .sampler = s,
                             .config = config_of(args),
                             .limits = limits,
                             .caught = &caught,
                             .quiet = args->quiet };
        chat_run(&chat);
    } else {
        write_all(s, args, &limits, o);
    }
}

/* ------------------------------------------------------------------- command line */

static void refuse_if(bool wrong, const char *why)
{
    if (wrong)
        msg_die_usage("%s", why);
}

static bool is_stdin(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* What the options say together. */
/* Whether an option stands on the command line. */
static bool is_given(const unsigned char *given, const char *name)
{
    return given[field_find(table, sizeof table / sizeof *table, name) - table];
}

static void check_given(const struct sample_args *a, const unsigned char *given)
{
    static const char *const drawing[] = { "temperature", "top-k", "top-p", "min-p",
                                           "seed" };
    for (size_t i = 0; a->beam > 0 && i < sizeof drawing / sizeof *drawing; i++)
        if (is_given(given, drawing[i]))
            msg_die_usage("--beam searches and draws nothing: leave out --%s", drawing[i]);
    refuse_if(a->interactive && (*a->prime || a->prime_file),
              "--interactive reads its primes from standard input: leave out --prime");
    refuse_if((a->interactive || a->serve) && a->verbose,
              "--verbose is for texts, not for --interactive and --serve");
}

static void check(const struct sample_args *a)
{
    const bool session = a->interactive || a->serve;
    const bool one_way = a->beam > 0 || a->best_of > 1;
    refuse_if(*a->prime && a->prime_file, "--prime and --prime-file: one of them");
    refuse_if(a->forbid_copy > 0 && !a->corpus,
              "--forbid-copy needs the text not to copy: --corpus FILE");
    refuse_if(
        a->corpus && a->forbid_copy == 0,
        "--corpus is for --forbid-copy: say how many characters in a row may be copied");
    refuse_if(a->interactive && a->serve, "--interactive and --serve: one of them");
    refuse_if(
        session && (one_way || a->count > 1),
        "--interactive and --serve write one text at a time, without --count, --best-of "
        "or --beam");
    refuse_if(a->beam > 0 && a->best_of > 1, "--beam and --best-of: one of them");
    refuse_if(a->beam > 0 && a->count > a->beam,
              "--beam N finds N texts: --count may not ask for more");
    refuse_if((one_way || a->serve) && a->length == 0,
              "--beam, --best-of and --serve need texts that end: give -n");
    refuse_if(a->serve && a->length > SERVE_LENGTH_MOST,
              "--serve writes texts of up to 10000000 characters: give a smaller -n");
    refuse_if(is_stdin(a->prime_file) + is_stdin(a->corpus) + session > 1,
              "standard input can be read for one thing only");
}

static int parse(int argc, char **argv, struct sample_args *args)
{
    const struct charnn_sample_config c = charnn_sample_default();
    *args = (struct sample_args){ .temperature = c.temperature,
                                  .top_k = c.top_k,
                                  .top_p = c.top_p,
                                  .min_p = c.min_p,
                                  .seed = -1,
                                  .length = LENGTH,
                                  .count = 1,
                                  .best_of = 1,
                                  .prime = "" };
    const struct sample_args defaults = *args;
    unsigned char given[sizeof table / sizeof *table] = { 0 };
    const struct opt_command command = {
        .usage = "charnn sample [options] [CHECKPOINT]",
        .about = "Writes text from a checkpoint (ckpt.bin when none is named).",
        .epilogue = "examples:\n"
                    "  charnn sample -t 0.8 -n 500 ckpt.bin\n"
                    "  charnn sample -t 0.5 -p 'ROMEO:' -s 7 play.bin > scene.txt\n"
                    "  charnn sample -c 20 names.bin",
        .table = table,
        .n = sizeof table / sizeof *table,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args, given);
    if (argc - first > 1)
        msg_die_usage("one checkpoint at a time, not %s and %s", argv[first],
                      argv[first + 1]);
    if (!is_given(given, "length"))
        args->length = args->interactive           ? LENGTH_OF_LINE
                       : args->stop || args->lines ? LENGTH_WITH_END
                                                   : LENGTH;
    check(args);
    check_given(args, given);
    return first;
}

int main(int argc, char **argv)
{
    struct sample_args args;
    struct charnn_error e;
    struct output output = { .number = -1 };
    msg_begin("charnn sample");
    const int first = parse(argc, argv, &args);
    read_prime(&args, &output.prime);
    const char *path = first < argc ? argv[first] : "ckpt.bin";
    struct charnn_model *model =
        charnn_model_load(path, (int)args.weights, (int)args.threads, &e);
    if (!model)
        msg_die_error(&e);
    struct charnn_sampler *sampler = start(model, &args, &output.prime);
    catch_signals(sampler);
    run(sampler, &args, &output);
    if (caught && fflush(stdout) != 0)
        return 128 + caught; /* the write that the signal ended is no failure of stdout */
    const int status = msg_finish();
    buf_release(&output.prime);
    charnn_sampler_free(sampler);
    charnn_model_free(model);
    return caught ? 128 + caught : status;
}
