/* head.c - the output layer, computed in blocks of steps. */
#include "nn/head.h"

#include <string.h>

enum { BLOCK_NUMBERS = 1 << 19 }; /* logits computed at a time; 2 MB */

void head_plan(struct head *h, struct arena *a)
{
    const size_t step = h->B * padded(h->V);
    h->block = BLOCK_NUMBERS / step;
    h->block = h->block < 1 ? 1 : h->block > h->T ? h->T : h->block;
    h->logits = arena_take(a, step, h->block * sizeof(real));
}

/* The share of a block that one member computes, from logits to dx: whole steps, or rows of
 * all steps if the block has fewer steps than there are members. */
struct span {
    size_t t, steps, row, rows;
};

static struct span span_of(const struct head *h, size_t steps, const struct team *team)
{
    struct span s = { .steps = steps, .rows = h->B };
    size_t hi;
    if (steps >= (size_t)team->n) {
        team_range(team, steps, &s.t, &hi);
        s.steps = hi - s.t;
    } else {
        team_range(team, h->B, &s.row, &hi);
        s.rows = hi - s.row;
    }
    return s;
}

/* The input x from step t on. */
static struct dense from_step(const struct head *h, const struct dense *x, size_t t)
{
    const size_t at = t * x->stride;
    struct dense y = { .x = x->x + at, .stride = x->stride };
    if (x->q) {
        y.q = x->q + at;
        y.absmax = x->absmax + t * h->B;
    }
    return y;
}

/* Computes logits = bias + W x for the rows of the span and panels [q_lo, q_hi); x starts
 * at the block. */
static void project(const struct head *h, const real *w, const struct dense *x,
                    const struct span *s, size_t q_lo, size_t q_hi)
{
    const size_t panel = h->B * PANEL, panels = panels_of(h->V);
    for (size_t t = s->t; t < s->t + s->steps; t++)
        for (size_t q = q_lo; q < q_hi; q++)
            h->k->broadcast(h->logits + ((t * panels + q) * h->B + s->row) * PANEL,
                            w + h->b->offset + q * PANEL, s->rows);
    const struct matrix_product product = {
        .w = &h->matrix,
        .x = x,
        .B = h->B,
        .row = s->row,
        .rows = s->rows,
        .t0 = s->t,
        .steps = s->steps,
        .first = q_lo,
        .panels = q_hi - q_lo,
        .panel_stride = 1,
        .y = h->logits + (s->t * panels + q_lo) * panel + s->row * PANEL,
        .y_stride = panels * panel,
        .y_panel = panel,
    };
    matrix_product(h->k, &product);
}

static void softmax(const struct head *h, const struct head_chunk *c, const struct span *s)
{
    const size_t step = h->B * padded(h->V);
    for (size_t t = s->t; t < s->t + s->steps; t++) {
        const size_t at = t * h->B + s->row;
        h->k->softmax_xent(h->logits + t * step + s->row * PANEL, h->B * PANEL, s->rows,
                           h->V, c->targets + at, c->scale, c->loss + at);
    }
}

/* Computes dx = W^T dlogits for the rows of the span. */
static void project_backward(const struct head *h, const real *w, real *dx,
                             const struct span *s)
{
    const size_t panel = h->B * PANEL, panels = panels_of(h->V);
    for (size_t t = s->t; t < s->t + s->steps; t++)
        for (size_t q = 0; q < h->input_panels; q++)
            memset(dx + ((t * h->input_panels + q) * h->B + s->row) * PANEL, 0,
                   s->rows * PANEL * sizeof *dx);
    h->k->gemm(&(struct gemm){
        .steps = s->steps,
        .rows = s->rows,
        .K = h->V,
        .panels = h->input_panels,
        .a = h->logits + s->t * panels * panel + s->row * PANEL,
        .a_stride = panels * panel,
        .a_panel = panel,
        .b = w + h->w->offset,
        .b_panel = h->w->padded_rows * PANEL,
        .c = dx + s->t * h->input_panels * panel + s->row * PANEL,
        .c_stride = h->input_panels * panel,
        .c_panel = panel,
    });
}

/* db += sum over the block's steps and rows of column panel q of dlogits */
static void head_bias_gradient(const struct head *h, size_t steps, size_t q, real *db)
{
    const size_t panels = panels_of(h->V);
    for (size_t t = 0; t < steps; t++)
        h->k->colsum(h->logits + (t * panels + q) * h->B * PANEL, db, h->B);
}

/* g += dlogits^T x over the block; members divide the longer side of W */
static void head_weight_gradient(const struct head *h, const struct dense *x, size_t steps,
                                 real *g, const struct team *team)
{
    const size_t panel = h->B * PANEL, panels = panels_of(h->V);
    const size_t c_panel = h->w->padded_rows * PANEL;
    const int by_symbol = panels > h->input_panels;
    size_t lo, hi, q_lo = 0, q_hi = h->input_panels, v_lo = 0, v_hi = panels;
    team_range(team, panels, &lo, &hi);
    for (size_t q = lo; q < hi; q++)
        head_bias_gradient(h, steps, q, g + h->b->offset + q * PANEL);
    team_range(team, by_symbol ? panels : h->input_panels, by_symbol ? &v_lo : &q_lo,
               by_symbol ? &v_hi : &q_hi);
    if (v_lo == v_hi || q_lo == q_hi)
        return;
    const size_t columns = (v_hi < panels ? v_hi * PANEL : h->V) - v_lo * PANEL;
    h->k->gemm_tn(&(struct gemm_tn){
        .steps = steps,
        .rows = h->B,
        .a_columns = columns,
        .b_panels = q_hi - q_lo,
        .a = h->logits + v_lo * panel,
        .a_stride = panels * panel,
        .a_panel = panel,
        .b = x->x + q_lo * panel,
        .b_stride = x->stride,
        .b_panel = panel,
        .c = g + h->w->offset + q_lo * c_panel + v_lo * PANEL * PANEL,
        .c_panel = c_panel,
    });
}

void head_logits(const struct head *h, const real *w, const struct dense *x, size_t t,
                 const struct team *team)
{
    const struct span s = { .steps = 1, .rows = h->B };
    const struct dense step = from_step(h, x, t);
    size_t lo, hi;
    team_range(team, panels_of(h->V), &lo, &hi);
    if (lo < hi)
        project(h, w, &step, &s, lo, hi);
}

/* Computes one block of a chunk: logits, losses and, if dx is given, gradients.  When the
 * team must stop (base/pool.h), it leaves out the rest. */
static void run_block(const struct head *h, const struct head_chunk *c, size_t steps,
                      const struct team *team)
{
    const struct span s = span_of(h, steps, team);
    if (s.steps && s.rows && !team_must_stop(team)) {
        project(h, c->w, c->x, &s, 0, panels_of(h->V));
        softmax(h, c, &s);
        if (c->dx && !team_must_stop(team))
            project_backward(h, c->w, c->dx, &s);
    }
    team_barrier(team); /* the next block may be divided differently */
    if (!c->dx || team_stopped(team))
        return;
    head_weight_gradient(h, c->x, steps, c->g, team);
    team_barrier(team);
}

void head_run(const struct head *h, const struct head_chunk *c, const struct team *team)
{
    const size_t step = h->input_panels * h->B * PANEL;
    for (size_t t = 0; t < h->T; t += h->block) {
        const struct dense x = from_step(h, c->x, t);
        struct head_chunk block = *c;
        block.x = &x;
        block.targets += t * h->B;
        block.loss += t * h->B;
        if (c->dx)
            block.dx += t * step;
        run_block(h, &block, h->T - t < h->block ? h->T - t : h->block, team);
    }
}
