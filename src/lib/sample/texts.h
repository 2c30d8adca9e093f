/*
 * texts.h - whole texts from one beginning: one as it is drawn, or many side by side.
 *
 * Text k of a seed has random numbers of its own, so it is the same however many others are
 * written with it, and in which way.
 */
#ifndef CHARNN_SAMPLE_TEXTS_H
#define CHARNN_SAMPLE_TEXTS_H

#include "base/buf.h"
#include "sample/stop.h"
#include "sample/generator.h"

/* Text `number` of the seed, goes on from where g (of one row) stands and moves it there;
 * g is left behind the last symbol drawn.  Returns -1 only when there is no memory. */
int texts_stream(struct generator *g, uint64_t seed, int64_t number,
                 const struct charnn_limits *limits, charnn_piece_fn *put, void *arg,
                 struct charnn_error *e);

/* Texts 0 to count - 1 of the seed, each from where g stands; g stays there.  They come in
 * order, each in one piece, up to GENERATOR_ROWS at a time. */
int texts_batch(struct generator *g, uint64_t seed, int64_t count,
                const struct charnn_limits *limits, charnn_piece_fn *put, void *arg,
                struct charnn_error *e);

#endif
