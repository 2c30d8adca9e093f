/*
 * hangul.h - composes decomposed Hangul (conjoining jamo, as in file names and some texts
 * from macOS) into syllables: The Unicode Standard, section 3.12.
 */
#ifndef CHARNN_TEXT_HANGUL_H
#define CHARNN_TEXT_HANGUL_H

#include <stddef.h>

/* Composes UTF-8 text in place.  A leading consonant and a vowel become a syllable.  A trailing
 * consonant is joined to the syllable before it, if that syllable has none.  Everything else
 * is unchanged.  Returns the new length. */
size_t hangul_compose(unsigned char *s, size_t n);

/* How many bytes at the end of composed text may still be composed with the bytes that
 * follow. */
size_t hangul_open(const unsigned char *s, size_t n);

#endif
