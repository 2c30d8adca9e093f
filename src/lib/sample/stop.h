/*
 * stop.h - where a text ends: its length in characters or lines, or before a given
 * string.
 *
 * It only counts and compares; the bytes are the caller's.  Bytes that may be the beginning
 * of the string are not certain until the next ones are known.
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
    size_t matched; /* of the string, at the end of what was fed */
    size_t certain; /* bytes that belong to the text whatever follows */
    bool over;
};

void stop_begin(struct stop *e, const struct charnn_limits *limits);

/* One character more (of n bytes); returns whether the text is over with it. */
bool stop_feed(struct stop *e, const char *bytes, size_t n);

/* The text is over for another reason: all that was fed is certain. */
void stop_finish(struct stop *e);

#endif
