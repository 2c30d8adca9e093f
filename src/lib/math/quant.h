/* quant.h - weights as int8: w = q * scale with |q| <= 127 and one scale per row. */
#ifndef CHARNN_MATH_QUANT_H
#define CHARNN_MATH_QUANT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

struct quant {
    float scale; /* (the largest |w| of the row) / 127 */
    float gain;  /* 1 / scale; 0 for a row of (almost) zeros */
};

struct quant quant_of(const float *row, size_t n);

static inline int8_t quant_round(const struct quant *q, float w)
{
    return (int8_t)lrintf(w * q->gain);
}

#endif
