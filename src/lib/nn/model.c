/* model.c - registering parameters; memory for the weights. */
#include "nn/model.h"

#include <stdio.h>
#include <string.h>

#include "charnn.h"

/* What PyTorch calls a parameter of a layer. */
static void name_param(char name[PARAM_NAME], const struct model *m, size_t layer,
                       const char *what)
{
    const size_t L = m->shape.layers;
    snprintf(name, PARAM_NAME, "%s.%s_l%zu", layer < L ? "rnn" : "back", what, layer % L);
}

static void add(struct model *m, size_t layer, const char *what, size_t rows, size_t cols,
                int dims, enum param_layout layout, size_t gate_shift)
{
    char name[PARAM_NAME];
    name_param(name, m, layer, what);
    param_add(&m->set, name, rows, cols, dims, layout, m->cell->gates, gate_shift);
}

/* How many layers' states lie beside each other above so many layers. */
static size_t concat(const struct model_shape *s, size_t layers)
{
    return s->skip == CHARNN_SKIP_DENSE ? layers : 1;
}

/* Weights of the input: of symbols, of their vectors, or of what goes up from below. */
static void add_input(struct model *m, size_t layer, size_t rows, enum param_layout matrix)
{
    const struct model_shape *s = &m->shape;
    char name[PARAM_NAME];
    if (layer % s->layers == 0) {
        add(m, layer, "weight_ih", rows, s->embed ? s->embed : s->symbols, 2,
            s->embed ? matrix : PARAM_GATHER, m->cell->gate_shift);
        return;
    }
    name_param(name, m, layer, "weight_ih");
    param_add_concat(&m->set, name, rows, s->size, concat(s, layer), matrix, m->cell->gates,
                     m->cell->gate_shift);
}

static void add_layer(struct model *m, size_t layer, enum param_layout matrix)
{
    const struct model_shape *s = &m->shape;
    const size_t rows = m->cell->gates * s->size, gate_shift = m->cell->gate_shift;
    add_input(m, layer, rows, matrix);
    add(m, layer, "weight_hh", rows, s->size, 2, matrix, 0);
    add(m, layer, "bias_ih", rows, 1, 1, PARAM_GATHER, gate_shift);
    add(m, layer, "bias_hh", rows, 1, 1, PARAM_GATHER, 0);
}

static void add_params(struct model *m, enum param_layout matrix)
{
    const struct model_shape *s = &m->shape;
    if (s->embed)
        param_add(&m->set, "embed.weight", s->symbols, s->embed, 2, PARAM_ROWS, 1, 0);
    m->first_layer = m->set.n;
    for (size_t l = 0; l < model_layers(m); l++)
        add_layer(m, l, matrix);
    m->head = param_add_concat(&m->set, "head.weight", s->symbols, s->size,
                               s->bidirectional ? 2 : concat(s, s->layers), matrix, 1, 0);
    param_add(&m->set, "head.bias", s->symbols, 1, 1, PARAM_GATHER, 1, 0);
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
    return err_set(e, "%zu layers of %zu units need some %.0f TiB for the weights alone",
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
    arena_large_pages(&m->arena);
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
    const size_t apart = m->cell->split_gates * width, n = bias_size(m);
    const real *bi = m->weights + model_param(m, layer, B_IH)->offset;
    const real *bh = m->weights + model_param(m, layer, B_HH)->offset;
    real *sum = m->biases + layer * n;
    for (size_t i = 0; i < n; i++)
        sum[i] = (i < G ? bi[i] : 0) + (i >= apart ? bh[i - apart] : 0);
}

void model_pack(const struct model *m, const struct team *team)
{
    size_t lo, hi;
    param_pack(&m->set, m->weights, m->packed, team);
    team_range(team, model_layers(m), &lo, &hi);
    for (size_t l = lo; l < hi; l++)
        add_biases(m, l);
}
