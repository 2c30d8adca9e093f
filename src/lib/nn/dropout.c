/* dropout.c - derives the key and the offset of each panel of a dropout mask. */
#include "nn/dropout.h"

#include "base/rng.h"

void dropout_step(const struct dropout *d, const struct kernels *k, size_t layer, size_t t,
                  size_t B, size_t panels, const real *x, real *y)
{
    const uint32_t threshold = dropout_threshold(d->p);
    const uint32_t width = (uint32_t)(panels * PANEL);
    const uint64_t key = rng_hash(d->key, layer, d->sequence ? 0 : t);
    for (size_t q = 0; q < panels; q++) {
        const size_t at = q * B * PANEL;
        k->dropout(x + at, y + at, B, key, (uint32_t)(q * PANEL), width, threshold,
                   dropout_gain(d->p));
    }
}
