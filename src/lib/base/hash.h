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

/* 2^64 / the golden ratio, odd: the upper bits of a product with it depend on all the bits
 * of the other factor (multiplicative hashing, Knuth). */
#define HASH_GOLDEN 0x9E3779B97F4A7C15u

/* A hash of the last n symbols of a text, a polynomial modulo 2^64 that moves on by one
 * symbol at a time (Karp and Rabin 1987).  `oldest` is the symbol that leaves, 0 while there
 * are not n yet, and `power` is hash_power(n). */
uint64_t hash_power(size_t n);
static inline uint64_t hash_slide(uint64_t h, uint64_t next, uint64_t oldest,
                                  uint64_t power)
{
    return h * HASH_GOLDEN + next - oldest * power;
}

#endif
