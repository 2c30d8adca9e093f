/* hash.c - FNV-1a over words instead of bytes, in four lanes, so that it runs at memory
 * speed. */
#include "base/hash.h"

#include <string.h>

enum { LANES = 4, WORD = 8 };

/* A bijection of h; the shift mixes high bits into the low ones. */
static uint64_t hash_stir(uint64_t h, uint64_t word)
{
    h = (h ^ word) * HASH_GOLDEN;
    return h ^ h >> 32;
}

/* Little-endian on every machine, so that checkpoints can be moved between machines. */
static uint64_t load_word(const unsigned char *s, size_t n)
{
    uint64_t word = 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(&word, s, n);
#else
    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)s[i] << 8 * i;
#endif
    return word;
}

uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *s = bytes;
    uint64_t lane[LANES] = { hash_stir(h, n), h + 1, h + 2, h + 3 };
    size_t i = 0;
    for (; n - i >= LANES * WORD; i += LANES * WORD)
        for (size_t l = 0; l < LANES; l++)
            lane[l] = hash_stir(lane[l], load_word(s + i + l * WORD, WORD));
    for (; i < n; i += WORD)
        lane[0] = hash_stir(lane[0], load_word(s + i, n - i < WORD ? n - i : WORD));
    for (size_t l = 1; l < LANES; l++)
        lane[0] = hash_stir(lane[0], lane[l]);
    return lane[0];
}

uint64_t hash_power(size_t n)
{
    uint64_t power = 1;
    for (size_t i = 0; i < n; i++)
        power *= HASH_GOLDEN;
    return power;
}
