/*
 * confusables.h - characters that a reader would take for each other, or nearly: the other case,
 * the letter below an accent, plain quotation marks, dashes and spaces.
 *
 * Latin as far as U+017F, Greek and Cyrillic case; combining accents (decomposed text) have
 * nothing near them and are best left out.
 */
#ifndef CHARNN_TEXT_CONFUSABLES_H
#define CHARNN_TEXT_CONFUSABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFUSABLES_MAX = 4 };

/* Characters near c into near, the nearest first; returns how many. */
size_t confusables_of(uint32_t c, uint32_t near[CONFUSABLES_MAX]);

/* A combining accent. */
bool confusables_is_accent(uint32_t c);

#endif
