/* model.c - registers the parameters, and allocates the weights. */
#include "nn/model.h"

#include <stdio.h>
#include <string.h>

#include "charnn.h"

/* The number of states that are concatenated in the output of the first `layers` layers. */
static size_t states_above(const struct model_shape *s, size_t layers)
{
    return s->skip == CHARNN_SKIP_DENSE ? layers : 1;
}

/* Adds a parameter of a layer, named as in PyTorch, with a row for each unit of each
 * gate. */
static void add_to_layer(struct model *m, size_t layer, const char *what, struct param p)
{
    const size_t L = m->shape.layers;
    snprintf(p.name, sizeof p.name, "%s.%s_l%zu", layer < L ? "rnn" : "back", what,
             layer % L);
    p.gates = m->cell->gates;
    p.rows = p.gates * m->shape.size;
    param_add(&m->set, &p);
}

static void add_layer(struct model *m, size_t layer, enum param_layout matrix)
{
    const struct model_shape *s = &m->shape;
    const size_t shift = m->cell->gate_shift;
    struct param input = { .dims = 2, .gate_shift = shift, .layout = matrix };
    struct param state = { .cols = s->size, .dims = 2, .layout = matrix };
    struct param bias = { .cols = 1, .dims = 1, .layout = PARAM_GATHER };
    if (layer % s->layers > 0) {
        input.concat = states_above(s, layer);
        input.cols = input.concat * s->size;
    } else if (s->embed) {
        input.cols = s->embed;
    } else {
        input.cols = s->symbols;
        input.layout = PARAM_GATHER;
    }
    add_to_layer(m, layer, "weight_ih", input);
    add_to_layer(m, layer, "weight_hh", state);
    bias.gate_shift = shift;
    add_to_layer(m, layer, "bias_ih", bias);
    bias.gate_shift = 0;
    add_to_layer(m, layer, "bias_hh", bias);
}

static void add_params(struct model *m, enum param_layout matrix)
{
    const struct model_shape *s = &m->shape;
    const size_t V = s->symbols, E = s->embed;
    const size_t tops = s->bidirectional ? 2 : states_above(s, s->layers);
    struct param table = { "embed.weight", .rows = V, .cols = E, .dims = 2,
                           .layout = PARAM_ROWS };
    struct param head = { "head.weight", .rows = V, .dims = 2, .concat = tops,
                          .layout = matrix };
    struct param bias = { "head.bias", .rows = V, .cols = 1, .dims = 1,
                          .layout = PARAM_GATHER };
    head.cols = tops * s->size;
    if (E)
        param_add(&m->set, &table);
    m->first_layer = m->set.n;
    for (size_t l = 0; l < model_layers(m); l++)
        add_layer(m, l, matrix);
    m->head = param_add(&m->set, &head);
    param_add(&m->set, &bias);
}

static int init(struct model *m, const struct model_shape *shape, enum isa isa,
                enum param_layout matrix, struct charnn_error *e)
{
    *m = (struct model){ .shape = *shape, .k = kernels_of(isa), .reset_id = -1 };
    m->cell = &cell_kinds[shape->cell];
    m->ops = cell_ops(shape->cell, shape->activation, isa);
    add_params(m, matrix);
    if (!m->set.failed)
        return 0;
    param_release(&m->set);
    const double H = (double)shape->size, weights = (double)m->cell->gates * 2 * H * H;
    return err_set(e, "%zu layers of %zu units need about %.0f TiB for the weights alone",
                   shape->layers, shape->size,
                   weights * (double)shape->layers * sizeof(real) / 0x1p40);
}

int model_init(struct model *m, const struct model_shape *shape, enum isa isa,
               struct charnn_error *e)
{
    return init(m, shape, isa, PARAM_COLUMNS, e);
}

int model_init_int8(struct model *m, const struct model_shape *shape, enum isa isa,
                    struct charnn_error *e)
{
    return init(m, shape, isa, PARAM_INT8, e);
}

static size_t bias_size(const struct model *m)
{
    return (m->cell->gates + m->cell->split_gates) * padded(m->shape.size);
}

void model_plan(struct model *m, struct arena *a)
{
    m->weights = arena_take(a, m->set.total, sizeof(real));
    m->packed = arena_take(a, m->set.packed_total, sizeof(real));
    m->q = arena_take(a, m->set.q_total, sizeof *m->q);
    m->scales = arena_take(a, m->set.scale_total, sizeof(real));
    m->biases = arena_take(a, bias_size(m), model_layers(m) * sizeof(real));
}

int model_alloc(struct model *m, struct charnn_error *e)
{
    model_plan(m, &m->arena);
    if (arena_alloc(&m->arena, "the weights", e) < 0)
        return -1;
    model_plan(m, &m->arena);
    return 0;
}

void model_release(struct model *m)
{
    arena_release(&m->arena);
    param_release(&m->set);
}

void model_import(const struct model *m, size_t i, const float *row_major)
{
    const struct param *p = &m->set.list[i];
    if (p->layout == PARAM_INT8)
        param_quantize(p, m->q, m->scales, row_major);
    else
        param_import(p, m->weights, row_major);
}

size_t model_layers(const struct model *m)
{
    return m->shape.layers * (m->shape.bidirectional ? 2 : 1);
}

const struct param *model_param(const struct model *m, size_t layer, int which)
{
    return &m->set.list[m->first_layer + LAYER_PARAMS * layer + (size_t)which];
}

struct matrix model_matrix(const struct model *m, const struct param *p)
{
    struct matrix w = { .k = p->k, .panels = p->padded_cols / PANEL };
    if (p->layout == PARAM_INT8 && m->q) {
        w.q = m->q + p->packed_offset;
        w.scale = m->scales + p->scale_offset;
    } else if (m->packed) {
        w.packed = m->packed + p->packed_offset;
    }
    return w;
}

size_t model_count(const struct model *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->set.n; i++)
        n += m->set.list[i].rows * m->set.list[i].cols;
    return n;
}

const real *model_bias(const struct model *m, size_t layer)
{
    return m->biases + layer * bias_size(m);
}

static void add_biases(const struct model *m, size_t layer)
{
    const size_t width = padded(m->shape.size), G = m->cell->gates * width;
    const size_t split = m->cell->split_gates * width, n = bias_size(m);
    const real *bi = m->weights + model_param(m, layer, B_IH)->offset;
    const real *bh = m->weights + model_param(m, layer, B_HH)->offset;
    real *sum = m->biases + layer * n;
    for (size_t i = 0; i < n; i++)
        sum[i] = (i < G ? bi[i] : 0) + (i >= split ? bh[i - split] : 0);
}

void model_pack(const struct model *m, const struct team *team)
{
    size_t lo, hi;
    param_pack(&m->set, m->weights, m->packed, team);
    team_range(team, model_layers(m), &lo, &hi);
    for (size_t l = lo; l < hi; l++)
        add_biases(m, l);
}

static void model_pack_job(void *arg, const struct team *team)
{
    model_pack(arg, team);
}

void model_pack_all(struct model *m, struct pool *pool)
{
    pool_run(pool, POOL_ALL, model_pack_job, m);
}

int model_err_overflow(struct charnn_error *e)
{
    return err_set(e, "the model's logits are not finite: its weights are too large");
}
