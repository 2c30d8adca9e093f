/*
 * trace.c - reads a text in short chunks and copies the layers' activations at each step from
 * panels of `real` to plain rows of float.
 */
#include "inspect/trace.h"

#include <stdlib.h>

#include "score/scoring.h"

struct charnn_shape trace_shape(const struct model *m)
{
    const bool gated = m->cell->gates > 1; /* the only gate of an RNN is the state itself */
    return (struct charnn_shape){
        .cell = m->shape.cell,
        .layers = m->shape.layers,
        .size = m->shape.size,
        .gates = gated ? m->cell->gates : 0,
        .letters = gated ? m->cell->letters : "",
        .tanh_gates = gated ? m->cell->tanh_gates : "",
        .has_c = m->cell->states == 2,
    };
}

struct tracer {
    struct evaluator v;
    struct charnn_shape shape;
    const struct corpus *corpus;
    const struct charnn_trace_config *config;
    float *h, *c, *gates; /* of one step, in the order of struct charnn_trace_step */
    charnn_trace_fn *each;
    void *arg;
};

static void copy_values(float *to, const real *from, size_t n)
{
    for (size_t j = 0; j < n; j++)
        to[j] = (float)from[j];
}

/* With one row, panels are contiguous, so unit j of a gate or state is at [j]. */
static void copy_layer(const struct tracer *r, size_t i, size_t t)
{
    const struct layer *l = &r->v.net.forward.layers[i];
    const size_t H = r->shape.size, G = r->shape.gates;
    copy_values(r->h + i * H, l->h + (t + 1) * l->plane, H);
    if (r->c)
        copy_values(r->c + i * H, l->c + (t + 1) * l->plane, H);
    for (size_t g = 0; g < G; g++)
        copy_values(r->gates + (i * G + g) * H,
                    l->gates + t * l->gates_stride + cell_gate_plane(l->cell, g) * l->plane,
                    H);
}

/* Those before the first character are put after it. */
static int64_t line_ends_after(const struct corpus *c, size_t at)
{
    const size_t before = at > 0 ? corpus_line_of(c, at + 1) : 0;
    return (int64_t)(corpus_line_of(c, at + 2) - before);
}

/* Reports step t of the chunk, which read character `at`; predicting that character had a
 * loss of `nats`. */
static int emit_step(const struct tracer *r, size_t at, size_t t, double nats)
{
    struct charnn_alternative next[CHARNN_ALTERNATIVES_MAX];
    const struct vocab *vocab = &r->corpus->vocab;
    const int id = corpus_at(r->corpus, at);
    struct charnn_trace_step s = {
        .at = (int64_t)at,
        .separator = id == r->v.net.m->reset_id,
        .line_ends = line_ends_after(r->corpus, at),
        .nats = nats,
        .h = r->h,
        .c = r->c,
        .gates = r->gates,
        .next = next,
    };
    for (size_t i = 0; i < r->shape.layers; i++)
        copy_layer(r, i, t);
    s.length = vocab_decode(vocab, id, s.text);
    s.n_next = scoring_likeliest(&r->v, t, vocab, -1, (int)r->config->next, next);
    return r->each(&s, r->arg);
}

/* Returns how many characters were emitted.  The target of the last character is arbitrary,
 * because only the probabilities are used. */
static size_t trace_corpus(struct tracer *r, size_t n)
{
    const struct corpus *c = r->corpus;
    const size_t T = r->v.net.T;
    double nats = 0;
    stack_reset(&r->v.net.forward);
    for (size_t from = 0; from < n; from += T) {
        for (size_t t = 0; t < T; t++) {
            const size_t at = from + t;
            r->v.ids[t] = at < n ? corpus_at(c, at) : 0;
            r->v.targets[t] = at + 1 < n ? corpus_at(c, at + 1) : 0;
        }
        evaluator_run(&r->v);
        for (size_t t = 0; t < T && from + t < n; t++) {
            if (emit_step(r, from + t, t, nats))
                return from + t + 1;
            nats = evaluator_loss(&r->v, t);
        }
    }
    return n;
}

static void release_trace(struct tracer *r)
{
    evaluator_release(&r->v);
    free(r->h);
    free(r->c);
    free(r->gates);
}

static int init_trace(struct tracer *r, const struct model *m, struct pool *pool,
                      struct charnn_error *e)
{
    const size_t states = r->shape.layers * r->shape.size;
    if (evaluator_init_trace(&r->v, m, pool, e) < 0)
        return -1;
    r->h = calloc(states, sizeof *r->h);
    r->c = r->shape.has_c ? calloc(states, sizeof *r->c) : NULL;
    r->gates = r->shape.gates ? calloc(states, r->shape.gates * sizeof *r->gates) : NULL;
    if (r->h && !r->shape.has_c == !r->c && !r->shape.gates == !r->gates)
        return 0;
    release_trace(r);
    return err_set(e, "out of memory for a trace");
}

int trace_text(const struct model *m, struct pool *pool, const struct corpus *corpus,
               const struct charnn_trace_config *config, charnn_trace_fn *each, void *arg,
               struct charnn_traced *traced, struct charnn_error *e)
{
    struct tracer r = { .shape = trace_shape(m),
                        .corpus = corpus,
                        .config = config,
                        .each = each,
                        .arg = arg };
    const size_t limit = (size_t)config->limit, n = corpus->n < limit ? corpus->n : limit;
    if (init_trace(&r, m, pool, e) < 0)
        return -1;
    *traced = (struct charnn_traced){ .unknown = corpus->unknown };
    traced->chars = (int64_t)trace_corpus(&r, n);
    traced->left_out = (int64_t)corpus->n - traced->chars;
    release_trace(&r);
    return 0;
}
