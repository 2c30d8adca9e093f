/* shell.h - quotes words for a POSIX shell. */
#ifndef CHARNN_BASE_SHELL_H
#define CHARNN_BASE_SHELL_H

#include "base/buf.h"

/* Adds a word, quoted where needed, so that the shell reads it back as it is and a terminal shows
 * it (base/escape.h). */
void shell_word(struct buf *out, const char *word);

/* As shell_word, for a file name: one that looks like an option gets "./" before it. */
void shell_path(struct buf *out, const char *path);

#endif
