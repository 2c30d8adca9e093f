/* base64.h - encodes bytes as text (RFC 4648, section 4), one at a time, and decodes it. */
#ifndef CHARNN_BASE_BASE64_H
#define CHARNN_BASE_BASE64_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct base64 {
    struct buf *out;
    uint32_t bits; /* bits that are not written yet */
    int n;         /* number of bytes in them */
};

/* Adds a byte; returns the number of characters written, 0 or 4. */
int base64_byte(struct base64 *b, unsigned byte);

/* Writes the bytes not yet written, padded with =; returns the number of characters. */
int base64_end(struct base64 *b);

/* Appends the bytes that n characters encode.  false: they are not base64 as written by
 * these functions, without spaces and with the padding. */
bool base64_decode(struct buf *out, const char *text, size_t n);

#endif
