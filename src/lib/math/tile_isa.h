/* tile_isa.h - the float GEMMs: tiled, one pair per vector ISA; plain loops for ref (ref.c). */
#ifndef CHARNN_MATH_TILE_ISA_H
#define CHARNN_MATH_TILE_ISA_H

#include "math/kernels.h"

#define TILE_DECLARE(name, of)                                                             \
    void tile_gemm_##name(const struct gemm *p);                                           \
    void tile_gemm_tn_##name(const struct gemm_tn *o);
ISA_LIST(TILE_DECLARE, )

#endif
