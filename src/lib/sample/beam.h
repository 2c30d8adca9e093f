/*
 * beam.h - beam search (Lowerre 1976): looks for the likeliest texts.
 *
 * The likeliest texts of a language model repeat themselves forever.  So a symbol that
 * would complete a third copy of a string at the end of the text is forbidden, if the string
 * has at most BEAM_PERIODS symbols, and the second and third copy together have at least
 * BEAM_LOOP symbols.  A shorter string may be repeated until its repetitions have so many.
 */
#ifndef CHARNN_SAMPLE_BEAM_H
#define CHARNN_SAMPLE_BEAM_H

#include "sample/texts.h"

enum { BEAM_MOST = GENERATOR_ROWS, BEAM_PERIODS = 256, BEAM_LOOP = 16 };

/* Continues from the state of g, which has one row, with `width` beams (1 to BEAM_MOST)
 * until `width` texts are finished.  Passes the best `count` of them to `emit`, sorted by
 * mean log probability per symbol, best first.  The search does not use temperature, top-k,
 * top-p and min-p.  The state of g does not change. */
int beam_search(struct generator *g, size_t width, size_t count,
                const struct charnn_limits *limits, charnn_piece_fn *emit, void *arg,
                struct charnn_error *e);

#endif
