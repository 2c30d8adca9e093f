/*
 * paint.h - text coloured by a number for each character.
 *
 * The state of a unit goes from blue (-1) over white (0) to red (1), in 24-bit colour where
 * the terminal says that it has it (COLORTERM), else in 256.  Surprise, in bits, makes the
 * background hotter.  Spaces show it too.
 */
#ifndef CHARNN_CLI_PAINT_H
#define CHARNN_CLI_PAINT_H

#include <stdbool.h>

#include "base/buf.h"

enum paint_scale { PAINT_STATE, PAINT_SURPRISE };

struct paint {
    enum paint_scale scale;
    bool truecolor;
    int level;     /* the colour that the terminal has now */
    char bytes[4]; /* of a character that is not complete */
    size_t n;
    double value; /* of the character: of its bytes the last one's state, or all surprise */
};

/* Nothing is coloured yet. */
void paint_begin(struct paint *p, enum paint_scale scale);

/* Adds one symbol: a character, or one byte of one, which is shown when it is whole.  All
 * but newlines and tabs is made harmless.  A state beyond -1 or 1 is shown as the end. */
void paint_put(struct paint *p, struct buf *out, const char *text, size_t n, double value);

/* Adds what is left, and ends the colour. */
void paint_end(struct paint *p, struct buf *out);

/* Adds the colours and what they stand for. */
void paint_legend(struct paint *p, struct buf *out);

#endif
