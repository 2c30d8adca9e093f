/*
 * tally.h - counts the symbols of texts, characters or bytes, and makes the vocabulary from
 * them.
 */
#ifndef CHARNN_TEXT_TALLY_H
#define CHARNN_TEXT_TALLY_H

#include <stdint.h>

#include "text/sources.h"
#include "text/vocab.h"

struct tally {
    int64_t *count; /* [every code point] occurrences */
    uint32_t
        limit;     /* all counts from here on are 0, so most of the table takes no memory */
    size_t n;      /* number of symbols in all sources */
    size_t *bytes; /* [sources] length of each text that the reader returns */
    size_t boms;   /* sources that begin with a byte order mark */
    const struct source *bad; /* the first source that is not valid UTF-8; NULL: none */
    size_t bad_at;            /* offset of the first invalid byte */
    const struct source
        *odd;           /* the first source whose beginning text/signature.h recognises
                               * as something other than UTF-8 text; NULL: none */
    const char *advice; /* what `odd` is, and what the user can do */
    bool no_text;       /* `odd` is not a text in any encoding */
};

int tally_init(struct tally *t, size_t n_sources, struct charnn_error *e);
void tally_release(struct tally *t);

/* Counts characters, up to the first source that is not valid UTF-8.  Both functions forget what
 * was counted before. */
int tally_chars(struct tally *t, struct sources *s, struct reader *r,
                struct charnn_error *e);
int tally_bytes(struct tally *t, struct sources *s, struct reader *r,
                struct charnn_error *e);

/* Adds the counts of symbols rarer than min_count to U+FFFD and clears them, except for the
 * symbol `kept` (-1: none).  It is an error if no symbol is left. */
int tally_replace_rare(struct tally *t, int64_t min_count, int64_t kept,
                       struct charnn_error *e);

/* Makes the vocabulary; v->unit must be set. */
int tally_vocab(const struct tally *t, struct vocab *v, struct charnn_error *e);

#endif
