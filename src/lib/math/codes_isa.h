/* codes_isa.h - products of integer codes and how numbers become codes, one set per
 * instruction set. */
#ifndef CHARNN_MATH_CODES_ISA_H
#define CHARNN_MATH_CODES_ISA_H

#include "math/kernels.h"

#define CODES_DECLARE(name)                                                                \
    void code_product_##name(const struct code_product *p);                                \
    void encode_##name(const real *x, const real *range, int16_t *codes, size_t rows);     \
    real row_range_##name(const real *x, size_t panel, size_t panels);
ISA_LIST(CODES_DECLARE)

#endif
