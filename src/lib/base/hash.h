/* hash.h - 64-bit hashes, to recognise files and detect damage; not cryptographic. */
#ifndef CHARNN_BASE_HASH_H
#define CHARNN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_DIGITS = 16 };
#define HASH_BEGIN 0xCBF29CE484222325u

/* Adds a piece of n bytes to the hash h, which starts as HASH_BEGIN. Hashes the length too:
 * the same bytes in pieces of other lengths have another hash.  The result is the same on
 * every machine. */
uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n);

/* Computes hash_bytes(h, bytes, n) for a piece that arrives in portions of any size: call
 * hash_begin with h and n, hash_add for each portion, then hash_end, which returns the
 * hash. */
enum { HASH_LANES = 4, HASH_WORD = 8 };
struct hash {
    uint64_t lane[HASH_LANES];
    unsigned char rest[HASH_LANES * HASH_WORD]; /* [n_rest] bytes that do not fill a row
                                                 * yet */
    size_t n_rest;
};
void hash_begin(struct hash *s, uint64_t h, size_t n);
void hash_add(struct hash *s, const void *bytes, size_t n);
uint64_t hash_end(const struct hash *s);

/* 2^64 / the golden ratio, odd: the upper bits of a product with it depend on all the bits
 * of the other factor (multiplicative hashing, Knuth). */
#define HASH_GOLDEN 0x9E3779B97F4A7C15u

/* A rolling hash of the last n symbols of a text: a polynomial modulo 2^64 (Karp and Rabin
 * 1987).  `oldest` is the symbol that leaves the window, 0 while there are fewer than n;
 * `power` is hash_power(n). */
uint64_t hash_power(size_t n);
static inline uint64_t hash_slide(uint64_t h, uint64_t next, uint64_t oldest,
                                  uint64_t power)
{
    return h * HASH_GOLDEN + next - oldest * power;
}

#endif
