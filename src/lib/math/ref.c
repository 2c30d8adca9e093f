/*
 * ref.c - the GEMMs in plain loops, which define the result.  The vector kernels are
 * compared with them, and the double build uses them.
 */
#include "math/kernels_isa.h"

static void gemm_step(const struct gemm *p, const real *a, real *c)
{
    for (size_t q = 0; q < p->panels; q++)
        for (size_t r = 0; r < p->rows; r++)
            for (size_t k = 0; k < p->K; k++) {
                real x = a[k / PANEL * p->a_panel + r * PANEL + k % PANEL];
                for (size_t j = 0; j < PANEL; j++)
                    c[q * p->c_panel + r * PANEL + j] +=
                        x * p->b[q * p->b_panel + k * PANEL + j];
            }
}

void tile_gemm_ref(const struct gemm *p)
{
    for (size_t s = 0; s < p->steps; s++)
        gemm_step(p, p->a + s * p->a_stride, p->c + s * p->c_stride);
}

/* c[16] += a^T b over the rows of one step, where a is one column */
static void gemm_tn_row(size_t rows, const real *a, const real *b, real *c)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < PANEL; j++)
            c[j] += a[r * PANEL] * b[r * PANEL + j];
}

void tile_gemm_tn_ref(const struct gemm_tn *o)
{
    for (size_t s = 0; s < o->steps; s++)
        for (size_t i = 0; i < o->a_columns; i++)
            for (size_t q = 0; q < o->b_panels; q++)
                gemm_tn_row(o->rows,
                            o->a + s * o->a_stride + i / PANEL * o->a_panel + i % PANEL,
                            o->b + s * o->b_stride + q * o->b_panel,
                            o->c + q * o->c_panel + i * PANEL);
}
