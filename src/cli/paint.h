/*
 * paint.h - text coloured by a number for each character: blue for -1, white for 0, red for
 * 1, in 24-bit colour where the terminal says that it has it (COLORTERM), else in 256.
 */
#ifndef CHARNN_CLI_PAINT_H
#define CHARNN_CLI_PAINT_H

#include "base/buf.h"

struct paint {
    char bytes[4]; /* of a character that is not complete */
    size_t n;
    double value; /* of its last byte */
    int level;    /* the colour that the terminal has now */
    bool truecolor;
};

/* Nothing is coloured yet. */
void paint_begin(struct paint *p);

/* Adds one symbol: a character, or one byte of one, which is shown when it is whole.  All
 * but newlines and tabs is made harmless.  What is not from -1 to 1 is shown as the end. */
void paint_put(struct paint *p, struct buf *out, const char *text, size_t n, double value);

/* Adds what is left, and ends the colour. */
void paint_end(struct paint *p, struct buf *out);

/* Adds a row of the colours from -1 to 1. */
void paint_legend(struct paint *p, struct buf *out);

/* Whether colours are wanted on standard output by themselves: a terminal that knows them
 * and no NO_COLOR. */
bool paint_wanted(void);

#endif
