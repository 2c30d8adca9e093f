/*
 * int8_isa.c - the GEMM of 16-bit activations and 8-bit weights (kernels.h), compiled once
 * per instruction set.  For ref it is plain loops, which define the result.
 *
 * Sums of EXACT_K products are integers that fit an int32, so they do not depend on the
 * order or on the instruction set.  The layout of the weights allows multiplying a vector
 * of weights, widened to 16 bits, by one pair of activations without shuffles.
 */
#include "math/kernels_isa.h"

#include <string.h>

#include "math/vec.h"

enum {
    EXACT_K = 512,     /* a sum of 512 products fits an int32: 512 * 127 * 32768 < 2^31 */
    PAIR = 2 * PANEL,  /* weights of one panel for two values of k */
    PAIRS = PANEL / 2, /* pairs of k in one panel of activations */
};

/* sum[panel][16] += a b over `blocks` panels of a, for WIDE panels of b or for one. */
typedef void dot_fn(const int16_t *a, size_t a_panel, const int8_t *b, size_t b_panel,
                    size_t blocks, int32_t *sum);

#if defined(__SSE2__) && !defined(VEC_SCALAR)

/* A vector holds INTS sums. */
#if defined(__AVX512BW__)
typedef __m512i ints;
enum { INTS = 16 };

static inline ints widened(const int8_t *b)
{
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)b));
}

#define EVERYWHERE(pair) _mm512_set1_epi32(pair)
#define ADD_PRODUCTS(sum, b, a) _mm512_add_epi32(sum, _mm512_madd_epi16(b, a))
#define LOAD_SUM(at) _mm512_loadu_si512(at)
#define STORE_SUM(at, sum) _mm512_storeu_si512(at, sum)
#elif defined(__AVX2__)
typedef __m256i ints;
enum { INTS = 8 };

static inline ints widened(const int8_t *b)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)b));
}

#define EVERYWHERE(pair) _mm256_set1_epi32(pair)
#define ADD_PRODUCTS(sum, b, a) _mm256_add_epi32(sum, _mm256_madd_epi16(b, a))
#define LOAD_SUM(at) _mm256_loadu_si256((const ints *)(const void *)(at))
#define STORE_SUM(at, sum) _mm256_storeu_si256((ints *)(void *)(at), sum)
#else
typedef __m128i ints;
enum { INTS = 4 };

static inline ints widened(const int8_t *b)
{
    const ints x = _mm_loadl_epi64((const ints *)(const void *)b);
    return _mm_srai_epi16(_mm_unpacklo_epi8(x, x), 8);
}

#define EVERYWHERE(pair) _mm_set1_epi32(pair)
#define ADD_PRODUCTS(sum, b, a) _mm_add_epi32(sum, _mm_madd_epi16(b, a))
#define LOAD_SUM(at) _mm_loadu_si128((const ints *)(const void *)(at))
#define STORE_SUM(at, sum) _mm_storeu_si128((ints *)(void *)(at), sum)
#endif

/* WIDE is the number of panels computed at once.  A recurrent product has one panel for each
 * gate, four in an LSTM. */
enum { PER_PANEL = PANEL / INTS, WIDE = INTS == 4 ? 2 : 4 };

static inline ints pair_of(const int16_t *a)
{
    int pair;
    memcpy(&pair, a, sizeof pair);
    return EVERYWHERE(pair);
}

/* The offset of vector v of the weights of one pair. */
#define PLACE(v) ((size_t)((v) / PER_PANEL) * b_panel + (v) % PER_PANEL * 2 * INTS)

#define BEGIN(v) ints s##v = LOAD_SUM(sum + (v)*INTS);
#define STEP(v) s##v = ADD_PRODUCTS(s##v, widened(b + PLACE(v)), x);
#define END(v) STORE_SUM(sum + (v)*INTS, s##v);
#define VECS_1(X) X(0)
#define VECS_2(X) X(0) X(1)
#define VECS_4(X) VECS_2(X) X(2) X(3)
#define VECS_8(X) VECS_4(X) X(4) X(5) X(6) X(7)

/* The sums are named variables, because compilers leave arrays of vectors in memory. */
#define DOT(name, VECS)                                                                    \
    static void name(const int16_t *a, size_t a_panel, const int8_t *b, size_t b_panel,    \
                     size_t blocks, int32_t *sum)                                          \
    {                                                                                      \
        (void)b_panel;                                                                     \
        VECS(BEGIN)                                                                        \
        for (; blocks > 0; blocks--, a += a_panel)                                         \
            for (int i = 0; i < PAIRS; i++, b += PAIR) {                                   \
                const ints x = pair_of(a + 2 * i);                                         \
                VECS(STEP)                                                                 \
            }                                                                              \
        VECS(END)                                                                          \
    }
#if defined(__AVX512BW__)
DOT(dot_wide, VECS_4)
DOT(dot, VECS_1)
#elif defined(__AVX2__)
DOT(dot_wide, VECS_8)
DOT(dot, VECS_2)
#else
DOT(dot_wide, VECS_8)
DOT(dot, VECS_4)
#endif

#else

enum { WIDE = 1 };

static void dot(const int16_t *a, size_t a_panel, const int8_t *b, size_t b_panel,
                size_t blocks, int32_t *sum)
{
    (void)b_panel;
    for (; blocks > 0; blocks--, a += a_panel)
        for (int i = 0; i < PAIRS; i++, b += PAIR)
            for (int j = 0; j < PANEL; j++)
                sum[j] += a[2 * i] * b[2 * j] + a[2 * i + 1] * b[2 * j + 1];
}
#define dot_wide dot

#endif

/* c[16] += factor * scale[16] * sum[16] */
static void add_sums(real *c, const real *scale, real factor, const int32_t *sum)
{
    for (int j = 0; j < PANEL; j++)
        c[j] += (real)sum[j] * (factor * scale[j]);
}

/* Computes panels [q, q + n) of one row. */
static void row_tile(const struct gemm_int8 *p, const int16_t *a, size_t q, size_t n,
                     real factor, real *c)
{
    dot_fn *const f = n > 1 ? dot_wide : dot;
    for (size_t k = 0; k < p->blocks; k += EXACT_K / PANEL) {
        _Alignas(32) int32_t sum[WIDE * PANEL] = { 0 };
        const size_t left = p->blocks - k;
        f(a + k * p->a_panel, p->a_panel, p->b + q * p->b_panel + k * PAIRS * PAIR,
          p->b_panel, left < EXACT_K / PANEL ? left : EXACT_K / PANEL, sum);
        for (size_t i = 0; i < n; i++)
            add_sums(c + (q + i) * p->c_panel, p->scale + (q + i) * p->scale_panel, factor,
                     sum + i * PANEL);
    }
}

void ISA_SUFFIXED(gemm_int8)(const struct gemm_int8 *p)
{
    for (size_t q = 0, n; q < p->panels; q += n) {
        n = p->panels - q >= WIDE ? WIDE : 1;
        for (size_t s = 0; s < p->steps; s++)
            for (size_t r = 0; r < p->rows; r++)
                row_tile(p, p->a + s * p->a_stride + r * PANEL, q, n,
                         p->absmax[s * p->absmax_stride + r] / Q16_MAX,
                         p->c + s * p->c_stride + r * PANEL);
    }
}

/* ------------------------------------------------------------------- activations */

/* Rounds to nearest, ties to even; clamps values that exceed absmax. */
static void quantize_row(const real *x, real gain, int16_t *q)
{
#if defined(__SSE2__) && !defined(VEC_SCALAR)
    const __m128 g = _mm_set1_ps(gain);
    for (int j = 0; j < PANEL; j += 8) {
        const __m128i low = _mm_cvtps_epi32(_mm_mul_ps(_mm_loadu_ps(x + j), g));
        const __m128i high = _mm_cvtps_epi32(_mm_mul_ps(_mm_loadu_ps(x + j + 4), g));
        _mm_storeu_si128((__m128i *)(void *)(q + j), _mm_packs_epi32(low, high));
    }
#else
    for (int j = 0; j < PANEL; j++) {
        const real y = x[j] * gain;
        q[j] = (int16_t)(y > Q16_MAX    ? Q16_MAX
                         : y > -Q16_MAX ? lrint((double)y)
                                        : -Q16_MAX);
    }
#endif
}

void ISA_SUFFIXED(quantize)(const real *x, const real *absmax, int16_t *q, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        quantize_row(x + r * PANEL, absmax[r] > ABSMAX_MIN ? Q16_MAX / absmax[r] : 0,
                     q + r * PANEL);
}

real ISA_SUFFIXED(absmax)(const real *x, size_t panel, size_t panels)
{
    vf most = { 0 };
    for (size_t q = 0; q < panels; q++)
        for (size_t j = 0; j < PANEL; j += LANES) {
            const vf y = v_load(x + q * panel + j), size = v_select(y < v_set(0), -y, y);
            most = v_select(size > most, size, most);
        }
    real largest = most[0];
    for (int l = 1; l < LANES; l++)
        largest = most[l] > largest ? most[l] : largest;
    return largest;
}
