/* shell.h - words as one would type them to a POSIX shell. */
#ifndef CHARNN_BASE_SHELL_H
#define CHARNN_BASE_SHELL_H

#include "base/buf.h"

/* Adds a word that the shell reads back as it is: quoted where needed. */
void shell_word(struct buf *out, const char *word);

/* The same of a file's name: behind "./" when it looks like an option. */
void shell_path(struct buf *out, const char *path);

#endif
