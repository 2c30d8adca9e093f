/* embed.c - gathers embedding rows and scatters their gradients, panel by panel. */
#include "nn/embed.h"

#include <string.h>

#include "nn/matrix.h"

void embed_forward(const struct param *p, const struct kernels *k, const real *w,
                   const int32_t *ids, size_t T, size_t B, real *x, const struct team *team)
{
    _Alignas(64) static const real zero[PANEL];
    const size_t panels = panels_of(p->cols);
    size_t lo, hi;
    team_range(team, T, &lo, &hi);
    for (size_t t = lo; t < hi; t++)
        for (size_t q = 0; q < panels; q++)
            k->gather(x + (t * panels + q) * B * PANEL, zero,
                      w + p->offset + q * p->padded_rows * PANEL, ids + t * B, B);
}

void embed_quantize(const struct kernels *k, const real *x, size_t panels, size_t T,
                    size_t B, int16_t *q, real *absmax, const struct team *team)
{
    size_t lo, hi;
    team_range(team, T, &lo, &hi);
    for (size_t t = lo; t < hi; t++) {
        const size_t at = t * panels * B * PANEL;
        dense_quantize(k, x + at, panels, B, q + at, absmax + t * B);
    }
}

void embed_backward(const struct param *p, const struct kernels *k, real *g,
                    const int32_t *ids, size_t T, size_t B, const real *dx,
                    const struct team *team)
{
    const size_t panels = panels_of(p->cols);
    size_t lo, hi;
    team_range(team, panels, &lo, &hi);
    for (size_t t = 0; t < T; t++)
        for (size_t q = lo; q < hi; q++)
            k->scatter(dx + (t * panels + q) * B * PANEL,
                       g + p->offset + q * p->padded_rows * PANEL, ids + t * B, B);
}
