/* kernels_isa.h - the kernels that have files of their own: the float GEMMs (tiled; plain
 * loops for ref, in ref.c), the int8 GEMM and the quantiser of activations. */
#ifndef CHARNN_MATH_KERNELS_ISA_H
#define CHARNN_MATH_KERNELS_ISA_H

#include "math/kernels.h"

#define KERNELS_DECLARE(name, of)                                                          \
    void tile_gemm_##name(const struct gemm *p);                                           \
    void tile_gemm_tn_##name(const struct gemm_tn *o);                                     \
    void gemm_int8_##name(const struct gemm_int8 *p);                                      \
    void quantize_##name(const real *x, const real *absmax, int16_t *q, size_t rows);      \
    real absmax_##name(const real *x, size_t panel, size_t panels);
ISA_LIST(KERNELS_DECLARE, )

#endif
