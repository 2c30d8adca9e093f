/*
 * features.h - properties of each character of a text: whether it is inside quotation
 * marks, how far it is from the beginning of its line, ...
 *
 * Each feature is a small automaton that reads the text once, or a regular expression.  The
 * value at a character is the state after reading that character: an opening quotation mark
 * counts as inside, a closing one does not.  Binary features are bits of one word per
 * character, numeric ones arrays of numbers.
 */
#ifndef CHARNN_INSPECT_FEATURES_H
#define CHARNN_INSPECT_FEATURES_H

#include <stdbool.h>

#include "text/corpus.h"

enum { FEATURES_MOST = 40 };

struct feature {
    const char *name, *help;
    bool numeric;
    unsigned row; /* index of the bit, or of the array of numbers */
};

struct features {
    size_t n;                           /* number of characters */
    size_t count;                       /* number of features */
    struct feature list[FEATURES_MOST]; /* built-in features, then those of `match` */
    uint64_t *bits;                     /* [n] */
    float *numbers;                     /* [numeric][n] */
};

/* Reads the first n characters of the corpus. match: POSIX extended regular expressions,
 * borrowed, at most CHARNN_UNITS_MATCH_MAX; their features are 1 for the characters of a
 * match within a line.  A bad expression is a usage error.  *f needs features_release even
 * after a failure. */
int features_read(struct features *f, const struct corpus *c, size_t n,
                  const char *const *match, size_t n_match, struct charnn_error *e);
void features_release(struct features *f);

/* The value of feature i at character `at`. */
double features_at(const struct features *f, size_t i, size_t at);

#endif
