/*
 * utf8.h - UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 */
#ifndef CHARNN_BASE_UTF8_H
#define CHARNN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_MAX = 4, UTF8_REPLACEMENT = 0xFFFD, UTF8_BOM = 0xFEFF, UTF8_LAST = 0x10FFFF };

/* Decodes one character from s[0..n).  Returns its length in bytes (1..4) and sets *c;
 * returns 0 if no valid character begins there, or n == 0. */
int utf8_decode(const unsigned char *s, size_t n, uint32_t *c);

/* Writes c as UTF-8 and returns the number of bytes; 0 for a surrogate or a value past
 * U+10FFFF. */
int utf8_encode(uint32_t c, char out[UTF8_MAX]);

/* Returns the offset of the first byte that does not begin a valid character; n if all of
 * s[0..n) is valid. */
size_t utf8_check(const unsigned char *s, size_t n);

/* Whether s[0..n), n > 0, can be the beginning of a valid character. */
bool utf8_is_begun(const unsigned char *s, size_t n);

/* The number of bytes, 1..4, of a character whose first byte is `lead`; 0 if no character
 * begins with that byte. */
int utf8_length(unsigned char lead);

/* The number of bytes of the byte order mark at the beginning of s; 0 if there is none. */
size_t utf8_bom(const unsigned char *s, size_t n);

/* A name for a message: 'a', '\n', U+00E9 'é'.  Returns out. */
char *utf8_name(uint32_t c, char out[32]);

#endif
