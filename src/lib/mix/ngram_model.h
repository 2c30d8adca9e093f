/*
 * ngram_model.h - an n-gram model of a text, which predicts after any context.
 *
 * There is no table of counts: a context is looked up in the sorted targets, and the
 * symbols that followed it are counted at that moment.  The counts of long runs are kept
 * for later look-ups.
 */
#ifndef CHARNN_MIX_NGRAM_MODEL_H
#define CHARNN_MIX_NGRAM_MODEL_H

#include "mix/ngram_count.h"

/* Contexts have 0 to NGRAM_CONTEXT_MOST symbols. */
enum { NGRAM_ORDERS_MOST = NGRAM_CONTEXT_MOST + 1 };

/* A symbol that followed a context. */
struct ngram_successor {
    uint32_t count[NGRAM_KINDS];
    uint16_t symbol;
};

/* The symbols that followed a context of k symbols. */
struct ngram_level {
    struct ngram_context context[NGRAM_KINDS];
    const struct ngram_successor *successor; /* [n] sorted by symbol */
    size_t n;
};

/* A context that was looked up: for every k <= reached, its last k symbols occurred in
 * training. */
struct ngram_place {
    unsigned reached;
    struct ngram_level level[NGRAM_ORDERS_MOST]; /* [reached + 1] */
};

struct ngram_model {
    struct ngram counts;
    struct ngram_discount discount[NGRAM_ORDERS_MOST][NGRAM_KINDS];
    struct ngram_kept *kept; /* [n_slots] a hash table; owned, with the lists in it */
    size_t n_kept, n_slots;
    struct ngram_successor *found[NGRAM_ORDERS_MOST]; /* lists of short runs */
};

/* Prepares orders 0 to options->most for the training text.  Fails only when out of memory.
 * Uses 14 bytes for each character, and later a few bytes more for the counts that are
 * kept. */
int ngram_model_init(struct ngram_model *m, const struct ngram_text *train,
                     const struct ngram_options *options, struct charnn_error *e);
void ngram_model_release(struct ngram_model *m);

/* Looks up a context of n symbols, nearest first.  It must not reach past a separator or
 * the beginning of its text; contexts longer than the model's order are cut.  *p is valid
 * until the next call.  -1: out of memory. */
int ngram_look_up(struct ngram_model *m, const uint16_t *context, size_t n,
                  struct ngram_place *p);

/* Sets by_order[k], for k <= reached, to the probability of a symbol by order k.  If
 * the model has orders above `reached`, they all give the same probability, which is stored
 * in by_order[reached + 1]. */
void ngram_by_order(const struct ngram_model *m, const struct ngram_place *p, size_t symbol,
                    double *by_order);

/* Adds sum_k weight[k] * p_k(v) to sum[v], for all V symbols.  The weights have the indices
 * of by_order in ngram_by_order; scratch[2 * V]. */
void ngram_add_weighted(const struct ngram_model *m, const struct ngram_place *p,
                        const double *weight, double *sum, double *scratch);

#endif
