/*
 * copied.h - how much of a sample stands word for word in another text.
 *
 * The sample is indexed as a suffix automaton (Blumer et al. 1985): the smallest machine
 * that reads exactly the sample's substrings.  The corpus streams through it once, and at
 * each of its characters the machine knows the longest string ending there that the sample
 * has too.  Results are exact; time is linear in the corpus, memory in the sample (about
 * 100 bytes a character) and none in the corpus.
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
    uint32_t *slots;            /* owned: from (state, character) to an edge + 1; 0: none */
    size_t n_slots;             /* a power of two */
    uint32_t last;              /* the state of the whole sample */
    size_t length;              /* characters of the sample */
    struct copied_seeds *seeds; /* owned: its short n-grams */

    /* of the corpus read so far */
    unsigned char rest[4]; /* of a character that the last piece cut */
    size_t n_rest;
    uint32_t at;                 /* the state that it has led to */
    size_t run;                  /* how many characters back it agrees */
    size_t longest, longest_end; /* the longest run, and where it ends in the sample */
};

/* Runs and n-grams are exact from so many characters on; of shorter runs only the longest
 * is, while there is none so long. */
enum { COPIED_LEAST = 8 };

/* Indexes the sample; `what` names it in errors: memory, or more than 2^30 characters. */
int copied_init(struct copied *c, const char *what, const unsigned char *sample, size_t n,
                struct charnn_error *e);
void copied_release(struct copied *c);

/* The next piece of the corpus; after the last one, copied_end, once, which
 * returns -1 when there is no memory. */
void copied_read(struct copied *c, const unsigned char *piece, size_t n);
int copied_end(struct copied *c);

/* After copied_end: the share of the sample's n-grams, counted as often as they occur in
 * it, that the corpus has, n at least COPIED_LEAST; NaN when the sample is shorter than n.
 */
double copied_share(const struct copied *c, size_t n);

/* Bytes [*from, *to) of the sample that are the longest run: of several the one that
 * the corpus has first. */
void copied_longest(const struct copied *c, const unsigned char *sample, size_t n,
                    size_t *from, size_t *to);

#endif
