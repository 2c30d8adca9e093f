/*
 * hangul.h - composes decomposed Hangul (conjoining jamo, as in file names and some texts
 * from macOS) into syllables: The Unicode Standard, section 3.12.
 */
#ifndef CHARNN_TEXT_HANGUL_H
#define CHARNN_TEXT_HANGUL_H

#include <stddef.h>

/* Composes L+V, L+V+T and LV+T in UTF-8 text, in place, and leaves everything else
 * unchanged.  Returns the new length. */
size_t hangul_compose(unsigned char *s, size_t n);

/* How many bytes at the end of composed text might still compose with the bytes that
 * follow. */
size_t hangul_open(const unsigned char *s, size_t n);

#endif
