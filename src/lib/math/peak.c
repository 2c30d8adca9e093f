/*
 * peak.c - measures several short bursts and returns the median: what the machine achieves
 * at the moment, to compare with other measurements made at the same time. (The best burst
 * would be the peak of an idle machine.)
 */
#include "math/peak.h"

#include <stdlib.h>

#include "base/clock.h"

enum { BURSTS = 15, ROUNDS = 3000000 };

struct burst {
    const struct kernels *k;
    double flops; /* of one member */
};

static void job(void *arg, const struct team *team)
{
    struct burst *b = arg;
    _Alignas(64) real sink[2 * PANEL] = { 0 };
    for (int i = 0; i < PANEL; i++)
        sink[i] = (real)0.5, sink[PANEL + i] = (real)0.25;
    const double flops = b->k->burn(ROUNDS, sink);
    if (team->id == 0)
        b->flops = flops;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double peak_flops(struct pool *pool, int threads, const struct kernels *k)
{
    struct burst b = { .k = k };
    double speed[BURSTS];
    for (int i = 0; i < BURSTS; i++) {
        const double start = clock_seconds();
        pool_run(pool, threads, job, &b);
        speed[i] = b.flops * threads / (clock_seconds() - start);
    }
    qsort(speed, BURSTS, sizeof *speed, ascending);
    return speed[BURSTS / 2];
}
