/*
 * layer.h - one recurrent layer over a chunk of T steps of B rows: it owns the matrices.
 *
 * Forward: one large GEMM for the inputs of all steps (or, for one-hot input, a gather of
 * columns of W_ih), then a small one in each step for the recurrence.  Where a text begins
 * inside the chunk, marked by the symbol reset_id, the state is reset and no gradient flows
 * back.  Backward is the mirror image; the weight gradients are large GEMMs over all T*B
 * rows.  See Elman 1990, Werbos 1990 (BPTT).
 *
 * All functions that take a team run in every member; each says where barriers are needed.
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
    struct matrix ih, hh; /* for the forward GEMMs; ih if input_panels > 0 */
    const real *bias;     /* [gates + split_gates][padded H]: model_bias */
    size_t T, B, H;
    size_t index;                /* among all layers of the model */
    size_t panels, input_panels; /* of H; of the input, 0 for one-hot input */
    size_t plane;                /* B x padded H numbers: one gate or state of one step */
    size_t gates_stride;         /* (gates + split_gates) planes: all gates of one step */
    int reset_id;                /* the symbol that resets the states; -1: none */

    /* Workspace.  Forward-only layers may share gates.  States [T + 1] begin with the one
     * carried over from the chunk before.  With a reset_id, h_in, c_in and absmax_in are
     * copies that are zero in rows that are reset; otherwise they alias h, c and absmax. */
    real *gates;     /* [T][gates + split_gates][panels][B][16] */
    real *h, *c;     /* [T + 1][panels][B][16]; c: NULL for cells with one state */
    real *h_in;      /* [T][panels][B][16] the state before each step */
    real *c_in;      /* the same for c */
    int16_t *q;      /* [T + 1][panels][B][16] h quantised for int8 weights; else NULL */
    real *absmax;    /* [T + 1][B] absmax of the rows of h */
    real *absmax_in; /* [T][B] absmax of the state before each step */
    real *dc;        /* [panels][B][16]; training only */
    real *dh_in;     /* [panels][B][16]; training with a reset_id only */
    real *dc_all;    /* [T][panels][B][16] gradient of each step's c (nn/flow.h), or NULL */
    real *dropped; /* W_hh after weight drop, in the layout of the weights; NULL: no drop */
    real *dropped_packed; /* the same for the forward GEMM: hh.packed */
};

/* The input of a layer: symbols (one-hot) or the outputs of the layer below. */
struct layer_input {
    const int32_t *ids; /* [T][B] */
    struct dense dense; /* [T][input_panels][B][16] */
};

/* Takes the workspace from the arena.  shared_gates: the gates of another layer, to use
 * instead of its own (forward only; there is no dc then); or NULL. */
void layer_plan(struct layer *l, struct arena *a, real *shared_gates);

/* After layer_plan: takes the memory for weight drop; from then on layer_drop_weights must
 * run before each layer_forward. */
void layer_plan_drop(struct layer *l, struct arena *a);

/* Before layer_forward and a barrier: sets the copies of W_hh that the chunk uses. */
void layer_drop_weights(const struct layer *l, const struct weight_drop *d, const real *w,
                        const struct team *team);

/* Quantises h[0] if the weights are int8.  Must run before layer_forward, with a barrier
 * between. */
void layer_begin(const struct layer *l, const struct team *team);

/* w: the model's weights; the matrices must be packed (param_pack).  There are barriers
 * inside, but another one must follow before anyone reads h or q of the last step. */
void layer_forward(const struct layer *l, const real *w, const struct layer_input *in,
                   const struct team *team);

/* dh [T + 1][panels][B][16]: dh[t + 1] holds the gradient of h_t from above, dh[0] zero;
 * leaves the gradient of the first state in dh[0] and dc, and those of the pre-activations
 * in gates.  A barrier must come before it and after it. */
void layer_backward(const struct layer *l, const real *w, const int32_t *ids, real *dh,
                    const struct team *team);

/* Adds this chunk's weight gradients to g.  After layer_backward and a barrier.  With
 * weight drop, that of W_hh must be zero before, because all of it is masked. */
void layer_gradient(const struct layer *l, const struct weight_drop *drop, real *g,
                    const struct layer_input *in, const struct team *team);

/* dx [T][input_panels][B][16], with `stride` numbers between steps, += gradient of the
 * dense input.  Must run after layer_backward and a barrier; each member adds to its range
 * of the steps. */
void layer_input_gradient(const struct layer *l, const real *w, real *dx, size_t stride,
                          const struct team *team);

/* layer_carry makes the last state the first one of the next chunk; layer_reset clears the
 * first state. */
void layer_carry(const struct layer *l);
void layer_reset(const struct layer *l);

#endif
