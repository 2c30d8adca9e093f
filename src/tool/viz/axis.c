/*
 * axis.c - computes ranges, ticks and tick labels.
 *
 * Differences are computed from halves, because hi - lo may overflow.
 */
#include "viz/axis.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const struct range range_none = { INFINITY, -INFINITY };

void range_add(struct range *r, double v)
{
    r->lo = v < r->lo ? v : r->lo;
    r->hi = v > r->hi ? v : r->hi;
}

bool axis_shows(const struct figure_axis *a, double v)
{
    return isfinite(v) && (a->scale != FIGURE_LOG || v > 0);
}

/* ------------------------------------------------------------------- texts */

/* Turns "1.50e-05" into "1.50e-5". */
static void shorten_exponent(char *text)
{
    char *e = strchr(text, 'e');
    if (!e)
        return;
    char *digits = e + 1 + (e[1] == '-');
    const char *from = e + 2;
    from += strspn(from, "0");
    memmove(digits, from, strlen(from) + 1);
}

static void group_thousands(char *text)
{
    const size_t sign = text[0] == '-';
    for (size_t n = strlen(text), i = n; i > sign + 3;) {
        i -= 3;
        memmove(text + i + 1, text + i, ++n - i);
        text[i] = ',';
    }
}

/* Writes as many digits as the step requires.  Large numbers end with M or G; very large
 * and very small ones have an exponent. */
static void tick_text(double v, double step, double largest, char text[AXIS_TEXT])
{
    const double unit = largest >= 1e9 ? 1e9 : largest >= 1e6 ? 1e6 : 1;
    const int magnitude = (int)floor(log10(step / unit) + 1e-9);
    const int decimals = magnitude < 0 ? -magnitude : 0;
    if (v == 0) {
        snprintf(text, AXIS_TEXT, "0");
    } else if (largest >= 1e12 || largest < 1e-3 || decimals > 9) {
        const int digits = (int)(floor(log10(fabs(v)) + 1e-9) - floor(log10(step) + 1e-9));
        snprintf(text, AXIS_TEXT, "%.*e", digits < 0 ? 0 : digits > 9 ? 9 : digits, v);
        shorten_exponent(text);
    } else {
        snprintf(text, AXIS_TEXT, "%.*f", decimals, v / unit);
        if (decimals == 0)
            group_thousands(text);
        strcat(text, unit == 1e9 ? "G" : unit == 1e6 ? "M" : "");
    }
}

/* Writes mantissa times 10^power, as a plain number if the power is small. */
static void power_text(int mantissa, int power, char text[AXIS_TEXT])
{
    static const char *const raised[] = {
        "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"
    };
    char digits[16];
    if (power >= -3 && power <= 4) {
        snprintf(text, AXIS_TEXT, "%.*f", power < 0 ? -power : 0,
                 mantissa * pow(10, power));
        if (power >= 0)
            group_thousands(text);
        return;
    }
    int n = snprintf(text, AXIS_TEXT, mantissa > 1 ? "%d×10" : "10", mantissa);
    snprintf(digits, sizeof digits, "%d", power);
    for (const char *p = digits; *p; p++)
        n += snprintf(text + n, (size_t)(AXIS_TEXT - n), "%s",
                      *p == '-' ? "⁻" : raised[*p - '0']);
}

void axis_value(double v, char text[AXIS_TEXT])
{
    const double size = fabs(v);
    if (size >= 1e4 && size < 1e9) {
        snprintf(text, AXIS_TEXT, "%.0f", v);
        group_thousands(text);
    } else {
        snprintf(text, AXIS_TEXT, "%.4g", v);
        shorten_exponent(text);
    }
}

/* ------------------------------------------------------------------- ticks */

static void ticks_linear(struct axis *a, int most)
{
    const double rough = a->hi / most - a->lo / most;
    const double power = pow(10, floor(log10(rough))), m = rough / power - 1e-6;
    const double step = power * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
    const double first = ceil(a->lo / step - 1e-6), last = floor(a->hi / step + 1e-6);
    const double largest = fmax(fabs(first), fabs(last)) * step;
    a->n = 0;
    for (double k = first; k <= last && a->n < AXIS_TICKS; k++) {
        a->tick[a->n] = k * step + 0.0;
        tick_text(k * step, step, largest, a->text[a->n++]);
    }
}

static void tick_add(struct axis *a, int mantissa, int power)
{
    const double v = mantissa * pow(10, power);
    if (a->n == AXIS_TICKS || v < a->lo * (1 - 1e-9) || v > a->hi * (1 + 1e-9))
        return;
    a->tick[a->n] = v;
    power_text(mantissa, power, a->text[a->n++]);
}

static void ticks_log(struct axis *a, int most)
{
    const int first = (int)ceil(log10(a->lo) - 1e-9),
              last = (int)floor(log10(a->hi) + 1e-9);
    const int decades = last - first + 1,
              stride = decades > most ? (decades - 1) / most + 1 : 1;
    const bool few = decades <= 1 || decades * 3 <= most;
    a->n = 0;
    for (int power = first - few; power <= last; power += stride) {
        tick_add(a, 1, power);
        if (few) {
            tick_add(a, 2, power);
            tick_add(a, 5, power);
        }
    }
    if (a->n < 2 && decades <= 1) /* the axis is shorter than one of these steps */
        ticks_linear(a, most);
}

/* ------------------------------------------------------------------- range */

static double within(double v, double least)
{
    return fmin(fmax(v, least), DBL_MAX / 4);
}

/* Widens a range of one value, or of values that differ only in their last bits. */
static void widen(struct axis *a)
{
    if (a->log) {
        if (!(log10(a->hi) - log10(a->lo) > 1e-6)) {
            a->lo = within(a->lo / 2, DBL_MIN);
            a->hi = within(a->hi * 2, DBL_MIN * 4);
        }
        return;
    }
    const double size = fmax(fabs(a->lo), fabs(a->hi));
    if (a->hi / 2 - a->lo / 2 <= size * 1e-12 || size < 1e-290) {
        const double more = size < 1e-290 ? 1 : size / 10;
        a->lo = within(a->lo - more, -DBL_MAX / 4);
        a->hi = within(a->hi + more, -DBL_MAX / 4);
    }
}

/* Adds a margin at both ends, but does not extend a nonnegative range below 0. */
static void leave_margin(struct axis *a, double margin)
{
    if (a->log) {
        const double factor = pow(10, margin * (log10(a->hi) - log10(a->lo)));
        a->lo = within(a->lo / factor, DBL_MIN);
        a->hi = within(a->hi * factor, DBL_MIN * 4);
        return;
    }
    const double more = margin * 2 * (a->hi / 2 - a->lo / 2),
                 least = a->lo >= 0 ? 0 : -DBL_MAX;
    a->lo = fmax(a->lo - more, least);
    a->hi += more;
}

static void ticks_given(struct axis *axis, const struct figure_axis *a)
{
    for (; axis->n < a->n_ticks && axis->n < AXIS_TICKS; axis->n++) {
        axis->tick[axis->n] = a->ticks[axis->n].at;
        snprintf(axis->text[axis->n], AXIS_TEXT, "%s", a->ticks[axis->n].text);
    }
}

void axis_make(struct axis *axis, const struct figure_axis *a, struct range data,
               double margin, int most)
{
    const bool wanted = a->lo != a->hi && axis_shows(a, a->lo) && axis_shows(a, a->hi);
    const bool none = data.lo > data.hi, turned = wanted && a->lo > a->hi;
    const double limit = DBL_MAX / 4; /* leaves room for a margin */
    memset(axis, 0, sizeof *axis);
    axis->log = a->scale == FIGURE_LOG;
    axis->lo = wanted ? fmin(a->lo, a->hi) : none ? axis->log : data.lo;
    axis->hi = wanted ? fmax(a->lo, a->hi) : none ? axis->log ? 10 : 1 : data.hi;
    axis->lo = fmin(fmax(axis->lo, axis->log ? DBL_MIN : -limit), limit);
    axis->hi = fmin(fmax(axis->hi, axis->log ? DBL_MIN : -limit), limit);
    widen(axis);
    if (!wanted && margin > 0)
        leave_margin(axis, margin);
    if (a->n_ticks > 0)
        ticks_given(axis, a);
    else if (axis->log)
        ticks_log(axis, most);
    else
        ticks_linear(axis, most);
    if (turned) {
        const double lo = axis->lo;
        axis->lo = axis->hi;
        axis->hi = lo;
    }
}

double axis_place(const struct axis *axis, double v)
{
    if (axis->log)
        return (log10(v) - log10(axis->lo)) / (log10(axis->hi) - log10(axis->lo));
    return (v / 2 - axis->lo / 2) / (axis->hi / 2 - axis->lo / 2);
}

/* --------------------------------------------------------- axes of figures */

static void line_ranges(const struct figure *f, struct range *x, struct range *y)
{
    for (size_t i = 0; i < f->n_lines; i++)
        for (size_t k = 0; k < f->lines[i].n; k++)
            if (axis_shows(&f->x, f->lines[i].x[k]) &&
                axis_shows(&f->y, f->lines[i].y[k])) {
                range_add(x, f->lines[i].x[k]);
                range_add(y, f->lines[i].y[k]);
            }
}

void axes_make(struct axes *axes, const struct figure *f, const int most[3])
{
    struct range x = range_none, y = range_none, z = range_none;
    const struct figure_grid *g = f->grid;
    struct figure_axis down = f->y;
    if (g) {
        x = y = (struct range){ 0, (double)g->columns };
        if (down.lo == down.hi) { /* rows are counted from the top */
            down.lo = (double)g->rows;
            down.hi = 0;
        }
        for (size_t i = 0; i < g->rows * g->columns; i++)
            if (axis_shows(&f->z, g->z[i]))
                range_add(&z, g->z[i]);
    } else {
        line_ranges(f, &x, &y);
    }
    axes->empty = g ? z.lo > z.hi : x.lo > x.hi;
    axis_make(&axes->x, &f->x, x, 0, most[0]);
    axis_make(&axes->y, &down, y, g ? 0 : 0.04, most[1]);
    axis_make(&axes->z, &f->z, z, 0, most[2]);
}
