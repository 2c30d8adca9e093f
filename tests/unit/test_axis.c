/* test_axis.c - ranges, ticks and their texts; thinning; colours. */
#include "viz/axis.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "test.h"
#include "viz/palette.h"
#include "viz/thin.h"

static struct axis make(enum figure_scale scale, double lo, double hi, int most)
{
    const struct figure_axis wanted = { .scale = scale };
    struct axis a;
    axis_make(&a, &wanted, (struct range){ lo, hi }, 0, most);
    return a;
}

/* The texts of all ticks, with spaces between them. */
static const char *texts(const struct axis *a)
{
    static char all[1000];
    all[0] = '\0';
    for (size_t i = 0; i < a->n; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "",
                 a->text[i]);
    return all;
}

#define SAYS(a, expected) CHECK_MSG(!strcmp(texts(&(a)), expected), "%s", texts(&(a)))

static void ticks_are_at_steps_of_1_2_and_5(void)
{
    struct axis a = make(FIGURE_LINEAR, 0, 1, 5);
    SAYS(a, "0 0.2 0.4 0.6 0.8 1.0");
    a = make(FIGURE_LINEAR, 1.31, 1.92, 6);
    SAYS(a, "1.4 1.6 1.8");
    a = make(FIGURE_LINEAR, 1.31, 1.92, 7);
    SAYS(a, "1.4 1.5 1.6 1.7 1.8 1.9");
    a = make(FIGURE_LINEAR, -30, 70, 3);
    SAYS(a, "0 50");
    a = make(FIGURE_LINEAR, 0, 23000, 5);
    SAYS(a, "0 5,000 10,000 15,000 20,000");
    a = make(FIGURE_LINEAR, 0, 2.3e6, 5);
    SAYS(a, "0 0.5M 1.0M 1.5M 2.0M");
    a = make(FIGURE_LINEAR, 0, 4e9, 3);
    SAYS(a, "0 2G 4G");
    a = make(FIGURE_LINEAR, 0, 3e-5, 3);
    SAYS(a, "0 1e-5 2e-5 3e-5");
    a = make(FIGURE_LINEAR, 0, 2e15, 4);
    SAYS(a, "0 5e14 1.0e15 1.5e15 2.0e15");
    a = make(FIGURE_LINEAR, 999.5, 1000.5, 4);
    SAYS(a, "999.5 1000.0 1000.5");
}

static void places_may_have_names_instead_of_numbers(void)
{
    const struct figure_tick gates[] = { { 0.5, "i" }, { 1.5, "f" } };
    const struct figure_axis named = { .lo = 2, .hi = 0, .ticks = gates, .n_ticks = 2 };
    struct axis a;
    axis_make(&a, &named, range_none, 0, 7);
    SAYS(a, "i f");
    CHECK(a.tick[1] == 1.5 && axis_place(&a, a.tick[1]) == 0.25);
}

static void a_log_axis_has_decades_and_more_where_these_are_few(void)
{
    struct axis a = make(FIGURE_LOG, 1, 1e6, 8);
    SAYS(a, "1 10 100 1,000 10,000 10⁵ 10⁶");
    a = make(FIGURE_LOG, 3e-6, 0.5, 6);
    SAYS(a, "10⁻⁵ 10⁻⁴ 0.001 0.01 0.1");
    a = make(FIGURE_LOG, 1, 1000, 9);
    SAYS(a, "1 10 100 1,000");
    a = make(FIGURE_LOG, 1, 100, 9);
    SAYS(a, "1 2 5 10 20 50 100");
    a = make(FIGURE_LOG, 1.5, 40, 8);
    SAYS(a, "2 5 10 20");
    a = make(FIGURE_LOG, 1e-5, 3e-5, 8);
    SAYS(a, "10⁻⁵ 2×10⁻⁵");
    a = make(FIGURE_LOG, 1.3, 1.7, 4);
    SAYS(a, "1.3 1.4 1.5 1.6 1.7");
    a = make(FIGURE_LOG, 1e-300, 1e300, 6);
    CHECK(a.n >= 4 && a.n <= 6);
}

static void an_axis_has_ticks_whatever_the_range(void)
{
    static const double ends[] = { -DBL_MAX,  -1e300, -1,     -1e-300,   -5e-324,
                                   0,         5e-324, 1e-300, 1 - 1e-16, 1,
                                   1 + 1e-15, 3,      1e300,  DBL_MAX };
    enum { N = sizeof ends / sizeof *ends };
    for (int i = 0; i < N; i++)
        for (int k = i; k < N; k++)
            for (int log = 0; log <= (ends[i] > 0); log++)
                for (int most = 1; most < 12; most += 5) {
                    struct figure_axis w = { .scale = log ? FIGURE_LOG : FIGURE_LINEAR };
                    struct axis a;
                    axis_make(&a, &w, (struct range){ ends[i], ends[k] }, 0.04, most);
                    const double lo = axis_place(&a, a.lo), hi = axis_place(&a, a.hi);
                    CHECK_MSG(lo == 0 && hi == 1 && a.lo < a.hi, "%g %g", ends[i], ends[k]);
                    for (size_t t = 0; t < a.n; t++)
                        CHECK_MSG(axis_place(&a, a.tick[t]) > -0.01 &&
                                      axis_place(&a, a.tick[t]) < 1.01 && a.text[t][0],
                                  "%g in %g %g", a.tick[t], ends[i], ends[k]);
                }
}

static void a_single_value_is_in_the_middle(void)
{
    const struct axis a = make(FIGURE_LINEAR, 3, 3, 5), b = make(FIGURE_LOG, 3, 3, 5);
    CHECK(fabs(axis_place(&a, 3) - 0.5) < 1e-9 && a.n > 1);
    CHECK(fabs(axis_place(&b, 3) - 0.5) < 1e-9 && b.n > 0);
}

static void a_figure_without_values_has_axes(void)
{
    struct figure f = { .x = { .scale = FIGURE_LOG } };
    struct axes axes;
    axes_make(&axes, &f, (const int[3]){ 5, 5, 5 });
    CHECK(axes.empty && axes.x.lo == 1 && axes.x.hi == 10 && axes.y.lo == 0);
}

static void a_wanted_range_may_run_backwards(void)
{
    const struct figure_axis wanted = { .lo = 64, .hi = 0 };
    struct axis a;
    axis_make(&a, &wanted, (struct range){ 5, 6 }, 0.04, 4);
    CHECK(a.lo == 64 && a.hi == 0);
    CHECK(axis_place(&a, 64) == 0 && axis_place(&a, 16) == 0.75);
    SAYS(a, "0 20 40 60");
}

static void values_have_four_digits(void)
{
    char text[AXIS_TEXT];
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        { 1.23456, "1.235" },       { 0, "0" },           { 123456.7, "123,457" },
        { -1234567, "-1,234,567" }, { 1.5e-7, "1.5e-7" }, { 2e12, "2e12" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axis_value(cases[i].v, text);
        CHECK_MSG(!strcmp(text, cases[i].text), "%s", text);
    }
}

/* ------------------------------------------------------------------ thinning */

enum { MANY = 100000 };

struct seen {
    size_t points, gaps;
    double lowest, highest, first, last;
};

static void see(void *arg, double x, double y)
{
    struct seen *s = arg;
    if (isnan(x)) {
        s->gaps++;
        return;
    }
    if (s->points++ == 0)
        s->first = x;
    s->last = x;
    s->lowest = fmin(s->lowest, y);
    s->highest = fmax(s->highest, y);
}

static struct seen walk(double *x, double *y, size_t n)
{
    struct figure_line line = { .x = x, .y = y, .n = n };
    const struct figure f = { .lines = &line, .n_lines = 1 };
    struct axes axes;
    struct seen s = { .lowest = INFINITY, .highest = -INFINITY };
    axes_make(&axes, &f, (const int[3]){ 5, 5, 5 });
    thin_walk(&f, &line, &axes, see, &s);
    return s;
}

static double xs[MANY], ys[MANY];

static void spikes_survive_thinning(void)
{
    for (int i = 0; i < MANY; i++) {
        xs[i] = i;
        ys[i] = 1 + (i % 7) * 0.01;
    }
    ys[12345] = 50;
    ys[77777] = -50;
    const struct seen s = walk(xs, ys, MANY);
    CHECK_MSG(s.points <= 4 * (THIN_COLUMNS + 1) && s.points >= THIN_COLUMNS, "%zu",
              s.points);
    CHECK(s.highest > 0.9 && s.lowest < 0.1);
    CHECK(s.first == 0 && s.last == 1 && s.gaps == 0);
}

static void few_points_are_not_thinned(void)
{
    const struct seen s = walk(xs, ys, 1999);
    CHECK(s.points == 1999);
}

static void points_to_and_fro_are_thinned_too(void)
{
    for (int i = 0; i < MANY; i++)
        xs[i] = i * 7919L % MANY;
    const struct seen s = walk(xs, ys, MANY);
    CHECK_MSG(s.points <= 4 * (THIN_COLUMNS + 1), "%zu", s.points);
    CHECK(s.highest > 0.9 && s.lowest < 0.1);
}

static void a_wide_gap_interrupts_a_thinned_line(void)
{
    for (int i = 0; i < MANY; i++) {
        xs[i] = i;
        ys[i] = i > 40000 && i < 60000 ? NAN : i;
    }
    ys[5] = NAN; /* a gap that is too narrow to be visible */
    CHECK(walk(xs, ys, MANY).gaps == 1);
    ys[3] = NAN;
    CHECK(walk(xs, ys, 10).gaps == 2);
}

/* -------------------------------------------------------------------- colours */

static void colors_are_those_of_the_papers(void)
{
    CHECK(palette_viridis(0) == 0x440154 && palette_viridis(1) == 0xfde725);
    CHECK(palette_viridis(0.5) == 0x21918c);
    CHECK(palette_viridis(-1) == 0x440154 && palette_viridis(9) == 0xfde725 &&
          palette_viridis(NAN) == 0x440154);
    CHECK(palette_line(0, false) == 0x0072b2 &&
          palette_line(PALETTE_LINES, true) == 0x0072b2);
    CHECK(palette_line(-1, false) <= 0xffffff);
    CHECK(palette_line(6, false) == 0 && palette_line(6, true) == 0xf0e442);
}

int main(void)
{
    RUN(ticks_are_at_steps_of_1_2_and_5);
    RUN(places_may_have_names_instead_of_numbers);
    RUN(a_log_axis_has_decades_and_more_where_these_are_few);
    RUN(an_axis_has_ticks_whatever_the_range);
    RUN(a_single_value_is_in_the_middle);
    RUN(a_figure_without_values_has_axes);
    RUN(a_wanted_range_may_run_backwards);
    RUN(values_have_four_digits);
    RUN(spikes_survive_thinning);
    RUN(few_points_are_not_thinned);
    RUN(points_to_and_fro_are_thinned_too);
    RUN(a_wide_gap_interrupts_a_thinned_line);
    RUN(colors_are_those_of_the_papers);
    return test_end();
}
