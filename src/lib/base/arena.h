/*
 * arena.h - one zeroed block of memory, planned before it is allocated.
 *
 * A plan is a function that takes everything it needs from the arena.  It runs twice:
 * on an unallocated arena it only measures (every pointer is NULL), and after
 * arena_alloc it hands out the memory.  Pieces are aligned to 64 bytes and zeroed.
 */
#ifndef CHARNN_BASE_ARENA_H
#define CHARNN_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena {
    char *base; /* NULL while measuring */
    size_t used;
    size_t size;
    double wanted; /* bytes taken so far, even if a size_t cannot hold them */
    bool overflow; /* a measured size did not fit in size_t */
    void *block;   /* owned; base is its first multiple of 64 */
};

/* Takes zeroed memory for n objects of `each` bytes.  Returns NULL while measuring. */
void *arena_take(struct arena *a, size_t n, size_t each);

/* Ends the measuring pass: allocates as much as was taken.  The next arena_take starts again
 * at the beginning.  The error begins with `what`, the purpose of the memory ("training
 * memory"), and says how much was needed. */
int arena_alloc(struct arena *a, const char *what, struct charnn_error *e);

/* Returns 0 if the bytes taken so far fit into the machine's memory and swap, otherwise -1
 * with the same error as arena_alloc. */
int arena_fits(const struct arena *a, const char *what, struct charnn_error *e);

void arena_release(struct arena *a);

/* Declares that these bytes of an arena are no longer needed.  Their values become
 * undefined, and the system may take the memory back until the bytes are written again. */
void arena_discard(void *from, size_t bytes);

#endif
