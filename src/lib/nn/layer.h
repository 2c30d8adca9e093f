/*
 * layer.h - one recurrent layer over a chunk of T steps of B rows: its matrix products, and
 * the calls of the cell.
 *
 * The forward pass is one large GEMM for the inputs of all steps (or, for one-hot input, a
 * gather of columns of W_ih), then a small GEMM in each step for the recurrence.  Where a
 * text begins inside the chunk, marked by the symbol reset_id, the state is reset and no
 * gradient flows back.  The backward pass goes through the steps in reverse; the weight
 * gradients are large GEMMs over all T*B rows.  See Elman 1990, Werbos 1990 (BPTT).
 *
 * All functions that take a team run in every member; each says where barriers are needed.
 * When the team must stop (base/pool.h), they leave out the rest of their work.
 */
#ifndef CHARNN_NN_LAYER_H
#define CHARNN_NN_LAYER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/pool.h"
#include "math/kernels.h"
#include "nn/cell.h"
#include "nn/matrix.h"
#include "nn/param.h"
#include "nn/weight_drop.h"

struct layer {
    const struct kernels *k;
    const struct cell_kind *cell;
    const struct cell_ops *ops;
    const struct param *w_ih, *w_hh, *b_ih, *b_hh;
    struct matrix ih, hh; /* for the forward GEMMs; ih is set only if input_panels > 0 */
    const real *bias;     /* [gates + split_gates][padded H]; see model_bias */
    size_t T, B, H;
    size_t index;                /* among all layers of the model */
    size_t panels, input_panels; /* panels of H; panels of the input, 0 for one-hot input */
    size_t plane;                /* B x padded H numbers: one gate or state of one step */
    size_t gates_stride;         /* (gates + split_gates) planes: all gates of one step */
    int reset_id;                /* the symbol that resets the states; -1: none */

    /* Workspace.  Layers that only run forward may share gates.  The T + 1 states begin
     * with the one carried over from the previous chunk.  With a reset_id, h_in, c_in and
     * absmax_in are copies in which the rows that are reset are zero; otherwise they alias
     * h, c and absmax. */
    real *gates;     /* [T][gates + split_gates][panels][B][16] */
    real *h, *c;     /* [T + 1][panels][B][16]; c: NULL for cells with one state */
    real *h_in;      /* [T][panels][B][16] h before each step */
    real *c_in;      /* [T][panels][B][16] c before each step */
    int16_t *q;      /* [T + 1][panels][B][16] h quantised for int8 weights; else NULL */
    real *absmax;    /* [T + 1][B] absmax of the rows of h */
    real *absmax_in; /* [T][B] absmax of the state before each step */
    real *dc;        /* [panels][B][16]; training only */
    real *dh_in;     /* [panels][B][16]; training with a reset_id only */
    real *dc_all;    /* [T][panels][B][16] gradient of each step's c (nn/flow.h), or NULL */
    real *dropped; /* W_hh after weight drop, in the layout of the weights; NULL: no drop */
    real *dropped_packed; /* the packed copy of `dropped`, for the forward GEMM */
};

/* The input of a layer: symbols (one-hot) or the outputs of the layer below. */
struct layer_input {
    const int32_t *ids; /* [T][B] */
    struct dense dense; /* [T][input_panels][B][16] */
};

/* Takes the workspace from the arena.  below: a layer whose gates this layer also uses,
 * instead of gates of its own (forward only, without dc); or NULL. */
void layer_plan(struct layer *l, struct arena *a, const struct layer *below);

/* Call after layer_plan to take the memory for weight drop. layer_drop_weights must then
 * run before each layer_forward. */
void layer_plan_drop(struct layer *l, struct arena *a);

/* Makes the masked copies of W_hh for the next chunk.  A barrier must follow before
 * layer_forward. */
void layer_drop_weights(const struct layer *l, const struct weight_drop *d, const real *w,
                        const struct team *team);

/* Quantises h[0] if the weights are int8.  It must run before layer_forward, with a barrier
 * in between. */
void layer_begin(const struct layer *l, const struct team *team);

/* Computes the states of all steps.  w are the model's weights, after param_pack.  There are
 * barriers inside, but another one must follow before h or q of the last step is read. */
void layer_forward(const struct layer *l, const real *w, const struct layer_input *in,
                   const struct team *team);

/* On entry dh [T + 1][panels][B][16] holds the gradient of h_t from above in dh[t + 1], and
 * zero in dh[0].  On return dh[0] and dc hold the gradient of the states before the
 * first step, and gates the gradients of the pre-activations.  A barrier must come before
 * and after. */
void layer_backward(const struct layer *l, const real *w, const int32_t *ids, real *dh,
                    const struct team *team);

/* Adds this chunk's weight gradients to g.  Call after layer_backward and a barrier.  With
 * weight drop, the gradient of W_hh in g must be zero on entry, because all of it is
 * masked. */
void layer_gradient(const struct layer *l, const struct weight_drop *drop, real *g,
                    const struct layer_input *in, const struct team *team);

/* Adds the gradient of the dense input to dx [T][input_panels][B][16], which has `stride`
 * numbers from one step to the next.  It must run after layer_backward and a barrier; each
 * member adds to its range of the steps. */
void layer_input_gradient(const struct layer *l, const real *w, real *dx, size_t stride,
                          const struct team *team);

/* layer_carry makes the last state the first one of the next chunk; layer_reset clears the
 * first state. */
void layer_carry(const struct layer *l);
void layer_reset(const struct layer *l);

#endif
