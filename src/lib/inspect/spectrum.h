/*
 * spectrum.h - how much a square matrix can stretch a vector: in many steps, and in one.
 *
 * The spectral radius, the largest |eigenvalue|, is the factor by which a vector grows per
 * step in the long run, if the matrix is applied again and again.  The largest singular
 * value is the largest factor possible in one step.  They are equal for normal matrices (W
 * W' = W' W) and may otherwise be far apart: [[0 9] [0 0]] has radius 0 and stretches by 9.
 */
#ifndef CHARNN_INSPECT_SPECTRUM_H
#define CHARNN_INSPECT_SPECTRUM_H

#include <stddef.h>

/* The spectral radius as |W^k|^(1/k) for k = 65536 (Gelfand 1941), by squaring: accurate to
 * about four digits. The leading eigenvalues of a real matrix are often a complex pair, for
 * which power iteration on a vector does not converge, while norms of powers do.  w [n x n]
 * row-major; scratch [2 x n x n]. */
double spectrum_radius(const double *w, size_t n, double *scratch);

/* The largest singular value, by power iteration on W'W; scratch [2 x n]. */
double spectrum_singular_value(const double *w, size_t n, double *scratch);

#endif
