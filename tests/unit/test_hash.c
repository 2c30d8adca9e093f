/* test_hash.c - the hash: it changes with every change of the input, and is the same on
 * every machine. */
#include "base/hash.h"

#include <stdlib.h>

#include "base/rng.h"
#include "test.h"

enum { N = 600 };

static unsigned char text[N];

static void draw_text(void)
{
    struct rng rng;
    rng_init(&rng, 1);
    for (size_t i = 0; i < N; i++)
        text[i] = (unsigned char)rng_next(&rng);
}

/* Other machines and later versions must recognise checkpoints and corpora by these
 * values. */
static void hash_values_are_the_same_in_every_version(void)
{
    static const char alphabet[] =
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const uint64_t h = HASH_BEGIN;
    CHECK(hash_bytes(h, "", 0) == 0x10afadf7826aa91bu);
    CHECK(hash_bytes(h, "a", 1) == 0x7d12b83d30830b2cu);
    CHECK(hash_bytes(h, alphabet, sizeof alphabet - 1) == 0x44d6fbbf0a482659u);
}

static void every_bit_changes_the_hash(void)
{
    for (size_t n = 1; n < N; n = n < 80 ? n + 1 : n * 2) {
        const uint64_t h = hash_bytes(HASH_BEGIN, text, n);
        for (size_t i = 0; i < n; i++)
            for (int bit = 0; bit < 8; bit++) {
                text[i] ^= (unsigned char)(1 << bit);
                const uint64_t other = hash_bytes(HASH_BEGIN, text, n);
                CHECK_MSG(other != h, "bit %d of byte %zu of %zu", bit, i, n);
                text[i] ^= (unsigned char)(1 << bit);
            }
    }
}

/* Changes and exchanges words and lanes, and appends zeros. */
static void length_and_order_change_the_hash(void)
{
    static const unsigned char zeros[200];
    for (size_t n = 1; n < 200; n++)
        CHECK(hash_bytes(HASH_BEGIN, zeros, n) != hash_bytes(HASH_BEGIN, zeros, n - 1));
    const uint64_t h = hash_bytes(HASH_BEGIN, text, N);
    for (size_t i = 0; i + 16 <= N; i += 8)
        for (size_t j = i + 8; j + 8 <= N; j += 8) {
            unsigned char copy[N];
            memcpy(copy, text, N);
            memcpy(copy + i, text + j, 8);
            memcpy(copy + j, text + i, 8);
            CHECK_MSG(hash_bytes(HASH_BEGIN, copy, N) != h, "words at %zu and %zu", i, j);
        }
}

static void pieces_and_beginnings_count(void)
{
    const uint64_t whole = hash_bytes(HASH_BEGIN, text, N);
    for (size_t cut = 0; cut <= N; cut += 50)
        CHECK(hash_bytes(hash_bytes(HASH_BEGIN, text, cut), text + cut, N - cut) != whole);
    for (int bit = 0; bit < 64; bit++)
        CHECK(hash_bytes(HASH_BEGIN ^ (uint64_t)1 << bit, text, N) != whole);
}

/* The address of the bytes has no influence. */
static void alignment_does_not_count(void)
{
    unsigned char room[N + 16];
    const uint64_t h = hash_bytes(HASH_BEGIN, text, N);
    for (size_t i = 0; i < 16; i++) {
        memcpy(room + i, text, N);
        CHECK(hash_bytes(HASH_BEGIN, room + i, N) == h);
    }
}

/* A changed bit of the input changes about half of the 64 bits. */
static void a_changed_bit_changes_half_of_the_hash(void)
{
    const uint64_t h = hash_bytes(HASH_BEGIN, text, N);
    double sum = 0;
    int least = 64;
    for (size_t i = 0; i < 8 * N; i++) {
        text[i / 8] ^= (unsigned char)(1 << i % 8);
        const int changed = __builtin_popcountll(hash_bytes(HASH_BEGIN, text, N) ^ h);
        text[i / 8] ^= (unsigned char)(1 << i % 8);
        sum += changed;
        least = changed < least ? changed : least;
    }
    CHECK_MSG(sum / (8 * N) > 28 && sum / (8 * N) < 36, "%g", sum / (8 * N));
    CHECK_MSG(least > 2, "%d", least);
}

static void a_hash_does_not_depend_on_the_portions(void)
{
    for (size_t n = 0; n < 200; n++)
        for (size_t each = 1; each <= 70; each++) {
            struct hash s;
            hash_begin(&s, HASH_BEGIN, n);
            for (size_t at = 0; at < n; at += each)
                hash_add(&s, text + at, n - at < each ? n - at : each);
            CHECK_MSG(hash_end(&s) == hash_bytes(HASH_BEGIN, text, n),
                      "%zu bytes, %zu at a time", n, each);
        }
}

int main(void)
{
    draw_text();
    RUN(hash_values_are_the_same_in_every_version);
    RUN(every_bit_changes_the_hash);
    RUN(length_and_order_change_the_hash);
    RUN(pieces_and_beginnings_count);
    RUN(alignment_does_not_count);
    RUN(a_changed_bit_changes_half_of_the_hash);
    RUN(a_hash_does_not_depend_on_the_portions);
    return test_end();
}
