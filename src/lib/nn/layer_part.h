/* layer_part.h - the part of a chunk that a member works on; private to layer*.c. */
#ifndef CHARNN_NN_LAYER_PART_H
#define CHARNN_NN_LAYER_PART_H

#include "nn/layer.h"

struct layer_part {
    size_t t0, steps; /* first step, number of steps */
    size_t row, rows;
    size_t panel, panels; /* of the units: first panel, number of panels */
    struct team group;    /* members that share the rows */
};

/* The member's part of the time loop: all steps, its own rows and panels. */
struct layer_part layer_part(const struct layer *l, const struct team *team);

/* Whether the matrices are int8. */
static inline bool layer_is_int8(const struct layer *l)
{
    return l->w_hh->layout == PARAM_INT8;
}

/* The arguments of the cell for step t, unit panel u and the rows of the part. */
static inline struct cell_step layer_cell_at(const struct layer *l, size_t t, size_t u,
                                             const struct layer_part *p)
{
    const size_t at = (u * l->B + p->row) * PANEL, in = t * l->plane + at,
                 out = in + l->plane;
    return (struct cell_step){
        .n = p->rows * PANEL,
        .gates = l->gates + t * l->gates_stride + at,
        .plane = l->plane,
        .h_in = l->h_in + in,
        .h = l->h + out,
        .c_in = l->c ? l->c_in + in : NULL,
        .c = l->c ? l->c + out : NULL,
    };
}

/* How many of the remaining steps of a large product to compute before checking again
 * whether to stop: a few hundredths of a second.  The number does not affect the product.
 * One step has `multiply_adds` multiply-adds. */
static inline size_t layer_bite(size_t left, size_t multiply_adds)
{
    const size_t most = ((size_t)1 << 28) / (multiply_adds + 1);
    return left <= most ? left : most < 1 ? 1 : most;
}

#endif
