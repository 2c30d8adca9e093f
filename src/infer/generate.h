/*
 * generate.h - text out of a model, character by character.
 *
 * A byte model is held to valid UTF-8: inside a character only the bytes that can follow
 * are allowed, so that whole characters come out; U+FFFD is never drawn.
 */
#ifndef CHARNN_INFER_GENERATE_H
#define CHARNN_INFER_GENERATE_H

#include <stdbool.h>

#include "base/pool.h"
#include "infer/sampler.h"
#include "nn/stack.h"
#include "text/vocab.h"

struct generator {
    const struct vocab *vocab; /* borrowed */
    struct pool *pool;         /* borrowed */
    struct stack stack;        /* T = B = 1 */
    struct charnn_sample_config config;
    struct rng rng;
    float *logits;             /* [V] of the next symbol */
    bool *allowed;             /* [V] */
    bool utf8;                 /* a byte model of text in UTF-8 */
    bool ended;                /* the last character drawn was the end of a document */
    struct candidate *scratch; /* [V] */
};

int generator_init(struct generator *g, const struct model *m, const struct vocab *v,
                   struct pool *pool, const struct charnn_sample_config *c,
                   struct charnn_error *e);
void generator_release(struct generator *g);

/* Zero state, then reads ids, of documents after a separator. */
void generator_start(struct generator *g, const uint16_t *ids, size_t n);

/* The same with what a text begins after: the separator of documents, or a newline, where
 * the model knows one. */
void generator_begin(struct generator *g);

/* Draws a character, reads it; its bytes go to out.  Returns how many, 1 to 4; of the end
 * of a document see charnn_sampler_next. */
int generator_next(struct generator *g, char out[4]);

/* A text of n characters from the beginning (of documents one after the other), drawn with
 * this seed; out has room for 4 * n bytes.  Returns its length in bytes. */
size_t generator_sample(struct generator *g, uint64_t seed, size_t n, char *out);

#endif
