/*
 * tally.h - counts the symbols of texts, characters or bytes, and makes the vocabulary of them.
 */
#ifndef CHARNN_TEXT_TALLY_H
#define CHARNN_TEXT_TALLY_H

#include <stdint.h>

#include "text/sources.h"
#include "text/vocab.h"

struct tally {
    int64_t
        *count; /* [every code point] occurrences; all zero from `limit` on, so that most of
                       the table is never touched */
    uint32_t limit;
    size_t n;                 /* symbols in all */
    size_t *bytes;            /* [sources] length of each as the reader prepares it */
    size_t boms;              /* sources that begin with a byte order mark */
    const struct source *bad; /* the first source that is not UTF-8, NULL if all are */
    size_t bad_at;            /* offset in it */
    const char *remedy;       /* what to do about it */
};

int tally_init(struct tally *t, size_t n_sources, struct charnn_error *e);
void tally_release(struct tally *t);

/* Counts characters, until a source is not UTF-8. */
int tally_chars(struct tally *t, struct sources *s, struct reader *r,
                struct charnn_error *e);
/* Counts bytes, from the beginning. */
int tally_bytes(struct tally *t, struct sources *s, struct reader *r,
                struct charnn_error *e);

/* Moves the counts of symbols rarer than min_count to U+FFFD, except for the symbol `kept` (-1:
 * none). */
int tally_fold_rare(struct tally *t, int64_t min_count, int64_t kept,
                    struct charnn_error *e);

/* Fills the vocabulary, whose unit is set. */
int tally_vocab(const struct tally *t, struct vocab *v, struct charnn_error *e);

#endif
