/* kernels.c - the kernel table of each instruction set. */
#include "math/kernels.h"

#define DECLARE(name, of) extern const struct kernels kernels_##name;
ISA_LIST(DECLARE, )

const struct kernels *kernels_of(enum isa isa)
{
#define ADDRESS(name, of) &kernels_##name,
    static const struct kernels *const all[] = { ISA_LIST(ADDRESS, ) };
    return all[isa];
}
