/*
 * beam.h - the likeliest text that a search of limited width finds (Lowerre 1976).
 *
 * Beams of a language model fall into loops, which are likely indeed.  So a text may not go
 * round a third time: no symbol may be added that makes its end repeat, with any period up
 * to BEAM_PERIODS symbols, for two periods and at least BEAM_LOOP symbols.
 */
#ifndef CHARNN_SAMPLE_BEAM_H
#define CHARNN_SAMPLE_BEAM_H

#include "sample/texts.h"

enum { BEAM_MOST = GENERATOR_ROWS, BEAM_PERIODS = 256, BEAM_LOOP = 16 };

/* Goes on from where g (of one row) stands, `width` texts at a time (1 to BEAM_MOST), until
 * so many have ended; puts the best `count` of them, by their mean log-probability a
 * symbol, the best first.  Temperature and filters play no part.  g stays where it is. */
int beam_search(struct generator *g, size_t width, size_t count,
                const struct charnn_limits *limits, charnn_piece_fn *put, void *arg,
                struct charnn_error *e);

#endif
