/*
 * gradflow.c - measures gradients of states, the contribution of each step to dL/dW_hh, and
 * W_hh itself.
 *
 * After network_backward the layers of a training stack still hold the states and the
 * gradients of the pre-activations of every step, from which all else is computed.
 * Only dL/dh and dL/dc are recorded during the backward pass (nn/flow.h).
 */
#include "inspect/gradflow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "inspect/spectrum.h"
#include "nn/flow.h"
#include "nn/network.h"

/* ------------------------------------------------------------------------ memory */

static double *alloc_numbers(size_t n, int *failed)
{
    double *x = calloc(n ? n : 1, sizeof *x);
    *failed |= !x;
    return x;
}

static int alloc_layers(struct charnn_gradflow *g, size_t T, int with_c)
{
    int failed = 0;
    g->layers = calloc((size_t)g->n_layers, sizeof *g->layers);
    if (!g->layers)
        return -1;
    for (int64_t i = 0; i < g->n_layers; i++) {
        struct charnn_gradflow_layer *l = &g->layers[i];
        l->dh = alloc_numbers(T, &failed);
        l->dw = alloc_numbers(T, &failed);
        l->h = alloc_numbers(T, &failed);
        l->dc = with_c ? alloc_numbers(T, &failed) : NULL;
        l->c = with_c ? alloc_numbers(T, &failed) : NULL;
    }
    return failed ? -1 : 0;
}

void charnn_gradflow_free(struct charnn_gradflow *g)
{
    if (g->layers)
        for (int64_t i = 0; i < g->n_layers; i++) {
            const struct charnn_gradflow_layer *l = &g->layers[i];
            free(l->dh), free(l->dc), free(l->dw), free(l->h), free(l->c);
        }
    for (int64_t i = 0; i < g->n_maps; i++)
        free(g->maps[i].z);
    free(g->layers);
    *g = (struct charnn_gradflow){ 0 };
}

/* ------------------------------------------------------------------ the matrices */

/* Copies the block of W_hh that belongs to gate g to w[H x H], row-major. */
static void get_block(const struct model *m, size_t layer, size_t g, double *w)
{
    const struct param *p = model_param(m, layer, W_HH);
    const size_t H = m->shape.size;
    for (size_t r = 0; r < H; r++)
        for (size_t c = 0; c < H; c++)
            w[r * H + c] = (double)m->weights[param_at(p, g * H + r, c)];
}

static void scale_block(struct model *m, size_t layer, size_t g, double factor)
{
    const struct param *p = model_param(m, layer, W_HH);
    const size_t H = m->shape.size;
    for (size_t r = 0; r < H; r++)
        for (size_t c = 0; c < H; c++)
            m->weights[param_at(p, g * H + r, c)] *= (real)factor;
}

/* scratch has 3 x H x H + 2 x H numbers. */
static void describe_gates(const struct model *m, size_t i, double *scratch,
                           struct charnn_gradflow_layer *l)
{
    const size_t H = m->shape.size;
    l->n_gates = (int)m->cell->gates;
    for (size_t g = 0; g < m->cell->gates; g++) {
        get_block(m, i, g, scratch);
        l->gates[g] = (struct charnn_gradflow_gate){
            .name = { m->cell->letters[g] },
            .radius = spectrum_radius(scratch, H, scratch + H * H),
            .singular = spectrum_singular_value(scratch, H, scratch + H * H),
        };
    }
}

/* Scales the block of each gate in every W_hh to this spectral radius; a block whose radius
 * is 0 is unchanged. */
static void scale_blocks(struct model *m, double radius, double *scratch)
{
    const size_t H = m->shape.size;
    for (size_t i = 0; i < m->shape.layers; i++)
        for (size_t g = 0; g < m->cell->gates; g++) {
            get_block(m, i, g, scratch);
            const double now = spectrum_radius(scratch, H, scratch + H * H);
            if (now > 0)
                scale_block(m, i, g, radius / now);
        }
}

/* ---------------------------------------------------------- forward and backward */

struct reading {
    struct network net;
    struct flow flow;
    int32_t *ids, *targets; /* [T][B] */
    real *gradient;         /* [set.total] written by the backward pass, not used */
    struct arena arena;
};

static void plan_reading(struct reading *r, const struct model *m, size_t T, size_t B)
{
    r->ids = arena_take(&r->arena, T * B, sizeof *r->ids);
    r->targets = arena_take(&r->arena, T * B, sizeof *r->targets);
    r->gradient = arena_take(&r->arena, m->set.total, sizeof *r->gradient);
}

static void release_reading(struct reading *r)
{
    flow_release(&r->flow);
    network_release(&r->net);
    arena_release(&r->arena);
}

static int prepare_reading(struct reading *r, const struct model *m, size_t T, size_t B,
                           struct charnn_error *e)
{
    plan_reading(r, m, T, B);
    if (arena_alloc(&r->arena, "gradients", e) < 0)
        return -1;
    plan_reading(r, m, T, B);
    if (network_init(&r->net, m, T, B, STACK_TRAIN, "activations", e) < 0 ||
        flow_init(&r->flow, &r->net.forward, e) < 0)
        return -1;
    flow_watch(&r->flow, &r->net.forward);
    return 0;
}

/* Fills the rows with sequences that begin at evenly spaced positions. */
static void fill_sequences(struct reading *r, const struct corpus *c)
{
    const size_t T = r->net.T, B = r->net.B, room = c->n - T - 1;
    for (size_t b = 0; b < B; b++) {
        const size_t first =
            B > 1 ? (size_t)((double)room * (double)b / (double)(B - 1)) : 0;
        for (size_t t = 0; t < T; t++) {
            r->ids[t * B + b] = corpus_at(c, first + t);
            r->targets[t * B + b] = corpus_at(c, first + t + 1);
        }
    }
    flow_targets(r->targets, T, B);
}

static void gradflow_forward_job(void *arg, const struct team *team)
{
    const struct reading *r = arg;
    network_forward(&r->net, r->ids, team);
}

static void gradflow_backward_job(void *arg, const struct team *team)
{
    const struct reading *r = arg;
    network_backward(&r->net, r->ids, r->targets, 1, r->gradient, team);
}

/* -------------------------------------------------------------------- measurements */

/* The mean of the forget gates; NaN if the cell has none.  Call it before the backward pass,
 * which overwrites the gates. */
static double mean_forget(const struct layer *l)
{
    if (l->cell->forget_gate < 0)
        return NAN;
    const real *gate =
        l->gates + cell_gate_plane(l->cell, (size_t)l->cell->forget_gate) * l->plane;
    double sum = 0;
    for (size_t t = 0; t < l->T; t++)
        for (size_t b = 0; b < l->B; b++)
            for (size_t j = 0; j < l->H; j++)
                sum += (double)
                    gate[t * l->gates_stride + (j / PANEL * l->B + b) * PANEL + j % PANEL];
    return sum / (double)(l->T * l->B * l->H);
}

/* The gradients of the pre-activations of step t's recurrent product:
 * [gates][H/16][B][16]. */
static const real *step_gates(const struct layer *l, size_t t)
{
    return l->gates + t * l->gates_stride + l->cell->split_gates * l->plane;
}

/* The Frobenius norm of step t's contribution to dL/dW_hh, averaged over sequences.  The
 * contribution is an outer product, so its norm is the product of the vectors' norms. */
static double step_weight_norm(const struct layer *l, size_t t)
{
    const size_t panels = l->cell->gates * l->panels;
    double sum = 0;
    for (size_t b = 0; b < l->B; b++)
        sum += flow_row(step_gates(l, t), panels, l->B, b) *
               flow_row(l->h_in + t * l->plane, l->panels, l->B, b);
    return sum / (double)l->B;
}

static void record_layer(const struct reading *r, size_t i,
                         struct charnn_gradflow_layer *to)
{
    const struct layer *l = &r->net.forward.layers[i];
    const size_t T = l->T, bytes = T * sizeof(double);
    memcpy(to->dh, r->flow.dh + i * T, bytes);
    if (to->dc)
        memcpy(to->dc, r->flow.dc + i * T, bytes);
    for (size_t k = 0; k < T; k++) {
        const size_t t = T - 1 - k;
        to->dw[k] = step_weight_norm(l, t);
        to->h[k] = flow_norm(l->h + (t + 1) * l->plane, l->panels, l->B);
        if (to->c)
            to->c[k] = flow_norm(l->c + (t + 1) * l->plane, l->panels, l->B);
    }
}

/* Element (row, column) of step t's contribution to dL/dW_hh, averaged over sequences. */
static double weight_part(const struct layer *l, size_t t, size_t row, size_t column)
{
    const size_t g = row / l->H, j = row % l->H;
    const real *a = step_gates(l, t) + g * l->plane + j / PANEL * l->B * PANEL + j % PANEL;
    const real *h = l->h_in + t * l->plane + column / PANEL * l->B * PANEL + column % PANEL;
    double sum = 0;
    for (size_t b = 0; b < l->B; b++)
        sum += (double)a[b * PANEL] * (double)h[b * PANEL];
    return sum / (double)l->B;
}

/* The root mean square of block (r, c) of step t's contribution to dL/dW_hh, which is divided
 * into rows x columns blocks. */
static double block_size(const struct layer *l, size_t t, size_t r, size_t rows, size_t c,
                         size_t columns)
{
    size_t r_lo, r_hi, c_lo, c_hi;
    double squares = 0;
    pool_share(l->cell->gates * l->H, rows, r, &r_lo, &r_hi);
    pool_share(l->H, columns, c, &c_lo, &c_hi);
    for (size_t i = r_lo; i < r_hi; i++)
        for (size_t j = c_lo; j < c_hi; j++) {
            const double x = weight_part(l, t, i, j);
            squares += x * x;
        }
    return sqrt(squares / (double)((r_hi - r_lo) * (c_hi - c_lo)));
}

static int draw_maps(const struct layer *l, struct charnn_gradflow *g)
{
    static const size_t backs[CHARNN_GRADFLOW_MAPS] = { 0, 5, 10, 20, 40 };
    const size_t rows = size_min(l->cell->gates * l->H, CHARNN_GRADFLOW_SIDE),
                 columns = size_min(l->H, CHARNN_GRADFLOW_SIDE);
    int failed = 0;
    g->map_rows = (int64_t)rows;
    g->map_columns = (int64_t)columns;
    for (; g->n_maps < CHARNN_GRADFLOW_MAPS && backs[g->n_maps] + 1 < l->T; g->n_maps++) {
        const size_t back = backs[g->n_maps];
        double *z = alloc_numbers(rows * columns, &failed);
        if (failed)
            return -1;
        for (size_t i = 0; i < rows * columns; i++)
            z[i] = block_size(l, l->T - 1 - back, i / columns, rows, i % columns, columns);
        g->maps[g->n_maps] = (struct charnn_gradflow_map){ (int64_t)back, z };
    }
    return 0;
}

static double mean_loss(const struct network *n)
{
    double sum = 0;
    for (size_t b = 0; b < n->B; b++)
        sum += (double)n->loss[(n->T - 1) * n->B + b];
    return sum / (double)n->B;
}

static int record_steps(struct reading *r, struct pool *pool, double *scratch,
                        struct charnn_gradflow *g)
{
    const struct stack *s = &r->net.forward;
    const int threads = network_team(&r->net);
    stack_reset(s);
    pool_run(pool, threads, gradflow_forward_job, r);
    for (int64_t i = 0; i < g->n_layers; i++)
        g->layers[i].forget = mean_forget(&s->layers[i]);
    pool_run(pool, threads, gradflow_backward_job, r);
    g->loss = mean_loss(&r->net);
    for (int64_t i = 0; i < g->n_layers; i++) {
        record_layer(r, (size_t)i, &g->layers[i]);
        describe_gates(s->m, (size_t)i, scratch, &g->layers[i]);
    }
    return draw_maps(&s->layers[g->n_layers - 1], g);
}

/* ---------------------------------------------------------- the whole measurement */

static int measure_sequences(const struct model *m, struct pool *pool,
                             const struct corpus *c, double *scratch,
                             struct charnn_gradflow *g, struct charnn_error *e)
{
    struct reading r = { 0 };
    int status = prepare_reading(&r, m, (size_t)g->length, (size_t)g->rows, e);
    if (status == 0) {
        fill_sequences(&r, c);
        if (alloc_layers(g, (size_t)g->length, m->cell->states == 2) < 0 ||
            record_steps(&r, pool, scratch, g) < 0)
            status = err_set(e, "out of memory for a profile of gradients");
        else if (!isfinite(g->loss))
            status = model_err_overflow(e);
    }
    release_reading(&r);
    return status;
}

/* Measures a copy of the model with W_hh scaled. */
static int measure_scaled(const struct model *m, struct pool *pool, const struct corpus *c,
                          double radius, double *scratch, struct charnn_gradflow *g,
                          struct charnn_error *e)
{
    struct model copy = *m;
    copy.arena = (struct arena){ 0 };
    if (model_alloc(&copy, e) < 0)
        return -1;
    memcpy(copy.weights, m->weights, m->set.total * sizeof *m->weights);
    scale_blocks(&copy, radius, scratch);
    model_pack_all(&copy, pool);
    const int status = measure_sequences(&copy, pool, c, scratch, g, e);
    arena_release(&copy.arena); /* without the registry, which belongs to the original */
    return status;
}

static int check_gradflow(const struct model *m, const struct corpus *c, const char *name,
                          const struct charnn_gradflow_config *config,
                          struct charnn_error *e)
{
    if (m->set.q_total)
        return err_usage(e, "gradients flow through float weights only: leave out int8");
    if (config->length < 1 || config->length > CHARNN_GRADFLOW_MAX || config->rows < 1 ||
        config->rows > CHARNN_GRADFLOW_MAX || !(config->radius >= 0) ||
        !(config->radius <= 1000))
        return err_usage(
            e, "`length` and `rows` have to be 1 to %d, the spectral radius 0 to 1000",
            CHARNN_GRADFLOW_MAX);
    if (c->n > (size_t)config->length)
        return 0;
    return err_set(e,
                   "%s: %zu characters are too few for a sequence of %lld and the next "
                   "character: give a longer text, or a shorter length",
                   name, c->n, (long long)config->length);
}

int gradflow_measure(const struct model *m, struct pool *pool, const struct corpus *c,
                     const char *name, const struct charnn_gradflow_config *config,
                     struct charnn_gradflow *out, struct charnn_error *e)
{
    *out = (struct charnn_gradflow){ 0 };
    if (check_gradflow(m, c, name, config, e) < 0)
        return -1;
    const size_t H = m->shape.size;
    double *scratch = malloc((3 * H * H + 2 * H) * sizeof *scratch);
    if (!scratch)
        return err_set(e, "out of memory for the matrices of %zu units", H);
    *out = (struct charnn_gradflow){ .cell = m->shape.cell,
                                     .size = (int64_t)H,
                                     .n_layers = (int64_t)m->shape.layers,
                                     .length = config->length,
                                     .rows = config->rows };
    const int status = config->radius > 0
                           ? measure_scaled(m, pool, c, config->radius, scratch, out, e)
                           : measure_sequences(m, pool, c, scratch, out, e);
    if (status < 0)
        charnn_gradflow_free(out);
    free(scratch);
    return status;
}
