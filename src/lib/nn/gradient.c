/* gradient.c - clears a gradient and computes its norm. */
#include "nn/gradient.h"

#include <math.h>
#include <string.h>

static size_t blocks_of(size_t total)
{
    return (total + GRADIENT_BLOCK - 1) / GRADIENT_BLOCK;
}

double *gradient_plan(struct arena *a, size_t total)
{
    return arena_take(a, blocks_of(total), sizeof(double));
}

void gradient_clear(real *g, size_t total, const struct team *team)
{
    size_t lo, hi;
    team_range(team, total, &lo, &hi);
    memset(g + lo, 0, (hi - lo) * sizeof *g);
    team_barrier(team);
}

double gradient_norm(const struct kernels *k, const real *g, size_t total, double *squares,
                     const struct team *team)
{
    const size_t blocks = blocks_of(total);
    size_t lo, hi;
    double sum = 0;
    team_range(team, blocks, &lo, &hi);
    for (size_t b = lo; b < hi; b++) {
        const size_t at = b * GRADIENT_BLOCK, left = total - at;
        squares[b] = k->sum_squares(g + at, left < GRADIENT_BLOCK ? left : GRADIENT_BLOCK);
    }
    team_barrier(team);
    for (size_t b = 0; b < blocks; b++)
        sum += squares[b];
    return sqrt(sum);
}
