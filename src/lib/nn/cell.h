/*
 * cell.h - the elementwise part of a recurrent layer: from pre-activations to the next
 * state, and back.  All matrices belong to the layer.
 *
 * A cell works on arrays of n numbers (whole panels, so n is a multiple of 16): element i
 * of every array is the same unit of the same row.  Plane p of the gates is at gates[p *
 * plane + i].  The last `split_gates` of a cell's G gates keep their two halves separate,
 * because the cell transforms the recurrent half before it adds the input half.  So the
 * planes are
 *
 *     [0, G)                W_ih x + b_ih, plus W_hh h + b_hh except in split gates
 *     [G, G + split_gates)  W_hh h + b_hh of the split gates
 *
 * The input product writes gate g to plane (g + gate_shift) mod G.  The recurrent product
 * adds gate g to plane split_gates + g.  For example, the GRU has the gates r, z, n and the
 * planes x_n, r, z, h_n.
 *
 * Forward may overwrite the pre-activations with values that backward needs; backward
 * overwrites these values with the gradients of the pre-activations.
 *
 * A new cell is a file cell_<name>.c with its equations, an enumerator in charnn_config.h,
 * and a row of the table in cell.c.
 */
#ifndef CHARNN_NN_CELL_H
#define CHARNN_NN_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "math/isa.h"
#include "math/real.h"

struct cell_step {
    size_t n;
    real *gates;
    size_t plane;
    const real *h_in, *c_in; /* the state before; c_in only for cells with a second state
                              * c */
    real *h, *c;             /* the state after */
    /* backward only */
    const real *dh; /* total gradient of h */
    real *dc;       /* in: gradient of c; out: gradient of c_in */
    real *dh_in;  /* to this the gradient of h_in is added, except the part through W_hh */
    real *dc_all; /* set to the total gradient of c; NULL: not needed */
};

/* The functions of a cell, for one activation and one instruction set. */
struct cell_ops {
    void (*forward)(const struct cell_step *s);
    void (*backward)(const struct cell_step *s);
    bool bounded;        /* |h| <= 1 always */
    bool clears_padding; /* h can be nonzero where the pre-activations and the previous
                          * state are 0; so the layer must clear padded units */
};

struct cell_kind {
    const char *name;         /* in settings and files: "lstm" */
    const char *title;        /* for people: "LSTM" */
    const char *with_article; /* "an LSTM" */
    const char *letters;      /* one letter per gate, in PyTorch's order: "ifgo" */
    const char *tanh_gates;   /* the letters of tanh gates; the others are sigmoids */
    size_t gates, split_gates, states;
    /* Where the input half of gate g is: plane (g + gate_shift) mod gates. */
    size_t gate_shift;
    int forget_gate;      /* the index of the gate that keeps c; -1: none */
    bool has_activation;  /* whether the setting "activation" applies */
    bool in_torch;        /* whether torch.nn has it, with the same gates */
    bool exported;        /* whether model.c.in and page.html have its equations */
    double learning_rate; /* the best learning rate relative to that of the LSTM */
    double input_range;   /* default of the setting "input_range" */
    const struct cell_ops *ops[ISA_COUNT]; /* [activations] if has_activation, else [1] */
};

/* [CHARNN_CELLS] all kinds, indexed by CHARNN_CELL_LSTM etc. */
extern const struct cell_kind cell_kinds[];

/* The names of all kinds in the order of cell_kinds, each after a bar, as choices of a setting:
 * "|rnn|lstm|gru". */
extern const char cell_names[];

/* The plane of gate g's input half. */
static inline size_t cell_gate_plane(const struct cell_kind *cell, size_t g)
{
    return (g + cell->gate_shift) % cell->gates;
}

const struct cell_ops *cell_ops(int cell, int activation, enum isa isa);

#endif
