/*
 * test_opt.c - command lines parsed by a table: spellings, operands, refusals, --help.
 *
 * Calls that end the program are made in a child process, whose output is read.
 */
#include "cli/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/shell.h"
#include "cli/msg.h"
#include "cli/term.h"
#include "test.h"

struct args {
    int64_t cell, size, batch, batch_time, seed, quiet;
    double rate, time;
    const char *output;
};

#define AT(m) offsetof(struct args, m)
// clang-format off
static const struct field table[] = {
    { .name = "Model", .type = FIELD_GROUP },
    { .key = 'c', .name = "cell", .type = FIELD_CHOICE, .offset = AT(cell),
      .choices = "rnn|lstm|gru", .synonyms = "model", .help = "what remembers" },
    { .key = 's', .name = "size", .arg = "N", .type = FIELD_INT, .offset = AT(size),
      .lo = 1, .hi = 4096, .synonyms = "rnn-size|hidden-size", .help = "units in a layer" },
    { .name = "Training", .type = FIELD_GROUP },
    { .key = 'b', .name = "batch-size", .arg = "N", .type = FIELD_INT, .offset = AT(batch),
      .lo = 1, .hi = 1000,
      .help = "streams read side by side; a rather long explanation that cannot stay in "
              "one line of ninety-two columns, however hard it tries" },
    { .name = "batch-time-with-a-long-name", .arg = "N", .type = FIELD_INT,
      .offset = AT(batch_time), .lo = -5, .hi = 5, .help = "nothing" },
    { .key = 'r', .name = "learning-rate", .arg = "X", .type = FIELD_REAL,
      .offset = AT(rate), .lo = -1, .hi = 1, .synonyms = "lr", .help = "step size" },
    { .name = "time", .arg = "T", .type = FIELD_TIME, .offset = AT(time), .lo = 0,
      .hi = 1e9, .help = "stop after so long" },
    { .name = "seed", .arg = "N", .type = FIELD_INT, .offset = AT(seed), .lo = 0, .hi = 1e9,
      .help = "of the draws; random when not given" },
    { .key = 'o', .name = "output", .arg = "FILE", .type = FIELD_TEXT, .offset = AT(output),
      .help = "where to write" },
    { .key = 'q', .name = "quiet", .type = FIELD_FLAG, .offset = AT(quiet),
      .help = "nothing but errors" },
};
// clang-format on
enum { ROWS = sizeof table / sizeof *table, WORDS = 16 };

static const struct args defaults = {
    .cell = 1, .size = 128, .batch = 50, .seed = -1, .rate = 0.002, .output = "ckpt.bin"
};
static const struct opt_command command = {
    .usage = "charnn test [options] FILE",
    .about = "Tests.",
    .epilogue = "example: charnn test x",
    .table = table,
    .n = ROWS,
    .defaults = &defaults,
};

/* opt_parse may exit with any status; an unexpected exit must not count as success. */
static int may_leave;

static void leaving(void)
{
    fflush(stdout);
    if (!may_leave)
        _exit(1);
}

/* A parsed command line; the operands are argv[first..argc). */
struct line {
    char copy[512], *argv[WORDS + 1];
    int argc, first;
    struct args args;
};

/* Words are separated by single spaces; between two spaces there is an empty word. */
static void parse(struct line *l, const char *words)
{
    memset(l, 0, sizeof *l);
    l->args = defaults;
    snprintf(l->copy, sizeof l->copy, "charnn-test%s%s", *words ? " " : "", words);
    for (char *s = l->copy; s && l->argc < WORDS;) {
        l->argv[l->argc++] = s;
        s = strchr(s, ' ');
        if (s)
            *s++ = '\0';
    }
    l->first = opt_parse(&command, l->argc, l->argv, &l->args);
}

/* Parses in a child process; returns its exit status (99 if it did not exit) and its
 * output. */
static int outcome(const char *words, char *out, size_t n)
{
    int ends[2];
    if (pipe(ends) < 0)
        return -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct line l;
        may_leave = 1;
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        parse(&l, words);
        _exit(99);
    }
    close(ends[1]);
    size_t got = 0;
    for (ssize_t k; (k = read(ends[0], out + got, n - 1 - got)) > 0;)
        got += (size_t)k;
    out[got] = '\0';
    close(ends[0]);
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Whether the words are refused with status 2 and one line that contains `part`. */
static int refused(const char *words, const char *part)
{
    char out[4096];
    int status = outcome(words, out, sizeof out);
    char *end = strchr(out, '\n');
    int good = status == 2 && end && end[1] == '\0' && strstr(out, part) &&
               strncmp(out, "charnn test: ", 13) == 0;
    if (!good)
        printf("# %s: status %d: %s\n", words, status, out);
    return good;
}

/* ---------------------------------------------------------------- spellings */

static void without_options_the_defaults_stay(void)
{
    struct line l;
    parse(&l, "");
    CHECK(memcmp(&l.args, &defaults, sizeof defaults) == 0);
    CHECK(l.first == 1 && l.argc == 1);
    for (int i = 0; i < ROWS; i++)
        CHECK(!opt_given(table[i].name));
}

static void every_type_is_set_and_marked_as_given(void)
{
    struct line l;
    parse(&l, "--cell gru --size=64 --learning-rate 0.5 --time 2m -o x.bin --quiet");
    CHECK(l.args.cell == 2 && l.args.size == 64 && l.args.rate == 0.5);
    CHECK(l.args.time == 120 && strcmp(l.args.output, "x.bin") == 0 && l.args.quiet == 1);
    CHECK(opt_given("cell") && opt_given("size") && opt_given("learning-rate"));
    CHECK(opt_given("time") && opt_given("output") && opt_given("quiet"));
    CHECK(!opt_given("batch-size") && !opt_given("seed") && !opt_given("batch-size|seed"));
    CHECK(strcmp(opt_given("seed|quiet|time"), "time") == 0);
}

static void short_options_join_and_take_values_either_way(void)
{
    struct line l;
    parse(&l, "-qs 32 -b7 -r-0.5");
    CHECK(l.args.quiet == 1 && l.args.size == 32);
    CHECK(l.args.batch == 7 && l.args.rate == -0.5);
}

static void synonyms_and_underscores_are_other_spellings(void)
{
    struct line l;
    parse(&l, "--rnn_size 3 --batch_size=4 --lr .25 --model rnn");
    CHECK(l.args.size == 3 && l.args.batch == 4 && l.args.rate == 0.25 && l.args.cell == 0);
    parse(&l, "--hidden-size=5");
    CHECK(l.args.size == 5 && opt_given("size"));
}

static void a_unique_beginning_is_enough(void)
{
    struct line l;
    parse(&l, "--learn 0.1 --batch_s 9 --qu --out=y --siz 8");
    CHECK(l.args.rate == 0.1 && l.args.batch == 9 && l.args.quiet == 1 && l.args.size == 8);
    CHECK(strcmp(l.args.output, "y") == 0);
}

static void negative_numbers_are_values(void)
{
    struct line l;
    parse(&l, "-r -1 --batch-time-with-a-long-name -5");
    CHECK(l.args.rate == -1 && l.args.batch_time == -5 && l.first == l.argc);
}

static void the_last_of_two_equal_options_counts(void)
{
    struct line l;
    parse(&l, "-s 1 --size 2 --rnn-size=3");
    CHECK(l.args.size == 3);
}

static void an_empty_value_is_a_value(void)
{
    struct line l;
    parse(&l, "--output  --size 2");
    CHECK(strcmp(l.args.output, "") == 0 && l.args.size == 2);
    parse(&l, "--output=");
    CHECK(strcmp(l.args.output, "") == 0 && opt_given("output"));
}

/* ----------------------------------------------------------------- operands */

static void operands_may_stand_anywhere_and_keep_their_order(void)
{
    struct line l;
    parse(&l, "a -s 2 b --quiet - c");
    CHECK(l.args.size == 2 && l.args.quiet == 1 && l.argc - l.first == 4);
    CHECK(strcmp(l.argv[l.first], "a") == 0 && strcmp(l.argv[l.first + 1], "b") == 0);
    CHECK(strcmp(l.argv[l.first + 2], "-") == 0 && strcmp(l.argv[l.first + 3], "c") == 0);
}

static void after_two_hyphens_all_is_operands(void)
{
    struct line l;
    parse(&l, "x -s 2 -- --size -q --");
    CHECK(l.args.size == 2 && l.args.quiet == 0 && l.argc - l.first == 4);
    CHECK(strcmp(l.argv[l.first], "x") == 0 && strcmp(l.argv[l.first + 1], "--size") == 0);
    CHECK(strcmp(l.argv[l.first + 3], "--") == 0);
}

static void two_hyphens_can_be_a_value(void)
{
    struct line l;
    parse(&l, "-o -- -q");
    CHECK(strcmp(l.args.output, "--") == 0 && l.args.quiet == 1 && l.first == l.argc);
}

/* ----------------------------------------------------------------- refusals */

static void an_unknown_option_names_the_nearest(void)
{
    CHECK(refused("--sise 3", "unknown option --sise; did you mean --size?"));
    CHECK(refused("--quite", "did you mean --quiet?"));
    CHECK(refused("--bach_size=3", "option --bach_size; did you mean --batch-size?"));
    CHECK(refused("--zzzzzz", "unknown option --zzzzzz (charnn test --help"));
    CHECK(refused("-x", "unknown option -x"));
    CHECK(refused("-qx", "unknown option -x"));
}

static void an_unclear_beginning_lists_what_it_could_be(void)
{
    CHECK(refused("--batch 3", "--batch-size, --batch-time-with-a-long-name"));
    CHECK(refused("--s=1", "--s is ambiguous: --size, --seed"));
}

static void a_missing_value_is_said(void)
{
    CHECK(refused("--size", "--size needs a value"));
    CHECK(refused("--rnn_size", "--rnn_size needs a value"));
    CHECK(refused("-s", "-s needs a value"));
}

static void a_value_for_a_flag_is_refused(void)
{
    CHECK(refused("--quiet=1", "--quiet takes no value"));
}

static void a_bad_value_names_the_option_and_the_range(void)
{
    CHECK(refused("--size 0", "--size 0"));
    CHECK(refused("--size 5000", "4096"));
    CHECK(refused("--size 12x", "12x"));
    CHECK(refused("--cell lsmt", "lstm"));
    CHECK(refused("-b x", "--batch-size"));
}

static void a_single_hyphen_before_a_long_name_is_explained(void)
{
    CHECK(refused("-rnn_size 3", "two hyphens: --rnn_size"));
    CHECK(refused("-size=3", "two hyphens: --size"));
}

static void control_characters_reach_the_terminal_as_text(void)
{
    CHECK(refused("--\033[31m", "\\x1b[31m"));
}

static void a_very_long_word_is_refused_like_any_other(void)
{
    char word[400] = "--";
    memset(word + 2, 'a', sizeof word - 3);
    CHECK(refused(word, "unknown option --aaaa"));
}

static void an_earlier_line_may_be_gone(void)
{
    struct line l;
    parse(&l, "-q");
    memset(l.copy, 'x', sizeof l.copy - 1);
    CHECK(refused("--nonsense", "unknown option --nonsense"));
}

/* --------------------------------------------------------------------- help */

static void help_goes_to_stdout_and_ends_well(void)
{
    char out[8192];
    CHECK(outcome("--help", out, sizeof out) == 0);
    CHECK(strncmp(out, "usage: charnn test [options] FILE\n", 34) == 0);
    CHECK(strstr(out, "example: charnn test x") != NULL);
    CHECK(outcome("-q -h nonsense", out, sizeof out) == 0);
    CHECK(outcome("--version", out, sizeof out) == 0);
    CHECK(strcmp(out, "charnn test " CHARNN_VERSION "\n") == 0);
}

static void help_groups_explains_and_shows_defaults(void)
{
    struct buf help = { 0 };
    opt_help(&command, &help);
    CHECK(strstr(help.data, "\nModel:\n") && strstr(help.data, "\nTraining:\n"));
    CHECK(strstr(help.data, "  -c, --cell NAME") != NULL);
    CHECK(strstr(help.data, "what remembers (rnn|lstm|gru) [lstm]\n") != NULL);
    CHECK(strstr(help.data, "units in a layer [128]\n") != NULL);
    CHECK(strstr(help.data, "step size [0.002]\n") != NULL);
    CHECK(strstr(help.data, "random when not given\n") != NULL);
    CHECK(strstr(help.data, "nothing but errors\n") != NULL);
    CHECK(strstr(help.data, "rnn-size") == NULL);
    buf_release(&help);
}

static void help_stays_within_its_columns(void)
{
    struct buf help = { 0 };
    opt_help(&command, &help);
    for (const char *s = help.data; *s; s += strcspn(s, "\n") + 1) {
        int n = (int)strcspn(s, "\n");
        CHECK_MSG(n <= OPT_COLUMNS, "%d columns: %.*s", n, n, s);
        CHECK_MSG(n == 0 || s[n - 1] != ' ', "space at the end: %.*s", n, s);
    }
    buf_release(&help);
}

/* ------------------------------------------------------------------ messages */

static const char *shell(const char *word)
{
    static struct buf out;
    buf_release(&out);
    shell_path(&out, word);
    return out.data;
}

static void words_are_quoted_for_the_shell_where_needed(void)
{
    CHECK(strcmp(shell("ckpt.bin"), "ckpt.bin") == 0);
    CHECK(strcmp(shell("my run.bin"), "'my run.bin'") == 0);
    CHECK(strcmp(shell("it's"), "'it'\\''s'") == 0);
    CHECK(strcmp(shell("-x"), "./-x") == 0);
    CHECK(strcmp(shell("-"), "-") == 0);
    CHECK(strcmp(shell(""), "''") == 0);
    shell("");
}

int main(void)
{
    msg_begin("charnn test");
    atexit(leaving);
    RUN(without_options_the_defaults_stay);
    RUN(every_type_is_set_and_marked_as_given);
    RUN(short_options_join_and_take_values_either_way);
    RUN(synonyms_and_underscores_are_other_spellings);
    RUN(a_unique_beginning_is_enough);
    RUN(negative_numbers_are_values);
    RUN(the_last_of_two_equal_options_counts);
    RUN(an_empty_value_is_a_value);
    RUN(operands_may_stand_anywhere_and_keep_their_order);
    RUN(after_two_hyphens_all_is_operands);
    RUN(two_hyphens_can_be_a_value);
    RUN(an_unknown_option_names_the_nearest);
    RUN(an_unclear_beginning_lists_what_it_could_be);
    RUN(a_missing_value_is_said);
    RUN(a_value_for_a_flag_is_refused);
    RUN(a_bad_value_names_the_option_and_the_range);
    RUN(a_single_hyphen_before_a_long_name_is_explained);
    RUN(control_characters_reach_the_terminal_as_text);
    RUN(a_very_long_word_is_refused_like_any_other);
    RUN(an_earlier_line_may_be_gone);
    RUN(help_goes_to_stdout_and_ends_well);
    RUN(help_groups_explains_and_shows_defaults);
    RUN(help_stays_within_its_columns);
    RUN(words_are_quoted_for_the_shell_where_needed);
    may_leave = 1;
    return test_end();
}
