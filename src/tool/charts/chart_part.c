/* chart_part.c - names and x coordinates, for all kinds of charts. */
#include "charts/chart_part.h"

const char *chart_name(const struct chart_job *job, size_t run, const char *what)
{
    if (job->n == 1)
        return what;
    return figure_printf(job->memory, "%s, %s", job->names[run], what);
}

double chart_x_of(const struct chart_job *job, const struct run *run,
                  const struct run_time *at)
{
    switch (job->o->x) {
    case CHART_CHARS: return at->step * run_chars_per_step(run);
    case CHART_EPOCHS: return at->epoch;
    case CHART_TIME: return at->seconds / job->x_unit;
    default: return at->step;
    }
}
