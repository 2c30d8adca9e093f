/*
 * batch.c - computes where each stream of each epoch begins.
 *
 * A text of n characters has n - 1 predictions; prediction i reads character i and predicts
 * character i + 1.  Everything here is a pure function of the plan and the step, so that
 * resuming needs no state.  Tail split: the P = train_n - 1 predictions are cut into B
 * streams of S = P / B predictions, of which the first k*T are used, with k = S / T rounded
 * down.  An epoch begins at a random offset, drawn from both remainders (P - B*S and S -
 * k*T).
 */
#include "text/batch.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "charnn.h"
#include "base/buf.h"
#include "base/rng.h"

enum {
    VALID_LEAST = 16, /* characters; a shorter held-out text says nothing about the model */
    TRAIN_LEAST = 2,  /* characters; enough for one prediction */
    SHIFT_SHARE = 8,  /* a stream may move by an eighth of its length to begin at a
                       * document */
};

/* Keys for the two random numbers of an epoch; they only have to differ. */
enum { DRAW_START = 0x5354, DRAW_SLACK = 0x534C };

/* Reduces T to at most `predictions`, then B until B*T fits into them. */
static void shrink_shape(struct batch_plan *p, size_t predictions)
{
    size_t B = p->B, T = p->T;
    if (p->T > predictions)
        p->T = predictions;
    if (p->B > predictions / p->T)
        p->B = predictions / p->T;
    if (p->B == B && p->T == T)
        return;
    buf_note(p->note, sizeof p->note,
             "the text is too short for %zu stream%s of %zu characters: training with %zu "
             "stream%s of %zu",
             B, B == 1 ? "" : "s", T, p->B, p->B == 1 ? "" : "s", p->T);
}

static void plan_tail(struct batch_plan *p, size_t n, double valid)
{
    size_t held = (size_t)ceil((double)n * valid);
    if (valid > 0 && (held < VALID_LEAST || held > n - TRAIN_LEAST)) {
        buf_note(p->note, sizeof p->note,
                 "the text is too short to hold out a part: no validation");
        held = 0;
    }
    p->train_n = n - held;
    p->valid_lo = p->train_n;
    p->valid_hi = n;
    shrink_shape(p, p->train_n - 1);
    p->steps_per_epoch = (p->train_n - 1) / p->B / p->T;
}

/* As in char-rnn, cuts the whole text into chunks of B*T, and holds out a share of each
 * stream's chunks. */
static void plan_streams(struct batch_plan *p, size_t n, double valid)
{
    p->train_n = p->valid_lo = p->valid_hi = n;
    shrink_shape(p, n - 1);
    size_t chunks = (n - 1) / p->B / p->T;
    size_t train = (size_t)floor((double)chunks * (1 - valid));
    if (train < 1)
        train = 1;
    if (valid > 0 && (chunks - train) * p->B * p->T < VALID_LEAST) {
        buf_note(p->note, sizeof p->note,
                 "the text is too short to hold out a part: no validation");
        train = chunks;
    }
    p->stream = chunks * p->T;
    p->steps_per_epoch = train;
    p->valid_chunks = chunks - train;
}

int batch_plan(struct batch_plan *p, size_t n, const struct batch_options *options,
               struct charnn_error *e)
{
    const struct batch_options o = *options;
    assert(o.B > 0 && o.T > 0 && o.valid >= 0 && o.valid < 1);
    assert(o.split == CHARNN_SPLIT_TAIL || o.split == CHARNN_SPLIT_STREAMS);
    *p = (struct batch_plan){
        .B = o.B, .T = o.T, .split = o.split, .seed = o.seed, .separator = -1
    };
    if (n < TRAIN_LEAST)
        return err_set(e, "the text has %zu character%s: nothing to predict", n,
                       n == 1 ? "" : "s");
    if (o.split == CHARNN_SPLIT_STREAMS)
        plan_streams(p, n, o.valid);
    else
        plan_tail(p, n, o.valid);
    assert(p->B > 0 && p->T > 0 && p->steps_per_epoch > 0);
    return 0;
}

/* --------------------------------------------------------------------- documents */

static size_t next_separator(const struct corpus *c, size_t at, size_t end, int separator)
{
    while (at < end && corpus_at(c, at) != separator)
        at++;
    return at;
}

static size_t last_separator(const struct corpus *c, size_t at, int separator)
{
    while (at > 0 && corpus_at(c, at) != separator)
        at--;
    return at;
}

/* Moves the beginning of the held-out text to the nearest separator with a document on each
 * side. */
static void hold_out_documents(struct batch_plan *p, const struct corpus *c)
{
    const size_t lo = p->valid_lo, end = p->valid_hi - 1; /* the text ends with a
                                                           * separator */
    const size_t after = next_separator(c, lo, end, p->separator);
    const size_t before = last_separator(c, lo, p->separator);
    const bool forward = after < end && (before == 0 || after - lo <= lo - before);
    if (after == end && before == 0) {
        buf_note(p->note, sizeof p->note, "one document cannot be divided: no validation");
        p->valid_lo = p->valid_hi = p->train_n = c->n;
        return;
    }
    p->valid_lo = forward ? after : before;
    p->train_n = p->valid_lo + 1; /* the separator ends the last training document */
}

void batch_plan_documents(struct batch_plan *p, const struct corpus *c, int separator)
{
    assert(p->split != CHARNN_SPLIT_STREAMS && c->longest > 0);
    p->separator = separator;
    if (p->valid_lo < p->valid_hi)
        hold_out_documents(p, c);
    shrink_shape(p, p->train_n - 1);
    const size_t stride = (p->train_n - 1) / p->B, spare = (stride - p->T) / SHIFT_SHARE;
    p->shift = c->longest < spare ? c->longest : spare;
    p->steps_per_epoch = (stride - p->shift) / p->T;
}

/* Moves the beginning `at` of a stream to a nearby separator, if the corpus has
 * documents. */
static size_t begin_document(const struct batch_plan *p, const struct corpus *c, size_t at)
{
    if (p->separator < 0)
        return at;
    const size_t begin = next_separator(c, at, at + p->shift, p->separator);
    return begin < at + p->shift ? begin : at;
}

/* -------------------------------------------------------------------------- chunks */

static size_t chunk_at(const struct batch_plan *p, const struct corpus *c,
                       const struct batch_chunk *x, size_t b)
{
    return begin_document(p, c, x->first + b * x->stride) + x->k * p->T;
}

static void fill_chunk(const struct batch_plan *p, const struct corpus *c,
                       const struct batch_chunk *x, int32_t *inputs, int32_t *targets)
{
    const size_t B = p->B, T = p->T;
    for (size_t b = 0; b < B; b++) {
        const size_t at = chunk_at(p, c, x, b);
        assert(at + T < c->n);
        for (size_t t = 0; t < T; t++) {
            inputs[t * B + b] = corpus_at(c, at + t);
            targets[t * B + b] = corpus_at(c, at + t + 1);
        }
    }
}

struct batch_chunk batch_train_chunk(const struct batch_plan *p, uint64_t step)
{
    const uint64_t epoch = step / p->steps_per_epoch;
    const size_t k = (size_t)(step % p->steps_per_epoch); /* number of the chunk in its
                                                           * epoch */
    if (p->split == CHARNN_SPLIT_STREAMS)
        return (struct batch_chunk){ .stride = p->stream,
                                     .k = k,
                                     .end = p->steps_per_epoch * p->T + 1,
                                     .end_stride = p->stream };
    const size_t P = p->train_n - 1, stride = P / p->B, used = p->steps_per_epoch * p->T;
    size_t first = rng_hash(p->seed, epoch, DRAW_START) % (P - p->B * stride + 1);
    first += rng_hash(p->seed, epoch, DRAW_SLACK) % (stride - p->shift - used + 1);
    assert(first + (p->B - 1) * stride + p->shift + used < p->train_n);
    return (struct batch_chunk){ first, stride, k, .end = p->train_n };
}

struct batch_chunk batch_valid_chunk(const struct batch_plan *p, size_t k)
{
    assert(p->split == CHARNN_SPLIT_STREAMS && k < p->valid_chunks);
    return (struct batch_chunk){ .stride = p->stream,
                                 .k = p->steps_per_epoch + k,
                                 .end = p->stream + 1,
                                 .end_stride = p->stream };
}

bool batch_train(const struct batch_plan *p, const struct corpus *c, uint64_t step,
                 int32_t *inputs, int32_t *targets)
{
    const struct batch_chunk x = batch_train_chunk(p, step);
    fill_chunk(p, c, &x, inputs, targets);
    return x.k == 0;
}

void batch_valid(const struct batch_plan *p, const struct corpus *c, size_t k,
                 int32_t *inputs, int32_t *targets)
{
    const struct batch_chunk x = batch_valid_chunk(p, k);
    fill_chunk(p, c, &x, inputs, targets);
}

void batch_right(const struct batch_plan *p, const struct corpus *c,
                 const struct batch_chunk *x, size_t most, int32_t *text, int32_t *n)
{
    for (size_t b = 0; b < p->B; b++) {
        const size_t at = chunk_at(p, c, x, b) + 2, last = x->end + b * x->end_stride;
        const size_t there = at < last ? last - at : 0;
        n[b] = (int32_t)(there < most ? there : most);
        for (size_t i = 0; i < (size_t)n[b]; i++)
            text[i * p->B + b] = corpus_at(c, at + i);
    }
}
