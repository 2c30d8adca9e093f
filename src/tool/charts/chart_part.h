/* chart_part.h - what the files that draw charts share. */
#ifndef CHARNN_CHARTS_CHART_PART_H
#define CHARNN_CHARTS_CHART_PART_H

#include "charts/chart.h"

struct chart_job {
    struct chart *chart;
    struct figure_memory *memory; /* belongs to the chart */
    const struct chart_options *o;
    const struct run *runs;
    size_t n;
    const char **names; /* [n] for titles and legends */
    const char *x_label;
    double x_unit; /* seconds in one unit of the time axis */
};

/* "name, what", or only "what" if there is one run. */
const char *chart_name(const struct chart_job *job, size_t run, const char *what);

/* The x coordinate of a time; NaN if the log does not say. */
double chart_x_of(const struct chart_job *job, const struct run *run,
                  const struct run_time *at);

/* The first name in `by` or `against` that is not a setting of any run; NULL if there is none. */
const char *chart_missing_setting(const struct chart_job *job);

/* All fill chart->page.  False: there is nothing to draw, or memory->failed is set. */
bool chart_curves(struct chart_job *job);
bool chart_groups(struct chart_job *job);
bool chart_gradients(struct chart_job *job);

#endif
