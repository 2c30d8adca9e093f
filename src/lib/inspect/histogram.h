/*
 * histogram.h - histograms of one unit's values (one of all values, and for each binary
 * feature one of the values where it is 1), and moments of the values with each numeric
 * feature.  These suffice to find the threshold with the best F1, and Pearson's r, without
 * storing the values.
 *
 * A histogram has HISTOGRAM_BINS bins over [-range, range).  The range is a power of two.
 * When a value is outside, the range doubles and adjacent bins are merged in pairs.  So
 * boundaries and counts are exact.
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

/* Pearson's r; 0 if x or y is constant. */
double moments_r(const struct moments *m);

struct histogram {
    double range, scale; /* scale is the number of bins in a range of length 1 */
    uint32_t *all;       /* [HISTOGRAM_BINS] counts of all values */
    uint32_t *ones; /* [binary features][HISTOGRAM_BINS] counts where the feature is 1 */
    size_t binary;
};

/* counts: [1 + binary][HISTOGRAM_BINS], all zero, borrowed. */
void histogram_init(struct histogram *t, uint32_t *counts, size_t binary);

/* The value under which x is counted: 0 for NaN, clamped to +-2^100. */
double histogram_value(float x);

/* Counts a value of the unit; `bits`: the binary features that are 1 at that character. */
void histogram_add(struct histogram *t, double x, uint64_t bits);

/* A rule for a binary feature: 1 if the value is at least the threshold (above), or below
 * it (not above). */
struct rule {
    double threshold;
    int above;
};

int histogram_rule_says(const struct rule *r, double x);

/* F1 = 2 hits / (said + ones) of a rule that predicts 1 for `said` characters, `hits` of
 * them correctly; `ones` characters are 1. */
double histogram_f1(uint64_t hits, uint64_t said, uint64_t ones);

/* Finds the rule with the best F1 for binary feature i; returns that F1. */
double histogram_rule(const struct histogram *t, size_t i, struct rule *rule);

#endif
