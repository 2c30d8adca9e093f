/*
 * tally.h - how the values of one unit are distributed, in all and where each binary
 * feature is 1; and its moments with each numeric feature.  Enough to find the threshold
 * with the best F1, and Pearson's r, without keeping the values.
 *
 * A histogram has TALLY_BINS bins over [-range, range).  The range is a power of two and
 * doubles when a value lies outside it: then neighbouring bins become one.  So every edge
 * is exact, and a count never has to be guessed.
 */
#ifndef CHARNN_INSPECT_TALLY_H
#define CHARNN_INSPECT_TALLY_H

#include <stddef.h>
#include <stdint.h>

enum { TALLY_BINS = 256 };

/* Sums over characters of x (the unit) and y (a numeric feature). */
struct moments {
    double n, x, y, xx, yy, xy;
};

void moments_add(struct moments *m, double x, double y);

/* Pearson's r; 0 where either is constant. */
double moments_r(const struct moments *m);

struct tally {
    double range, scale; /* scale: bins per 1 */
    uint32_t *all;       /* [TALLY_BINS] */
    uint32_t *ones;      /* [binary features][TALLY_BINS] */
    size_t binary;
};

/* counts: [1 + binary][TALLY_BINS] zeros, borrowed. */
void tally_init(struct tally *t, uint32_t *counts, size_t binary);

/* What a unit's value is taken for: NaN 0, and nothing beyond 2^100. */
double tally_value(float x);

/* A value where the binary features with a bit in `bits` are 1. */
void tally_add(struct tally *t, double x, uint64_t bits);

/* A rule for a binary feature: it is 1 where the value is at least the threshold (above),
 * or is less (not above). */
struct rule {
    double threshold;
    int above;
};

int rule_says(const struct rule *r, double x);

/* 2 hits / (said + ones): F1 of a rule that said 1 so often and was right in `hits`. */
double tally_f1(uint64_t hits, uint64_t said, uint64_t ones);

/* The rule with the best F1 for binary feature i; returns that F1. */
double tally_rule(const struct tally *t, size_t i, struct rule *rule);

#endif
