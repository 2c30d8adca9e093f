/*
 * buf.h - a growing byte string, and checked arithmetic for sizes.
 *
 * Invariant: data[len] == 0 after the first append, even one of 0 bytes.  After a failed
 * allocation `failed` stays set and later calls do nothing, so a writer checks only once,
 * at the end.
 */
#ifndef CHARNN_BASE_BUF_H
#define CHARNN_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* owned; NULL while empty */
    size_t len; /* bytes without the final 0 */
    size_t cap;
    bool failed; /* an allocation failed; the content is incomplete */
};

void buf_release(struct buf *b);
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns the bytes, ended by a 0, which the caller then owns and frees; b must not be used
 * again.  After a failure it releases b and returns NULL. */
char *buf_take(struct buf *b);

/* Appends the shortest decimal text that reads back as v. */
void buf_real(struct buf *b, double v);

/* Makes room for n more bytes and the final 0.  The caller writes them at data + len,
 * increases len, and adds the 0.  False (and `failed`) when out of memory. */
bool buf_reserve(struct buf *b, size_t n);

/* Appends a sentence to `note`, a string in an array of `size` bytes, and before it "; " if
 * the string is not empty.  Text that does not fit is cut off. */
void buf_note(char *note, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* size_mul sets *out to a * b, size_add to a + b.  They return false, and leave *out
 * unchanged, if the result does not fit in a size_t. */
bool size_mul(size_t a, size_t b, size_t *out);
bool size_add(size_t a, size_t b, size_t *out);

static inline size_t size_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
