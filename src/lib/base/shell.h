/* shell.h - quotes words for a POSIX shell. */
#ifndef CHARNN_BASE_SHELL_H
#define CHARNN_BASE_SHELL_H

#include "base/buf.h"

/* Appends a word, quoted if needed, so that the shell reads it back unchanged and a
 * terminal can show it (base/escape.h). */
void shell_word(struct buf *out, const char *word);

/* Like shell_word, for a file name: "./" goes before a name that looks like an option. */
void shell_path(struct buf *out, const char *path);

#endif
