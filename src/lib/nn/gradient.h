/*
 * gradient.h - clears the gradient of all weights before a backward pass, and computes its
 * norm.  Functions that take a team run in every member.
 */
#ifndef CHARNN_NN_GRADIENT_H
#define CHARNN_NN_GRADIENT_H

#include "base/arena.h"
#include "base/pool.h"
#include "math/kernels.h"

enum { GRADIENT_BLOCK = 4096 }; /* numbers whose squares are summed together */

/* Takes from the arena (base/arena.h) the scratch memory of gradient_norm for `total`
 * numbers. */
double *gradient_plan(struct arena *a, size_t total);

/* Zeroes g [total]; ends with a barrier. */
void gradient_clear(real *g, size_t total, const struct team *team);

/* The Euclidean norm of g [total], where total is a multiple of 16; not finite if an element
 * is not.  `squares` is the memory of gradient_plan.  The bits of the norm do not depend on
 * the number of members: each block is summed by one member, and every member adds up the
 * blocks in the same order.  A barrier must come before the call; there is one inside. */
double gradient_norm(const struct kernels *k, const real *g, size_t total, double *squares,
                     const struct team *team);

#endif
