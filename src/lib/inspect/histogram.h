/*
 * histogram.h - how the values of one unit are distributed, in all and where each binary
 * feature is 1; and its moments with each numeric feature.  That is enough for the
 * threshold with the best F1, and for Pearson's r, without keeping the values.
 *
 * A histogram has HISTOGRAM_BINS bins over [-range, range).  The range is a power of two
 * and doubles when a value lies outside it: then two neighbouring bins become one.  So
 * edges and counts are exact.
 */
#ifndef CHARNN_INSPECT_HISTOGRAM_H
#define CHARNN_INSPECT_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BINS = 256 };

/* Sums over characters of x (the unit) and y (a numeric feature). */
struct moments {
    double n, x, y, xx, yy, xy;
};

void moments_add(struct moments *m, double x, double y);

/* Pearson's r; 0 where either is constant. */
double moments_r(const struct moments *m);

struct histogram {
    double range, scale; /* scale: bins per 1 */
    uint32_t *all;       /* [HISTOGRAM_BINS] */
    uint32_t *ones;      /* [binary features][HISTOGRAM_BINS] */
    size_t binary;
};

/* counts: [1 + binary][HISTOGRAM_BINS] zeros, borrowed. */
void histogram_init(struct histogram *t, uint32_t *counts, size_t binary);

/* A value as it is counted: 0 for NaN, and at most 2^100 in size. */
double histogram_value(float x);

/* Counts a value of the unit where the binary features with a bit in `bits` are 1. */
void histogram_add(struct histogram *t, double x, uint64_t bits);

/* A rule for a binary feature: it is 1 where the value is at least the threshold (above),
 * or is less (not above). */
struct rule {
    double threshold;
    int above;
};

int histogram_rule_says(const struct rule *r, double x);

/* 2 hits / (said + ones): F1 of a rule that said 1 so often and was right in `hits`. */
double histogram_f1(uint64_t hits, uint64_t said, uint64_t ones);

/* The rule with the best F1 for binary feature i; returns that F1. */
double histogram_rule(const struct histogram *t, size_t i, struct rule *rule);

#endif
