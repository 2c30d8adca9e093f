/* chance.h - shared by the tests of random masks. */
#ifndef TESTS_CHANCE_H
#define TESTS_CHANCE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "math/real.h"

/* The number of places where two masks differ. */
static inline size_t differing(const real *a, const real *b, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += a[i] != b[i];
    return count;
}

/* Whether `count` of n is within five standard deviations of its mean n * p. */
static inline bool likely(double count, double n, double p)
{
    return fabs(count - n * p) <= 5 * sqrt(n * p * (1 - p));
}

#endif
