/*
 * saturation.h - how often gates are saturated, as in Karpathy, Johnson and Fei-Fei 2015
 * (section 4.2): closed (below 0.1) or open (above 0.9).  The candidate states (g of an
 * LSTM, n of a GRU) are a tanh; they count as closed below -0.9 and as open above 0.9.
 */
#ifndef CHARNN_CELLS_SATURATION_H
#define CHARNN_CELLS_SATURATION_H

#include <stdint.h>

#include "base/buf.h"
#include "charnn_inspect.h"

struct saturation {
    struct charnn_shape shape;
    int64_t chars;
    struct charnn_unknown unknown; /* for saturation_json; set by the caller */
    uint32_t *low,
        *high; /* [L][G][H] low: number of characters at which the gate was closed;
                           * high: at which it was open */
};

/* -1: out of memory.  The shape must have gates. */
int saturation_init(struct saturation *s, const struct charnn_shape *shape);
void saturation_release(struct saturation *s);

/* Counts the gates of one character, which are [L][G][H]. */
void saturation_add(struct saturation *s, const float *gates);

/* saturation_text appends a table, saturation_json one JSON object and a newline.  `only` is the
 * number of a layer, from 1; 0: all layers. */
void saturation_text(struct buf *out, const struct saturation *s, size_t only);
void saturation_json(struct buf *out, const struct saturation *s, size_t only);

#endif
