/*
 * text_out.h - streams generated text to stdout; flushes it after every piece on a
 * terminal, and otherwise every half second.
 */
#ifndef CHARNN_SAMPLE_TEXT_OUT_H
#define CHARNN_SAMPLE_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct text_out {
    bool is_tty;
    double flushed; /* time of the last flush */
    char last;      /* the last byte written; 0: none yet */
};

void text_out_init(struct text_out *o);

/* Returns false if stdout cannot be written. */
bool text_out_write(struct text_out *o, const char *text, size_t n);

/* Adds a newline unless the text ends with one. */
bool text_out_end_line(struct text_out *o);

#endif
