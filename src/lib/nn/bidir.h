/*
 * bidir.h - what a bidirectional network has beside its forward stack: a back stack, which
 * reads the text to the right from its far end, and [h_forward ; h_back] for the head
 * (Schuster and Paliwal 1997).
 *
 * The two know nothing of each other: layers that saw both directions would tell the layer
 * above them of the very character that it is to predict.  Where the back stack begins, its
 * state is zero; so it begins BIDIR_AHEAD characters behind the chunk, or where the text
 * ends.
 */
#ifndef CHARNN_NN_BIDIR_H
#define CHARNN_NN_BIDIR_H

#include "nn/stack.h"

enum { BIDIR_AHEAD = 64 };

struct bidir {
    struct stack back;
    size_t most;   /* characters to the right: T - 1 + BIDIR_AHEAD */
    int32_t *text; /* [most][B] what follows the first target of each row, in its order; */
    int32_t *n;    /* [B] so many: set before stack_forward, then bidir_begin.  What stands
                      right of target t is read in n - t steps, or none if n <= t */
    int32_t *ids;  /* [most][B] as the back stack reads them */
    real *joined, *djoined; /* [T][2 units][B][16]: what the head reads; training */
    struct arena arena;
};

/* The second half of a stack of T steps; allocated. */
struct bidir *bidir_new(const struct stack *s, int with_dropout, const char *what,
                        struct charnn_error *e);
void bidir_free(struct bidir *b);
size_t bidir_bytes(const struct model *m, size_t T, size_t B, enum stack_mode mode,
                   int with_dropout);

/* After text and n have been set: the back stack will take as many steps as are needed.
 * (For a chunk of which only the last prediction counts, stack_shorten it to n - T + 1
 * instead.) */
void bidir_begin(struct bidir *b);

/* After the forward stack: runs the back stack and joins them. */
void bidir_forward(const struct stack *s, const struct team *team);

/* What the head reads. */
struct dense bidir_reads(const struct stack *s);

/* djoined into the gradients of the outputs of both stacks, in their dh. */
void bidir_divide(const struct stack *s, const struct team *team);

#endif
