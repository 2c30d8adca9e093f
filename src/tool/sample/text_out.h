/*
 * text_out.h - text to stdout as it is made: flushed after every piece on a terminal, and
 * every half second otherwise.
 */
#ifndef CHARNN_SAMPLE_TEXT_OUT_H
#define CHARNN_SAMPLE_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct text_out {
    bool is_tty;
    double flushed; /* when, on the clock */
    char last;      /* byte written; 0: none */
};

void text_out_begin(struct text_out *o);

/* False when stdout takes no more. */
bool text_out_put(struct text_out *o, const char *text, size_t n);

/* A newline, unless a line has just ended. */
bool text_out_end_line(struct text_out *o);

#endif
