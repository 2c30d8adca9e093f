/*
 * gradient.h - what everybody who learns does with a gradient: it is cleared, added to by the
 * layers, and measured.  Functions run in every member of a team.
 */
#ifndef CHARNN_NN_GRADIENT_H
#define CHARNN_NN_GRADIENT_H

#include "base/arena.h"
#include "base/pool.h"
#include "math/kernels.h"

enum { GRADIENT_BLOCK = 4096 }; /* numbers whose squares are summed together */

/* The scratch for the norm of so many numbers, from the arena (base/arena.h). */
double *gradient_plan(struct arena *a, size_t total);

/* Zeroes [total]; the team has met when it returns. */
void gradient_clear(real *g, size_t total, const struct team *team);

/* The length of [total], a multiple of 16; NaN or infinity when some number is.  The same bits
 * in all members, whatever their number: blocks are summed by whoever owns them, and the sums
 * by everyone in the same order.  The team must have met, and meets inside. */
double gradient_norm(const struct kernels *k, const real *g, size_t total, double *squares,
                     const struct team *team);

#endif
