/*
 * copied.h - how much of a sample occurs verbatim in another text, the corpus.
 *
 * The sample is indexed as a suffix automaton (Blumer et al. 1985): the smallest automaton
 * that accepts exactly the sample's substrings.  It reads the corpus once; after each
 * character its state gives the longest string that ends there and also occurs in the
 * sample.  Results are exact; time is linear in the corpus, memory in the sample (about 100
 * bytes a character), and the corpus is not kept.
 *
 * A character is a code point; a byte that is not UTF-8 is a character by itself.
 */
#ifndef CHARNN_SCORE_COPIED_H
#define CHARNN_SCORE_COPIED_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct copied_state;
struct copied_edge;
struct copied_seeds;

struct copied {
    struct copied_state *states; /* owned */
    size_t n_states;
    struct copied_edge *edges; /* owned */
    size_t n_edges;
    uint32_t *slots;            /* owned: hash table from (state, character) to 1 + edge;
                                 * 0: empty */
    size_t n_slots;             /* a power of two */
    uint32_t last;              /* the state of the whole sample */
    size_t length;              /* characters of the sample */
    struct copied_seeds *seeds; /* owned: the 8-grams of the sample */

    /* the corpus read so far */
    unsigned char rest[4]; /* an incomplete character at the end of the last piece */
    size_t n_rest;
    uint32_t at;                 /* the current state of the automaton */
    size_t run;                  /* length of the longest string that ends here and occurs
                                  * in the sample */
    size_t longest, longest_end; /* the longest run, and where it ends in the sample */
};

/* Runs and n-grams of fewer characters are not counted; only the longest run may be
 * shorter. */
enum { COPIED_LEAST = 8 };

/* Indexes the sample; `what` names it in errors: out of memory, or more than 2^30 bytes. */
int copied_init(struct copied *c, const char *what, const unsigned char *sample, size_t n,
                struct charnn_error *e);
void copied_release(struct copied *c);

/* Reads the next piece of the corpus.  After the last one call copied_end once, which
 * returns -1 when out of memory. */
void copied_read(struct copied *c, const unsigned char *piece, size_t n);
int copied_end(struct copied *c);

/* The share of the sample's n-grams that occur in the corpus, where a repeated n-gram counts
 * each time; NaN if the sample has fewer than n characters.  n is at least COPIED_LEAST.  Call
 * it after copied_end. */
double copied_share(const struct copied *c, size_t n);

/* The longest run, as bytes [*from, *to) of the sample; of several longest runs, the first in
 * the corpus. */
void copied_longest(const struct copied *c, const unsigned char *sample, size_t n,
                    size_t *from, size_t *to);

#endif
