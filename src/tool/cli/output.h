/* output.h - files that a command writes: checked before the work, written at once. */
#ifndef CHARNN_CLI_OUTPUT_H
#define CHARNN_CLI_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"

/* A usage error if the name does not end in `suffix`, or is that of the file `input`, so that
 * no checkpoint, log or text is overwritten; an error if its folder takes no files.  "-" is
 * standard output, which is always right. */
int output_check(const char *path, const char *suffix, const char *input,
                 struct charnn_error *e);

/* Writes the text, whole or not at all.  "-" is standard output, where msg_finish reports
 * what went wrong. */
int output_write(const char *path, const struct buf *text, struct charnn_error *e);

bool output_is_stdout(const char *path);

#endif
