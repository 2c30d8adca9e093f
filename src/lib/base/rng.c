/*
 * rng.c - splitmix64 fills the state of the generator and never yields four zero words.
 * rng_hash applies the finaliser of splitmix64 once for each argument, so that the hashes of
 * neighbouring numbers are unrelated.  All is integer arithmetic, except the last step of
 * rng_uniform and rng_normal.
 */
#include "base/rng.h"

#include <fcntl.h>
#include <math.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"

static uint64_t rotate_left(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t rng_mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

uint64_t rng_hash(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t h = rng_mix(seed + HASH_GOLDEN);
    h = rng_mix((h ^ a) + HASH_GOLDEN);
    return rng_mix((h ^ b) + HASH_GOLDEN);
}

void rng_init(struct rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->s[i] = rng_mix(seed += HASH_GOLDEN);
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double rng_unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double rng_uniform(struct rng *r)
{
    return rng_unit(rng_next(r));
}

/* Box-Muller without the second (sine) value, so that the state is only the four words. */
double rng_normal(struct rng *r)
{
    double radius = sqrt(-2 * log(1 - rng_uniform(r))); /* 1 - u lies in (0, 1] */
    return radius * cos(6.283185307179586 * rng_uniform(r));
}

uint64_t rng_entropy(void)
{
    uint64_t seed = 0;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t got = read(fd, &seed, sizeof seed);
        close(fd);
        if (got == (ssize_t)sizeof seed)
            return seed;
    }
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return rng_hash((uint64_t)t.tv_sec, (uint64_t)t.tv_nsec, (uint64_t)getpid());
}
