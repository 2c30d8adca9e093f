/* kernel.h - shared by the tests of kernels: random operands, and a loop over the
 * instruction sets. */
#ifndef CHARNN_TESTS_KERNEL_H
#define CHARNN_TESTS_KERNEL_H

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "math/kernels.h"
#include "math/kernels_isa.h"

static struct rng rng;

static inline real *numbers(size_t n)
{
    real *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64);
    if (!x)
        abort();
    return x;
}

static inline real draw(double range)
{
    return (real)((2 * rng_uniform(&rng) - 1) * range);
}

static inline real *random_numbers(size_t n, double range)
{
    real *x = numbers(n);
    for (size_t i = 0; i < n; i++)
        x[i] = draw(range);
    return x;
}

static inline real *copy_of(const real *x, size_t n)
{
    return memcpy(numbers(n), x, n * sizeof *x);
}

/* Calls `test` with the kernels of each instruction set of this machine. */
static inline void for_each_isa(void (*test)(const struct kernels *k))
{
    for (int i = 0; i < ISA_COUNT; i++)
        if (isa_present((enum isa)i))
            test(kernels_of((enum isa)i));
}

#endif
