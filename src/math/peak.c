/* peak.c - the best of several short bursts, because other programs disturb. */
#include "math/peak.h"

#include "base/clock.h"

enum { BURSTS = 10, ROUNDS = 3000000 };

struct burst {
    const struct kernels *k;
    double flops;  /* of one member */
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

double peak_flops(struct pool *pool, int threads, const struct kernels *k)
{
    struct burst b = { .k = k };
    double best = 0;
    for (int i = 0; i < BURSTS; i++) {
        const double start = clock_seconds();
        pool_run(pool, threads, job, &b);
        const double speed = b.flops * threads / (clock_seconds() - start);
        best = speed > best ? speed : best;
    }
    return best;
}
