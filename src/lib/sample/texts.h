/*
 * texts.h - generates whole texts: one piece by piece, or many in parallel.
 *
 * Each text has its own random numbers, so it depends neither on the number of other texts
 * nor on which of these functions generates it.
 */
#ifndef CHARNN_SAMPLE_TEXTS_H
#define CHARNN_SAMPLE_TEXTS_H

#include "base/buf.h"
#include "sample/stop.h"
#include "sample/generator.h"

/* Generates text `number` of the seed from the state of g, which has one row, and passes it
 * to `emit` piece by piece.  g ends in the state after the last symbol.  Fails when out of
 * memory, or if a logit is not finite. */
int texts_stream(struct generator *g, uint64_t seed, int64_t number,
                 const struct charnn_limits *limits, charnn_piece_fn *emit, void *arg,
                 struct charnn_error *e);

/* Generates texts 0 to count - 1 of the seed, each from the state of g, which does not
 * change.  Emits them in order, each in one piece; up to GENERATOR_ROWS are generated at a
 * time.  If there is a corpus g->known, a text that is in it is generated again.  Fails like
 * texts_stream, and if all CHARNN_TRIES_MAX tries of a text were in the corpus. */
int texts_batch(struct generator *g, uint64_t seed, int64_t count,
                const struct charnn_limits *limits, charnn_piece_fn *emit, void *arg,
                struct charnn_error *e);

#endif
