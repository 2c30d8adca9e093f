/*
 * dynamic.h - dynamic evaluation: weights that adapt to the text while it is read (Krause,
 * Kahembwe, Murray and Renals 2018), with plain SGD and decay.
 *
 * The text is read in segments of n <= 20 characters.  Each segment is first scored with
 * the weights w that the segments before it have left, and then trained on:
 *
 *     g = d/dw of the segment's mean loss, backpropagated through this segment only
 *     w <- w - rate * g * min(1, CLIP / |g|) + decay * (w0 - w)
 *
 * where w0 are the weights of the checkpoint, and CLIP is 1.  So the distance of w from w0 is
 * at most rate * CLIP / decay.  A step whose gradient is not finite is skipped.
 */
#ifndef CHARNN_SCORE_DYNAMIC_H
#define CHARNN_SCORE_DYNAMIC_H

#include <stdint.h>

#include "nn/network.h"

enum { DYNAMIC_SEGMENT = 20 };

struct dynamic {
    struct model model;           /* shares the registry of the original; has its own
                                   * weights */
    const struct model *original; /* borrowed; never written */
    real rate, decay;
    struct arena arena;
    real *gradient;  /* [set.total] */
    double *squares; /* scratch: nn/gradient.h */
};

/* Starts from the weights of the original, which must be packed and outlive *d. */
int dynamic_init(struct dynamic *d, const struct model *m, double rate, double decay,
                 struct charnn_error *e);
void dynamic_release(struct dynamic *d);

/* Computes the losses (and head.logits) like network_loss, then does the update above.  It
 * must be called in every member of a team, after network_forward of a training network of
 * d->model, and ends with a barrier. */
void dynamic_step(const struct dynamic *d, const struct network *net, const int32_t *ids,
                  const int32_t *targets, const struct team *team);

#endif
