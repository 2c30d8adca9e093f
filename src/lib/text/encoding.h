/*
 * encoding.h - guesses the encoding of a text that is not UTF-8, by how often its bytes
 * occur: sets of 8 bits (Latin, Cyrillic, Greek, Turkish, Hebrew, Arabic, Thai, Baltic), and
 * double-byte sets (Korean, Chinese, Japanese).
 */
#ifndef CHARNN_TEXT_ENCODING_H
#define CHARNN_TEXT_ENCODING_H

#include <stddef.h>

#include "base/buf.h"

enum {
    ENCODING_SAMPLE = 1 << 16, /* bytes that are enough for a guess */
    ENCODING_GUESSES = 5,
};

struct encoding {
    const char *name;
    double cost; /* -log p of the text in nats; the likeliest encoding has the least */
    int order;   /* decides between equal costs */
};

/* Finds the likeliest encodings, the best first; returns how many.  The text should begin
 * with its first byte above 0x7F; no more than ENCODING_SAMPLE bytes are read. */
size_t encoding_guess(const unsigned char *s, size_t n,
                      struct encoding best[ENCODING_GUESSES]);

/* Appends the iconv command for the likeliest encoding, and the names of the next likeliest
 * ones. */
void encoding_advise(const unsigned char *s, size_t n, struct buf *out);

#endif
