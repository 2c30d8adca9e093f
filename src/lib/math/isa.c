/* isa.c - detects the instruction sets of this machine. */
#include "math/isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ISA_STRING(isa, of) #isa,
static const char *const names[] = { ISA_LIST(ISA_STRING, ) };

const char *isa_name(enum isa isa)
{
    return names[isa];
}

bool isa_present(enum isa isa)
{
#ifdef ISA_WITH_AVX
    __builtin_cpu_init(); /* also checks XGETBV: whether the system saves the registers */
    if (isa == ISA_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    if (isa == ISA_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return isa < ISA_COUNT;
}

int isa_choose(void)
{
    const char *forced = getenv("CHARNN_ISA");
    int best = -1;
    for (int i = 0; i < ISA_COUNT; i++)
        if (isa_present((enum isa)i) &&
            (!forced || !*forced || strcmp(forced, names[i]) == 0))
            best = i;
    return best;
}

const char *isa_complaint(void)
{
    static char text[160];
    const char *forced = getenv("CHARNN_ISA");
    int at = snprintf(text, sizeof text, "CHARNN_ISA=%.40s is not on this machine; it has",
                      forced ? forced : "");
    for (int i = 0; i < ISA_COUNT; i++)
        if (isa_present((enum isa)i))
            at += snprintf(text + at, sizeof text - (size_t)at, " %s", names[i]);
    return text;
}
