/*
 * stack.h - layers one above the other over a chunk of T steps of B rows, and the embedding
 * below them: one direction of a network (nn/network.h).
 *
 * The stack is a workspace bound to a model: it holds activations, not weights.  A training
 * stack keeps the activations for the backward pass; in inference all layers share one
 * buffer of pre-activations.  Functions that take a team run in every member and end with a
 * barrier.  If the team is stopped (base/pool.h), their results are incomplete.
 */
#ifndef CHARNN_NN_STACK_H
#define CHARNN_NN_STACK_H

#include <stdint.h>

#include "base/arena.h"
#include "nn/layer.h"
#include "nn/model.h"
#include "nn/skip.h"

/* The use of a stack: inference, or training without dropout, with dropout, or with weight
 * drop; the last two may be combined by |. */
enum stack_mode {
    STACK_FORWARD = 0,
    STACK_TRAIN = 1,
    STACK_TRAIN_DROPOUT = STACK_TRAIN | 2,
    STACK_TRAIN_WEIGHT_DROP = STACK_TRAIN | 4,
};

struct stack {
    const struct model *m;
    size_t T, B;
    enum stack_mode mode;
    /* Set before each chunk; p is 0 unless the mode includes it. */
    struct dropout dropout;
    struct weight_drop weight_drop;
    struct layer *layers; /* [L] */
    real *embedded;       /* [T][E/16][B][16] with an embedding */
    int16_t *embedded_q;  /* `embedded` quantised, with absmax [T][B], if the weights are
                           * int8 */
    real *embedded_absmax;
    struct skip skip; /* computes the output of each layer */
    real *dh;         /* [T + 1][H/16][B][16] gradient of the states of the layer whose
                       * backward pass is running; training */
    real *dembedded;  /* gradient of `embedded`; training */
    real *dstate;     /* [L][states][H/16][B][16]: gradient of each layer's states
                              * before the first step */
    const struct flow *flow; /* records norms of gradients (nn/flow.h), or NULL */
};

/* stack_bind binds the stack to the model's layers from first_layer on.  It returns -1 when
 * out of memory; even then the stack must be released.  stack_plan takes the workspace from
 * the arena (base/arena.h), which belongs to the caller. */
int stack_bind(struct stack *s, const struct model *m, size_t first_layer, size_t T,
               size_t B, enum stack_mode mode);
void stack_plan(struct stack *s, struct arena *a);
void stack_release(struct stack *s);

/* Changes the number of steps of a chunk to T, at most the number that was planned. */
void stack_shorten(struct stack *s, size_t T);

/* Reads a chunk, ids [T][B]. */
void stack_forward(const struct stack *s, const int32_t *ids, const struct team *team);

/* The output of the top layer: [T][panels][B][16]. */
struct dense stack_output(const struct stack *s);

/* stack_backward adds the gradients of all weights to g.  Before it is called, the gradient of
 * stack_output must be written to stack_output_gradient, and one member must call
 * stack_clear_state_gradient, because no gradient flows back past the first step.  With
 * weight drop, g must be zero on entry. */
real *stack_output_gradient(const struct stack *s);
void stack_clear_state_gradient(const struct stack *s);
void stack_backward(const struct stack *s, const int32_t *ids, real *g,
                    const struct team *team);

/* The state before the first step. stack_reset clears it, stack_reset_row clears it in row
 * b, and stack_carry sets it to the last state of the chunk. stack_get_state and
 * stack_set_state copy one kind (0: h, 1: c) of one layer to and from [B][H]. */
void stack_reset(const struct stack *s);
void stack_carry(const struct stack *s);
void stack_reset_row(const struct stack *s, size_t b);
void stack_get_state(const struct stack *s, size_t layer, int kind, float *out);
void stack_set_state(const struct stack *s, size_t layer, int kind, const float *in);

#endif
