/*
 * stack.h - a whole network over a chunk of T steps of B rows: embedding, layers, head.
 *
 * The stack is a workspace bound to a model: it holds activations, never weights.  A
 * training stack keeps what backward needs; a forward one shares the buffer of
 * pre-activations between layers. Functions run in every member of a team; the team has met
 * when they return.
 */
#ifndef CHARNN_NN_STACK_H
#define CHARNN_NN_STACK_H

#include <stdint.h>

#include "base/arena.h"
#include "nn/head.h"
#include "nn/layer.h"
#include "nn/model.h"
#include "nn/skip.h"

enum stack_mode { STACK_FORWARD, STACK_TRAIN };

struct bidir;

struct stack {
    const struct model *m;
    size_t first; /* the model's layer that is the lowest one here */
    size_t T, B;
    enum stack_mode mode;
    struct bidir *bidir; /* of a bidirectional model (nn/bidir.h); NULL in its back stack */
    struct dropout dropout; /* p = 0 unless training; set before each chunk */
    struct arena arena;
    struct layer *layers;    /* [L] */
    struct head head;        /* not in a back stack */
    real *embedded;          /* [T][E/16][B][16] with an embedding */
    int16_t *embedded_codes; /* the same, and [T][B], where the weights are int8 */
    real *embedded_range;
    struct skip skip; /* what goes up from each layer */
    real *dh;         /* [T + 1][H/16][B][16]; training */
    real *dembedded;
    real *dstate; /* [L][states][H/16][B][16]: gradient of the carried-in state */
    real *loss;   /* [T][B] */
    const struct flow *flow; /* looks on while gradients flow back; NULL: nobody does */
};

int stack_init(struct stack *s, const struct model *m, size_t T, size_t B,
               enum stack_mode mode, int with_dropout, const char *what,
               struct charnn_error *e);
void stack_release(struct stack *s);

/* Bytes that stack_init would allocate; SIZE_MAX when that does not fit. */
size_t stack_bytes(const struct model *m, size_t T, size_t B, enum stack_mode mode,
                   int with_dropout);
size_t stack_memory(const struct stack *s); /* that it has allocated */

/* The same two for the back stack of a bidirectional model, without a head. */
int stack_init_back(struct stack *s, const struct model *m, size_t T, size_t B,
                    enum stack_mode mode, int with_dropout, const char *what,
                    struct charnn_error *e);
size_t stack_bytes_back(const struct model *m, size_t T, size_t B, enum stack_mode mode,
                        int with_dropout);

/* From now on a chunk has T steps, no more than were planned. */
void stack_shorten(struct stack *s, size_t T);

void stack_forward(const struct stack *s, const int32_t *ids, const struct team *team);

/* What goes up from the top layer: [T][units][B][16]. */
struct dense stack_up(const struct stack *s);

/* After stack_forward: the losses; stack_train adds the gradients of scale * sum of losses
 * into g. */
void stack_loss(const struct stack *s, const int32_t *targets, const struct team *team);
void stack_train(const struct stack *s, const int32_t *ids, const int32_t *targets,
                 real scale, real *g, const struct team *team);

/* Logits of the last step into s->head.logits. */
void stack_logits(const struct stack *s, const struct team *team);

/* The carried-in state (of a bidirectional model, the forward stack's): zero it; take the
 * last state of the chunk; zero row b's; per layer and kind (0: h, 1: c) to and from
 * logical order [B][H]. */
void stack_reset(const struct stack *s);
void stack_carry(const struct stack *s);
void stack_reset_row(const struct stack *s, size_t b);
void stack_get_state(const struct stack *s, size_t layer, int kind, float *out);
void stack_set_state(const struct stack *s, size_t layer, int kind, const float *in);

/* A team size worth waking for this much work a chunk. */
int stack_team(const struct stack *s);

#endif
