/*
 * opt.h - command lines from a table of fields: getopt_long, --help, checks, suggestions.
 */
#ifndef CHARNN_CLI_OPT_H
#define CHARNN_CLI_OPT_H

#include "base/field.h"

struct opt_command {
    const char *usage;    /* "charnn train [options] FILE ..." */
    const char *about;    /* a few lines before the options */
    const char *epilogue; /* examples, after the options */
    const struct field *table;
    size_t n;
    const void *defaults; /* printed in --help; a value outside its range is not shown */
};

enum { OPT_COLUMNS = 92 }; /* of --help */

/* Parses argv into *args.  given[i] (n bytes, may be NULL) becomes 1 for every row that was
 * set.  Names may be shortened, written with '_', or be a row's synonym.  Handles --help
 * (stdout, exit 0) and --version.  A wrong option prints one line (with the nearest name)
 * and exits 2.  Operands may stand anywhere ("-" is one, and so is all after "--"); they
 * are moved behind the options, and the index of the first one in argv is returned. */
int opt_parse(const struct opt_command *c, int argc, char **argv, void *args,
              unsigned char *given);

/* Adds what --help prints. */
void opt_help(const struct opt_command *c, struct buf *out);

#endif
