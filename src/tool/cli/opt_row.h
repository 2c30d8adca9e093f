/*
 * opt_row.h - a row of a table of options as text, for --help and the manual page.
 */
#ifndef CHARNN_CLI_OPT_ROW_H
#define CHARNN_CLI_OPT_ROW_H

#include "cli/opt.h"

/* The row with this short option; NULL if there is none. */
const struct field *opt_row_of_key(const struct opt_command *c, int key);

/* The placeholder of the option's value, such as "FILE"; NULL for a flag. */
const char *opt_row_value(const struct field *f);

/* Adds the help with the choices and the default: "the cell (rnn|lstm|gru) [lstm]". */
void opt_row_text(const struct opt_command *c, const struct field *f, struct buf *out);

#endif
