/* spectrum.c - computes the spectral radius by repeated squaring and the largest singular
 * value by power iteration, in double. */
#include "inspect/spectrum.h"

#include <math.h>
#include <string.h>

enum { SQUARINGS = 16, ITERATIONS = 1000 };

static double vector_norm(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* Divides x by |x|; returns |x|. */
static double normalise(double *x, size_t n)
{
    const double length = vector_norm(x, n);
    if (length > 0)
        for (size_t i = 0; i < n; i++)
            x[i] /= length;
    return length;
}

/* y = x x */
static void square_matrix(const double *x, double *y, size_t n)
{
    memset(y, 0, n * n * sizeof *y);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            const double a = x[i * n + k];
            for (size_t j = 0; j < n; j++)
                y[i * n + j] += a * x[k * n + j];
        }
}

/* With X = W^k / |W^k|: log |W^2k| = 2 log |W^k| + log |X X|, which neither overflows nor
 * underflows. */
double spectrum_radius(const double *w, size_t n, double *scratch)
{
    double *x = scratch, *y = scratch + n * n, power = 1;
    memcpy(x, w, n * n * sizeof *x);
    double length = normalise(x, n * n), sum = log(length);
    for (int i = 0; i < SQUARINGS && length > 0 && isfinite(length); i++) {
        square_matrix(x, y, n);
        length = normalise(y, n * n);
        sum = 2 * sum + log(length);
        power *= 2;
        double *swap = x;
        x = y;
        y = swap;
    }
    return length > 0 || !isfinite(length) ? exp(sum / power) : 0;
}

/* y = W' W x */
static void apply_gram(const double *w, size_t n, const double *x, double *y)
{
    memset(y, 0, n * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        double dot = 0;
        for (size_t j = 0; j < n; j++)
            dot += w[i * n + j] * x[j];
        for (size_t j = 0; j < n; j++)
            y[j] += w[i * n + j] * dot;
    }
}

double spectrum_singular_value(const double *w, size_t n, double *scratch)
{
    double *x = scratch, *y = scratch + n, last = -1, now = 0;
    for (size_t i = 0; i < n; i++)
        x[i] = 1 + 0.5 * sin((double)(i * i)); /* hardly ever orthogonal to the leading
                                                * singular vector */
    normalise(x, n);
    for (int i = 0; i < ITERATIONS && fabs(now - last) > 1e-9 * now; i++) {
        apply_gram(w, n, x, y);
        last = now;
        now = normalise(y, n);
        memcpy(x, y, n * sizeof *x);
    }
    return sqrt(now);
}
