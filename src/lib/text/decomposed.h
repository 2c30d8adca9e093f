/*
 * decomposed.h - notices letters that are decomposed (NFD): a letter and a combining mark, for
 * which Unicode has one character.  hangul.h has the syllables of Hangul.
 */
#ifndef CHARNN_TEXT_DECOMPOSED_H
#define CHARNN_TEXT_DECOMPOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/sources.h"

/* Whether Unicode has one character for the letter with this mark.  Covers the scripts of
 * everyday texts: Latin, Greek, Cyrillic, Arabic, kana, and the vowel signs of India, Sri
 * Lanka and Myanmar. */
bool decomposed_pair(uint32_t letter, uint32_t mark);

/* Whether decomposed_pair may be true for `mark` and some letter. */
bool decomposed_mark(uint32_t mark);

struct decomposed {
    size_t pairs;          /* number of decomposed letters found */
    uint32_t letter, mark; /* the first decomposed letter */
};

/* Reads the beginning of the sources, about a megabyte in all, and counts decomposed
 * letters. */
int decomposed_find(struct decomposed *d, struct sources *s, struct reader *r,
                    struct charnn_error *e);

#endif
