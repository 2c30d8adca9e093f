/*
 * stop.h - stop conditions: a text ends at a length in characters or lines, or before a
 * stop string.
 *
 * Bytes at the end of the text that may begin the stop string are not certain until later
 * bytes are known.  The caller keeps them.
 */
#ifndef CHARNN_SAMPLE_STOP_H
#define CHARNN_SAMPLE_STOP_H

#include <stdbool.h>
#include <stddef.h>

#include "charnn.h"

struct stop {
    const struct charnn_limits *limits; /* borrowed */
    int64_t chars, lines;
    size_t fed;     /* bytes so far */
    size_t matched; /* bytes of the stop string at the end of what was fed */
    size_t certain; /* bytes that belong to the text, whatever follows */
    bool over;
};

void stop_begin(struct stop *e, const struct charnn_limits *limits);

/* Feeds the next character, of n bytes; returns whether the text ends here. */
bool stop_feed(struct stop *e, const char *bytes, size_t n);

/* The text ended for another reason: all bytes are certain. */
void stop_finish(struct stop *e);

#endif
