/*
 * peak.c - measures several short bursts and returns the median: what the machine achieves
 * at the moment, to compare with other measurements made at the same time. (The best burst
 * would be the peak of an idle machine.)
 */
#include "math/peak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

enum { BURSTS = 15, ROUNDS = 3000000 };
#define BURST_BYTES 2e7 /* bytes read in a burst, at least */
#define READ_MULTIPLE 128

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median time of a burst, in seconds. */
static double burst_seconds(struct pool *pool, int threads, team_fn *burst, void *arg)
{
    double seconds[BURSTS];
    for (int i = 0; i < BURSTS; i++) {
        const double start = clock_seconds();
        pool_run(pool, threads, burst, arg);
        seconds[i] = clock_seconds() - start;
    }
    qsort(seconds, BURSTS, sizeof *seconds, ascending);
    return seconds[BURSTS / 2];
}

struct compute {
    const struct kernels *k;
    double flops; /* of one member */
};

static void compute_burst(void *arg, const struct team *team)
{
    struct compute *b = arg;
    _Alignas(64) real sink[2 * PANEL] = { 0 };
    for (int i = 0; i < PANEL; i++)
        sink[i] = (real)0.5, sink[PANEL + i] = (real)0.25;
    const double flops = b->k->burn(ROUNDS, sink);
    if (team->id == 0)
        b->flops = flops;
}

double peak_flops(struct pool *pool, int threads, const struct kernels *k)
{
    struct compute b = { .k = k };
    const double seconds = burst_seconds(pool, threads, compute_burst, &b);
    return b.flops * threads / seconds;
}

struct reading {
    const struct kernels *k;
    const real *x;
    size_t n;   /* numbers that a member reads in a round */
    int rounds; /* in a burst */
};

static void reading_burst(void *arg, const struct team *team)
{
    const struct reading *b = arg;
    volatile real kept;
    for (int i = 0; i < b->rounds; i++)
        kept = b->k->sum(b->x + (size_t)team->id * b->n, b->n);
    (void)kept;
}

double peak_bandwidth(struct pool *pool, const struct kernels *k, size_t bytes)
{
    const size_t members = (size_t)pool_size(pool);
    const size_t n = bytes / sizeof(real) / members / READ_MULTIPLE * READ_MULTIPLE;
    const double total = (double)(n * members * sizeof(real));
    struct charnn_error e;
    struct arena a = { 0 };
    arena_take(&a, n * members, sizeof(real));
    if (arena_alloc(&a, "measuring", &e) < 0)
        return NAN;
    real *x = arena_take(&a, n * members, sizeof(real));
    memset(x, 1,
           n * members *
               sizeof(real)); /* before they are written, all pages may be the same page of
                               * zeros */
    struct reading b = { k, x, n, 1 + (int)(BURST_BYTES / total) };
    const double seconds = burst_seconds(pool, POOL_ALL, reading_burst, &b);
    arena_release(&a);
    return total * b.rounds / seconds;
}
