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

enum { NEAR_MOST = 4 };

/* Characters near c into near, the nearest first; returns how many. */
size_t near_characters(uint32_t c, uint32_t near[NEAR_MOST]);

/* A combining accent. */
bool near_is_mark(uint32_t c);

#endif
