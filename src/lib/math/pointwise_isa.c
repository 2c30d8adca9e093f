/*
 * pointwise_isa.c - elementwise and row-wise kernels: softmax, optimiser steps, dropout;
 * compiled once per instruction set, also for ref, where a vector is one number.  The table
 * of kernels is at the end.
 */
#include <assert.h>
#include <math.h>

#include "math/kernels_isa.h"
#include "math/vec.h"

/* ---------------------------------------------------------------------- softmax */

/* Mask of the lanes whose column is n or higher, in the vector that begins at column
 * `first` of a panel. */
static vi lanes_past(size_t first, size_t n)
{
    vi mask = { 0 };
    for (int l = 0; l < LANES; l++)
        mask[l] = first + (size_t)l >= n ? -1 : 0;
    return mask;
}

/* Padding columns become -infinity, so that their probability is 0. */
static void hide_padding(real *last_panel_row, size_t columns)
{
    for (size_t j = 0; j < PANEL; j += LANES) {
        vf x = v_load(last_panel_row + j);
        v_store(last_panel_row + j, v_select(lanes_past(j, columns), v_set(-INFINITY), x));
    }
}

static real row_max(const real *z, size_t panel, size_t panels)
{
    vf max = v_load(z);
    for (size_t q = 0; q < panels; q++)
        for (size_t j = 0; j < PANEL; j += LANES) {
            vf x = v_load(z + q * panel + j);
            max = v_select(x > max, x, max);
        }
    real m = max[0];
    for (int l = 1; l < LANES; l++)
        m = max[l] > m ? max[l] : m;
    return m;
}

/* z becomes e^(z - max); returns the sum. */
static real exp_row(real *z, size_t panel, size_t panels, real max)
{
    vf sum[PANEL_VECS] = { { 0 } };
    for (size_t q = 0; q < panels; q++)
        for (size_t v = 0; v < PANEL_VECS; v++) {
            real *at = z + q * panel + v * LANES;
            vf e = v_exp(v_load(at) - v_set(max));
            v_store(at, e);
            sum[v] += e;
        }
    real total = 0;
    for (size_t v = 0; v < PANEL_VECS; v++)
        total += v_sum(sum[v]);
    return total;
}

static void scale_row(real *z, size_t panel, size_t panels, real factor)
{
    for (size_t q = 0; q < panels; q++)
        for (size_t j = 0; j < PANEL; j += LANES)
            v_store(z + q * panel + j, v_load(z + q * panel + j) * v_set(factor));
}

static void clear_row(real *z, size_t panel, size_t panels)
{
    for (size_t q = 0; q < panels; q++)
        for (size_t j = 0; j < PANEL; j += LANES)
            v_store(z + q * panel + j, v_set(0));
}

static void softmax_xent(real *z, size_t panel, size_t rows, size_t V,
                         const int32_t *target, real scale, real *loss)
{
    const size_t panels = panels_of(V), last = panels - 1;
    for (size_t r = 0; r < rows; r++, z += PANEL) {
        if (target[r] < 0) {
            clear_row(z, panel, panels);
            loss[r] = 0;
            continue;
        }
        real *hit = z + (size_t)target[r] / PANEL * panel + (size_t)target[r] % PANEL;
        if (V % PANEL)
            hide_padding(z + last * panel, V % PANEL);
        const real max = row_max(z, panel, panels), score = *hit - max;
        const real sum = exp_row(z, panel, panels, max);
        loss[r] = (real)log((double)sum) - score;
        scale_row(z, panel, panels, scale / sum);
        *hit -= scale;
    }
}

/* ------------------------------------------------------------------------- panels */

static void gather(real *c, const real *bias, const real *table, const int32_t *ids,
                   size_t rows)
{
    for (size_t r = 0; r < rows; r++, c += PANEL)
        for (size_t j = 0; j < PANEL; j += LANES)
            v_store(c + j, v_load(bias + j) + v_load(table + (size_t)ids[r] * PANEL + j));
}

static void scatter(const real *d, real *table, const int32_t *ids, size_t rows)
{
    for (size_t r = 0; r < rows; r++, d += PANEL) {
        real *row = table + (size_t)ids[r] * PANEL;
        for (size_t j = 0; j < PANEL; j += LANES)
            v_store(row + j, v_load(row + j) + v_load(d + j));
    }
}

static void broadcast(real *c, const real *bias, size_t rows)
{
    for (size_t r = 0; r < rows; r++, c += PANEL)
        for (size_t j = 0; j < PANEL; j += LANES)
            v_store(c + j, v_load(bias + j));
}

static void colsum(const real *d, real *sum, size_t rows)
{
    for (size_t j = 0; j < PANEL; j += LANES) {
        vf s = v_load(sum + j);
        for (size_t r = 0; r < rows; r++)
            s += v_load(d + r * PANEL + j);
        v_store(sum + j, s);
    }
}

/* -------------------------------------------------------------------- optimisers */

static double sum_squares(const real *x, size_t n)
{
    vf sum[PANEL_VECS] = { { 0 } };
    for (size_t i = 0; i < n; i += PANEL)
        for (size_t v = 0; v < PANEL_VECS; v++) {
            vf y = v_load(x + i + v * LANES);
            sum[v] += y * y;
        }
    double total = 0;
    for (size_t v = 0; v < PANEL_VECS; v++)
        for (int l = 0; l < LANES; l++)
            total += (double)sum[v][l];
    return total;
}

static vf v_sqrt(vf x)
{
    vf y;
    for (int l = 0; l < LANES; l++)
        y[l] = REAL_FN(sqrt)(x[l]);
    return y;
}

/* The gradient that the optimiser uses: scaled, clipped, with coupled decay. */
static vf gradient(const struct update *u, const real *g, vf w)
{
    vf x = v_load(g) * v_set(u->scale);
    x = v_at_least(v_at_most(x, u->clip), -u->clip);
    return x + w * v_set(u->decay);
}

/* Kingma and Ba 2015; with decay_factor < 1 Loshchilov and Hutter 2019 (AdamW). */
static void adam(const struct update *u, real *w, const real *g, real *m, real *v, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        vf wi = v_load(w + i), gi = gradient(u, g + i, wi);
        vf mi = v_load(m + i) * v_set(u->beta1) + gi * v_set(1 - u->beta1);
        vf vi_ = v_load(v + i) * v_set(u->beta2) + gi * gi * v_set(1 - u->beta2);
        vf step = mi * v_set(u->bias_correction1) /
                  (v_sqrt(vi_ * v_set(u->bias_correction2)) + v_set(u->epsilon));
        v_store(m + i, mi);
        v_store(v + i, vi_);
        v_store(w + i, wi * v_set(u->decay_factor) - step * v_set(u->rate));
    }
}

/* Tieleman and Hinton 2012, in char-rnn's form: g / (sqrt(v) + eps). */
static void rmsprop(const struct update *u, real *w, const real *g, real *v, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        vf wi = v_load(w + i), gi = gradient(u, g + i, wi);
        vf vi_ = v_load(v + i) * v_set(u->beta2) + gi * gi * v_set(1 - u->beta2);
        v_store(v + i, vi_);
        v_store(w + i, wi - gi * v_set(u->rate) / (v_sqrt(vi_) + v_set(u->epsilon)));
    }
}

/* Duchi, Hazan and Singer 2011. */
static void adagrad(const struct update *u, real *w, const real *g, real *v, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        vf wi = v_load(w + i), gi = gradient(u, g + i, wi), vi_ = v_load(v + i) + gi * gi;
        v_store(v + i, vi_);
        v_store(w + i, wi - gi * v_set(u->rate) / (v_sqrt(vi_) + v_set(u->epsilon)));
    }
}

/* Momentum as in PyTorch: m = beta1 m + g; w -= rate m. */
static void sgd(const struct update *u, real *w, const real *g, real *m, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        vf wi = v_load(w + i),
           mi = v_load(m + i) * v_set(u->beta1) + gradient(u, g + i, wi);
        v_store(m + i, mi);
        v_store(w + i, wi - mi * v_set(u->rate));
    }
}

static void average(const real *w, real *a, real share, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        vf ai = v_load(a + i);
        v_store(a + i, ai + (v_load(w + i) - ai) * v_set(share));
    }
}

/* ----------------------------------------------------------------------- dropout */

/* A 32-bit mixer (multiply and xor-shift, twice) over consecutive counters. */
static uint32_t mix32(uint32_t x)
{
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

static void dropout(const real *x, real *y, size_t rows, uint64_t key, uint32_t first,
                    uint32_t row_step, uint32_t threshold, real gain)
{
    const uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
    for (size_t r = 0; r < rows; r++, x += PANEL, y += PANEL, first += row_step)
        for (uint32_t j = 0; j < PANEL; j++) {
            uint32_t draw = mix32(mix32((first + j) ^ low) + high);
            y[j] = draw < threshold ? x[j] * gain : 0;
        }
}

/* --------------------------------------------------------------- functions, table */

#define MAP(name, f)                                                                       \
    static void name(const real *x, real *y, size_t n)                                     \
    {                                                                                      \
        for (size_t i = 0; i < n; i += LANES)                                              \
            v_store(y + i, f(v_load(x + i)));                                              \
    }
MAP(map_tanh, v_tanh)
MAP(map_sigmoid, v_sigmoid)
MAP(map_exp, v_exp)

/* Twelve chains are enough to hide the latency of multiply-adds on all known CPUs. */
#define CHAINS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

static double burn(size_t rounds, real *sink)
{
    const vf a = v_load(sink), b = v_load(sink + PANEL);
#define BEGIN(i) vf c##i = a * v_set(i + 1);
#define STEP(i) c##i = c##i * a + b;
#define SUM(i) sum += c##i;
    CHAINS(BEGIN)
    for (size_t r = 0; r < rounds; r++) {
        CHAINS(STEP)
    }
    vf sum = { 0 };
    CHAINS(SUM)
    v_store(sink, sum);
    return 2.0 * 12 * LANES * (double)rounds;
}

/* Eight chains, so that loads and not additions limit the speed. */
static real sum(const real *x, size_t n)
{
    vf sums[8] = { { 0 } }, all = { 0 };
    for (size_t i = 0; i < n; i += 8 * LANES)
        for (size_t j = 0; j < 8; j++)
            sums[j] += v_load(x + i + j * LANES);
    for (size_t j = 0; j < 8; j++)
        all += sums[j];
    return v_sum(all);
}

#define STRING_(x) #x
#define STRING(x) STRING_(x)

extern const struct kernels ISA_SUFFIXED(kernels);
const struct kernels ISA_SUFFIXED(kernels) = {
    .name = STRING(ISA),
    .gemm = ISA_SUFFIXED(tile_gemm),
    .gemm_tn = ISA_SUFFIXED(tile_gemm_tn),
    .gemm_int8 = ISA_SUFFIXED(gemm_int8),
    .quantize = ISA_SUFFIXED(quantize),
    .absmax = ISA_SUFFIXED(absmax),
    .softmax_xent = softmax_xent,
    .gather = gather,
    .scatter = scatter,
    .broadcast = broadcast,
    .colsum = colsum,
    .sum_squares = sum_squares,
    .adam = adam,
    .rmsprop = rmsprop,
    .adagrad = adagrad,
    .sgd = sgd,
    .average = average,
    .dropout = dropout,
    .tanh = map_tanh,
    .sigmoid = map_sigmoid,
    .exp = map_exp,
    .burn = burn,
    .sum = sum,
};
