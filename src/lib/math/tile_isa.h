/* tile_isa.h - the tiled GEMMs, one pair per vector ISA; ref has those of ref.h. */
#ifndef CHARNN_MATH_TILE_ISA_H
#define CHARNN_MATH_TILE_ISA_H

#include "math/kernels.h"

#define TILE_DECLARE(name, of)                                                             \
    void tile_gemm_##name(const struct gemm *p);                                           \
    void tile_gemm_tn_##name(const struct gemm_tn *o);
ISA_LIST(TILE_DECLARE, )

#endif
