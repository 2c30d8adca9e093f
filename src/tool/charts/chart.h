/*
 * chart.h - charts of training runs, as pages of figures.
 */
#ifndef CHARNN_CHARTS_CHART_H
#define CHARNN_CHARTS_CHART_H

#include <stdbool.h>

#include "runlog/runs.h"
#include "viz/figure.h"

enum chart_what {
    CHART_LOSS,      /* loss in training and validation, in nats per character */
    CHART_BITS,      /* loss in training and validation, in bits per character */
    CHART_RATE,      /* learning rate */
    CHART_GRADIENT,  /* norm of the gradient, before clipping */
    CHART_SPEED,     /* characters per second */
    CHART_GRADIENTS, /* norms by steps back in time: a heat map per layer */
};

enum chart_x { CHART_STEPS, CHART_CHARS, CHART_EPOCHS, CHART_TIME };

struct chart_options {
    enum chart_what what;
    enum chart_x x;
    bool log_x, log_y; /* colours of heat maps are always logarithmic */
    double smooth;     /* window of the moving mean in points; below 1: as a share of all
                        * points */
    bool table;        /* for figure_csv: draw gradients as lines, not heat maps */
    const char *by;    /* draw one line for all runs with the same values of these settings,
                          * separated by commas; "": for all runs; NULL: draw each run */
    const char
        *against; /* the setting on the x axis, in place of `x`; needs `by`, and draws the
                          * best losses; NULL: none */
};

/* A page and everything that it points to, except the runs. */
struct chart {
    struct figure_page page;
    struct figure_memory memory;
};

enum { CHART_SMOOTH_MOST = 1000 }; /* the largest number of points for `smooth` */

/* Draws n runs, which must outlive the chart.  CHART_NOTHING: the runs have no data of this
 * kind; the error says so.  -1: out of memory. */
enum { CHART_NOTHING = 1 };
int chart_make(struct chart *c, const struct run *runs, size_t n,
               const struct chart_options *o, struct charnn_error *e);
void chart_release(struct chart *c);

#endif
