/* best.h - the likeliest of several texts, by the mean log-probability of their symbols. */
#ifndef CHARNN_SAMPLE_BEST_H
#define CHARNN_SAMPLE_BEST_H

#include "base/buf.h"
#include "charnn.h"

enum { BEST_OF_MAX = 4096 };

/* Initialise to { 0 }; the caller releases `text`. */
struct best {
    struct charnn_piece piece; /* the best text so far; piece.end 0: none yet */
    struct buf text;           /* its bytes */
    int64_t thrown_away;       /* sum over all texts offered; piece has it too */
};

/* Keeps a copy of the text if it is better; ends the program if memory runs out. */
void best_offer(struct best *b, const struct charnn_piece *whole);

#endif
