/*
 * paint.h - text coloured by a number for each character.
 *
 * The state of a unit goes from blue (-1) over white (0) to red (1), in 24-bit colour if
 * the terminal announces it (COLORTERM), else in 256 colours.  Surprise, in bits, is shown
 * as background colour, so that spaces show it too.
 */
#ifndef CHARNN_CLI_PAINT_H
#define CHARNN_CLI_PAINT_H

#include <stdbool.h>

#include "base/buf.h"

enum paint_scale { PAINT_STATE, PAINT_SURPRISE };

struct paint {
    enum paint_scale scale;
    bool truecolor;
    int level;     /* the colour that is set in the terminal */
    char bytes[4]; /* bytes of an incomplete character */
    size_t n;
    double value; /* of the character: the state after its last byte, or its total
                   * surprise */
};

/* Initialises *p, with the terminal's default colour. */
void paint_begin(struct paint *p, enum paint_scale scale);

/* Adds one symbol: a character, or one byte of it; a character is shown when it is
 * complete. Control characters except newlines and tabs are escaped.  States are clamped to
 * -1 and 1. */
void paint_put(struct paint *p, struct buf *out, const char *text, size_t n, double value);

/* Adds what is left of an incomplete character, and resets the colour. */
void paint_end(struct paint *p, struct buf *out);

/* Adds a legend of the colours. */
void paint_legend(struct paint *p, struct buf *out);

#endif
