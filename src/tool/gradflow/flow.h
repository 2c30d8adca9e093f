/*
 * flow.h - the output of charnn gradflow: profiles of gradients as a table, JSON, CSV, or a
 * page of figures; and the toy recurrence that can be computed by hand.
 *
 * A view is one measurement.  Views of one model have the same group, come in the order of
 * training, and share a panel.  Views with a radius share another panel.
 */
#ifndef CHARNN_GRADFLOW_FLOW_H
#define CHARNN_GRADFLOW_FLOW_H

#include "base/buf.h"
#include "charnn_inspect.h"

struct flow_view {
    const char *name;            /* "LSTM", or the name of a checkpoint; borrowed */
    int64_t group;               /* the number of the model, from 0 */
    int64_t steps;               /* training steps before this measurement; -1: measured
                                  * from a checkpoint, so not shown */
    double radius;               /* W_hh was scaled to this spectral radius; 0: not
                                  * scaled */
    struct charnn_gradflow flow; /* owned */
};

/* Each appends the views to *out in one format; n is at least 1. */
void flow_table(const struct flow_view *views, size_t n, struct buf *out);
void flow_json(const struct flow_view *views, size_t n, struct buf *out);
void flow_csv(const struct flow_view *views, size_t n, struct buf *out);
void flow_svg(const struct flow_view *views, size_t n, struct buf *out);
/* Appends figures as text for a terminal that is `width` columns wide; uses colours if `color` is
 * nonzero. */
void flow_text(const struct flow_view *views, size_t n, int width, int color,
               struct buf *out);

/* Explains why the spectral radius and the largest singular value differ. */
extern const char flow_why_two[];

/* Appends h_t = tanh(2 x_t + 3 h_(t-1) + 1) step by step, with dh_t/dh_(t-1) = 3 (1 -
 * h_t^2) and the product of these derivatives from the last step back to each step. */
void flow_toy(struct buf *out);

#endif
