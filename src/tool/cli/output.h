/* output.h - output files: checked before any work is done, written atomically. */
#ifndef CHARNN_CLI_OUTPUT_H
#define CHARNN_CLI_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"

/* Checks the name of an output, so that no checkpoint, log or text is overwritten: it must
 * end in `suffix`, and must not be `input` or a file in the folder `input`; otherwise this
 * is a usage error.  It is an error too if the folder of the output cannot be written.  "-"
 * is standard output, which is always accepted. */
int output_check(const char *path, const char *suffix, const char *input,
                 struct charnn_error *e);

/* Writes the whole text or nothing.  "-" is standard output; msg_finish reports its
 * failures. */
int output_write(const char *path, const struct buf *text, struct charnn_error *e);

bool output_is_stdout(const char *path);

#endif
