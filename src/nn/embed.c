/* embed.c - gather and scatter of embedding rows. */
#include "nn/embed.h"

#include <string.h>

void embed_forward(const struct param *p, const real *w, const int32_t *ids, size_t T,
                   size_t B, real *x, const struct team *team)
{
    const size_t width = padded(p->cols), panels = width / PANEL;
    size_t lo, hi;
    team_share(team, T, &lo, &hi);
    for (size_t t = lo; t < hi; t++)
        for (size_t q = 0; q < panels; q++)
            for (size_t b = 0; b < B; b++)
                memcpy(x + ((t * panels + q) * B + b) * PANEL,
                       w + p->offset + (size_t)ids[t * B + b] * width + q * PANEL,
                       PANEL * sizeof *x);
}

void embed_backward(const struct param *p, const struct kernels *k, real *g,
                    const int32_t *ids, size_t T, size_t B, const real *dx,
                    const struct team *team)
{
    const size_t width = padded(p->cols), panels = width / PANEL;
    size_t lo, hi;
    team_share(team, panels, &lo, &hi);
    for (size_t t = 0; t < T; t++)
        for (size_t q = lo; q < hi; q++)
            k->scatter(dx + (t * panels + q) * B * PANEL, g + p->offset + q * PANEL, width,
                       ids + t * B, B);
}
