/*
 * sample.c - charnn sample: writes text from a checkpoint, character by character.
 *
 * Only the text goes to stdout.  If the reader closes the pipe, the program ends without a
 * message.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/field.h"
#include "base/file.h"
#include "base/utf8.h"
#include "charnn.h"
#include "sample/answer.h"
#include "sample/best.h"
#include "sample/chat.h"
#include "cli/mixing.h"
#include "cli/msg.h"
#include "cli/opt.h"
#include "cli/unknown.h"
#include "sample/serve.h"
#include "sample/text_out.h"

struct sample_args {
    struct charnn_sample_config config;
    struct mixing mixing;
    struct charnn_limits limits;
    struct field_texts stop;
    int64_t count, best_of, beam, interactive, serve, weights, threads, quiet, verbose;
    int64_t no_prime, null, json, damaged;
    const char *prime, *prime_file, *between;
};

/* Defaults of -n: normally; with --stop or --lines; with -i. */
enum { LENGTH = 1000, LENGTH_WITH_END = 100000, LENGTH_OF_LINE = 200 };

#define AT(m) offsetof(struct sample_args, m)
#define NO_LIMIT 9.3e18 /* larger than any int64_t */
// clang-format off
static const char about[] =
    "Writes text from a checkpoint (default: ckpt.bin).\n"
    "\n"
    "With --json, each text is an object with prime, text (what follows the prime), seed,\n"
    "logprob (the sum of the log-probabilities of its symbols, in nats), chars (how many\n"
    "were generated), end (why it ended: length, lines, stop, document, stuck if no character\n"
    "was allowed, or interrupted) and, with --new-only, thrown_away (the number of texts\n"
    "that were thrown away for this one, if any).\n"
    "Bytes that are not UTF-8 are in prime_base64 and text_base64.\n"
    "\n"
    "With --serve, a request is an object with some of: id (a string or a whole number),\n"
    "prime or prime_base64, unknown, length, lines, stop (a string or an array),\n"
    "temperature, top_k, top_p, min_p, seed, best_of.  Members that are left out have the\n"
    "values given on the command line.  The answer has the id, text or text_base64, seed,\n"
    "logprob, chars, end, and unknown, the number of unknown characters in the prime, if any;\n"
    "after a failure it has only id and error.";

static const struct field table[] = {
    ROW_GROUP("Text"),
    ROW_TEXT('p', "prime", "TEXT", AT(prime), "text to continue; it is printed first",
             .synonyms = "primetext|prime-text|start-text"),
    ROW_TEXT(0, "prime-file", "FILE", AT(prime_file),
             "read the text to continue from FILE; - is standard input"),
    ROW_FLAG(0, "no-prime", AT(no_prime), "do not print the prime"),
    ROW_CHOICE(0, "unknown", NULL, AT(config.unknown), "error|skip|nearest|replace",
               "what to do with characters of the prime that the model does not know; replace: by "
               "U+FFFD, if the model knows it"),
    OPT_DAMAGED(AT(damaged)),
    ROW_INT('n', "length", AT(limits.length), 0, NO_LIMIT,
            "characters to write after the prime; 0: no limit (default 100000 with --stop or "
            "--lines, 200 with -i)"),
    { .name = "stop", .arg = "STRING", .type = FIELD_TEXTS, .offset = AT(stop),
      .help = "end the text before this string; may be repeated: the text ends at whichever string it reaches first" },
    ROW_FLAG(0, "keep-stop", AT(limits.keep_stop), "end the text after the string of --stop"),
    ROW_INT(0, "lines", AT(limits.lines), 0, NO_LIMIT,
            "end the text after N lines; 0: no limit"),
    ROW_INT('c', "count", AT(count), 1, 1e15,
            "number of texts, each starting from the prime; if the model was trained with "
            "--documents, each is one document"),
    ROW_TEXT(0, "between", "STRING", AT(between),
             "write STRING between the texts of --count, exactly as given, instead of beginning "
             "each on a new line"),
    ROW_FLAG('0', "null", AT(null), "write a zero byte between the texts of --count, for xargs -0"),
    ROW_FLAG(0, "json", AT(json),
             "write each text as one line of JSON: prime, text, seed, logprob, chars, end (see "
             "above)"),
    ROW_GROUP("Sampling"),
    ROW_REAL('t', "temperature", AT(config.temperature), 0, 100,
             "divides the logits: below 1 is more conservative, above 1 more varied; 0 always "
             "takes the likeliest character"),
    ROW_INT('k', "top-k", AT(config.top_k), 0, 1 << 20,
            "draw only from the N likeliest symbols; 0: from all"),
    ROW_REAL(0, "top-p", AT(config.top_p), 0, 1,
             "draw only from the likeliest symbols, whose probabilities add up to X (nucleus); 1: from "
             "all"),
    ROW_REAL(0, "min-p", AT(config.min_p), 0, 1,
             "draw only from symbols at least X times as likely as the likeliest; 0: from all"),
    ROW_INT('s', "seed", AT(config.seed), 0, NO_LIMIT,
            "the same seed writes the same text; if not given, it is random and printed"),
    ROW_INT(0, "best-of", AT(best_of), 1, BEST_OF_MAX,
            "for each text, generate N and keep the one with the highest mean log-probability"),
    ROW_INT(0, "beam", AT(beam), 0, CHARNN_BEAM_MAX,
            "beam search of width N for the likeliest text, instead of sampling; 0: sample"),
    ROW_INT(0, "forbid-copy", AT(config.forbid_copy), 0, 65536,
            "never copy more than N characters in a row from --corpus; the text ends early "
            "when nothing else can follow; 0: no limit"),
    ROW_FLAG(0, "new-only", AT(config.new_only),
             "throw away texts that occur in --corpus or, without it, in the training text (as a "
             "document, if the model was trained with --documents), and try again, at most 100 "
             "tries for each text"),
    ROW_TEXT(0, "corpus", "FILE", AT(config.corpus),
             "the text or folder that --forbid-copy and --new-only compare with, and the training "
             "text for --ngrams, if it has moved"),
    ROW_INT(0, "no-repeat", AT(config.no_repeat), 0, 65536,
            "after the prime, never write the same N characters (bytes in a byte model) in a row "
            "a second time; N is 2 or more; the text ends early when nothing else can follow; 0: no limit"),
    ROW_GROUP("Mixtures"),
    OPT_MIXING(AT(mixing),
               "better predictions, but samples copy more of the training text"),
    ROW_GROUP("Session"),
    ROW_FLAG('i', "interactive", AT(interactive),
             "continue each line you type; /help lists the commands"),
    ROW_FLAG(0, "serve", AT(serve),
             "read requests and write answers as JSON, one per line"),
    OPT_WEIGHTS(AT(weights),
                "int8: quantise the weights to 8 bits; uses a quarter of the memory, and is "
                "faster for large models"),
    OPT_THREADS(AT(threads)),
    OPT_QUIET(AT(quiet), "print nothing but the text"),
    ROW_FLAG(0, "verbose", AT(verbose),
             "at the end, print seed, characters per second and mean log-probability"),
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

/* The first signal ends the text, a second one kills the program. */
static void catch_sampling_signals(struct charnn_sampler *s)
{
    static const int signals[] = { SIGINT, SIGTERM };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    interruptible = s;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

/* ------------------------------------------------------------------------- output */

/* The output of texts, and their totals. */
struct output {
    struct text_out out;
    struct buf prime;
    bool hides_prime;
    const char *between; /* [n_between] written between texts; NULL: texts begin on a new
                          * line */
    size_t n_between;
    int64_t texts, number; /* number of texts begun; number of the current one */
    int64_t chars, drawn, symbols, thrown_away;
    double logprob;
    bool json;
    int64_t seed;    /* for JSON; below 0: texts have no seed */
    struct buf text; /* for JSON: the current text so far */
    bool stuck;      /* whether a text ended because no symbol was allowed */
};

static bool separate_texts(struct output *o)
{
    if (!o->between)
        return text_out_end_line(&o->out);
    return o->texts == 0 || text_out_write(&o->out, o->between, o->n_between);
}

/* Begins a text, with the prime unless it is hidden. */
static bool begin_text(struct output *o, int64_t number)
{
    if (o->texts > 0 && o->number == number)
        return true;
    const bool separated = separate_texts(o);
    o->number = number;
    o->texts++;
    return separated &&
           text_out_write(&o->out, o->prime.data, o->hides_prime ? 0 : o->prime.len);
}

/* Writes a piece of a text as it is. */
static bool write_piece(struct output *o, const struct charnn_piece *piece)
{
    return begin_text(o, piece->number) && text_out_write(&o->out, piece->bytes, piece->n);
}

/* Collects the pieces of a text, and writes it as a line of JSON when it is whole. */
static bool write_json(struct output *o, const struct charnn_piece *piece)
{
    struct buf line = { 0 };
    struct json_out json = { &line, true };
    buf_add(&o->text, piece->bytes, piece->n);
    if (o->text.failed)
        msg_die_memory();
    if (!piece->end)
        return true;
    json_open(&json, NULL, '{');
    if (!o->hides_prime)
        answer_put_bytes(&json, "prime", o->prime.data, o->prime.len);
    answer_put_text(&json, o->text.data, o->text.len, o->seed, piece);
    json_close(&json, '}');
    buf_char(&line, '\n');
    o->text.len = 0;
    if (line.failed)
        msg_die_memory();
    const bool open = text_out_write(&o->out, line.data, line.len);
    buf_release(&line);
    return open;
}

/* The charnn_piece_fn for all ways to generate except --best-of. */
static int on_piece(const struct charnn_piece *piece, void *arg)
{
    struct output *o = arg;
    const bool open = o->json ? write_json(o, piece) : write_piece(o, piece);
    o->chars += piece->chars;
    o->symbols += piece->symbols;
    o->logprob += piece->logprob;
    o->thrown_away += piece->thrown_away;
    o->stuck = o->stuck || piece->end == CHARNN_END_STUCK;
    return !open;
}

static void report_output(const struct output *o, const struct charnn_sampler *s,
                          double seconds, const struct sample_args *args)
{
    const int64_t drawn = o->drawn ? o->drawn : o->chars;
    if (o->stuck && !args->quiet)
        msg_say("a text ended early: every continuation would copy the corpus or repeat "
                "the text");
    if (o->thrown_away > 0 && !args->quiet)
        msg_say("texts thrown away because they occur in the corpus: %lld",
                (long long)o->thrown_away);
    if (!args->verbose)
        return;
    msg_say("seed %llu, %lld characters in %.2f s (%.0f a second), mean log-probability "
            "%.4f nats",
            (unsigned long long)charnn_sampler_seed(s), (long long)drawn, seconds,
            seconds > 0 ? (double)drawn / seconds : 0,
            o->symbols ? o->logprob / (double)o->symbols : 0);
}

/* ------------------------------------------------------------------ the best of N */

struct best_output {
    struct output *o;
    int64_t of; /* the N of --best-of N */
    struct best best;
};

static int write_best_of(struct best_output *b)
{
    struct charnn_piece piece = b->best.piece;
    if (!piece.end)
        return 0;
    piece.number /= b->of;
    b->best.piece.end = 0;
    b->best.thrown_away = 0;
    return on_piece(&piece, b->o);
}

/* The charnn_piece_fn of --best-of, which gets whole texts. */
static int on_candidate(const struct charnn_piece *piece, void *arg)
{
    struct best_output *b = arg;
    b->o->drawn += piece->chars;
    best_offer(&b->best, piece);
    return (piece->number + 1) % b->of == 0 ? write_best_of(b) : 0;
}

static int write_best(struct charnn_sampler *s, const struct sample_args *args,
                      struct output *o, struct charnn_error *e)
{
    struct best_output b = { .o = o, .of = args->best_of };
    const int status = charnn_sampler_texts(s, args->count * args->best_of, &args->limits,
                                            on_candidate, &b, e);
    write_best_of(&b); /* after a signal too: the best text so far */
    buf_release(&b.best.text);
    return status;
}

/* ------------------------------------------------------------------------ writing */

/* Writes one text after the other, for texts without a limit. */
static int write_one_by_one(struct charnn_sampler *s, const struct sample_args *args,
                            struct output *o, struct charnn_error *e)
{
    for (int64_t k = 0; k < args->count && !caught && !ferror(stdout); k++)
        if (charnn_sampler_prime(s, o->prime.data, o->prime.len, e) < 0 ||
            charnn_sampler_write(s, k, &args->limits, on_piece, o, e) < 0)
            return -1;
    return 0;
}

static int write_texts(struct charnn_sampler *s, const struct sample_args *args,
                       struct output *o, struct charnn_error *e)
{
    const struct charnn_limits *limits = &args->limits;
    if (args->beam > 0)
        return charnn_sampler_beam(s, args->beam, args->count, limits, on_piece, o, e);
    if (args->best_of > 1)
        return write_best(s, args, o, e);
    if ((args->count > 1 || args->config.new_only) && args->limits.length > 0)
        return charnn_sampler_texts(s, args->count, limits, on_piece, o, e);
    return write_one_by_one(s, args, o, e);
}

/* The last text gets a final newline only on a terminal. msg_finish reports failed
 * writes. */
static void write_all(struct charnn_sampler *s, const struct sample_args *args,
                      struct output *o)
{
    struct charnn_error e;
    const double began = clock_seconds();
    text_out_init(&o->out);
    o->json = args->json;
    o->seed = args->beam > 0 ? -1 : (int64_t)charnn_sampler_seed(s);
    if (write_texts(s, args, o, &e) < 0)
        msg_die_error(&e);
    if (o->out.is_tty && !ferror(stdout))
        text_out_end_line(&o->out);
    report_output(o, s, clock_seconds() - began, args);
}

/* -------------------------------------------------------------------------- setup */

static void read_prime(const struct sample_args *args, struct buf *prime)
{
    struct charnn_error e;
    buf_str(prime, args->prime);
    if (args->prime_file && file_read(args->prime_file, prime, &e) < 0)
        msg_die_error(&e);
    if (prime->failed)
        msg_die("out of memory for the prime");
    const size_t mark = utf8_bom((const unsigned char *)prime->data, prime->len);
    if (args->prime_file && mark > 0) {
        memmove(prime->data, prime->data + mark, prime->len - mark);
        prime->len -= mark;
        msg_say("%s: a leading byte order mark was dropped", args->prime_file);
    }
}

static struct charnn_sampler *start_sampler(struct charnn_model *model,
                                            const struct sample_args *args,
                                            const struct buf *prime)
{
    struct charnn_error e;
    struct charnn_sampler *s = charnn_sampler_new(model, &args->config, &e);
    if (!s || charnn_sampler_prime(s, prime->data, prime->len, &e) < 0)
        msg_die_error(&e);
    const struct charnn_unknown unknown = charnn_sampler_unknown(s);
    if (!args->quiet)
        unknown_say("the prime", &unknown);
    const bool draws = args->config.temperature > 0 && args->beam == 0 && !args->serve;
    if (args->config.seed < 0 && draws && !args->quiet)
        msg_say("seed %llu", (unsigned long long)charnn_sampler_seed(s));
    return s;
}

/* Returns -1 if a text of an interactive session could not be finished. */
static int run_session(struct charnn_sampler *s, const struct sample_args *args,
                       struct output *o)
{
    if (args->serve) {
        serve_run(&(struct serve){ s, args->config, args->limits, o->prime.data,
                                   o->prime.len, args->best_of, &caught });
    } else if (args->interactive) {
        struct chat chat = { .sampler = s,
                             .config = args->config,
                             .limits = args->limits,
                             .caught = &caught,
                             .quiet = args->quiet,
                             .hides_prime = args->no_prime };
        return chat_run(&chat);
    } else {
        write_all(s, args, o);
    }
    return 0;
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

/* Refuses combinations of options that make no sense. */
static void check_sample_args(const struct sample_args *a)
{
    const bool session = a->interactive || a->serve;
    const bool one_way = a->beam > 0 || a->best_of > 1;
    refuse_if(a->limits.keep_stop && a->stop.n == 0 && !a->serve,
              "--keep-stop needs --stop STRING, the string that ends the text");
    refuse_if(a->between && a->null, "leave out one of --between and --null");
    refuse_if(*a->prime && a->prime_file, "leave out one of --prime and --prime-file");
    refuse_if(a->config.forbid_copy > 0 && !a->config.corpus,
              "--forbid-copy needs --corpus FILE, the text that must not be copied");
    refuse_if(
        a->config.corpus && !a->config.forbid_copy && !a->config.new_only &&
            !a->mixing.ngrams,
        "--corpus is for --forbid-copy N (at most N characters in a row are copied), for "
        "--new-only and for --ngrams");
    refuse_if(a->interactive && a->serve, "leave out one of --interactive and --serve");
    refuse_if(
        session && (a->beam > 0 || a->count > 1 || (a->interactive && one_way)),
        "--interactive and --serve write one text at a time: leave out --count, --beam "
        "and, with --interactive, --best-of");
    refuse_if(a->beam > 0 && a->best_of > 1, "leave out one of --beam and --best-of");
    refuse_if(a->beam > 0 && a->count > a->beam,
              "--beam N finds N texts: --count cannot be larger");
    refuse_if((one_way || a->serve || a->json || a->config.new_only) &&
                  a->limits.length == 0,
              "--beam, --best-of, --json, --new-only and --serve need a limit: give -n");
    refuse_if(a->serve && a->limits.length > SERVE_LENGTH_MAX,
              "--serve writes texts of up to 10000000 characters: give a smaller -n");
    refuse_if(is_stdin(a->prime_file) + is_stdin(a->config.corpus) + session > 1,
              "standard input can be read only once");
    if (a->json)
        opt_exclude("between|null", "--json writes each text on a line");
    if (a->beam > 0)
        opt_exclude("temperature|top-k|top-p|min-p|seed|new-only",
                    "--beam draws no random numbers");
    if (a->beam > 0)
        opt_exclude("no-repeat", "--beam has a rule of its own against repetitions");
    if (a->interactive)
        opt_exclude("prime|prime-file",
                    "--interactive reads its primes from standard input");
    if (a->serve)
        opt_exclude("no-prime", "--serve never prints the prime");
    if (a->serve)
        opt_exclude("json", "--serve always writes JSON");
    if (a->interactive)
        opt_exclude("new-only", "--interactive prints a text before it is complete");
    if (a->config.temperature == 0)
        opt_exclude("new-only", "--temperature 0 writes the same text each time");
    if (a->interactive)
        opt_exclude("json", "--interactive writes plain text");
    if (session)
        opt_exclude("between|null", "--interactive and --serve write one text at a time");
    if (session)
        opt_exclude("verbose", "--interactive and --serve print no summary");
}

/* Fills `stops` with the strings of --stop, and lets the limits point to it. */
static void set_stops(struct sample_args *a, struct charnn_stop stops[FIELD_TEXTS_MOST])
{
    for (size_t i = 0; i < a->stop.n; i++)
        stops[i] = (struct charnn_stop){ a->stop.text[i], strlen(a->stop.text[i]) };
    a->limits.stops = stops;
    a->limits.n_stops = a->stop.n;
}

static int parse_sample_args(int argc, char **argv, struct sample_args *args)
{
    *args = (struct sample_args){ .config = charnn_sample_default(),
                                  .limits.length = LENGTH,
                                  .count = 1,
                                  .best_of = 1,
                                  .prime = "" };
    const struct sample_args defaults = *args;
    struct charnn_limits *limits = &args->limits;
    const struct opt_command command = {
        .usage = "charnn sample [options] [CHECKPOINT]",
        .about = about,
        .epilogue = "examples:\n"
                    "  charnn sample -t 0.8 -n 500 ckpt.bin\n"
                    "  charnn sample -t 0.5 -p 'ROMEO:' -s 7 play.bin > scene.txt\n"
                    "  charnn sample -c 20 names.bin",
        .table = table,
        .n = sizeof table / sizeof *table,
        .defaults = &defaults,
    };
    const int first = opt_parse(&command, argc, argv, args);
    if (!opt_given("length"))
        limits->length = args->interactive               ? LENGTH_OF_LINE
                         : args->stop.n || limits->lines ? LENGTH_WITH_END
                                                         : LENGTH;
    check_sample_args(args);
    return first;
}

_Static_assert((int)FIELD_TEXTS_MOST <= (int)CHARNN_STOPS_MAX,
               "every --stop has room in the limits");

int main(int argc, char **argv)
{
    struct sample_args args;
    struct charnn_stop stops[FIELD_TEXTS_MOST];
    struct output output = { .number = -1 };
    msg_begin("charnn sample");
    const int first = parse_sample_args(argc, argv, &args);
    set_stops(&args, stops);
    output.hides_prime = args.no_prime;
    output.between = args.null ? "" : args.between;
    output.n_between = args.null ? 1 : args.between ? strlen(args.between) : 0;
    read_prime(&args, &output.prime);
    const char *path = opt_operand(argv + first, argc - first, "checkpoint", "ckpt.bin");
    struct charnn_model *model =
        mixing_load(&args.mixing, path, args.config.corpus, (int)args.weights,
                    (int)args.threads, (int)args.quiet);
    charnn_model_damaged(model, (int)args.damaged);
    struct charnn_sampler *sampler = start_sampler(model, &args, &output.prime);
    catch_sampling_signals(sampler);
    const bool failed = run_session(sampler, &args, &output) < 0;
    if (caught && fflush(stdout) != 0)
        return 128 + caught; /* a write that the signal interrupted is not a failure */
    const int status = msg_finish() != 0 || failed;
    buf_release(&output.prime);
    buf_release(&output.text);
    charnn_sampler_free(sampler);
    mixing_free(&args.mixing);
    return caught ? 128 + caught : status;
}
