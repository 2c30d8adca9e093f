/* quant.c - computes the scale of a row. */
#include "math/quant.h"

enum { Q_MAX = 127 };
static const float ABSMAX_LEAST = 1e-30f; /* a row whose weights are all smaller counts as
                                           * zero */

struct quant quant_of(const float *row, size_t n)
{
    float absmax = 0;
    for (size_t i = 0; i < n; i++)
        absmax = fabsf(row[i]) > absmax ? fabsf(row[i]) : absmax;
    return (struct quant){ .scale = absmax / Q_MAX,
                           .gain = absmax > ABSMAX_LEAST ? Q_MAX / absmax : 0 };
}
