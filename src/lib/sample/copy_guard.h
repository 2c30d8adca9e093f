/*
 * copy_guard.h - finds the symbols that must not come next, because more than N symbols in a
 * row would then be copied from a text.
 *
 * A hash table contains every stretch of N + 1 symbols of the text once, under the hash of
 * its first N; candidates are compared with the text itself, so the answer is exact.  A
 * slot of 4 bytes has the place where a stretch begins and, in the upper bits, a part of
 * its hash.  Together with the ids, a text of n characters takes 6.3 n bytes, or
 * 7.3 n with a vocabulary of more than 255 symbols.
 */
#ifndef CHARNN_SAMPLE_COPY_GUARD_H
#define CHARNN_SAMPLE_COPY_GUARD_H

#include <stdbool.h>

#include "base/err.h"
#include "text/vocab.h"

enum { COPY_GUARD_MOST = 65536 };

struct copy_guard {
    size_t N;        /* number of symbols in a row that may be copied; 0: no table */
    size_t n;        /* symbols of the text, including unknown ones */
    size_t V, room;  /* symbols of the vocabulary; symbols for which there is memory */
    uint8_t *narrow; /* [room] when every id is below 255, else NULL */
    uint16_t *wide;  /* [room] otherwise */
    uint32_t *slot;  /* [n_slots] 0: empty; else 1 + place, and hash bits above it */
    size_t n_slots;
    uint32_t places; /* mask for the bits of a slot that hold the place */
    uint64_t power;  /* hash_power(N) */
};

/* The last N symbols of an unfinished text. */
struct copy_place {
    uint16_t *recent; /* [N] a ring buffer; the oldest symbol is at written % N */
    size_t written;
    uint64_t hash; /* of the symbols in the ring */
};

/* Reads files ("-" is standard input), or the text files below folders, with this
 * vocabulary.  Stretches with unknown symbols are left out. 1 <= N <= COPY_GUARD_MOST, or 0:
 * the text is kept without the table, for copy_guard_has only. */
int copy_guard_read(struct copy_guard *g, const char *const *paths, size_t n_paths,
                    const struct vocab *v, size_t N, struct charnn_error *e);
/* Whether the text has the n symbols right after the symbol `before`, or at its beginning; if
 * `before` is -1, anywhere. */
bool copy_guard_has(const struct copy_guard *g, const uint16_t *ids, size_t n, int before);
/* Like copy_guard_read, for ids in memory; VOCAB_MAX stands for an unknown symbol. */
int copy_guard_init(struct copy_guard *g, const uint16_t *ids, size_t n, size_t V, size_t N,
                    struct charnn_error *e);
void copy_guard_release(struct copy_guard *g);

/* A guard for a text that is still being generated.  copy_guard_begin makes it empty;
 * copy_guard_append adds `id` to it and to p, the last N symbols of the text.  All return
 * -1 when out of memory. */
int copy_guard_begin(struct copy_guard *g, size_t V, size_t N);
struct copy_place;
int copy_guard_append(struct copy_guard *g, struct copy_place *p, int id);
/* copy_guard_copy makes a growing guard equal to another with the same N; copy_guard_clear
 * empties one. */
int copy_guard_copy(struct copy_guard *to, const struct copy_guard *from);
void copy_guard_clear(struct copy_guard *g);

/* copy_place_init returns -1 when out of memory; copy_place_release frees the memory.
 * copy_place_add adds a symbol to the end of the text. */
int copy_place_init(struct copy_place *p, const struct copy_guard *g);
void copy_place_release(struct copy_place *p);
void copy_place_copy(struct copy_place *to, const struct copy_place *from,
                     const struct copy_guard *g);
void copy_place_add(struct copy_place *p, const struct copy_guard *g, int id);

/* Clears allowed[id] for every symbol that would be the (N + 1)th copied symbol in a row, if
 * it came after the text of p. */
void copy_guard_forbid(const struct copy_guard *g, const struct copy_place *p,
                       bool *allowed);

#endif
