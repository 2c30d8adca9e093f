/*
 * network.h - a whole network over a chunk of T steps of B rows: a stack of layers that
 * reads the text forward, in a bidirectional model a second stack that reads it backwards,
 * and the head.
 *
 * A network is a workspace bound to a model: it holds activations, not weights.  Functions
 * that take a team run in every member and end with a barrier.  If the team is stopped
 * (base/pool.h), their results are incomplete.
 *
 * The state carried from chunk to chunk is the state of the forward stack: call
 * stack_reset, stack_carry and so on with net.forward.  The reverse stack starts every
 * chunk from zero state.
 */
#ifndef CHARNN_NN_NETWORK_H
#define CHARNN_NN_NETWORK_H

#include "nn/bidir.h"
#include "nn/head.h"
#include "nn/stack.h"

struct network {
    const struct model *m;
    size_t T, B;
    struct stack forward;  /* set its dropout and weight_drop before each chunk */
    struct stack *reverse; /* of a bidirectional model; else NULL */
    struct bidir bidir;    /* joins the two stacks, if there is a reverse one */
    struct head head;
    real *loss; /* [T][B] */
    struct arena arena;
};

/* The model must outlive the network; `what` names the purpose in error messages. */
int network_init(struct network *n, const struct model *m, size_t T, size_t B,
                 enum stack_mode mode, const char *what, struct charnn_error *e);
void network_release(struct network *n);

/* Bytes that network_init would allocate; SIZE_MAX if too large for size_t. */
size_t network_bytes(const struct model *m, size_t T, size_t B, enum stack_mode mode);

/* Changes the number of steps of a chunk to T, at most the number given to network_init. */
void network_shorten(struct network *n, size_t T);

/* Sets the number of steps of the reverse stack to what the longest row needs.  Call it
 * before network_forward, after bidir.text and bidir.n are set.  (If only the last prediction
 * of a chunk counts, call stack_shorten for the reverse stack instead, with bidir.n - T + 1
 * steps.) */
void network_begin_reverse(struct network *n);

/* Reads a chunk, ids [T][B]. */
void network_forward(const struct network *n, const int32_t *ids, const struct team *team);

/* The input of the head. */
struct dense network_head_input(const struct network *n);

/* Both follow network_forward and set loss[T][B] for targets [T][B]; a target < 0 is ignored.
 * network_backward also adds the gradients of scale * (sum of losses) to g.  With weight drop,
 * g must be zero on entry. */
void network_loss(const struct network *n, const int32_t *targets, const struct team *team);
void network_backward(const struct network *n, const int32_t *ids, const int32_t *targets,
                      real scale, real *g, const struct team *team);

/* Computes the logits of the last step in head.logits; follows network_forward. */
void network_logits(const struct network *n, const struct team *team);

/* The best number of threads for the work in a chunk. */
int network_team(const struct network *n);

#endif
