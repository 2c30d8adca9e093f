/*
 * confusables.h - similar characters: the other case, the letter without its accent, plain
 * quotation marks, dashes and spaces.
 *
 * The tables cover Latin up to U+017F, and the case of Greek and Cyrillic.  Combining accents
 * (in decomposed text) have no similar characters; callers should leave them out.
 */
#ifndef CHARNN_TEXT_CONFUSABLES_H
#define CHARNN_TEXT_CONFUSABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFUSABLES_MAX = 4 };

/* Lists the characters that may replace c, the most similar first; returns how many. */
size_t confusables_of(uint32_t c, uint32_t similar[CONFUSABLES_MAX]);

/* Whether c is a combining accent. */
bool confusables_is_accent(uint32_t c);

#endif
