/*
 * regex_feature.h - finds the matches of a regular expression in a text, line by line.
 *
 * Expressions are POSIX extended ones (regcomp of libc), and are matched with the UTF-8
 * bytes of the text.  A line of more than a few thousand bytes is read in pieces; a match
 * does not extend beyond its piece.
 */
#ifndef CHARNN_INSPECT_REGEX_FEATURE_H
#define CHARNN_INSPECT_REGEX_FEATURE_H

#include "text/corpus.h"

/* The code point (or byte) at index `at` of the text; a newline for the end of a
 * document. */
uint32_t regex_symbol(const struct corpus *c, size_t at);

/* Sets bit `bit` of words[at] for every matched character among the first n.  It is a usage
 * error if regcomp refuses the expression. */
int regex_mark(const struct corpus *c, size_t n, const char *pattern, uint64_t *words,
               unsigned bit, struct charnn_error *e);

#endif
