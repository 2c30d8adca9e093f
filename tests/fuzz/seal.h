/*
 * seal.h - the checksum of a checkpoint that a fuzzer has changed.
 *
 * With its old checksum every changed checkpoint would be refused as damaged, and the code that
 * reads the rest of a checkpoint would not be tested.
 */
#ifndef CHARNN_FUZZ_SEAL_H
#define CHARNN_FUZZ_SEAL_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* Returns a copy, [size], which the caller frees.  If the data has a checksum, the copy has the
 * correct one. */
static inline uint8_t *sealed(const uint8_t *data, size_t size)
{
    static const char member[] = "\"checksum\":\"";
    char digits[HASH_DIGITS + 1];
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    uint8_t *found = memmem(copy, size, member, sizeof member - 1);
    if (!found || copy + size - found < (long)(sizeof member - 1 + HASH_DIGITS))
        return copy;
    found += sizeof member - 1;
    memset(found, '0', HASH_DIGITS);
    snprintf(digits, sizeof digits, "%016" PRIx64, hash_bytes(HASH_BEGIN, copy, size));
    memcpy(found, digits, HASH_DIGITS);
    return copy;
}

#endif
