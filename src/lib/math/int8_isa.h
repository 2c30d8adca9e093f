/* int8_isa.h - the int8 GEMM and the quantiser of activations, one set per instruction
 * set. */
#ifndef CHARNN_MATH_INT8_ISA_H
#define CHARNN_MATH_INT8_ISA_H

#include "math/kernels.h"

#define CODES_DECLARE(name, of)                                                            \
    void gemm_int8_##name(const struct gemm_int8 *p);                                      \
    void quantize_##name(const real *x, const real *absmax, int16_t *q, size_t rows);      \
    real absmax_##name(const real *x, size_t panel, size_t panels);
ISA_LIST(CODES_DECLARE, )

#endif
