/*
 * regex_feature.h - finds the matches of a regular expression in a text, line by line.
 *
 * Expressions are POSIX extended ones (regcomp of libc); they are matched with the UTF-8
 * bytes of the text.  A line longer than some thousand bytes is read in pieces, and a match
 * does not extend beyond its piece.
 */
#ifndef CHARNN_INSPECT_REGEX_FEATURE_H
#define CHARNN_INSPECT_REGEX_FEATURE_H

#include "text/corpus.h"

/* The code point (or byte) at index `at` of the text; a newline for the end of a
 * document. */
uint32_t regex_symbol(const struct corpus *c, size_t at);

/* Sets bit `bit` of words[at] for every matched character among the first n.  An expression
 * that regcomp refuses is a usage error. */
int regex_mark(const struct corpus *c, size_t n, const char *pattern, uint64_t *words,
               unsigned bit, struct charnn_error *e);

#endif
