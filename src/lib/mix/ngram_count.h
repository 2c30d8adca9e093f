/*
 * ngram_count.h - counts the n-grams of a text, and smooths the counts.
 *
 * An n-gram model of order k predicts a character from the k characters before it, using
 * counts of the training text.  Orders are interpolated: modified Kneser-Ney, as in Chen &
 * Goodman, "An empirical study of smoothing techniques for language modeling" (Computer
 * Speech and Language 13, 1999).  Order 0 is interpolated with a uniform distribution over
 * the V symbols, so no loss is infinite.
 *
 * A target is a character with the context before it.  Targets are sorted by context, so
 * for each k, all targets with the same k symbols of context are neighbours: a run.
 */
#ifndef CHARNN_MIX_NGRAM_COUNT_H
#define CHARNN_MIX_NGRAM_COUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "text/corpus.h"

enum {
    NGRAM_CONTEXT_MOST = 16,     /* symbols in the longest context */
    NGRAM_TRAIN_MOST = 10000000, /* characters; of longer texts, only a part is used */
    NGRAM_HELD_MOST = 1000000,
    NGRAM_NO_SEPARATOR = -1,
};

/* Characters [lo, hi) of a corpus (borrowed); no context reaches back beyond lo. */
struct ngram_stretch {
    const struct corpus *corpus;
    size_t lo, hi;
};

/* The stretches of the training text or of the held-out text (borrowed); n may be 0. */
struct ngram_text {
    const struct ngram_stretch *stretch; /* [n] */
    size_t n;
};

struct ngram_options {
    size_t V;                /* number of symbols; all ids are below it */
    int separator;           /* the id that begins contexts, or NGRAM_NO_SEPARATOR */
    unsigned most;           /* the longest context, at most NGRAM_CONTEXT_MOST */
    const atomic_bool *stop; /* borrowed, may be NULL; once it is true (it must stay true),
                              * counting ends early and the counts are useless */
    /* Called after each pass and several times during each, with the number of passes that are
     * done; may be NULL. */
    void (*progress)(void *arg, size_t done, size_t total);
    void *arg;
};

/* An n-gram has two counts: how often it occurred, used for the highest order; and after
 * how many different symbols it occurred, used for the lower orders, because these predict
 * what is new after a longer context (Kneser & Ney 1995). */
enum { NGRAM_OCCURRENCES, NGRAM_CONTINUATIONS, NGRAM_KINDS };

/* An element of the sorted list of targets. */
struct ngram_target {
    unsigned symbol : 16;
    unsigned same : 5;  /* how many symbols of context it shares with the target before it
                         * in the list */
    unsigned reach : 5; /* length of its context, at most `most` */
    unsigned held : 1;
};

/* The counts of a symbol in one run; outdated if `run` is not the current one. */
struct ngram_tally {
    uint64_t run;
    uint32_t branch; /* the last branch with this symbol */
    uint32_t count[NGRAM_KINDS];
};

/* The discounts: the numbers that are subtracted from a count of 1, of 2, and of 3 or more.
 * The total subtracted in a context goes to the next lower order. */
enum { NGRAM_DISCOUNTS = 3 };
struct ngram_discount {
    double by[NGRAM_DISCOUNTS];
};

struct ngram {
    unsigned most;                     /* the longest context */
    size_t n, train_end;               /* number of symbols and marks; where the training
                                        * text ends */
    size_t n_targets, n_train, n_held; /* n_targets = n_train + n_held */
    size_t V;
    int separator;
    struct arena arena;
    uint16_t *text;              /* [n] */
    uint32_t *order;             /* [n_targets and some more] positions of the targets in
                                  * text, sorted */
    uint32_t *spare;             /* [n_targets and some more] scratch for sorting */
    uint32_t *start;             /* [most x V+2] scratch for sorting, by distance and
                                  * symbol */
    struct ngram_target *target; /* [n_targets] sorted */
    struct ngram_tally *tally;   /* [V] */
    uint16_t *seen;              /* [n_seen] the different symbols of this run; room for
                                  * V */
    size_t n_seen;
    uint64_t runs;                /* number of runs counted so far */
    uint32_t branches;            /* number of branches so far; compared only within a
                                   * run */
    size_t passes, passes_in_all; /* passes over all targets that are done, and in total */
    struct ngram_options options;
};

/* Sorts the targets of both texts: every character of the training text, and every
 * held-out one but the first of its stretch.  A context may begin with the separator but
 * not reach back beyond it.
 *
 * Of a training text of more than NGRAM_TRAIN_MOST characters, only the last part of each
 * stretch is used; of a held-out text of more than NGRAM_HELD_MOST, about 64 evenly
 * spread pieces.
 *
 * Uses 14 bytes a character (154 MB at most), and 26 + 4 * most bytes a symbol.  Fails only
 * when out of memory. */
int ngram_sort(struct ngram *g, const struct ngram_text *train,
               const struct ngram_text *held, const struct ngram_options *options,
               struct charnn_error *e);
void ngram_release(struct ngram *g);

/* The bytes that ngram_sort allocates for texts of n_train and n_held characters. */
size_t ngram_sort_bytes(size_t n_train, size_t n_held, size_t V, unsigned most);

bool ngram_stopped(const struct ngram *g);

/* Counts a finished pass, and reports progress. */
void ngram_end_pass(struct ngram *g);

/* How many symbols of context a symbol has, at most `most`.  A mark must come before the
 * text. */
unsigned ngram_reach(const struct ngram *g, const uint16_t *symbol);

/* The targets [lo, hi) that share a context of k symbols, `held` of them held out. */
struct ngram_run {
    size_t lo, hi, held;
};

/* Moves *r to the next run of order k; start with {0}.  Returns false after the last run. */
bool ngram_next_run(const struct ngram *g, unsigned k, struct ngram_run *r);

/* Whether the context of a run has all k symbols. */
bool ngram_is_whole(const struct ngram *g, unsigned k, const struct ngram_run *r);

/* Counts the training targets of a run in tally; lists their symbols in seen. */
void ngram_count_run(struct ngram *g, unsigned k, const struct ngram_run *r);

/* The count of a symbol in the run that was counted last. */
uint32_t ngram_count(const struct ngram *g, int kind, size_t symbol);

/* Computes the discounts of order k, discount[NGRAM_KINDS], from the numbers of n-grams
 * with small counts. */
void ngram_discounts(struct ngram *g, unsigned k, struct ngram_discount *discount);
/* What is subtracted from a count. */
double ngram_discount_for(const struct ngram_discount *d, uint32_t count);

/* The sum of the counts of a context, and the sum of their discounts, which goes to the order
 * below. */
struct ngram_context {
    double total, left;
};

static inline void ngram_add_count(struct ngram_context *c, const struct ngram_discount *d,
                                   uint32_t count)
{
    c->total += count;
    c->left += ngram_discount_for(d, count);
}

/* p(symbol | context) = (count - D(count) + left * lower) / total. */
static inline double ngram_probability(const struct ngram_context *c,
                                       const struct ngram_discount *d, uint32_t count,
                                       double lower)
{
    return (count - ngram_discount_for(d, count) + c->left * lower) / c->total;
}

#endif
