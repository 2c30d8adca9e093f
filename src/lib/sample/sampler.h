/*
 * sampler.h - draws a symbol from logits: temperature, top-k, top-p, min-p.
 *
 * These are applied to the distribution after the temperature, in this order (top-k: Fan et
 * al. 2018; top-p: Holtzman et al. 2020).  Symbols that are not allowed are never drawn.
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

/* logits[V]; allowed[V] or NULL; scratch[V].  Returns the id drawn; at temperature 0 that
 * is the likeliest (the smallest id among equals), without a random number.  At least one
 * symbol must be allowed. */
int sampler_draw(const float *logits, const bool *allowed, size_t V,
                 const struct charnn_sample_config *c, struct rng *rng,
                 struct candidate *scratch);

#endif
