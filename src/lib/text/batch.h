/*
 * batch.h - cuts a corpus into training streams and hands out [T x B] chunks.
 *
 * B parallel streams are read in chunks of T characters.  With n chunks an epoch, stream b
 * covers n*T consecutive inputs; each input's target is the next character.  Characters
 * that do not fill a whole chunk are left out, different ones in each epoch, because an
 * epoch begins at an offset drawn from (seed, epoch).  The hidden state must be reset at
 * the first chunk of an epoch.
 *
 * tail split:  the first part of the text is trained on, the last `valid` part held out.
 * streams split:  the text is cut into B streams of whole chunks, and the last `valid` part
 *                 of each stream's chunks is held out, as in char-rnn.  There are no offsets.
 */
#ifndef CHARNN_TEXT_BATCH_H
#define CHARNN_TEXT_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "text/corpus.h"

struct batch_options {
    size_t B, T;   /* at least 1 */
    double valid;  /* the share that is held out: at least 0, less than 1 */
    int split;     /* CHARNN_SPLIT_* */
    uint64_t seed; /* for the offsets of epochs */
};

struct batch_plan {
    size_t B, T;               /* smaller than requested if the text is too short */
    size_t steps_per_epoch;    /* training chunks, at least 1 */
    int split;                 /* CHARNN_SPLIT_* */
    size_t train_n;            /* tail split: characters [0, train_n) are for training;
                                * streams split: n */
    size_t valid_lo, valid_hi; /* tail split: [valid_lo, valid_hi) is held out; nothing if
                                * they are equal */
    size_t stream;             /* streams split: characters of a stream, a multiple of T */
    size_t valid_chunks;       /* streams split: held-out chunks of each stream */
    size_t shift;              /* documents: how far the beginning of a stream may move to
                                * reach that of a document */
    int separator;             /* documents: the symbol between them; -1: no documents */
    uint64_t seed;
    char note[240]; /* what was shrunk or left out and why, or "" */
};

/* Plans B, T and the split for a text of n characters; fewer than 2 are an error, because
 * there is nothing to predict.  B shrinks until each stream has a chunk; T shrinks only if
 * one stream of T characters is still too long.  Nothing is held out if that would leave
 * fewer than 16 characters to validate on, or fewer than 2 to train on.  The note says what
 * was changed. */
int batch_plan(struct batch_plan *p, size_t n, const struct batch_options *options,
               struct charnn_error *e);

/* Adapts a plan (tail split) to a corpus of documents: whole documents are held out, and
 * streams begin at a separator if there is one within `shift` characters. */
void batch_plan_documents(struct batch_plan *p, const struct corpus *c, int separator);

/* Sets inputs and targets [T x B], time outermost, of training step `step` (0-based over
 * the whole run).  Returns true if the chunk begins an epoch, for which the state is
 * reset. */
bool batch_train(const struct batch_plan *p, const struct corpus *c, uint64_t step,
                 int32_t *inputs, int32_t *targets);

/* Streams split only: held-out chunk k of valid_chunks. */
void batch_valid(const struct batch_plan *p, const struct corpus *c, size_t k,
                 int32_t *inputs, int32_t *targets);

/* Chunk k of T x B characters: stream b begins at character first + b * stride.  It may see
 * the characters before end + b * end_stride; later characters belong to the next stream, or
 * are held out. */
struct batch_chunk {
    size_t first, stride, k;
    size_t end, end_stride;
};
struct batch_chunk batch_train_chunk(const struct batch_plan *p, uint64_t step);
struct batch_chunk batch_valid_chunk(const struct batch_plan *p, size_t k);

/* For each stream of a chunk, copies the characters after the stream's first target, in text
 * order, to text [most x B], and sets n[b] to their number.  It is `most`, or less if the text
 * that the stream may see ends before. */
void batch_right(const struct batch_plan *p, const struct corpus *c,
                 const struct batch_chunk *x, size_t most, int32_t *text, int32_t *n);

#endif
