/* base64.h - encodes bytes as Base64 (RFC 4648, section 4), one byte at a time, and decodes
 * Base64. */
#ifndef CHARNN_BASE_BASE64_H
#define CHARNN_BASE_BASE64_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct base64 {
    struct buf *out;
    uint32_t bits; /* bits that are not written yet */
    int n;         /* number of bytes in `bits`, 0 to 2 */
};

/* Adds a byte; returns the number of characters written, 0 or 4. */
int base64_byte(struct base64 *b, unsigned byte);

/* Writes the bytes that are not written yet, padded with =; returns the number of characters
 * written, 0 or 4. */
int base64_end(struct base64 *b);

/* Appends to *out the bytes that n characters encode.  Returns false if the characters are
 * not Base64 with padding and without spaces. */
bool base64_decode(struct buf *out, const char *text, size_t n);

#endif
