/*
 * vec.h - vectors of LANES numbers, and tanh, sigmoid and exp on them.
 *
 * Included only by sources that are compiled once per instruction set, with ISA (its name)
 * and VEC_BYTES defined.  For ISA=ref (VEC_SCALAR) a vector is a single number and the
 * functions are libm's, so the same source is both the reference and the fast code.
 *
 * Bounds, tested in tests/unit/test_vec.c against libm in double: exp 2 ulp for -87.3 <= x
 * <= 88 (zero below, infinity above); tanh 3e-7 absolute and 5 ulp; sigmoid 3e-7 absolute,
 * 4 ulp where |x| < 2, and 1e-5 relative where |x| < 80.  At +-infinity the results are
 * exact (denormals flushed); NaN gives NaN.
 */
#ifndef CHARNN_MATH_VEC_H
#define CHARNN_MATH_VEC_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && !defined(VEC_SCALAR)
#include <immintrin.h>
#endif

#include "math/real.h"

#define VEC_JOIN_(a, b) a##b
#define VEC_JOIN(a, b) VEC_JOIN_(a, b)
#define ISA_SUFFIXED(name) VEC_JOIN(name, VEC_JOIN(_, ISA))

#ifdef CHARNN_DOUBLE
typedef int64_t vec_int;
#define REAL_FN(name) name
#else
typedef int32_t vec_int;
#define REAL_FN(name) name##f
#endif

#ifdef VEC_SCALAR
#define VEC_BYTES sizeof(real)
#endif
typedef real vf __attribute__((vector_size(VEC_BYTES), may_alias));
typedef vec_int vi __attribute__((vector_size(VEC_BYTES), may_alias));

enum { LANES = VEC_BYTES / sizeof(real), PANEL_VECS = PANEL / LANES };

static inline vf v_load(const real *p)
{
    return *(const vf *)p;
}

static inline void v_store(real *p, vf x)
{
    *(vf *)p = x;
}

/* Some compilers compute with `real` as if it were double (s390x, x87), and then refuse to
 * mix it with a vector; so a single lane is set without arithmetic. */
static inline vf v_set(real x)
{
#ifdef VEC_SCALAR
    return (vf){ x };
#else
    return x - (vf){ 0 };
#endif
}

/* mask ? a : b, lane by lane; masks come from comparisons. */
static inline vf v_select(vi mask, vf a, vf b)
{
    return (vf)((mask & (vi)a) | (~mask & (vi)b));
}

/* Minimum and maximum in one instruction on x86, where the result is the second operand if
 * either is NaN. */
#ifdef VEC_SCALAR
#elif VEC_BYTES == 64 && defined(__AVX512F__)
#define VEC_OP(name) _mm512_##name##_ps
typedef __m512 vec_native;
#elif VEC_BYTES == 32 && defined(__AVX__)
#define VEC_OP(name) _mm256_##name##_ps
typedef __m256 vec_native;
#elif VEC_BYTES == 16 && defined(__SSE__)
#define VEC_OP(name) _mm_##name##_ps
typedef __m128 vec_native;
#endif

/* c += a * b with a and b in registers.  Written in assembly because compilers would reload
 * b for each use and run out of registers. */
#if defined(VEC_OP) && defined(__FMA__)
#define V_MULTIPLY_ADD(c, a, b) __asm__("vfmadd231ps %2, %1, %0" : "+v"(c) : "v"(a), "v"(b))
#else
#define V_MULTIPLY_ADD(c, a, b) ((c) += (a) * (b))
#endif

/* Clamps; NaN stays NaN. */
static inline vf v_at_most(vf x, real high)
{
#ifdef VEC_OP
    return (vf)VEC_OP(min)((vec_native)v_set(high), (vec_native)x);
#else
    return v_select(x > v_set(high), v_set(high), x);
#endif
}

static inline vf v_at_least(vf x, real low)
{
#ifdef VEC_OP
    return (vf)VEC_OP(max)((vec_native)v_set(low), (vec_native)x);
#else
    return v_select(x < v_set(low), v_set(low), x);
#endif
}

static inline real v_sum(vf x)
{
    real s = x[0];
    for (int i = 1; i < LANES; i++)
        s += x[i];
    return s;
}

#ifndef VEC_SCALAR

/*
 * e^x = 2^n e^r with n = round(x / ln 2), |r| <= ln 2 / 2.  ln 2 is subtracted in two parts
 * so that r is exact.  e^r is 1 + r + r^2 P(r); P is a minimax fit of degree 4 with a
 * relative error of 3.1e-9.  Adding 1.5 * 2^23 rounds to an integer and leaves it in the
 * low bits.  The result is 0 for x < -87.3 (near the smallest normal number) and infinity
 * for x > 88 (near 2^127).
 */
static inline vf v_exp(vf x)
{
    const vf shift = v_set(12582912.0f), y = v_at_least(v_at_most(x, 88.0f), -87.3f);
    vf t = y * v_set(1.44269504088896341f) + shift;
    vf n = t - shift;
    vf r = y - n * v_set(0.693359375f);
    r = r - n * v_set(-2.12194440054690583e-4f);
    vf p = v_set(0.00138145394f);
    p = p * r + v_set(0.00836874545f);
    p = p * r + v_set(0.041668389f);
    p = p * r + v_set(0.166665211f);
    p = p * r + v_set(0.49999994f);
    p = p * (r * r) + r + v_set(1);
    p = p * (vf)(((vi)t << 23) + 0x3f800000);
    p = v_select(x < v_set(-87.3f), v_set(0), p);
    return v_select(x > v_set(88.0f), v_set(INFINITY), p);
}

/*
 * 2^(cx) = 2^n 2^r with n = round(cx); returns 2^r - 1 = r Q(r), Q a minimax fit of degree
 * 5 with a relative error of at most 3e-8, evaluated as a short tree because its latency
 * limits the speed of cells.  tanh and sigmoid use it, where the rounding of c x for large x
 * is harmless.  2^n (2^r - 1) may be denormal, and is then flushed to zero, although 2^(cx)
 * is not denormal.
 */
static inline vf v_exp2_part(vf x, real c, vf *two_n)
{
    const vf shift = v_set(12582912.0f);
    vf t = x * v_set(c) + shift;
    vf r = x * v_set(c) - (t - shift), rr = r * r;
    vf low = r * v_set(0.240226492f) + v_set(0.693147182f);
    vf mid = r * v_set(0.00961830467f) + v_set(0.055503428f);
    vf high = r * v_set(0.000153870336f) + v_set(0.00133956736f);
    vf q = (high * rr + mid) * rr + low;
    *two_n = (vf)(((vi)t << 23) + 0x3f800000);
    return q * r;
}

#define LOG2_E 1.44269504088896341f

/* tanh x = (e^2x - 1) / (e^2x - 1 + 2) */
static inline vf v_tanh(vf x)
{
    vf two_n, y = v_exp2_part(v_at_least(v_at_most(x, 20), -20), 2 * LOG2_E, &two_n);
    y = y * two_n + (two_n - v_set(1));
    return y / (y + v_set(2));
}

static inline vf v_sigmoid(vf x)
{
    vf two_n, y = v_exp2_part(v_at_least(v_at_most(x, 88), -88), -LOG2_E, &two_n);
    return v_set(1) / (y * two_n + (two_n + v_set(1)));
}

#else

static inline vf v_exp(vf x)
{
    return v_set(REAL_FN(exp)(x[0]));
}

static inline vf v_tanh(vf x)
{
    return v_set(REAL_FN(tanh)(x[0]));
}

static inline vf v_sigmoid(vf x)
{
    return v_set(1 / (1 + REAL_FN(exp)(-x[0])));
}

#endif
#endif
