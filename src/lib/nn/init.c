/*
 * init.c - initial weights: xavier (Glorot and Bengio 2010), orthogonal (Saxe et al. 2014),
 * identity (Le et al. 2015).  Parameters are drawn one after the other, row by row, so a
 * seed gives the same weights for any layout in memory.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "nn/model.h"

enum how { HOW_UNIFORM, HOW_XAVIER, HOW_ORTHOGONAL, HOW_IDENTITY, HOW_UNKNOWN };
static const char *const how_names[] = { "auto", "xavier", "orthogonal", "identity" };

/* Sets *range to R of "uniform:R", or to 0 for "auto". */
static enum how parse_init(const char *how, double *range)
{
    char *end;
    *range = 0;
    for (enum how h = HOW_UNIFORM; h < HOW_UNKNOWN; h++)
        if (!strcmp(how, how_names[h]))
            return h;
    if (strncmp(how, "uniform:", 8) != 0)
        return HOW_UNKNOWN;
    *range = number_parse(how + 8, &end);
    return end > how + 8 && !*end && *range > 0 && *range <= 10 ? HOW_UNIFORM : HOW_UNKNOWN;
}

int model_check_init(const char *how, int cell, struct charnn_error *e)
{
    double range;
    enum how h = parse_init(how, &range);
    if (h == HOW_UNKNOWN)
        return err_usage(e,
                         "`init` %s: expected auto, uniform:R with 0 < R <= 10, xavier, "
                         "orthogonal or identity",
                         how);
    if (h == HOW_IDENTITY && cell_kinds[cell].gates > 1)
        return err_usage(e, "`init` identity works only with `cell` rnn");
    return 0;
}

static void draw_uniform(float *w, size_t n, double range, struct rng *rng)
{
    for (size_t i = 0; i < n; i++)
        w[i] = (float)((2 * rng_uniform(rng) - 1) * range);
}

/* A random normal n x n matrix, its rows orthonormalised (modified Gram-Schmidt). */
static void draw_orthogonal(float *q, size_t n, struct rng *rng)
{
    for (size_t i = 0; i < n * n; i++)
        q[i] = (float)rng_normal(rng);
    for (size_t i = 0; i < n; i++) {
        float *row = q + i * n;
        for (size_t j = 0; j <= i; j++) {
            const float *other = q + j * n;
            double dot = 0;
            for (size_t k = 0; k < n; k++)
                dot += (double)row[k] * (double)other[k];
            const float f = j < i ? (float)dot : 1 - 1 / (float)sqrt(dot);
            for (size_t k = 0; k < n; k++)
                row[k] -= f * other[k];
        }
    }
}

static void draw_identity(float *w, size_t n)
{
    memset(w, 0, n * n * sizeof *w);
    for (size_t i = 0; i < n; i++)
        w[i * n + i] = 1;
}

/* Initialises one parameter, row-major.  Matrices are filled by `how`, W_hh gate by gate;
 * vectors are random only for "auto" and "uniform:R". */
static void draw_param(const struct model *m, const struct param *p, enum how how,
                       double range, float *w, struct rng *rng)
{
    const int recurrent = strstr(p->name, "weight_hh") != NULL;
    const size_t n = p->rows * p->cols;
    const double fan = (double)(p->rows / p->gates) + (double)p->cols;
    if (range == 0 && !strcmp(p->name, "embed.weight"))
        draw_uniform(w, n, sqrt(3.0 / (double)p->cols), rng);
    else if (how == HOW_UNIFORM)
        draw_uniform(w, n, range ? range : 1 / sqrt((double)m->shape.size), rng);
    else if (p->dims == 1)
        memset(w, 0, n * sizeof *w);
    else if (recurrent && how == HOW_IDENTITY)
        draw_identity(w, p->cols);
    else if (recurrent && how == HOW_ORTHOGONAL)
        for (size_t g = 0; g < p->gates; g++)
            draw_orthogonal(w + g * p->cols * p->cols, p->cols, rng);
    else
        draw_uniform(w, n, sqrt(6 / fan), rng);
}

/* Sets b_ih of the forget gates; b_hh stays as drawn.  With a large bias the gates are open
 * when training begins (the bias is 1 in Jozefowicz et al. 2015). */
static void set_forget_gates(const struct model *m, double bias)
{
    const size_t H = m->shape.size;
    if (m->cell->forget_gate < 0)
        return;
    for (size_t l = 0; l < model_layers(m); l++) {
        const struct param *b = model_param(m, l, B_IH);
        for (size_t i = 0; i < H; i++)
            m->weights[param_at(b, (size_t)m->cell->forget_gate * H + i, 0)] = (real)bias;
    }
}

/* The number of elements of the largest parameter. */
static size_t largest_param(const struct param_set *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].rows * s->list[i].cols > n)
            n = s->list[i].rows * s->list[i].cols;
    return n;
}

int model_init_weights(struct model *m, const struct weight_init *start, struct rng *rng,
                       struct charnn_error *e)
{
    double range;
    if (model_check_init(start->how, m->shape.cell, e) < 0)
        return -1;
    enum how h = parse_init(start->how, &range);
    float *w = malloc(largest_param(&m->set) * sizeof *w);
    if (!w)
        return err_set(e, "out of memory while drawing the weights");
    for (size_t i = 0; i < m->set.n; i++) {
        const struct param *p = &m->set.list[i];
        const int one_hot = p->dims == 2 && p->layout == PARAM_GATHER;
        if (one_hot && start->input_range > 0)
            draw_uniform(w, p->rows * p->cols, start->input_range, rng);
        else
            draw_param(m, p, h, range, w, rng);
        param_import(p, m->weights, w);
    }
    free(w);
    set_forget_gates(m, start->forget_bias);
    return 0;
}
