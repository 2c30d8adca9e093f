/*
 * cell.h - the nonlinearity of a recurrent layer: from pre-activations to the next state,
 * and back.  The layer owns every matrix; a cell owns none.
 *
 * A cell works on runs of n numbers (whole panels, so n is a multiple of 16) that belong
 * together place by place: gate g of place i is gates[g * plane + i].  The planes of a cell
 * with G gates of which the last `apart` keep their two halves apart are
 *
 *     [0, G)          input halves W_ih x + b_ih; from `apart` on with the recurrent half
 * added [G, G + apart)  recurrent halves W_hh h + b_hh alone
 *
 * so the input product reads and writes planes [0, G), the recurrent one [apart, apart +
 * G). Forward may replace pre-activations by what backward needs; backward replaces them by
 * the gradients of the pre-activations.
 */
#ifndef CHARNN_NN_CELL_H
#define CHARNN_NN_CELL_H

#include "math/isa.h"
#include "math/real.h"

struct cell_step {
    size_t n;
    real *gates;
    size_t plane;
    const real *h_in, *c_in; /* state before; c_in only for cells with two states */
    real *h, *c;             /* state after */
    /* backward only */
    const real *dh; /* gradient of h, from all sides */
    real *dc;       /* in: gradient of c; out: gradient of c_in */
    real *dh_in;    /* += gradient of h_in, but for the path through W_hh */
    real *dc_all;   /* = gradient of c from all sides; NULL: nobody asks */
};

struct cell_ops {
    const char *name; /* as torch.nn has it, in lower case: rnn, lstm, gru */
    size_t gates, apart, states;
    /* Logical gate g (PyTorch's order) is plane (g + turn) mod gates of the input half; the
     * recurrent half is in PyTorch's order. */
    size_t turn;
    void (*forward)(const struct cell_step *s);
    void (*backward)(const struct cell_step *s);
};

/* kind: CHARNN_CELL_RNN, ...; activation matters for the RNN only. */
const struct cell_ops *cell_of(int kind, int activation, enum isa isa);

#endif
