/*
 * opt.h - parses command lines by a table of fields: getopt_long, --help, checks,
 * suggestions.
 */
#ifndef CHARNN_CLI_OPT_H
#define CHARNN_CLI_OPT_H

#include <stdbool.h>

#include "base/field.h"

/* Stores the value of an option in the arguments. */
typedef int opt_set_fn(const struct field *f, void *args, const char *text,
                       struct charnn_error *e);

struct opt_command {
    const char *usage;    /* "charnn train [options] FILE ...", one form per line */
    const char *about;    /* a few lines before the options */
    const char *epilogue; /* examples, after the options */
    const struct field *table;
    size_t n;             /* number of rows; at most OPT_ROWS */
    const void *defaults; /* shown in --help, except values outside their range */
    opt_set_fn *set;      /* sets an option; NULL: field_set */
};

enum { OPT_COLUMNS = 92 }; /* width of --help */
enum { OPT_ROWS = 128 };

/* Parses argv into *args.  Names may be shortened, written with '_', or be synonyms.
 * Handles --help (stdout, exit 0), --version and --generate.  After a wrong option prints one
 * line, with the nearest name, and exits with 2.  Operands may be anywhere ("-" is an
 * operand, and so is everything after "--"); they are moved behind the options.  Returns the
 * index of the first operand in argv. */
int opt_parse(const struct opt_command *c, int argc, char **argv, void *args);

/* The first of the options "name|name" that was given on the command line; NULL if none
 * was. */
const char *opt_given(const char *names);

/* Exit with a usage error, "WHY: leave out --NAME": opt_exclude if one of these options was
 * given, opt_exclude_others if any other option was given. */
void opt_exclude(const char *names, const char *why);
void opt_exclude_others(const char *names, const char *why);

/* Returns the only operand, or `otherwise` if n is 0.  If there are more, exits with a
 * usage error: "one checkpoint at a time". */
const char *opt_operand(char **operands, int n, const char *what, const char *otherwise);

/* Adds the text of --help. */
void opt_help(const struct opt_command *c, struct buf *out);

/* The output of --generate: opt_man appends a manual page; opt_list appends the options for
 * the completion of shells, one per line: "--cell", its values ("rnn|lstm|gru", "FILE", or
 * nothing for a flag) and its help, separated by tabs. */
void opt_man(const struct opt_command *c, struct buf *out);
void opt_list(const struct opt_command *c, struct buf *out);

/* Rows that several commands share. */
// clang-format off
#define OPT_THREADS(offset) \
    ROW_INT(0, "threads", offset, 0, 256, "threads to use; 0: all cores available to this process")
#define OPT_WEIGHTS(offset, help) \
    ROW_CHOICE(0, "weights", "TYPE", offset, "f32|int8", help)
#define OPT_COLOR(offset, help) \
    ROW_CHOICE(0, "color", "WHEN", offset, "auto|always|never", help, .synonyms = "colour")
#define OPT_QUIET(offset, help) ROW_FLAG('q', "quiet", offset, help)
// clang-format on

/* The values of --color.  opt_color says whether to colour standard output for a value. */
enum { OPT_COLOR_AUTO, OPT_COLOR_ALWAYS, OPT_COLOR_NEVER };
bool opt_color(int64_t when);

#endif
