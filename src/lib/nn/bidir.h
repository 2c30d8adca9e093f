/*
 * bidir.h - between the two stacks of a bidirectional network (Schuster and Paliwal 1997):
 * the text right of the chunk, turned round for the reverse stack, and
 * [h_forward ; h_reverse] for the head.
 *
 * The stacks know nothing of each other: layers that saw both directions would tell the
 * layer above them of the very character that it is to predict.  Where the reverse stack
 * begins, its state is zero; so it begins BIDIR_AHEAD characters behind the chunk, or where
 * the text ends.
 */
#ifndef CHARNN_NN_BIDIR_H
#define CHARNN_NN_BIDIR_H

#include "nn/stack.h"

enum { BIDIR_AHEAD = 64 };

struct bidir {
    size_t most;   /* characters to the right: T - 1 + BIDIR_AHEAD */
    int32_t *text; /* [most][B] what follows the first target of each row, in its order; */
    int32_t *n;    /* [B] so many.  What stands right of target t is read in n - t steps, or
                      none if n <= t */
    int32_t *ids;  /* [most][B] as the reverse stack reads them */
    real *joined, *djoined; /* [T][2 panels][B][16]: what the head reads; training */
};

/* Takes the arrays from the arena (base/arena.h); the stacks are planned. */
void bidir_plan(struct bidir *b, struct arena *a, const struct stack *forward,
                const struct stack *reverse);

/* Steps that the row [B] with most text to the right needs. */
size_t bidir_steps(const struct bidir *b, size_t B);

/* Functions below run in every member of a team.
 * ids = the text from its end, as many steps as the reverse stack has; the team must meet
 * before they are read. */
void bidir_turn(const struct bidir *b, const struct stack *reverse,
                const struct team *team);

/* joined = the outputs of both stacks; the team has met when it returns. */
void bidir_join(const struct bidir *b, const struct stack *forward,
                const struct stack *reverse, const struct team *team);

/* djoined into the gradients of the outputs of both stacks, in their dh; the team has met
 * when it returns. */
void bidir_split(const struct bidir *b, const struct stack *forward,
                 const struct stack *reverse, const struct team *team);

#endif
