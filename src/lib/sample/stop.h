/*
 * stop.h - stop conditions: a text ends at a length in characters or lines, or at a stop
 * string.
 *
 * The last bytes of the text may be the beginning of a stop string.  The caller holds
 * them back until it is known whether the rest of the stop string follows; if so, they are
 * not part of the text, unless stop strings are kept.
 */
#ifndef CHARNN_SAMPLE_STOP_H
#define CHARNN_SAMPLE_STOP_H

#include <stdbool.h>
#include <stddef.h>

#include "charnn.h"

struct stop {
    const struct charnn_limits *limits; /* borrowed */
    int64_t chars, lines;
    size_t fed;                       /* bytes of the text so far */
    size_t matched[CHARNN_STOPS_MAX]; /* how many bytes of each stop string the text ends
                                       * with */
    size_t certain; /* number of bytes that belong to the text, whatever comes next */
    int end;        /* CHARNN_END_*; 0: the text goes on */
};

void stop_begin(struct stop *e, const struct charnn_limits *limits);

/* Feeds the next character, of n bytes; returns whether the text ends here. */
bool stop_feed(struct stop *e, const char *bytes, size_t n);

/* Ends the text for the reason `end`, a CHARNN_END_*.  If it has ended already, that reason
 * stays, except that the end of a document replaces a length or a number of lines reached
 * at the same time.  If no stop string ended the text, all its bytes belong to it. */
void stop_finish(struct stop *e, int end);

#endif
