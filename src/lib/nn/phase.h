/* phase.h - the kinds of work in a training step, for --profile (team_mark). */
#ifndef CHARNN_NN_PHASE_H
#define CHARNN_NN_PHASE_H

enum phase {
    PHASE_INPUT,     /* input products, gather */
    PHASE_RECURRENT, /* recurrent products, both directions */
    PHASE_CELL,      /* pointwise work of the cells */
    PHASE_OUTPUT,    /* logits, softmax, their gradients */
    PHASE_WEIGHTS,   /* weight gradients */
    PHASE_BELOW,     /* gradients passed to the layer below */
    PHASE_SKIP,      /* output of a layer that is not the state itself: dropout, skip
                      * connections */
    PHASE_UPDATE,    /* norm, clip, optimiser */
    PHASE_PACK,      /* packed copies of the weights */
    PHASE_WAIT,      /* waiting for other threads */
    PHASES,
};

// clang-format off
static const char *const phase_names[] = {
    "input products", "recurrent products", "cells", "output layer", "weight gradients",
    "input gradients", "dropout and skips", "optimiser", "packing", "waiting",
};
// clang-format on

#endif
