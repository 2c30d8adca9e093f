/*
 * width.h - how wide a text is in a terminal: Hangul, Chinese characters and most emoji
 * take two columns, combining marks none.
 */
#ifndef CHARNN_BASE_WIDTH_H
#define CHARNN_BASE_WIDTH_H

#include <stddef.h>

/* The number of columns that n bytes of UTF-8 take; a byte that is not UTF-8 takes one. */
int width_of(const char *s, size_t n);

/* How many bytes of s, in whole characters, fit into the given number of columns. */
size_t width_fit(const char *s, int columns);

#endif
