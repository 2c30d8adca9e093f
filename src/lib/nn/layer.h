/*
 * layer.h - one recurrent layer over a chunk of T steps of B rows: it owns the matrices.
 *
 * Forward: one large product for the inputs of all steps (or, for one-hot input, a gather
 * of columns of W_ih), then one small product a step for the recurrence.  Where a text
 * begins inside the chunk (at reset_id) the states before it count as zero, both ways.
 * Backward is the mirror image; the weight gradients are large products over all T*B rows.
 * See Elman 1990, Werbos 1990 (BPTT).
 *
 * All functions run in every member of a team; where the team must meet is said.
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

struct layer {
    const struct kernels *k;
    const struct cell_kind *cell;
    const struct cell_ops *ops;
    const struct param *w_ih, *w_hh, *b_ih, *b_hh;
    struct matrix ih, hh; /* for the forward products; ih where input_panels > 0 */
    const real *bias;     /* [gates + split_gates][padded H]: model_bias */
    size_t T, B, H;
    size_t panels, input_panels; /* of H and of the input; input_panels 0: one-hot */
    size_t plane;        /* B x padded H numbers: one gate of one step, or one state */
    size_t gates_stride; /* (gates + split_gates) planes */
    int reset_id;        /* the symbol before which the states are zero; -1: none */

    /* workspace */
    real *
        gates; /* [T][gates + split_gates][panels][B][16]; may be shared by layers that only go
                    forward */
    real *h;    /* [T + 1][panels][B][16]; h[0] is the carried-in state */
    real *c;    /* the same for cells with two states, else NULL */
    real *h_in; /* [T][panels][B][16] the state before each step: h itself, or with reset_id
                    a copy, zero in the rows where a text begins */
    real *c_in; /* the same of c */
    int16_t *q; /* [T + 1][panels][B][16] h quantised, where w_hh is INT8; else NULL */
    real *absmax; /* [T + 1][B] of the rows of h */
    real
        *absmax_in; /* [T][B] of the state before each step: absmax itself, or with reset_id
                       a copy, zero where a text begins */
    real *dc;       /* [panels][B][16]; training only */
    real *dh_in;    /* [panels][B][16]; training with reset_id only */
    real *dc_all; /* [T][panels][B][16] the gradient of each step's c, for whoever looks on
                     (nn/flow.h); NULL: nobody */
};

/* What goes in: symbols or panels. */
struct layer_input {
    const int32_t *ids; /* [T][B] */
    struct dense dense; /* [T][input_panels][B][16], the others */
};

/* Takes the workspace from the arena.  shared_gates: a gates buffer to use instead of an
 * own one (forward only: then no dc either). */
void layer_plan(struct layer *l, struct arena *a, real *shared_gates);

/* Before layer_forward, and after a change of h[0]: quantises it where the weights are int8.  The
 * team must meet between the two. */
void layer_begin(const struct layer *l, const struct team *team);

/* Reads weights w and the matrices (param_pack).  The team meets inside, but must
 * meet again before anyone reads the last step's h or q. */
void layer_forward(const struct layer *l, const real *w, const struct layer_input *in,
                   const struct team *team);

/* dh [T + 1][panels][B][16]: dh[t + 1] holds the gradient of h_t from above, dh[0] zero;
 * leaves the gradient of the carried-in state in dh[0] and dc, and those of the
 * pre-activations in gates.  The team must have met before, and must meet after. */
void layer_backward(const struct layer *l, const real *w, const int32_t *ids, real *dh,
                    const struct team *team);

/* Adds this chunk's weight gradients into g.  After layer_backward and a meeting. */
void layer_gradient(const struct layer *l, real *g, const struct layer_input *in,
                    const struct team *team);

/* dx [T][input_panels][B][16], whose steps are `stride` numbers apart, += gradient of the (dense)
 * input.  After layer_backward and a meeting; a member adds to its share of the steps. */
void layer_input_gradient(const struct layer *l, const real *w, real *dx, size_t stride,
                          const struct team *team);

/* Copies the last state to the front, or clears it. */
void layer_carry(const struct layer *l);
void layer_reset(const struct layer *l);

#endif
