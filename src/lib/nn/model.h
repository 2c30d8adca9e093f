/*
 * model.h - a model: its shape, its weights, and its parameters, named as in PyTorch:
 *
 *     embed.weight       [V, E]          only with an embedding
 *     rnn.weight_ih_l0   [G*H, V or E]   and so on for each layer:
 *     rnn.weight_hh_l0   [G*H, H]
 *     rnn.bias_ih_l0     [G*H]
 *     rnn.bias_hh_l0     [G*H]
 *     head.weight        [V, H]
 *     head.bias          [V]
 *
 * With dense skips (nn/skip.h) rnn.weight_ih_l<l> is [G*H, l*H] and head.weight [V, L*H].
 *
 * A bidirectional model has a second stack of layers, back.weight_ih_l0 and so on, which
 * reads the text backwards (nn/network.h), and head.weight [V, 2*H], the forward half
 * first.  Layer L + l is layer l of the reverse stack.  There are no skips.
 */
#ifndef CHARNN_NN_MODEL_H
#define CHARNN_NN_MODEL_H

#include "base/arena.h"
#include "base/rng.h"
#include "math/kernels.h"
#include "nn/cell.h"
#include "nn/matrix.h"
#include "nn/param.h"

struct model_shape {
    int cell, activation; /* index into cell_kinds; CHARNN_ACTIVATION_TANH, ... */
    size_t layers, size, embed, symbols;
    int skip; /* CHARNN_SKIP_NONE, ... */
    int bidirectional;
};

enum { W_IH, W_HH, B_IH, B_HH, LAYER_PARAMS };

struct model {
    struct model_shape shape;
    const struct kernels *k;
    const struct cell_kind *cell;
    const struct cell_ops *ops; /* of the cell with its activation */
    int reset_id; /* the symbol that begins a text and resets the state; model_init sets it
                   * to -1: none */
    struct param_set set;
    size_t first_layer,
        head; /* indices into set.list: layer l begins at first_layer + 4 l */
    struct arena arena;
    real *weights, *packed; /* [set.total], [set.packed_total] */
    int8_t *q;              /* [set.q_total] matrices as int8, of models made by
                             * model_init_int8 */
    real *scales;           /* [set.scale_total] */
    real *biases; /* [all layers][gates + split_gates][padded H]; see model_bias */
};

/* Registers the parameters (names, shapes, offsets); does not allocate weights. */
int model_init(struct model *m, const struct model_shape *shape, enum isa isa,
               struct charnn_error *e);

/* Like model_init, for a model that will not be trained.  Its matrices are int8, without a
 * float copy, except one-hot input weights and the embedding. */
int model_init_int8(struct model *m, const struct model_shape *shape, enum isa isa,
                    struct charnn_error *e);

/* model_plan takes zeroed memory for the weights and the numbers made from them from an arena
 * (base/arena.h).  model_alloc takes it from m->arena, which model_release frees. */
void model_plan(struct model *m, struct arena *a);
int model_alloc(struct model *m, struct charnn_error *e);
void model_release(struct model *m);

/* Fills parameter i of the set from numbers in row-major order.  model_pack must follow. */
void model_import(const struct model *m, size_t i, const float *row_major);

size_t model_layers(const struct model *m); /* layers of all stacks */
const struct param *model_param(const struct model *m, size_t layer, int which);
struct matrix model_matrix(const struct model *m, const struct param *p);
size_t model_count(const struct model *m); /* number of weights, without padding */

/* The biases that are the initial values of a layer's pre-activations: b_ih in planes [0,
 * gates), plus b_hh in planes [split_gates, gates + split_gates). */
const real *model_bias(const struct model *m, size_t layer);

/* Updates the packed copies and the sums of biases; must be called after the weights
 * change. */
void model_pack(const struct model *m, const struct team *team);
/* Does the same on all threads of a pool. */
void model_pack_all(struct model *m, struct pool *pool);

/* Draws the initial weights.  `how`: "auto" (U(-1/sqrt H, 1/sqrt H), embeddings of unit
 * length), "uniform:R", "xavier", "orthogonal", "identity". input_range: one-hot input
 * weights are U(-R, R), or as `how` says if it is 0. forget_bias: b_ih of an LSTM's forget
 * gates. */
struct weight_init {
    const char *how;
    double input_range, forget_bias;
};
int model_init_weights(struct model *m, const struct weight_init *start, struct rng *rng,
                       struct charnn_error *e);

/* Fails if `how` is not valid for the cell; called before a model is made, to check the
 * setting. */
int model_check_init(const char *how, int cell, struct charnn_error *e);

/* Sets the error for logits that are not finite, which come from finite but too large
 * weights. */
int model_err_overflow(struct charnn_error *e);

#endif
