/* tile_isa.h - the tiled products, one pair per vector ISA; ref has those of ref.h. */
#ifndef CHARNN_MATH_TILE_ISA_H
#define CHARNN_MATH_TILE_ISA_H

#include "math/kernels.h"

#define TILE_DECLARE(name)                                                                 \
    void tile_product_##name(const struct product *p);                                     \
    void tile_outer_##name(const struct outer *o);
ISA_LIST(TILE_DECLARE)

#endif
