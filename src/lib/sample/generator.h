/*
 * generator.h - text out of a model, character by character, B texts side by side.
 *
 * A byte model is held to valid UTF-8: inside a character only the bytes that can follow
 * are allowed, so that whole characters come out; U+FFFD is never drawn.  A guard against
 * copying forbids more; where it leaves nothing, the text is stuck: it ends before the
 * character in the making.
 *
 * Rows know nothing of each other: each has its own random numbers, and the network gives
 * a row the same bits in every company.
 */
#ifndef CHARNN_SAMPLE_GENERATOR_H
#define CHARNN_SAMPLE_GENERATOR_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/pool.h"
#include "sample/copy_guard.h"
#include "sample/sampler.h"
#include "nn/network.h"
#include "text/vocab.h"

/* One text in the making. */
struct text_row {
    struct rng rng;
    char begun[4]; /* bytes of a character that is not whole */
    int n_begun;
    bool ended;     /* the last symbol was the end of a document */
    bool stuck;     /* no symbol was allowed */
    double logprob; /* nats, of the symbols drawn, as the model has it (temperature 1) */
    int64_t symbols;
    struct copy_place place;
};

struct generator {
    const struct vocab *vocab;      /* borrowed */
    struct pool *pool;              /* borrowed */
    const struct copy_guard *guard; /* borrowed; NULL: may copy */
    struct network net;             /* T = 1, B rows */
    struct charnn_sample_config config;
    struct text_row *row;      /* [B] */
    float *logits;             /* [B][V] of the next symbols */
    int32_t *ids;              /* [B] symbols to read next */
    bool *allowed;             /* [V] */
    bool utf8;                 /* a byte model of text in UTF-8 */
    bool scored;               /* add up logprob */
    struct candidate *scratch; /* [V] */
    float *state, *moved;      /* [B][H] on their way between rows */
    atomic_int interrupted;    /* texts end where they are */
};

/* One row that draws with the config's seed. */
int generator_init(struct generator *g, const struct model *m, const struct vocab *v,
                   struct pool *pool, const struct charnn_sample_config *c,
                   struct charnn_error *e);
/* The same, guarded against copying (guard NULL: not). */
int generator_init_guarded(struct generator *g, const struct model *m,
                           const struct vocab *v, const struct copy_guard *guard,
                           struct pool *pool, const struct charnn_sample_config *c,
                           struct charnn_error *e);
/* So many rows of the same model with the same settings. */
int generator_init_like(struct generator *g, const struct generator *from, size_t rows,
                        struct charnn_error *e);
void generator_release(struct generator *g);

/* Whether charnn_sampler_interrupt has been called. */
bool generator_interrupted(const struct generator *g);

/* Reads n symbols on, in every row. */
void generator_read(struct generator *g, const uint16_t *ids, size_t n);

/* Zero state, of documents after a separator; then generator_read. */
void generator_start(struct generator *g, const uint16_t *ids, size_t n);

/* Zero state, then what a text begins after: the separator of documents, or a newline,
 * where the model knows one. */
void generator_begin(struct generator *g);

/* Random numbers of text `number` of a seed. */
void generator_seed(struct generator *g, size_t b, uint64_t seed, uint64_t number);

/* Row b's allowed symbols into g->allowed; false when there are none. */
bool generator_allow(struct generator *g, size_t b);

/* Draws row b's next symbol; -1 and stuck when none is allowed. */
int generator_draw(struct generator *g, size_t b);

/* Row b takes the symbol: its character's bytes go to out when it is whole.  Returns how
 * many, 0 otherwise; of the end of a document see charnn_sampler_next. */
int generator_take(struct generator *g, size_t b, int id, char out[4]);

/* Reads g->ids, a symbol a row. */
void generator_step(struct generator *g);

/* Log-probability of a symbol under logits[V], in nats. */
double generator_logprob(const float *logits, size_t V, int id);

/* Every row of `to` (at most GENERATOR_ROWS) stands where the only row of `from` does; its
 * random numbers stay its own. */
enum { GENERATOR_ROWS = 64 };
void generator_fork(struct generator *to, const struct generator *from);

/* The network's state of row b becomes that of row parent[b] of `from`, which may be the
 * same generator. */
void generator_copy_states(struct generator *to, const struct generator *from,
                           const int *parent);

/* One row's text becomes another's, but for its random numbers. */
void generator_copy_row(struct text_row *to, const struct text_row *from,
                        const struct copy_guard *guard);

/* Draws a character of row 0 (of B = 1), reads it; its bytes go to out.  Returns how many:
 * 0 when it is stuck or at the end of a document without text. */
int generator_next(struct generator *g, char out[4]);

/* A text of n characters from the beginning (of documents one after the other), drawn with
 * this seed; out has room for 4 * n bytes.  Returns its length in bytes. */
size_t generator_sample(struct generator *g, uint64_t seed, size_t n, char *out);

#endif
