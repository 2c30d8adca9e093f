/*
 * layer_backward.c - backpropagation through the steps of a chunk (BPTT, Werbos 1990), then
 * weight gradients, as large products over all steps.
 */
#include <string.h>

#include "nn/layer_part.h"
#include "nn/phase.h"

/* Returns the array that accumulates the gradient of the state before step t: dh itself,
 * which already has the gradient from the layer above, or, with a reset_id, a separate array
 * that is added to dh later, in the rows that are not reset. */
static real *gradient_in(const struct layer *l, size_t t, real *dh)
{
    return l->reset_id >= 0 ? l->dh_in : dh + t * l->plane;
}

static void cell_backward(const struct layer *l, size_t t, real *dh,
                          const struct layer_part *p)
{
    for (size_t u = p->panel; u < p->panel + p->panels; u++) {
        struct cell_step s = layer_cell_at(l, t, u, p);
        const size_t at = (u * l->B + p->row) * PANEL;
        s.dh = dh + (t + 1) * l->plane + at;
        s.dh_in = gradient_in(l, t, dh) + at;
        s.dc = l->dc ? l->dc + at : NULL;
        s.dc_all = l->dc_all ? l->dc_all + t * l->plane + at : NULL;
        l->ops->backward(&s);
    }
}

/* dh[t] += W_hh^T d(pre-activations of step t) */
static void recur_backward(const struct layer *l, const real *w, size_t t, real *dh,
                           const struct layer_part *p)
{
    const size_t panel = l->B * PANEL, b_panel = l->w_hh->padded_rows * PANEL;
    const real *w_hh = l->dropped ? l->dropped : w + l->w_hh->offset;
    l->k->gemm(&(struct gemm){
        .steps = 1,
        .rows = p->rows,
        .K = l->w_hh->padded_rows,
        .panels = p->panels,
        .a = l->gates + t * l->gates_stride + l->cell->split_gates * l->plane +
             p->row * PANEL,
        .a_panel = panel,
        .b = w_hh + p->panel * b_panel,
        .b_panel = b_panel,
        .c = gradient_in(l, t, dh) + p->panel * panel + p->row * PANEL,
        .c_panel = panel,
    });
}

static void clear_part(real *x, const struct layer *l, const struct layer_part *p)
{
    for (size_t u = p->panel; u < p->panel + p->panels; u++)
        memset(x + (u * l->B + p->row) * PANEL, 0, p->rows * PANEL * sizeof *x);
}

/* Drops gradients that would flow back past the beginning of a text; adds all other gradients
 * to dh. */
static void reset_backward(const struct layer *l, const int32_t *ids, size_t t, real *dh,
                           const struct layer_part *p)
{
    real *above = dh + t * l->plane;
    for (size_t u = p->panel; u < p->panel + p->panels; u++)
        for (size_t b = p->row; b < p->row + p->rows; b++) {
            const size_t at = (u * l->B + b) * PANEL;
            const int begins = ids[t * l->B + b] == l->reset_id;
            if (!begins)
                for (size_t i = at; i < at + PANEL; i++)
                    above[i] += l->dh_in[i];
            else if (l->dc)
                memset(l->dc + at, 0, PANEL * sizeof *l->dc);
        }
}

void layer_backward(const struct layer *l, const real *w, const int32_t *ids, real *dh,
                    const struct team *team)
{
    const struct layer_part p = layer_part(l, team);
    if (l->dc)
        clear_part(l->dc, l, &p);
    for (size_t t = l->T; t-- > 0;) {
        if (l->reset_id >= 0)
            clear_part(l->dh_in, l, &p);
        cell_backward(l, t, dh, &p);
        team_mark(team, PHASE_CELL);
        team_barrier(&p.group); /* the GEMM reads whole rows of the gates' gradients */
        team_mark(team, PHASE_WAIT);
        if (team_stopped(&p.group))
            return;
        recur_backward(l, w, t, dh, &p);
        if (l->reset_id >= 0)
            reset_backward(l, ids, t, dh, &p);
        team_mark(team, PHASE_RECURRENT);
    }
}

/* --------------------------------------------------------------------- gradients */

/* dW += sum over steps and rows of the gates' gradients (planes from `first` on) times x.
 * Computes row panels [lo, hi) of dW; returns early if the member must stop. */
static void weight_gradient(const struct layer *l, const struct param *p, size_t first,
                            const struct dense *in, size_t x_panels, size_t lo, size_t hi,
                            real *g, const struct team *team)
{
    const size_t panel = l->B * PANEL;
    const size_t step = l->B * (hi - lo) * PANEL * x_panels * PANEL;
    struct gemm_tn product = {
        .rows = l->B,
        .a_columns = (hi - lo) * PANEL,
        .b_panels = x_panels,
        .a = l->gates + first * l->plane + lo * panel,
        .a_stride = l->gates_stride,
        .a_panel = panel,
        .b = in->x,
        .b_stride = in->stride,
        .b_panel = panel,
        .c = g + p->offset + lo * PANEL * PANEL,
        .c_panel = p->padded_rows * PANEL,
    };
    for (size_t t = 0; t < l->T; t += product.steps) {
        if (team_must_stop(team))
            return;
        product.steps = layer_bite(l->T - t, step);
        l->k->gemm_tn(&product);
        product.a += product.steps * product.a_stride;
        product.b += product.steps * product.b_stride;
    }
}

/* Gradient of one-hot input weights: adds the gradient of each step to its symbol's
 * column. */
static void scatter(const struct layer *l, const int32_t *ids, size_t q, real *g)
{
    real *table = g + l->w_ih->offset + q * l->w_ih->cols * PANEL;
    for (size_t t = 0; t < l->T; t++)
        l->k->scatter(l->gates + t * l->gates_stride + q * l->B * PANEL, table,
                      ids + t * l->B, l->B);
}

/* db += sum over steps and rows of a panel of the gates' gradients */
static void bias_gradient(const struct layer *l, size_t panel, real *db)
{
    for (size_t t = 0; t < l->T; t++)
        l->k->colsum(l->gates + t * l->gates_stride + panel * l->B * PANEL, db, l->B);
}

/* db of a one-hot layer, computed from the gradient of its input weights: each step has one
 * symbol, so the sum over the (fewer) symbols equals the sum over the steps. */
static void bias_from_symbols(const struct layer *l, size_t q, const real *g, real *db)
{
    memset(db, 0, PANEL * sizeof *db);
    l->k->colsum(g + l->w_ih->offset + q * l->w_ih->cols * PANEL, db, l->w_ih->cols);
}

void layer_gradient(const struct layer *l, const struct weight_drop *drop, real *g,
                    const struct layer_input *in, const struct team *team)
{
    const size_t split = l->cell->split_gates;
    const int few_symbols = !l->input_panels && l->w_ih->cols <= l->T * l->B;
    const struct dense past = { .x = l->h_in, .stride = l->plane };
    size_t lo, hi;
    team_range(team, l->cell->gates * l->panels, &lo, &hi);
    if (lo == hi)
        return;
    weight_gradient(l, l->w_hh, split, &past, l->panels, lo, hi, g, team);
    if (l->dropped) {
        real *dw = g + l->w_hh->offset;
        weight_drop_rows(drop, l->k, l->index, l->w_hh, lo, hi, dw, dw);
    }
    if (l->input_panels)
        weight_gradient(l, l->w_ih, 0, &in->dense, l->input_panels, lo, hi, g, team);
    for (size_t q = lo; q < hi; q++) {
        real *db = g + l->b_ih->offset + q * PANEL,
             *db_hh = g + l->b_hh->offset + q * PANEL;
        if (team_must_stop(team))
            return;
        if (!l->input_panels)
            scatter(l, in->ids, q, g);
        if (few_symbols)
            bias_from_symbols(l, q, g, db);
        else
            bias_gradient(l, q, db);
        if (split)
            bias_gradient(l, split * l->panels + q, db_hh);
        else
            memcpy(db_hh, db, PANEL * sizeof *db); /* both biases have the same gradient */
    }
}

void layer_input_gradient(const struct layer *l, const real *w, real *dx, size_t stride,
                          const struct team *team)
{
    const size_t panel = l->B * PANEL, b_panel = l->w_ih->padded_rows * PANEL;
    const size_t step = l->B * l->w_ih->padded_rows * l->input_panels * PANEL;
    size_t lo, hi, steps;
    team_range(team, l->T, &lo, &hi);
    for (size_t t = lo; t < hi; t += steps) {
        if (team_must_stop(team))
            return;
        steps = layer_bite(hi - t, step);
        l->k->gemm(&(struct gemm){
            .steps = steps,
            .rows = l->B,
            .K = l->w_ih->padded_rows,
            .panels = l->input_panels,
            .a = l->gates + t * l->gates_stride,
            .a_stride = l->gates_stride,
            .a_panel = panel,
            .b = w + l->w_ih->offset,
            .b_panel = b_panel,
            .c = dx + t * stride,
            .c_stride = stride,
            .c_panel = panel,
        });
    }
}
