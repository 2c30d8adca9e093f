/* histogram.c - histograms whose range grows, the best threshold, and correlation. */
#include "inspect/histogram.h"

#include <math.h>
#include <string.h>

void moments_add(struct moments *m, double x, double y)
{
    m->n += 1;
    m->x += x;
    m->y += y;
    m->xx += x * x;
    m->yy += y * y;
    m->xy += x * y;
}

double moments_r(const struct moments *m)
{
    const double xx = m->n * m->xx - m->x * m->x, yy = m->n * m->yy - m->y * m->y;
    /* The variance of a constant is 0 up to rounding errors. */
    if (!(xx > 1e-12 * m->n * m->xx) || !(yy > 1e-12 * m->n * m->yy))
        return 0;
    return (m->n * m->xy - m->x * m->y) / (sqrt(xx) * sqrt(yy));
}

double histogram_value(float x)
{
    const double most = 0x1p100;
    return isnan(x) ? 0 : fmin(fmax((double)x, -most), most);
}

/* Merges bins 2 k and 2 k + 1, counted from the middle, into bin k. */
static void halve_bins(uint32_t *bins)
{
    uint32_t half[HISTOGRAM_BINS] = { 0 };
    for (size_t i = 0; i < HISTOGRAM_BINS; i++)
        half[HISTOGRAM_BINS / 4 + i / 2] += bins[i];
    memcpy(bins, half, sizeof half);
}

void histogram_init(struct histogram *t, uint32_t *counts, size_t binary)
{
    const double range = 0x1p-10;
    *t = (struct histogram){ .range = range,
                             .scale = HISTOGRAM_BINS / 2 / range,
                             .all = counts,
                             .ones = counts + HISTOGRAM_BINS,
                             .binary = binary };
}

static void widen_bins(struct histogram *t)
{
    t->range *= 2;
    t->scale /= 2;
    halve_bins(t->all);
    for (size_t i = 0; i < t->binary; i++)
        halve_bins(t->ones + i * HISTOGRAM_BINS);
}

void histogram_add(struct histogram *t, double x, uint64_t bits)
{
    while (!(x >= -t->range && x < t->range))
        widen_bins(t);
    const double place = x * t->scale; /* exact, because scale is a power of two */
    const int down = (int)place, floor = down - (place < down);
    const size_t bin = (size_t)(floor + HISTOGRAM_BINS / 2);
    t->all[bin]++;
    for (; bits; bits &= bits - 1)
        t->ones[(size_t)__builtin_ctzll(bits) * HISTOGRAM_BINS + bin]++;
}

int histogram_rule_says(const struct rule *r, double x)
{
    return (x >= r->threshold) == r->above;
}

double histogram_f1(uint64_t hits, uint64_t said, uint64_t ones)
{
    return said + ones > 0 ? 2 * (double)hits / (double)(said + ones) : 0;
}

static uint64_t sum_bins(const uint32_t *bins)
{
    uint64_t n = 0;
    for (size_t i = 0; i < HISTOGRAM_BINS; i++)
        n += bins[i];
    return n;
}

/* Tries every boundary between two bins as a threshold, in both directions. */
double histogram_rule(const struct histogram *t, size_t i, struct rule *rule)
{
    const uint32_t *at = t->ones + i * HISTOGRAM_BINS;
    const uint64_t all = sum_bins(t->all), ones = sum_bins(at);
    uint64_t below = 0, hits_below = 0;
    double best = -1;
    for (size_t k = 1; k < HISTOGRAM_BINS; k++) {
        below += t->all[k - 1];
        hits_below += at[k - 1];
        const double f1[2] = { histogram_f1(hits_below, below, ones),
                               histogram_f1(ones - hits_below, all - below, ones) };
        for (int above = 1; above >= 0; above--)
            if (f1[above] > best) {
                best = f1[above];
                rule->above = above;
                rule->threshold = ((double)k - HISTOGRAM_BINS / 2) / t->scale;
            }
    }
    return best;
}
