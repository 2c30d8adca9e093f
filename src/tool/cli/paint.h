/*
 * paint.h - text coloured by a number for each character.
 *
 * The state of a unit is shown from blue (-1) over white (0) to red (1), in 24-bit colour
 * if COLORTERM says that the terminal has it, else in 256 colours.  Surprise, in bits, is
 * shown as a background colour, so that spaces show it too.
 */
#ifndef CHARNN_CLI_PAINT_H
#define CHARNN_CLI_PAINT_H

#include <stdbool.h>

#include "base/buf.h"

enum paint_scale { PAINT_STATE, PAINT_SURPRISE };

struct paint {
    enum paint_scale scale;
    bool truecolor;
    int level;     /* the colour currently set in the terminal */
    char bytes[4]; /* bytes of an incomplete character */
    size_t n;
    double value; /* of the character: the state after its last byte, or the sum of the
                   * surprise of its bytes */
};

/* Initialises *p, with the terminal's default colour. */
void paint_begin(struct paint *p, enum paint_scale scale);

/* Appends one symbol: a character, or one byte of it; a character is shown once it is
 * complete.  Escapes control characters except newlines and tabs.  Clamps states to -1 and
 * 1. */
void paint_put(struct paint *p, struct buf *out, const char *text, size_t n, double value);

/* Appends the rest of an incomplete character, and resets the colour. */
void paint_end(struct paint *p, struct buf *out);

/* Adds a legend of the colours. */
void paint_legend(struct paint *p, struct buf *out);

#endif
