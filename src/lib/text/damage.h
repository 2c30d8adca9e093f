/*
 * damage.h - counts and repairs the invalid bytes of a text that is otherwise UTF-8.
 *
 * A damaged sequence is the longest beginning of a valid character that is not completed,
 * or else a single byte, as in The Unicode Standard, section 3.9 (U+FFFD substitution of
 * maximal subparts).  So a text is repaired as Python's decode(errors='replace') or
 * 'ignore' would do it.
 */
#ifndef CHARNN_TEXT_DAMAGE_H
#define CHARNN_TEXT_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* How a text is repaired; {0} changes nothing. */
struct repair {
    int damaged;    /* CHARNN_DAMAGED_REPLACE, _DROP or 0: leave damage as it is */
    bool drop_boms; /* drop byte order marks, except for one at the beginning */
};

/* Repairs n bytes, which end with a whole character, and appends them to *out.  They begin
 * at offset `at` of a text. */
void damage_repair(const struct repair *how, size_t at, const unsigned char *s, size_t n,
                   struct buf *out);

/* Counts the damage of a text. */
struct damage {
    size_t bytes;     /* of the text */
    size_t wide;      /* continuation bytes of valid characters */
    size_t sequences; /* damaged sequences */
    size_t damaged;   /* bytes in damaged sequences */
    size_t first;     /* offset of the first damaged sequence */
    bool cut;         /* the last damaged sequence is an incomplete character at the end */
    struct buf
        *sample; /* borrowed, may be NULL: gets the bytes that encoding_advise needs */
};

/* Continues counting with n more bytes.  Only the last portion may end within a character. */
void damage_count(struct damage *d, const unsigned char *s, size_t n);

/* Whether the text is UTF-8 apart from its damage: the damaged sequences are fewer than the
 * continuation bytes of valid characters, or the only one is an incomplete last character of
 * more than one byte. */
bool damage_is_utf8(const struct damage *d);

#endif
