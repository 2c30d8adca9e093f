/*
 * generator.h - generates text from a model character by character, B texts in parallel.
 *
 * A byte model of UTF-8 text generates UTF-8: inside a character, only bytes that can
 * continue it are allowed, if the model knows any.  U+FFFD is never drawn.  Guards against
 * copying and against repetition (no_repeat) may forbid more symbols; if no symbol is left,
 * the text is stuck and ends before the unfinished character.
 *
 * Rows are independent: each has its own random numbers, and its text is the same for any
 * number of rows.
 */
#ifndef CHARNN_SAMPLE_GENERATOR_H
#define CHARNN_SAMPLE_GENERATOR_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/pool.h"
#include "mix/mixture.h"
#include "sample/copy_guard.h"
#include "sample/sampler.h"
#include "nn/network.h"
#include "text/vocab.h"

/* An unfinished text. */
struct text_row {
    struct rng rng;
    char begun[4]; /* bytes of an incomplete character */
    int n_begun;
    bool ended;     /* the last symbol was the end of a document */
    bool stuck;     /* no symbol was allowed */
    double logprob; /* sum over the symbols drawn, at temperature 1, in nats */
    int64_t symbols;
    struct copy_place place;              /* for the guard: the last symbols of the text */
    struct copy_guard own;                /* with no_repeat: the symbols drawn so far */
    struct copy_place own_place;          /* with no_repeat: the last symbols drawn */
    uint16_t context[NGRAM_CONTEXT_MOST]; /* [n_context] for n-grams, nearest first */
    size_t n_context;
};

struct generator {
    const struct vocab *vocab;      /* borrowed */
    struct pool *pool;              /* borrowed */
    const struct copy_guard *guard; /* borrowed; NULL: copying is allowed */
    const struct copy_guard *known; /* borrowed; with new_only: the corpus; else NULL */
    struct buf prime;   /* with new_only: the ids (uint16_t) read since the text began */
    struct network net; /* T = 1, B rows */
    struct charnn_sample_config config;
    const struct mixture *mixture; /* borrowed; NULL: the network alone */
    struct network *others;        /* [mixture->n_others] like net */
    double *mixed;                 /* [3 * V] scratch */
    struct text_row *row;          /* [B] */
    float *logits;                 /* [B][V] predictions of the next symbols */
    int32_t *ids;                  /* [B] the symbols to read next */
    bool *allowed;                 /* [V] */
    struct charnn_unknown unknown; /* in the text that prime_read read last */
    bool utf8;                     /* a byte model of UTF-8 text */
    bool scored;                   /* whether to sum up logprob */
    bool overflowed;               /* a logit was not finite in this text */
    bool failed;                   /* memory ran out in this text */
    struct candidate *scratch;     /* [V] */
    float *state, *moved;          /* [B][H] scratch for moving states between rows */
    atomic_int interrupted;        /* true: texts end now */
};

/* A generator of one row, seeded from the config; guard NULL: copying is allowed. */
int generator_init(struct generator *g, const struct model *m, const struct vocab *v,
                   const struct copy_guard *guard, struct pool *pool,
                   const struct charnn_sample_config *c, struct charnn_error *e);
/* Fails if memory ran out since the beginning of the text, or a logit was not finite, which
 * happens when finite weights are too large.  All rows are stuck then. */
int generator_check(const struct generator *g, struct charnn_error *e);
/* A generator of `rows` rows with the model and settings of another. */
int generator_init_like(struct generator *g, const struct generator *from, size_t rows,
                        struct charnn_error *e);
void generator_release(struct generator *g);

/* Makes the next symbols come from a mixture; the logits are then log probabilities.  Call it
 * right after the generator is made; a failure releases the generator. */
int generator_mix(struct generator *g, const struct mixture *mixture,
                  struct charnn_error *e);

/* Whether charnn_sampler_interrupt has been called. */
bool generator_interrupted(const struct generator *g);

/* Reads n symbols in every row. */
void generator_read(struct generator *g, const uint16_t *ids, size_t n);

/* Resets the state, reads a separator if the model has documents, then reads n symbols like
 * generator_read.  With n = 0 and no documents, reads a newline, because texts begin after
 * one (or symbol 0, if the model does not know the newline). */
void generator_start(struct generator *g, const uint16_t *ids, size_t n);

/* Seeds row b with the random numbers of text `number` of this seed. */
void generator_seed(struct generator *g, size_t b, uint64_t seed, uint64_t number);

/* Sets g->allowed to the symbols that can come next in row b; false: there are none. */
bool generator_allow(struct generator *g, size_t b);

/* Draws the next symbol of row b.  If none is allowed, returns -1 and the row is stuck. */
int generator_draw(struct generator *g, size_t b);

/* Bytes for a character, or for the STRING and the newline that end a document of the kind
 * `end:STRING`. */
enum { GENERATOR_OUT = sizeof((struct documents_rule *)0)->border + 1 };

/* Adds a symbol to the text of row b.  If that completes a character, writes its bytes to
 * out[GENERATOR_OUT] and returns how many, else 0.  The end of a document is written as by
 * charnn_sampler_next, but the STRING of `end:STRING` always in full.  If documents are not of
 * this kind, 4 bytes are enough. */
int generator_take(struct generator *g, size_t b, int id, char *out);

/* Reads g->ids, one symbol in each row. */
void generator_step(struct generator *g);

/* Log-probability of a symbol under logits[V], in nats. */
double generator_logprob(const float *logits, size_t V, int id);

/* Copies the single row of `from`, except its random numbers, to every row of `to` (at most
 * GENERATOR_ROWS). */
enum { GENERATOR_ROWS = 64 };
void generator_fork(struct generator *to, const struct generator *from);

/* Copies the network's state of row parent[b] of `from`, which may be the same generator,
 * to row b of `to`. */
void generator_copy_states(struct generator *to, const struct generator *from,
                           const int *parent);

/* Copies one row's text, but not its random numbers, to another row. */
void generator_copy_row(struct text_row *to, const struct text_row *from,
                        const struct copy_guard *guard);

/* Draws a character of row 0 (B must be 1) and reads it; writes its bytes to
 * out[GENERATOR_OUT] and returns their number.  It is 0 if the text is stuck, or at the end of
 * a document whose end has no bytes. */
int generator_next(struct generator *g, char *out);

/* Like generator_next, but writes at most CHARNN_CHARACTER_MAX bytes at the end of a
 * document. */
int generator_next_short(struct generator *g, char out[CHARNN_CHARACTER_MAX]);

/* Draws a text of n characters from zero state with this seed (several documents, if the
 * model has documents). out has room for 4 * n bytes.  Returns the length in bytes. */
size_t generator_sample(struct generator *g, uint64_t seed, size_t n, char *out);

#endif
