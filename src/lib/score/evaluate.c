/* evaluate.c - computes the losses of texts. */
#include "score/evaluate.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { STREAMS_MAX = 64, STREAM_LEAST = 1024, WARM = 256, EACH_STEPS = 64 };

size_t evaluate_streams(size_t n)
{
    size_t s = n / STREAM_LEAST;
    return s < 1 ? 1 : s > STREAMS_MAX ? STREAMS_MAX : s;
}

static int init_evaluator(struct evaluator *v, const struct model *m, size_t streams,
                          size_t steps, enum stack_mode mode, struct charnn_error *e)
{
    if (network_init(&v->net, m, steps, streams, mode, "evaluation", e) < 0)
        return -1;
    v->ids = calloc(steps * streams, sizeof *v->ids);
    v->targets = calloc(steps * streams, sizeof *v->targets);
    if (v->ids && v->targets)
        return 0;
    evaluator_release(v);
    return err_set(e, "out of memory for evaluation");
}

int evaluator_init(struct evaluator *v, const struct model *m, size_t streams, size_t steps,
                   struct pool *pool, struct charnn_error *e)
{
    *v = (struct evaluator){ .pool = pool };
    return init_evaluator(v, m, streams, steps, STACK_FORWARD, e);
}

/* Prepares one stream in chunks of at most `steps`, short enough that the head keeps all
 * logits; v->pool and v->dynamic must be set. */
static int init_one_stream(struct evaluator *v, const struct model *m, size_t steps,
                           enum stack_mode mode, struct charnn_error *e)
{
    const struct evaluator given = *v;
    if (init_evaluator(v, m, 1, steps, mode, e) < 0)
        return -1;
    const size_t block = v->net.head.block;
    if (block == v->net.T)
        return 0;
    evaluator_release(v);
    *v = given;
    return init_evaluator(v, m, 1, block, mode, e);
}

int evaluator_init_each(struct evaluator *v, const struct model *m, const struct dynamic *d,
                        struct pool *pool, struct charnn_error *e)
{
    *v = (struct evaluator){ .pool = pool, .dynamic = d };
    return d ? init_one_stream(v, &d->model, DYNAMIC_SEGMENT, STACK_TRAIN, e)
             : init_one_stream(v, m, EACH_STEPS, STACK_FORWARD, e);
}

/* Uses a training stack, because only such a stack keeps the gates of every layer. */
int evaluator_init_trace(struct evaluator *v, const struct model *m, struct pool *pool,
                         struct charnn_error *e)
{
    *v = (struct evaluator){ .pool = pool };
    return init_one_stream(v, m, EACH_STEPS, STACK_TRAIN, e);
}

void evaluator_release(struct evaluator *v)
{
    network_release(&v->net);
    free(v->ids);
    free(v->targets);
    *v = (struct evaluator){ 0 };
}

static void evaluate_job(void *arg, const struct team *team)
{
    struct evaluator *v = arg;
    network_forward(&v->net, v->ids, team);
    if (v->dynamic)
        dynamic_step(v->dynamic, &v->net, v->ids, v->targets, team);
    else
        network_loss(&v->net, v->targets, team);
}

static bool evaluator_stopped(const struct evaluator *v)
{
    return v->stop && atomic_load(v->stop);
}

double evaluator_run(struct evaluator *v)
{
    const size_t n = v->net.T * v->net.B;
    double sum = 0;
    pool_run_until(v->pool, network_team(&v->net), evaluate_job, v, v->stop);
    if (evaluator_stopped(v))
        return NAN;
    stack_carry(&v->net.forward);
    for (size_t i = 0; i < n; i++)
        sum += (double)v->net.loss[i];
    return sum;
}

/* Sets the text that a bidirectional model may read to the right of stream b's first
 * target, character at + 1; the text ends before `end`. */
static void set_right_context(struct evaluator *v, const struct corpus *c, size_t at,
                              size_t end, size_t b)
{
    const struct bidir *bidir = &v->net.bidir;
    size_t n = at + 2 < end ? end - at - 2 : 0;
    if (!v->net.reverse)
        return;
    n = n < bidir->most ? n : bidir->most;
    bidir->n[b] = (int32_t)n;
    for (size_t i = 0; i < n; i++)
        bidir->text[i * v->net.B + b] = corpus_at(c, at + 2 + i);
    if (b == v->net.B - 1)
        network_begin_reverse(&v->net);
}

/* Characters [lo, lo + n) of a corpus.  Prediction p reads character lo + p.  Every stream
 * but the first starts `warm` characters before its share of the predictions. */
struct stretch {
    const struct corpus *c;
    size_t lo, n, warm;
};

/* The index in the stretch of the prediction that a stream makes in step i.  Steps 0 to
 * warm - 1 are its warm-up; step `warm` makes prediction `first`, with which its share
 * begins.  An index outside of the stretch is replaced by the nearest one inside. */
static size_t prediction_at(const struct stretch *s, size_t first, size_t i)
{
    const size_t p = first + i < s->warm ? 0 : first + i - s->warm;
    return p < s->n - 1 ? p : s->n - 2;
}

/* Whether step i of a stream is past its warm-up and in its share [first, end) of the
 * predictions; sets *p to its prediction. */
static bool is_prediction(const struct stretch *s, size_t first, size_t end, size_t i,
                          size_t *p)
{
    *p = prediction_at(s, first, i);
    return i >= s->warm && *p >= first && first + i - s->warm < end;
}

/* Fills in the ids and targets of stream b for the chunk that begins with step i. */
static void read_stream(struct evaluator *v, const struct stretch *s, size_t i, size_t b)
{
    size_t first, end;
    pool_share(s->n - 1, v->net.B, b, &first, &end);
    for (size_t t = 0; t < v->net.T; t++) {
        const size_t at = t * v->net.B + b;
        size_t p;
        const bool counts = is_prediction(s, first, end, i + t, &p);
        v->ids[at] = corpus_at(s->c, s->lo + p);
        v->targets[at] = counts ? corpus_at(s->c, s->lo + p + 1) : -1;
    }
    set_right_context(v, s->c, s->lo + prediction_at(s, first, i), s->lo + s->n, b);
}

/* Stores the losses of the chunk that begins with step i. */
static void keep_stretch(const struct evaluator *v, const struct stretch *s, size_t i)
{
    const size_t B = v->net.B;
    for (size_t b = 0; v->kept && b < B; b++) {
        size_t first, end, p;
        pool_share(s->n - 1, B, b, &first, &end);
        for (size_t t = 0; t < v->net.T; t++)
            if (is_prediction(s, first, end, i + t, &p))
                v->kept[p] = (float)v->net.loss[t * B + b];
    }
}

double evaluate_stretch(struct evaluator *v, const struct corpus *c, size_t lo, size_t hi)
{
    const size_t T = v->net.T, B = v->net.B;
    const struct stretch s = { c, lo, hi - lo, B > 1 ? (WARM + T - 1) / T * T : 0 };
    size_t first, longest; /* of the shares of the streams */
    double sum = 0;
    pool_share(s.n - 1, B, 0, &first, &longest);
    stack_reset(&v->net.forward);
    for (size_t i = 0; i < s.warm + longest; i += T) {
        if (evaluator_stopped(v))
            return NAN;
        for (size_t b = 0; b < B; b++)
            read_stream(v, &s, i, b);
        if (i == s.warm)
            stack_reset_row(&v->net.forward, 0);
        sum += evaluator_run(v);
        keep_stretch(v, &s, i);
    }
    return sum / (double)(s.n - 1);
}

double evaluate_windows(struct evaluator *v, const struct corpus *c, size_t lo, size_t hi)
{
    const size_t T = v->net.T, B = v->net.B, last = hi - 1;
    double sum = 0;
    for (size_t first = lo; first < last; first += B * T) {
        for (size_t t = 0; t < T; t++)
            for (size_t b = 0; b < B; b++) {
                const size_t at = first + b * T + t, in = at < last ? at : last;
                v->ids[t * B + b] = corpus_at(c, in);
                v->targets[t * B + b] = at < last ? corpus_at(c, at + 1) : -1;
            }
        stack_reset(&v->net.forward);
        sum += evaluator_run(v);
        for (size_t b = 0; v->kept && b < B; b++)
            for (size_t t = 0; t < T && first + b * T + t < last; t++)
                v->kept[first - lo + b * T + t] = (float)v->net.loss[t * B + b];
    }
    return sum / (double)(hi - lo - 1);
}

/* ------------------------------------------------------- one prediction after another */

double evaluator_loss(const struct evaluator *v, size_t t)
{
    return (double)v->net.loss[t];
}

/* The head has replaced the logits by softmax - onehot(target).  With one row, the panels of
 * the logits are contiguous. */
double evaluator_probability(const struct evaluator *v, size_t t, int id)
{
    const struct head *h = &v->net.head;
    assert(h->block == v->net.T && v->net.B == 1);
    return id == v->targets[t] ? exp(-evaluator_loss(v, t))
                               : (double)h->logits[t * padded(h->V) + (size_t)id];
}

/* Like evaluator_run, but the next chunk is this one again, continued: the state and the
 * weights do not change. */
static void evaluator_preview(struct evaluator *v)
{
    const struct dynamic *dynamic = v->dynamic;
    v->dynamic = NULL;
    pool_run_until(v->pool, network_team(&v->net), evaluate_job, v, v->stop);
    v->dynamic = dynamic;
}

/* Reads characters [from, end) of a chunk, whose targets are one further on; `full`: another
 * chunk follows. */
static void read_chunk(struct evaluator *v, const struct corpus *c, size_t from, size_t end,
                       bool full)
{
    for (size_t t = 0; t < v->net.T; t++) {
        const size_t at = from + t;
        v->ids[t] = corpus_at(c, at < end ? at : end);
        v->targets[t] = at < end ? corpus_at(c, at + 1) : -1;
    }
    if (full)
        evaluator_run(v);
    else
        evaluator_preview(v);
}

static void emit_chunk(struct evaluator *v, size_t from, size_t end, struct evaluation *x)
{
    for (size_t at = x->lo + x->n; at < end && !x->stopped; at++) {
        x->nats += evaluator_loss(v, at - from);
        x->n++;
        x->stopped = x->emit(x->arg, v, at + 1, at - from) != 0;
    }
}

void evaluate_more(struct evaluator *v, const struct corpus *c, size_t hi,
                   struct evaluation *x)
{
    const size_t T = v->net.T;
    while (x->lo + x->n + 1 < hi && !x->stopped) {
        const size_t in_window = x->window ? x->n % x->window : x->n;
        const size_t from = x->lo + x->n - in_window % T;
        size_t full = from + T; /* the end of the chunk, once there is enough text */
        if (x->window)
            full = size_min(full, x->lo + x->n - in_window + x->window);
        if (in_window == 0)
            stack_reset(&v->net.forward);
        const size_t end = size_min(full, hi - 1);
        set_right_context(v, c, from, hi, 0);
        read_chunk(v, c, from, end, end == full);
        emit_chunk(v, from, end, x);
    }
}

double evaluate_each(struct evaluator *v, const struct corpus *c, size_t lo, size_t hi,
                     size_t window, prediction_fn *emit, void *arg)
{
    struct evaluation x = { .lo = lo, .window = window, .emit = emit, .arg = arg };
    evaluate_more(v, c, hi, &x);
    return x.nats / (double)x.n;
}

double evaluate_chunks(struct evaluator *v, const struct corpus *c,
                       const struct batch_plan *p)
{
    double sum = 0;
    stack_reset(&v->net.forward);
    for (size_t k = 0; k < p->valid_chunks; k++) {
        const struct bidir *bidir = &v->net.bidir;
        if (evaluator_stopped(v))
            return NAN;
        batch_valid(p, c, k, v->ids, v->targets);
        if (v->net.reverse) {
            const struct batch_chunk chunk = batch_valid_chunk(p, k);
            batch_right(p, c, &chunk, bidir->most, bidir->text, bidir->n);
            network_begin_reverse(&v->net);
        }
        sum += evaluator_run(v);
        for (size_t b = 0; v->kept && b < p->B; b++)
            for (size_t t = 0; t < p->T; t++)
                v->kept[(b * p->valid_chunks + k) * p->T + t] =
                    (float)v->net.loss[t * p->B + b];
    }
    return sum / ((double)p->valid_chunks * (double)(p->B * p->T));
}
