/* stack.c - runs the layers of a stack, forward and backward. */
#include "nn/stack.h"

#include <stdlib.h>
#include <string.h>

#include "nn/embed.h"
#include "nn/flow.h"
#include "nn/phase.h"

/* ------------------------------------------------------------------------ memory */

static bool is_int8(const struct model *m)
{
    return m->set.q_total > 0;
}

static bool has_mode(const struct stack *s, enum stack_mode mode)
{
    return (s->mode & mode) == mode;
}

static void bind_layer(struct stack *s, size_t i, size_t param_layer)
{
    const struct model *m = s->m;
    struct layer *l = &s->layers[i];
    *l = (struct layer){
        .k = m->k,
        .cell = m->cell,
        .ops = m->ops,
        .T = s->T,
        .B = s->B,
        .H = m->shape.size,
        .index = param_layer,
    };
    l->w_ih = model_param(m, param_layer, W_IH);
    l->w_hh = model_param(m, param_layer, W_HH);
    l->b_ih = model_param(m, param_layer, B_IH);
    l->b_hh = model_param(m, param_layer, B_HH);
    if (m->biases) /* NULL while memory is only measured */
        l->bias = model_bias(m, param_layer);
    l->input_panels = l->w_ih->layout == PARAM_GATHER ? 0 : l->w_ih->padded_cols / PANEL;
    l->reset_id = m->reset_id;
    l->hh = model_matrix(m, l->w_hh);
    if (l->input_panels)
        l->ih = model_matrix(m, l->w_ih);
}

int stack_bind(struct stack *s, const struct model *m, size_t first_layer, size_t T,
               size_t B, enum stack_mode mode)
{
    const size_t L = m->shape.layers;
    *s = (struct stack){ .m = m, .T = T, .B = B, .mode = mode };
    s->layers = calloc(L, sizeof *s->layers);
    s->skip.up = calloc(L, sizeof *s->skip.up);
    if (!s->layers || !s->skip.up)
        return -1;
    for (size_t i = 0; i < L; i++)
        bind_layer(s, i, first_layer + i);
    return 0;
}

static void plan_training(struct stack *s, struct arena *a, size_t embedded)
{
    const size_t L = s->m->shape.layers, plane = s->layers[0].plane;
    s->dh = arena_take(a, plane, (s->T + 1) * sizeof(real));
    s->dstate = arena_take(a, plane, L * s->m->cell->states * sizeof(real));
    if (embedded)
        s->dembedded = arena_take(a, embedded, s->T * sizeof(real));
}

static void plan_skip(struct stack *s, struct arena *a)
{
    const struct layer *l = &s->layers[0];
    s->skip = (struct skip){ .kind = s->m->shape.skip,
                             .k = s->m->k,
                             .layers = s->m->shape.layers,
                             .T = s->T,
                             .B = s->B,
                             .panels = l->panels,
                             .plane = l->plane,
                             .up = s->skip.up };
    skip_plan(&s->skip, a, s->mode != STACK_FORWARD, has_mode(s, STACK_TRAIN_DROPOUT),
              is_int8(s->m));
}

static void plan_embedded(struct stack *s, struct arena *a, size_t step)
{
    s->embedded = arena_take(a, step, s->T * sizeof(real));
    if (!is_int8(s->m))
        return;
    s->embedded_q = arena_take(a, step, s->T * sizeof *s->embedded_q);
    s->embedded_absmax = arena_take(a, s->B, s->T * sizeof(real));
}

void stack_plan(struct stack *s, struct arena *a)
{
    const struct model *m = s->m;
    const size_t embedded = m->shape.embed ? s->B * padded(m->shape.embed) : 0;
    if (embedded)
        plan_embedded(s, a, embedded);
    for (size_t i = 0; i < m->shape.layers; i++)
        layer_plan(&s->layers[i], a,
                   s->mode == STACK_FORWARD && i > 0 ? &s->layers[0] : NULL);
    if (s->mode != STACK_FORWARD)
        plan_training(s, a, embedded);
    if (has_mode(s, STACK_TRAIN_WEIGHT_DROP))
        for (size_t i = 0; i < m->shape.layers; i++)
            layer_plan_drop(&s->layers[i], a);
    plan_skip(s, a);
}

void stack_release(struct stack *s)
{
    free(s->layers);
    free(s->skip.up);
    *s = (struct stack){ 0 };
}

void stack_shorten(struct stack *s, size_t T)
{
    s->T = s->skip.T = T;
    for (size_t i = 0; i < s->m->shape.layers; i++)
        s->layers[i].T = T;
}

/* ----------------------------------------------------------------------- running */

/* Outputs of layer i: [T][panels][B][16]. */
static real *outputs(const struct stack *s, size_t i)
{
    return s->layers[i].h + s->layers[i].plane;
}

/* The input of the layer above i. */
static struct dense layer_output(const struct stack *s, size_t i)
{
    const struct layer *l = &s->layers[i];
    if (!skip_is_state(&s->skip, &s->dropout, i))
        return skip_reads(&s->skip, i);
    struct dense up = { .x = outputs(s, i), .stride = l->plane };
    if (l->q) {
        up.q = l->q + l->plane;
        up.absmax = l->absmax + l->B;
    }
    return up;
}

static struct layer_input input_of(const struct stack *s, size_t i, const int32_t *ids)
{
    const struct dense embedded = { s->embedded, s->layers[0].input_panels * s->B * PANEL,
                                    s->embedded_q, s->embedded_absmax };
    return (struct layer_input){ .ids = ids,
                                 .dense = i > 0 ? layer_output(s, i - 1) : embedded };
}

static void meet(const struct team *team)
{
    team_barrier(team);
    team_mark(team, PHASE_WAIT);
}

/* Computes the output u_i of layer i, if it is not just the state. */
static void skip_layer(const struct stack *s, size_t i, const struct team *team)
{
    if (skip_is_state(&s->skip, &s->dropout, i))
        return;
    const struct dense below = i > 0 ? layer_output(s, i - 1) : (struct dense){ 0 };
    skip_forward(&s->skip, &s->dropout, i, outputs(s, i), &below, team);
    team_mark(team, PHASE_SKIP);
    meet(team);
}

static void drop_weights(const struct stack *s, const struct team *team)
{
    for (size_t i = 0; i < s->m->shape.layers; i++)
        layer_drop_weights(&s->layers[i], &s->weight_drop, s->m->weights, team);
    team_mark(team, PHASE_PACK);
}

/* Looks up the embeddings of the input, if the model has them, and applies weight drop. */
static void begin(const struct stack *s, const int32_t *ids, const struct team *team)
{
    const struct model *m = s->m;
    if (m->shape.embed)
        embed_forward(&m->set.list[0], m->k, m->weights, ids, s->T, s->B, s->embedded,
                      team);
    if (s->embedded_q)
        embed_quantize(m->k, s->embedded, panels_of(m->shape.embed), s->T, s->B,
                       s->embedded_q, s->embedded_absmax, team);
    for (size_t i = 0; i < m->shape.layers; i++)
        layer_begin(&s->layers[i], team);
    const int drops = has_mode(s, STACK_TRAIN_WEIGHT_DROP);
    if (drops)
        drop_weights(s, team);
    if (m->shape.embed || is_int8(m) || drops)
        team_barrier(team);
}

void stack_forward(const struct stack *s, const int32_t *ids, const struct team *team)
{
    const struct model *m = s->m;
    begin(s, ids, team);
    for (size_t i = 0; i < m->shape.layers; i++) {
        const struct layer_input in = input_of(s, i, ids);
        layer_forward(&s->layers[i], m->weights, &in, team);
        meet(team);
        if (team_stopped(team))
            return;
        skip_layer(s, i, team);
    }
}

struct dense stack_output(const struct stack *s)
{
    return layer_output(s, s->m->shape.layers - 1);
}

real *stack_output_gradient(const struct stack *s)
{
    return s->skip.d ? s->skip.d : s->dh + s->layers[0].plane;
}

void stack_clear_state_gradient(const struct stack *s)
{
    memset(s->dh, 0, s->layers[0].plane * sizeof *s->dh);
}

/* Saves the gradient of layer i's states before the first step, and clears it for the next
 * layer. */
static void keep_state_gradient(const struct stack *s, size_t i)
{
    const struct layer *l = &s->layers[i];
    real *to = s->dstate + i * l->cell->states * l->plane;
    memcpy(to, s->dh, l->plane * sizeof *to);
    if (l->dc)
        memcpy(to + l->plane, l->dc, l->plane * sizeof *to);
    memset(s->dh, 0, l->plane * sizeof *s->dh);
}

/* Adds the gradient of layer i's input to that of u_(i-1), which starts at zero if layer i
 * is the only reader of u_(i-1). */
static void input_back(const struct stack *s, size_t i, const struct team *team)
{
    const struct layer *l = &s->layers[i];
    const int skips = i > 0 && s->skip.d;
    real *below = i == 0 ? s->dembedded : skips ? s->skip.d : s->dh + l->plane;
    const size_t step = skips ? s->skip.stride : l->input_panels * s->B * PANEL;
    size_t lo, hi;
    team_range(team, s->T, &lo, &hi);
    if (!skips)
        memset(below + lo * step, 0, (hi - lo) * step * sizeof *below);
    layer_input_gradient(l, s->m->weights, below, step, team);
}

/* On entry dh[1..T], or skip.d with skip connections, holds the gradient of u_i; on return
 * that of u_(i-1). */
static void layer_back(const struct stack *s, size_t i, const int32_t *ids, real *g,
                       const struct team *team)
{
    const struct model *m = s->m;
    const struct layer *l = &s->layers[i];
    const struct layer_input in = input_of(s, i, ids);
    if (s->skip.d || s->dropout.p > 0) {
        skip_backward(&s->skip, &s->dropout, i, s->dh + l->plane, team);
        team_mark(team, PHASE_SKIP);
        meet(team);
    }
    layer_backward(l, m->weights, ids, s->dh, team);
    meet(team);
    if (team_stopped(team))
        return;
    if (s->flow)
        flow_see(s->flow, i, l, s->dh, team);
    if (team->id == 0)
        keep_state_gradient(s, i);
    layer_gradient(l, &s->weight_drop, g, &in, team);
    team_mark(team, PHASE_WEIGHTS);
    if (l->input_panels)
        input_back(s, i, team);
    team_mark(team, PHASE_BELOW);
    meet(team);
}

void stack_backward(const struct stack *s, const int32_t *ids, real *g,
                    const struct team *team)
{
    const struct model *m = s->m;
    for (size_t i = m->shape.layers; i-- > 0;) {
        layer_back(s, i, ids, g, team);
        if (team_stopped(team))
            return;
    }
    if (m->shape.embed)
        embed_backward(&m->set.list[0], m->k, g, ids, s->T, s->B, s->dembedded, team);
    team_mark(team, PHASE_BELOW);
    meet(team);
}

/* ------------------------------------------------------------------------- state */

void stack_reset(const struct stack *s)
{
    for (size_t i = 0; i < s->m->shape.layers; i++)
        layer_reset(&s->layers[i]);
}

void stack_carry(const struct stack *s)
{
    for (size_t i = 0; i < s->m->shape.layers; i++)
        layer_carry(&s->layers[i]);
}

static real *state_at(const struct stack *s, size_t layer, int kind, size_t b, size_t unit)
{
    const struct layer *l = &s->layers[layer];
    return (kind ? l->c : l->h) + (unit / PANEL * s->B + b) * PANEL + unit % PANEL;
}

void stack_reset_row(const struct stack *s, size_t b)
{
    for (size_t i = 0; i < s->m->shape.layers; i++)
        for (int kind = 0; kind < (int)s->m->cell->states; kind++)
            for (size_t j = 0; j < s->m->shape.size; j++)
                *state_at(s, i, kind, b, j) = 0;
}

void stack_get_state(const struct stack *s, size_t layer, int kind, float *out)
{
    for (size_t b = 0; b < s->B; b++)
        for (size_t j = 0; j < s->m->shape.size; j++)
            *out++ = (float)*state_at(s, layer, kind, b, j);
}

void stack_set_state(const struct stack *s, size_t layer, int kind, const float *in)
{
    for (size_t b = 0; b < s->B; b++)
        for (size_t j = 0; j < s->m->shape.size; j++)
            *state_at(s, layer, kind, b, j) = *in++;
}
