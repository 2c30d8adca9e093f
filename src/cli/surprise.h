/*
 * surprise.h - text in 256 colours: the more surprising a character was, the hotter the
 * background.  Spaces show it too.
 */
#ifndef CHARNN_CLI_SURPRISE_H
#define CHARNN_CLI_SURPRISE_H

#include "base/buf.h"

struct surprise {
    char bytes[4]; /* of a character that is not complete */
    size_t n;
    double bits; /* what they cost together */
    int level;   /* the colour that the terminal has now */
};

/* Adds one symbol: a character, or one byte of one, which is shown when it is whole.  All
 * but newlines and tabs is made harmless. */
void surprise_put(struct surprise *s, struct buf *out, const char *text, size_t n,
                  double bits);

/* Adds what is left, and ends the colour. */
void surprise_end(struct surprise *s, struct buf *out);

/* Adds the colours and their meaning. */
void surprise_legend(struct buf *out);

#endif
