/* dense.c - the codes of numbers that a matrix reads. */
#include "nn/dense.h"

void dense_encode(const struct kernels *k, const real *x, size_t panels, size_t B,
                  int16_t *codes, real *range)
{
    for (size_t b = 0; b < B; b++)
        range[b] = k->row_range(x + b * PANEL, B * PANEL, panels);
    for (size_t at = 0; at < panels * B * PANEL; at += B * PANEL)
        k->encode(x + at, range, codes + at, B);
}
