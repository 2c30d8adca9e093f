/*
 * gaps.h - a text with masked characters, as symbols of a model.
 *
 * Place 0 is the symbol before the text: the separator of documents, else a newline, else
 * the model's first symbol; it has no bytes.  A character that the model does not know is
 * read as the most similar one that it knows, or as U+FFFD, or is left out: then it has no
 * place.  The written text has the character itself in any case.
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
    uint8_t n;    /* bytes; 0: place 0 */
    bool masked;  /* stays true once it is filled */
    bool exact;   /* the symbol is the character itself, not a similar one */
    uint16_t id;  /* the symbol, read or filled in */
    uint16_t was; /* after gaps_hide: the symbol in the text */
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
 * a lost character; NULL: none is masked.  A text that a character model cannot read
 * (invalid UTF-8) is an error. */
int gaps_init(struct gaps *g, const struct vocab *v, const char *text, size_t n,
              const char *mask, struct charnn_error *e);
void gaps_release(struct gaps *g);

/* Masks about the given share of the places, at most half, in runs of one to four. */
void gaps_hide(struct gaps *g, double share, struct rng *rng);

/* The first run [*lo, *hi) of masked places at or after `from`; false: there is none. */
bool gaps_run(const struct gaps *g, size_t from, size_t *lo, size_t *hi);

/* Appends the text with the symbols of the masked places. */
void gaps_write(const struct gaps *g, struct buf *out);

#endif
