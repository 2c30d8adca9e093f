/* hash.h - a 64-bit checksum of bytes, for recognising and for noticing damage; not for
 * secrets. */
#ifndef CHARNN_BASE_HASH_H
#define CHARNN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_DIGITS = 16 };
#define HASH_BEGIN 0xCBF29CE484222325u

/* Goes on from h with a piece of n bytes.  The length goes in too, so the same bytes in
 * other pieces have another hash.  The same on every machine. */
uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n);

#endif
