/*
 * signature.h - recognises what is not a text, or a text in UTF-16 or UTF-32, by its first
 * bytes.
 */
#ifndef CHARNN_TEXT_SIGNATURE_H
#define CHARNN_TEXT_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

enum { SIGNATURE_HEAD = 4096 }; /* the number of bytes that are read */

/* What a file that begins with s[0..n) is, and what to do first: "it is gzip: ...".  Sets *wide
 * to whether it is a text in UTF-16 or UTF-32.  If nothing is recognised, returns NULL and sets
 * *wide to true. */
const char *signature_advice(const unsigned char *s, size_t n, bool *wide);

#endif
