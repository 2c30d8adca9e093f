/* weight_drop.c - masks panels of a matrix. */
#include "nn/weight_drop.h"

#include <string.h>

#include "base/rng.h"
#include "nn/dropout.h"

void weight_drop_rows(const struct weight_drop *d, const struct kernels *k, size_t layer,
                      const struct param *w, size_t lo, size_t hi, const real *x, real *y)
{
    const size_t C = w->padded_cols, rows = (hi - lo) * PANEL;
    const uint64_t key = rng_hash(d->key, layer, 0);
    for (size_t q = 0; q < C / PANEL; q++) {
        const size_t at = (q * w->padded_rows + lo * PANEL) * PANEL;
        const size_t first = lo * PANEL * C + q * PANEL;
        if (d->p > 0)
            k->dropout(x + at, y + at, rows, key, (uint32_t)first, (uint32_t)C,
                       dropout_threshold(d->p), dropout_gain(d->p));
        else if (x != y)
            memcpy(y + at, x + at, rows * PANEL * sizeof *y);
    }
}
