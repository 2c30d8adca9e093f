/*
 * damage.h - texts in UTF-8 with bytes that are not: how many, and what they become.
 *
 * Damage is a sequence of bytes that begins no valid character: the longest one that could
 * begin one, else one byte, as in The Unicode Standard, section 3.9 (U+FFFD substitution of
 * maximal subparts).  So a text is repaired as Python's decode(errors='replace') or 'ignore'
 * would do it.
 */
#ifndef CHARNN_TEXT_DAMAGE_H
#define CHARNN_TEXT_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* What is changed in a text; {0} is nothing. */
struct repair {
    int damaged;    /* CHARNN_DAMAGED_REPLACE, _DROP or 0: leave damage as it is */
    bool drop_boms; /* drop byte order marks, except for one at the beginning */
};

/* Adds n bytes, which end with a whole character, to *out, repaired; they begin at offset `at`
 * of a text. */
void damage_repair(const struct repair *how, size_t at, const unsigned char *s, size_t n,
                   struct buf *out);

/* Counts the damage of a text. */
struct damage {
    size_t bytes;     /* of the text */
    size_t wide;      /* continuation bytes of valid characters */
    size_t sequences; /* of damage */
    size_t damaged;   /* bytes in them */
    size_t first;     /* offset of the first of them */
    bool cut;         /* the last one is the beginning of a character, at the end */
};

/* Continues counting with n more bytes.  Only the last portion may end within a character. */
void damage_count(struct damage *d, const unsigned char *s, size_t n);

/* Whether the text is UTF-8, but for its damage: most characters that are not ASCII are valid, or
 * only its end is cut, and more than a byte of the last character is left. */
bool damage_is_utf8(const struct damage *d);

#endif
