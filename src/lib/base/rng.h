/*
 * rng.h - random numbers: one small sequential generator, one counter-based hash.
 *
 * The sequential generator (xoshiro256**, Blackman and Vigna 2018) draws initial weights
 * and samples; its state is four words, which can be copied.  The hash maps (seed, step,
 * layer, ...) to 64 bits, so that a dropout mask is the same whichever thread computes it.
 */
#ifndef CHARNN_BASE_RNG_H
#define CHARNN_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};

void rng_init(struct rng *r, uint64_t seed); /* seed: any number, even 0; splitmix64 expands
                                              * it */
uint64_t rng_next(struct rng *r);
double rng_uniform(struct rng *r); /* [0, 1), 53 bits */
double rng_unit(uint64_t bits);    /* [0, 1) from 64 random bits, such as those of
                                      rng_hash */
double rng_normal(struct rng *r);  /* mean 0, variance 1 */

uint64_t rng_mix(uint64_t x); /* splitmix64's finaliser: a bijection */
uint64_t rng_hash(uint64_t seed, uint64_t a, uint64_t b);

/* A random seed from the system's entropy or, if there is none, from the clock and the
 * process id. */
uint64_t rng_entropy(void);

#endif
