/*
 * gaps.h - a text with masked characters, as a sequence of symbols of a model.
 *
 * A place is a symbol of that sequence.  Place 0 is the one before the text: the separator
 * of documents, else a newline, else the model's first symbol; it has no bytes.  As
 * `unknown.policy` says, an unknown character is an error, is read as the most similar known
 * one or as U+FFFD, or is left out and has no place.  The output text always has the original
 * character.
 */
#ifndef CHARNN_FILL_GAPS_H
#define CHARNN_FILL_GAPS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rng.h"
#include "text/vocab.h"

struct gap_place {
    size_t at;    /* offset of its bytes in the text */
    uint8_t n;    /* length of its bytes; 0 for place 0 */
    bool masked;  /* stays true after the place is filled */
    bool exact;   /* `id` is the symbol of the character itself, not of a replacement */
    uint16_t id;  /* the symbol, read or filled in */
    uint16_t was; /* after gaps_hide: the original symbol */
};

struct gaps {
    const struct vocab *v; /* borrowed, as is the text */
    const char *text;
    size_t bytes;
    struct gap_place *place; /* owned: [n] */
    size_t n;
    int mask;                     /* the mask as a symbol; -1: the model does not know it */
    struct vocab_unknown unknown; /* unknown characters; masks are not counted */
};

/* Reads a text of n bytes.  Every `mask`, one character (for a byte model, one byte), marks a
 * missing character; if `mask` is NULL, nothing is masked.  `unknown` is a CHARNN_UNKNOWN_*.
 * For a model of characters, invalid UTF-8 is an error. */
int gaps_init(struct gaps *g, const struct vocab *v, const char *text, size_t n,
              const char *mask, int unknown, struct charnn_error *e);
void gaps_release(struct gaps *g);

/* Masks about the given share (at most 0.5) of the places in runs of one to four, and only
 * places that are `exact`. */
void gaps_hide(struct gaps *g, double share, struct rng *rng);

/* Finds the first run [*lo, *hi) of masked places at or after `from`; returns false if there
 * is none. */
bool gaps_run(const struct gaps *g, size_t from, size_t *lo, size_t *hi);

/* Appends the text, in which each masked place is replaced by its symbol. */
void gaps_write(const struct gaps *g, struct buf *out);

#endif
