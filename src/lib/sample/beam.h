/*
 * beam.h - beam search (Lowerre 1976): looks for the likeliest texts.
 *
 * The likeliest texts of a language model repeat themselves forever.  So no symbol may be
 * added that repeats the end of the text for a third time: with any period of up to
 * BEAM_PERIODS symbols, over two periods and at least BEAM_LOOP symbols.
 */
#ifndef CHARNN_SAMPLE_BEAM_H
#define CHARNN_SAMPLE_BEAM_H

#include "sample/texts.h"

enum { BEAM_MOST = GENERATOR_ROWS, BEAM_PERIODS = 256, BEAM_LOOP = 16 };

/* Continues from the state of g (of one row) with `width` beams (1 to BEAM_MOST) until as
 * many texts are finished; hands the best `count` of them to `emit`, ordered by their mean
 * log-probability per symbol, best first.  Temperature and filters are not used.  The state
 * of g does not change. */
int beam_search(struct generator *g, size_t width, size_t count,
                const struct charnn_limits *limits, charnn_piece_fn *emit, void *arg,
                struct charnn_error *e);

#endif
