/* matrix.c - calls the kernels for y += W x. */
#include "nn/matrix.h"

static void float_product(const struct kernels *k, const struct matrix_product *p)
{
    const size_t w_panel = p->w->panels * PANEL * PANEL;
    const size_t last = p->first + (p->panels - 1) * p->panel_stride;
    k->gemm(&(struct gemm){
        .steps = p->steps,
        .rows = p->rows,
        .K = p->w->k,
        .panels = p->panels,
        .a = p->x->x + p->t0 * p->x->stride + p->row * PANEL,
        .a_stride = p->x->stride,
        .a_panel = p->B * PANEL,
        .b = p->w->packed + p->first * w_panel,
        .b_panel = p->panel_stride * w_panel,
        .b_next = p->next ? ((ptrdiff_t)p->next - (ptrdiff_t)last) * (ptrdiff_t)w_panel : 0,
        .c = p->y,
        .c_stride = p->y_stride,
        .c_panel = p->y_panel,
    });
}

static void int8_product(const struct kernels *k, const struct matrix_product *p)
{
    const size_t w_panel = p->w->panels * PANEL * PANEL;
    k->gemm_int8(&(struct gemm_int8){
        .steps = p->steps,
        .rows = p->rows,
        .blocks = p->w->panels,
        .panels = p->panels,
        .a = p->x->q + p->t0 * p->x->stride + p->row * PANEL,
        .a_stride = p->x->stride,
        .a_panel = p->B * PANEL,
        .absmax = p->x->absmax + p->t0 * p->B + p->row,
        .absmax_stride = p->B,
        .b = p->w->q + p->first * w_panel,
        .b_panel = p->panel_stride * w_panel,
        .scale = p->w->scale + p->first * PANEL,
        .scale_panel = p->panel_stride * PANEL,
        .c = p->y,
        .c_stride = p->y_stride,
        .c_panel = p->y_panel,
    });
}

void matrix_product(const struct kernels *k, const struct matrix_product *p)
{
    if (p->w->packed)
        float_product(k, p);
    else
        int8_product(k, p);
}

void dense_quantize(const struct kernels *k, const real *x, size_t panels, size_t B,
                    int16_t *q, real *absmax)
{
    for (size_t b = 0; b < B; b++)
        absmax[b] = k->absmax(x + b * PANEL, B * PANEL, panels);
    for (size_t at = 0; at < panels * B * PANEL; at += B * PANEL)
        k->quantize(x + at, absmax, q + at, B);
}
