/* hash.c - FNV-1a over words instead of bytes, in four lanes, so that it runs at memory
 * speed. */
#include "base/hash.h"

#include <string.h>

enum { LANES = HASH_LANES, WORD = HASH_WORD, ROW = LANES * WORD };

/* For a given word this is a bijection of h.  The shift moves high bits into low ones. */
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

void hash_begin(struct hash *s, uint64_t h, size_t n)
{
    *s = (struct hash){ .lane = { hash_stir(h, n), h + 1, h + 2, h + 3 } };
}

/* Adds whole rows, which have one word per lane; returns how many bytes it added. */
static size_t add_rows(struct hash *s, const unsigned char *bytes, size_t n)
{
    uint64_t lane[LANES]; /* a copy that compilers keep in registers */
    size_t i = 0;
    memcpy(lane, s->lane, sizeof lane);
    for (; n - i >= ROW; i += ROW)
        for (size_t l = 0; l < LANES; l++)
            lane[l] = hash_stir(lane[l], load_word(bytes + i + l * WORD, WORD));
    memcpy(s->lane, lane, sizeof lane);
    return i;
}

static size_t add_rest(struct hash *s, const unsigned char *bytes, size_t n)
{
    const size_t room = ROW - s->n_rest, taken = n < room ? n : room;
    memcpy(s->rest + s->n_rest, bytes, taken);
    s->n_rest += taken;
    return taken;
}

void hash_add(struct hash *s, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    size_t done = 0;
    if (n > 0 && s->n_rest > 0)
        done = add_rest(s, at, n);
    if (s->n_rest == ROW) {
        add_rows(s, s->rest, ROW);
        s->n_rest = 0;
    }
    if (done < n)
        done += add_rows(s, at + done, n - done);
    if (done < n)
        add_rest(s, at + done, n - done);
}

uint64_t hash_end(const struct hash *s)
{
    uint64_t h = s->lane[0];
    for (size_t i = 0; i < s->n_rest; i += WORD)
        h = hash_stir(h,
                      load_word(s->rest + i, s->n_rest - i < WORD ? s->n_rest - i : WORD));
    for (size_t l = 1; l < LANES; l++)
        h = hash_stir(h, s->lane[l]);
    return h;
}

uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
    struct hash s;
    hash_begin(&s, h, n);
    hash_add(&s, bytes, n);
    return hash_end(&s);
}

uint64_t hash_power(size_t n)
{
    uint64_t power = 1;
    for (size_t i = 0; i < n; i++)
        power *= HASH_GOLDEN;
    return power;
}
