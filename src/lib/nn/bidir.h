/*
 * bidir.h - joins the two stacks of a bidirectional network (Schuster and Paliwal 1997):
 * reverses the text to the right of the chunk for the reverse stack, and makes [h_forward ;
 * h_reverse] for the head.
 *
 * The stacks are independent: if a layer read the outputs of both directions, the layer
 * above it would see the character to predict.  The reverse stack starts from zero state.
 * To have some context, it starts BIDIR_AHEAD characters after the chunk, or where the text
 * given to it ends.
 */
#ifndef CHARNN_NN_BIDIR_H
#define CHARNN_NN_BIDIR_H

#include "nn/stack.h"

enum { BIDIR_AHEAD = 64 };

struct bidir {
    size_t most;   /* the most characters to the right of a row's first target: T - 1 +
                    * BIDIR_AHEAD */
    int32_t *text; /* [most][B] the text after the first target of each row */
    int32_t *n;    /* [B] length of that text.  The reverse stack takes n - t steps for
                    * target t, or none if n <= t */
    int32_t *ids;  /* [most][B] the text in reverse order */
    real *joined, *djoined; /* [T][2 panels][B][16]: what the head reads, and its gradient
                             * (training) */
};

/* Takes the arrays from the arena (base/arena.h); call it after stack_plan of both stacks. */
void bidir_plan(struct bidir *b, struct arena *a, const struct stack *forward,
                const struct stack *reverse);

/* The number of steps of the reverse stack, which the longest of the B rows determines. */
size_t bidir_steps(const struct bidir *b, size_t B);

/* The functions below run in every member of a team. bidir_turn writes the text in reverse
 * order to ids, for all steps of the reverse stack; a barrier must follow before ids are
 * read. */
void bidir_turn(const struct bidir *b, const struct stack *reverse,
                const struct team *team);

/* Joins the outputs of both stacks in `joined`; ends with a barrier. */
void bidir_join(const struct bidir *b, const struct stack *forward,
                const struct stack *reverse, const struct team *team);

/* Splits djoined into the gradients dh of the outputs of both stacks; ends with a
 * barrier. */
void bidir_split(const struct bidir *b, const struct stack *forward,
                 const struct stack *reverse, const struct team *team);

#endif
