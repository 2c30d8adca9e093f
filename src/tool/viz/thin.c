/* thin.c - thins lines to the columns of the picture, and averages heat maps over its
 * cells. */
#include "viz/thin.h"

#include <math.h>

struct point {
    size_t i; /* index of the point in its line */
    double x, y;
};

struct thin {
    const struct figure *f;
    const struct figure_line *line;
    const struct axes *axes;
    thin_fn *fn;
    void *arg;
    bool by_number; /* buckets contain consecutive points, because x goes back and forth */
};

static bool shown(const struct thin *t, size_t i)
{
    return axis_shows(&t->f->x, t->line->x[i]) && axis_shows(&t->f->y, t->line->y[i]);
}

static struct point point(const struct thin *t, size_t i)
{
    return (struct point){ i, axis_place(&t->axes->x, t->line->x[i]),
                           axis_place(&t->axes->y, t->line->y[i]) };
}

static double bucket(const struct thin *t, const struct point *p)
{
    return floor(THIN_COLUMNS * (t->by_number ? (double)p->i / (double)t->line->n : p->x));
}

static void walk_all(const struct thin *t)
{
    for (size_t i = 0; i < t->line->n; i++) {
        const struct point p = shown(t, i) ? point(t, i) : (struct point){ i, NAN, NAN };
        t->fn(t->arg, p.x, p.y);
    }
}

/* Emits the points of a bucket in the order of the line, each of them once. */
static void pass(const struct thin *t, const struct point *first, const struct point *low,
                 const struct point *high, const struct point *last)
{
    const struct point *order[] = { first, low->i < high->i ? low : high,
                                    low->i < high->i ? high : low, last };
    for (int k = 0; k < 4; k++)
        if (k == 0 || order[k]->i != order[k - 1]->i)
            t->fn(t->arg, order[k]->x, order[k]->y);
}

static void walk_buckets(const struct thin *t)
{
    struct point first = { 0 }, low = { 0 }, high = { 0 }, last = { 0 };
    double now = NAN; /* NaN: no bucket yet */
    bool gap = false;
    for (size_t i = 0; i < t->line->n; i++) {
        if (!shown(t, i)) {
            gap = true;
            continue;
        }
        const struct point p = point(t, i);
        const double b = bucket(t, &p);
        if (b != now) {
            if (!isnan(now))
                pass(t, &first, &low, &high, &last);
            if (gap && fabs(b - now) > 1)
                t->fn(t->arg, NAN, NAN);
            first = low = high = p;
            now = b;
        }
        low = p.y < low.y ? p : low;
        high = p.y > high.y ? p : high;
        last = p;
        gap = false;
    }
    if (!isnan(now))
        pass(t, &first, &low, &high, &last);
}

/* Whether x goes back and forth so much that buckets of one column each would be too
 * many. */
static bool goes_to_and_fro(const struct thin *t)
{
    double now = NAN;
    size_t changes = 0;
    for (size_t i = 0; i < t->line->n; i++) {
        if (!shown(t, i))
            continue;
        const struct point p = point(t, i);
        const double b = bucket(t, &p);
        changes += b != now;
        now = b;
    }
    return changes > 2 * THIN_COLUMNS;
}

void thin_walk(const struct figure *f, const struct figure_line *line,
               const struct axes *axes, thin_fn *fn, void *arg)
{
    struct thin t = { f, line, axes, fn, arg, false };
    if (line->n <= THIN_FROM) {
        walk_all(&t);
        return;
    }
    t.by_number = goes_to_and_fro(&t);
    walk_buckets(&t);
}

/* --------------------------------------------------------------------- grids */

/* Divides n values among `cells` cells; cell i gets the values [*a, *b), at least one. */
static void grid_span(size_t n, size_t cells, size_t i, size_t *a, size_t *b)
{
    *a = (size_t)((double)i * (double)n / (double)cells);
    *b = (size_t)((double)(i + 1) * (double)n / (double)cells);
    *a = *a < n ? *a : n - 1;
    *b = *b > n ? n : *b > *a ? *b : *a + 1;
}

double thin_height(const struct figure_grid *g, const struct axis *z, size_t rows,
                   size_t columns, size_t row, size_t column)
{
    size_t top, bottom, left, right, n = 0;
    double mean = 0;
    grid_span(g->rows, rows, row, &top, &bottom);
    grid_span(g->columns, columns, column, &left, &right);
    for (size_t r = top; r < bottom; r++)
        for (size_t c = left; c < right; c++) {
            const double v = g->z[r * g->columns + c];
            if (isfinite(v))
                mean += (v - mean) / (double)++n;
        }
    if (n == 0)
        return NAN;
    /* The logarithm of a number that is not positive is NaN or -infinity; fmax ignores
     * NaN. */
    return fmin(fmax(axis_place(z, mean), 0), 1);
}
