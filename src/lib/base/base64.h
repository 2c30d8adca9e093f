/* base64.h - bytes as text (RFC 4648, section 4), one after the other. */
#ifndef CHARNN_BASE_BASE64_H
#define CHARNN_BASE_BASE64_H

#include <stdint.h>

#include "base/buf.h"

struct base64 {
    struct buf *out;
    uint32_t bits; /* bytes that wait for a third */
    int n;         /* how many */
};

/* Adds a byte; returns the number of characters that it brought, 0 or 4. */
int base64_byte(struct base64 *b, unsigned byte);

/* Adds what waits, filled up with =, and begins anew; returns the number of characters. */
int base64_end(struct base64 *b);

#endif
