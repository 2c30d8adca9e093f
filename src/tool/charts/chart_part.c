/* chart_part.c - a chart's memory, and the names and places that its kinds share. */
#include "charts/chart_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chart_block {
    struct chart_block *next;
    max_align_t data[];
};

void *chart_alloc(struct chart_job *job, size_t n, size_t size)
{
    size_t bytes;
    struct chart_block *b = NULL;
    if (size_mul(n, size, &bytes) && size_add(bytes, sizeof *b, &bytes))
        b = calloc(1, bytes);
    if (!b) {
        job->failed = true;
        return NULL;
    }
    b->next = job->chart->blocks;
    job->chart->blocks = b;
    return b->data;
}

void chart_release(struct chart *c)
{
    while (c->blocks) {
        struct chart_block *next = c->blocks->next;
        free(c->blocks);
        c->blocks = next;
    }
}

const char *chart_name(struct chart_job *job, size_t run, const char *what)
{
    if (job->n == 1)
        return what;
    const size_t n = strlen(job->names[run]) + strlen(what) + 3;
    char *name = chart_alloc(job, n, 1);
    if (name)
        snprintf(name, n, "%s, %s", job->names[run], what);
    return name;
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
