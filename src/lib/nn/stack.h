/*
 * stack.h - layers one above the other over a chunk of T steps of B rows, and the embedding
 * below them: one direction of a network (nn/network.h).
 *
 * The stack is a workspace bound to a model: it holds activations, never weights.  A
 * training stack keeps what backward needs; in a forward one all layers share the buffer of
 * pre-activations.  Functions that take a team run in every member and end with a barrier.
 */
#ifndef CHARNN_NN_STACK_H
#define CHARNN_NN_STACK_H

#include <stdint.h>

#include "base/arena.h"
#include "nn/layer.h"
#include "nn/model.h"
#include "nn/skip.h"

/* What the stack is for: inference; training; training with dropout, with weight drop, or
 * (joined by |) with both. */
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
    /* Set before each chunk; p = 0 unless the mode has it. */
    struct dropout dropout;
    struct weight_drop weight_drop;
    struct layer *layers; /* [L] */
    real *embedded;       /* [T][E/16][B][16] with an embedding */
    int16_t *embedded_q;  /* quantised, with absmax [T][B], if the weights are int8 */
    real *embedded_absmax;
    struct skip skip; /* computes the output of each layer */
    real *dh;         /* [T + 1][H/16][B][16]; training */
    real *dembedded;
    real *dstate; /* [L][states][H/16][B][16]: gradient of the first state of each layer */
    const struct flow *flow; /* records norms of gradients (nn/flow.h), or NULL */
};

/* Binds the stack to the model's layers from first_layer on; -1: out of memory; the stack
 * must still be released.  stack_plan then takes the workspace from the arena
 * (base/arena.h), which the caller owns. */
int stack_bind(struct stack *s, const struct model *m, size_t first_layer, size_t T,
               size_t B, enum stack_mode mode);
void stack_plan(struct stack *s, struct arena *a);
void stack_release(struct stack *s);

/* Changes the steps of a chunk to T, at most those that were planned. */
void stack_shorten(struct stack *s, size_t T);

void stack_forward(const struct stack *s, const int32_t *ids, const struct team *team);

/* The output of the top layer: [T][panels][B][16]. */
struct dense stack_output(const struct stack *s);

/* Where the gradient of stack_output must be written before stack_backward, which adds the
 * gradients of all weights to g.  Before that, one member must call
 * stack_clear_state_gradient, because no gradient comes from steps after the chunk.
 * With weight drop, g must be zero before. */
real *stack_output_gradient(const struct stack *s);
void stack_clear_state_gradient(const struct stack *s);
void stack_backward(const struct stack *s, const int32_t *ids, real *g,
                    const struct team *team);

/* The state before the first step: stack_reset clears it, stack_carry sets it to the last
 * state of the chunk, stack_reset_row clears row b; stack_get_state and stack_set_state
 * copy it, for a layer and kind (0: h, 1: c), to and from [B][H]. */
void stack_reset(const struct stack *s);
void stack_carry(const struct stack *s);
void stack_reset_row(const struct stack *s, size_t b);
void stack_get_state(const struct stack *s, size_t layer, int kind, float *out);
void stack_set_state(const struct stack *s, size_t layer, int kind, const float *in);

#endif
