/*
 * documents.h - a corpus of many independent texts: names, poems, molecules, files.
 *
 * Each text is between two separators: newlines if every line is a text, else U+001E (the
 * record separator of ASCII), which replaces blank lines or marks the end of a file.  The
 * corpus is then one sequence
 *
 *     separator, text, separator, text, ..., separator
 *
 * without empty texts, shuffled once, so that the held-out texts at the end are like the
 * rest.  A model reads each text from zero state, beginning with the separator before it,
 * and must predict the separator that ends it.
 */
#ifndef CHARNN_TEXT_DOCUMENTS_H
#define CHARNN_TEXT_DOCUMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The symbol that separates documents of a kind: CHARNN_DOCUMENTS_*, but not _NONE. */
uint32_t documents_separator(int kind);

/* Puts separators into the bytes of one file, in place: one at its end, for which there
 * must be room after text[*n - 1], and with CHARNN_DOCUMENTS_BLANK one for each run of
 * blank lines; with CHARNN_DOCUMENTS_LINE blank lines are removed.  *n becomes the new
 * length, at most one more.  Text that contains U+001E is an error, unless lines are the
 * documents. */
int documents_mark(int kind, const char *name, unsigned char *text, size_t *n,
                   struct charnn_error *e);

/* Rearranges the ids of such a corpus into the sequence above, and sets c->longest to the
 * length of the longest text plus its separator.  No text at all is an error. */
struct corpus;
int documents_arrange(struct corpus *c, int separator, struct charnn_error *e);

#endif
