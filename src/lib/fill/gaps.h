/*
 * gaps.h - a text in which some characters are masked, as the symbols of a model.
 *
 * Place 0 is what a text begins after: the separator of documents, else a newline, else the
 * model's first symbol; it has no bytes.  A character that the model does not know is read
 * as the nearest that it knows, or as U+FFFD, or not at all: then it has no place.  In the
 * text it stays as it is in any case.
 */
#ifndef CHARNN_FILL_GAPS_H
#define CHARNN_FILL_GAPS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rng.h"
#include "text/vocab.h"

struct gap_place {
    size_t at;    /* of its bytes in the text */
    uint8_t n;    /* so many; 0: place 0 */
    bool masked;  /* whoever fills it leaves this */
    bool exact;   /* the symbol is the character itself, not something near it */
    uint16_t id;  /* the symbol: read, or found by whoever filled the place */
    uint16_t was; /* gaps_hide: what it is in the text */
};

struct gaps {
    const struct vocab *v; /* borrowed, as is the text */
    const char *text;
    size_t bytes;
    struct gap_place *place; /* owned: [n] */
    size_t n;
    int mask; /* the mask's symbol, where the model knows it; -1 */
};

/* Reads a text in which every `mask`, one character (of a byte model one byte), stands for
 * a lost one; NULL: nothing is masked.  A text that a character model cannot read (invalid
 * UTF-8) is an error. */
int gaps_init(struct gaps *g, const struct vocab *v, const char *text, size_t n,
              const char *mask, struct charnn_error *e);
void gaps_release(struct gaps *g);

/* Masks some `share` of the places, at most half, by themselves or up to four together. */
void gaps_hide(struct gaps *g, double share, struct rng *rng);

/* The run of masked places from `from` on: *lo to *hi; false: there is none. */
bool gaps_run(const struct gaps *g, size_t from, size_t *lo, size_t *hi);

/* Adds the text with what has been found in the masked places. */
void gaps_write(const struct gaps *g, struct buf *out);

#endif
