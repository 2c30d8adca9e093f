/*
 * sampler.h - draws a symbol from logits: temperature, top-k, top-p, min-p.
 *
 * The temperature is applied first, and the others to the resulting distribution, in this
 * order (top-k: Fan et al. 2018; top-p: Holtzman et al. 2020).  Symbols that are not allowed
 * are never drawn.
 */
#ifndef CHARNN_SAMPLE_SAMPLER_H
#define CHARNN_SAMPLE_SAMPLER_H

#include <stdbool.h>

#include "base/rng.h"
#include "charnn.h"

struct candidate {
    double weight;
    int id;
};

/* Refuses settings that are out of range. */
int sampler_check(const struct charnn_sample_config *c, struct charnn_error *e);

/* Draws a symbol from logits[V] and returns its id.  allowed[V] may be NULL; otherwise it must
 * allow at least one symbol.  scratch[V].  At temperature 0 the result is the likeliest symbol
 * (among equals the one with the smallest id), and no random number is used. */
int sampler_draw(const float *logits, const bool *allowed, size_t V,
                 const struct charnn_sample_config *c, struct rng *rng,
                 struct candidate *scratch);

#endif
