/* scoring.c - turns losses into scores and predictions. */
#include "score/scoring.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "score/mixed.h"

enum { STEPS = 64, SIDE_BY_SIDE = 16384 };

/* ---------------------------------------------------------------- one prediction */

static bool is_likelier_symbol(const void *a, const void *b)
{
    const struct charnn_alternative *x = a, *y = b;
    return x->probability > y->probability;
}

int scoring_likeliest(const struct evaluator *v, size_t t, const struct vocab *vocab,
                      int came, int most, struct charnn_alternative *out)
{
    size_t n = 0;
    if (most == 0)
        return 0;
    for (int id = 0; id < (int)vocab->size; id++) {
        struct charnn_alternative x = { .probability = evaluator_probability(v, t, id) };
        if (id == came || (n == (size_t)most && !is_likelier_symbol(&x, &out[n - 1])))
            continue;
        x.length = vocab_decode(vocab, id, x.text);
        n = array_insert(out, n, (size_t)most, sizeof x, &x, is_likelier_symbol);
    }
    return (int)n;
}

static struct charnn_prediction describe_character(const struct scoring *s, size_t at)
{
    const int id = corpus_at(s->corpus, at);
    struct charnn_prediction p = { .separator = id == s->model->reset_id };
    p.length = vocab_decode(&s->corpus->vocab, id, p.text);
    return p;
}

/* Passes predictions and, if they are asked for, ends of lines to `each`. */
struct emitter {
    const struct scoring *s;
    size_t line;  /* number of the next line to end */
    int64_t n;    /* predictions */
    bool stopped; /* `each` asked to stop */
};

static struct emitter emitter_at(const struct scoring *s, size_t lo)
{
    return (struct emitter){ .s = s, .line = lo ? corpus_line_of(s->corpus, lo + 1) : 0 };
}

static int emit(struct emitter *m, const struct charnn_prediction *p)
{
    m->stopped = m->stopped || m->s->each(p, m->s->arg) != 0;
    return m->stopped;
}

/* Passes on the ends of lines that come before character `at`. */
static int emit_line_ends(struct emitter *m, size_t at)
{
    static const struct charnn_prediction end = { .line_end = 1 };
    const struct corpus *c = m->s->corpus;
    while (!m->stopped && m->line < c->n_lines && c->line_ends[m->line] <= at) {
        emit(m, &end);
        m->line++;
    }
    return m->stopped;
}

/* Documents that are shuffled have no lines of a text; theirs end where a character says so. */
static int emit_own_line_end(struct emitter *m, const struct charnn_prediction *p)
{
    static const struct charnn_prediction end = { .line_end = 1 };
    const bool newline = p->separator || (p->length == 1 && p->text[0] == '\n');
    const bool ends = newline && !p->given;
    return m->s->config->lines && !m->s->corpus->line_ends && ends ? emit(m, &end)
                                                                   : m->stopped;
}

static int emit_character(struct emitter *m, size_t at, const struct charnn_prediction *p)
{
    return emit_line_ends(m, at) || emit(m, p) || emit_own_line_end(m, p);
}

static int emit_prediction(void *arg, const struct evaluator *v, size_t at, size_t t)
{
    struct emitter *m = arg;
    struct charnn_alternative alternatives[CHARNN_ALTERNATIVES_MAX];
    m->n++;
    if (!m->s->each)
        return 0;
    struct charnn_prediction p = describe_character(m->s, at);
    p.nats = evaluator_loss(v, t);
    p.alternatives = alternatives;
    p.n_alternatives =
        scoring_likeliest(v, t, &m->s->corpus->vocab, corpus_at(m->s->corpus, at),
                          (int)m->s->config->alternatives, alternatives);
    return isfinite(p.nats) ? emit_character(m, at, &p) : 1; /* if not finite, check_finite
                                                              * reports it */
}

static int emit_given(struct emitter *m, size_t at)
{
    struct charnn_prediction p = describe_character(m->s, at);
    p.given = 1;
    return m->s->each ? emit_character(m, at, &p) : 0;
}

/* ------------------------------------------------------------------ a stretch */

static int64_t count_bytes(const struct corpus *c, size_t lo, size_t hi)
{
    int64_t n = 0;
    char text[4];
    for (size_t i = lo; i < hi; i++)
        n += vocab_decode(&c->vocab, corpus_at(c, i), text);
    return n;
}

/* Scores without `each`, so windows can be read in parallel. */
static int score_silently(const struct scoring *s, size_t lo, size_t hi,
                          struct charnn_score *score, struct charnn_error *e)
{
    const size_t window = (size_t)s->config->window;
    const size_t streams = window && window < SIDE_BY_SIDE ? SIDE_BY_SIDE / window : 1;
    struct evaluator v;
    if (evaluator_init(&v, s->model, streams, window ? window : STEPS, s->pool, e) < 0)
        return -1;
    score->nats_per_char = window ? evaluate_windows(&v, s->corpus, lo, hi)
                                  : evaluate_stretch(&v, s->corpus, lo, hi);
    score->chars = (int64_t)(hi - lo - 1);
    evaluator_release(&v);
    return 0;
}

static int score_each(const struct scoring *s, const struct dynamic *d, size_t lo,
                      size_t hi, struct charnn_score *score, struct charnn_error *e)
{
    struct emitter m = emitter_at(s, lo);
    struct evaluator v;
    if (evaluator_init_each(&v, s->model, d, s->pool, e) < 0)
        return -1;
    if (emit_given(&m, lo) == 0)
        score->nats_per_char =
            evaluate_each(&v, s->corpus, lo, hi, (size_t)s->config->window, emit_prediction,
                          &m);
    emit_line_ends(&m, lo + 1 + (size_t)m.n);
    score->chars = m.n;
    evaluator_release(&v);
    return 0;
}

static int score_dynamic(const struct scoring *s, size_t lo, size_t hi,
                         struct charnn_score *score, struct charnn_error *e)
{
    struct dynamic d;
    if (dynamic_init(&d, s->model, s->config->dynamic_rate, s->config->dynamic_decay, e) <
        0)
        return -1;
    const int status = score_each(s, &d, lo, hi, score, e);
    dynamic_release(&d);
    return status;
}

/* ------------------------------------------------------------------- a stream */

/* Scores what a pipe gives, as it comes. */
static int score_lines(const struct scoring *s, const struct dynamic *d,
                       struct line_stream *in, struct charnn_score *score,
                       struct charnn_error *e)
{
    struct emitter m = emitter_at(s, 0);
    struct evaluation x = { .window = (size_t)s->config->window,
                            .emit = emit_prediction,
                            .arg = &m };
    struct evaluator v;
    size_t heard = 0; /* characters */
    int got = 1;
    if (evaluator_init_each(&v, s->model, d, s->pool, e) < 0)
        return -1;
    while (!m.stopped && (got = line_stream_next(in, e)) > 0) {
        if (heard == 0 && in->corpus.n > 0)
            emit_given(&m, 0);
        heard = in->corpus.n;
        evaluate_more(&v, &in->corpus, heard, &x);
        emit_line_ends(&m, heard);
    }
    score->nats_per_char = x.nats / (double)x.n;
    score->chars = m.n;
    evaluator_release(&v);
    return got < 0 ? -1 : 0;
}

static int score_lines_dynamic(const struct scoring *s, struct line_stream *in,
                               struct charnn_score *score, struct charnn_error *e)
{
    struct dynamic d;
    if (dynamic_init(&d, s->model, s->config->dynamic_rate, s->config->dynamic_decay, e) <
        0)
        return -1;
    const int status = score_lines(s, &d, in, score, e);
    dynamic_release(&d);
    return status;
}

/* --------------------------------------------------------------------- a mixture */

static bool is_mixture(const struct mixture *m)
{
    return m->n_others > 0 || m->ngrams;
}

/* Passes on the loss of each prediction in characters [lo, lo + n]; a mixture gives no
 * alternatives.  Returns the mean loss of the predictions that were passed on. */
static double emit_losses(const struct scoring *s, size_t lo, const double *nats, size_t n,
                          int64_t *emitted)
{
    struct emitter m = emitter_at(s, lo);
    double sum = 0;
    for (int stop = emit_given(&m, lo); !stop && (size_t)m.n < n;) {
        const size_t i = (size_t)m.n++;
        struct charnn_prediction p = describe_character(s, lo + 1 + i);
        p.nats = nats[i];
        sum += nats[i];
        stop = isfinite(p.nats) ? emit_character(&m, lo + 1 + i, &p) : 1;
    }
    emit_line_ends(&m, lo + 1 + (size_t)m.n);
    *emitted = m.n;
    return sum / (double)m.n;
}

/* Scores a text by the mixture.  If `unseen`, training did not see the text, and the n-gram
 * weights were fitted to it. */
static int score_mixture(const struct scoring *s, const struct mixed_text *t, bool unseen,
                         struct charnn_score *score, struct charnn_error *e)
{
    const struct mixed_models m = { s->model, s->mixture, s->pool };
    const bool two_fold = unseen && s->mixture->ngrams;
    struct mixed_losses losses;
    double *nats = NULL;
    if (mixed_score(&m, t, two_fold, &losses, s->each ? &nats : NULL, e) < 0)
        return -1;
    score->mixed = 1;
    score->two_fold = two_fold;
    score->network = losses.network;
    score->ngrams = losses.ngrams;
    score->nats_per_char = losses.mixture;
    score->chars = (int64_t)losses.n;
    if (nats)
        score->nats_per_char = emit_losses(s, t->lo, nats, losses.n, &score->chars);
    free(nats);
    return 0;
}

static int score_mixed_stretch(const struct scoring *s, size_t lo, size_t hi, bool unseen,
                               struct charnn_score *score, struct charnn_error *e)
{
    const struct mixed_text t = {
        .corpus = s->corpus, .lo = lo, .hi = hi, .window = (size_t)s->config->window
    };
    return score_mixture(s, &t, unseen, score, e);
}

/* Scores characters [lo, hi) of the corpus, at least two. */
static int score_stretch(const struct scoring *s, size_t lo, size_t hi, bool unseen,
                         struct charnn_score *score, struct charnn_error *e)
{
    *score = (struct charnn_score){ .unknown = s->corpus->unknown,
                                    .both_sides = s->model->shape.bidirectional };
    const int status = is_mixture(s->mixture)
                           ? score_mixed_stretch(s, lo, hi, unseen, score, e)
                       : s->config->dynamic ? score_dynamic(s, lo, hi, score, e)
                       : s->each            ? score_each(s, NULL, lo, hi, score, e)
                                            : score_silently(s, lo, hi, score, e);
    score->bytes = count_bytes(s->corpus, lo + 1, lo + 1 + (size_t)score->chars);
    return status;
}

static int score_chunks_alone(const struct scoring *s, const struct batch_plan *plan,
                              struct charnn_score *score, struct charnn_error *e)
{
    struct evaluator v;
    if (evaluator_init(&v, s->model, plan->B, plan->T, s->pool, e) < 0)
        return -1;
    score->nats_per_char = evaluate_chunks(&v, s->corpus, plan);
    score->chars = (int64_t)(plan->valid_chunks * plan->B * plan->T);
    evaluator_release(&v);
    return 0;
}

/* Scores the held-out chunks of a streams split as validation does.  They are not one
 * stretch, so it cannot call `each`, use windows or adapt. */
static int score_chunks(const struct scoring *s, const struct batch_plan *plan,
                        struct charnn_score *score, struct charnn_error *e)
{
    if (s->each || s->config->dynamic || s->config->window)
        return err_usage(e, "this model was trained with `split` streams, whose held-out "
                            "text is not one piece: it can only be scored as a whole");
    *score = (struct charnn_score){ .unknown = s->corpus->unknown,
                                    .both_sides = s->model->shape.bidirectional };
    const struct mixed_text mixed = { .corpus = s->corpus, .chunks = plan };
    const int status = is_mixture(s->mixture) ? score_mixture(s, &mixed, true, score, e)
                                              : score_chunks_alone(s, plan, score, e);
    for (size_t b = 0; b < plan->B; b++) {
        const size_t first = b * plan->stream + 1;
        score->bytes += count_bytes(s->corpus, first + plan->steps_per_epoch * plan->T,
                                    first + plan->stream);
    }
    return status;
}

/* Finite weights that are too large make the logits overflow; then the loss is not
 * finite. */
static int check_finite(const struct charnn_score *score, const char *name,
                        struct charnn_error *e)
{
    if (score->chars == 0 || isfinite(score->nats_per_char))
        return 0;
    return err_set(e, "%s: the model's logits are not finite: its weights are too large",
                   name);
}

/* ---------------------------------------------------------------- interface */

int scoring_check(const struct charnn_eval_config *c, const struct model *m,
                  const struct mixture *mixture, struct charnn_error *e)
{
    if (c->dynamic && is_mixture(mixture))
        return err_usage(e, "`dynamic` evaluation adapts one network, not a mixture");
    if (c->window < 0 || c->window > CHARNN_WINDOW_MAX)
        return err_usage(e, "`window` has to be 0 to %d characters", CHARNN_WINDOW_MAX);
    if (c->alternatives < 0 || c->alternatives > CHARNN_ALTERNATIVES_MAX)
        return err_usage(e, "`alternatives` has to be 0 to %d", CHARNN_ALTERNATIVES_MAX);
    if (m->shape.bidirectional && (c->dynamic || c->window))
        return err_usage(e,
                         "a bidirectional model predicts from both sides: leave out `%s`",
                         c->dynamic ? "dynamic" : "window");
    if (c->dynamic && m->set.q_total)
        return err_usage(
            e, "`dynamic` evaluation changes the weights, so they cannot be int8");
    if (!(c->dynamic_rate >= 0 && c->dynamic_rate <= 1000))
        return err_usage(e, "`dynamic-rate` has to be 0 to 1000");
    if (!(c->dynamic_decay >= 0 && c->dynamic_decay <= 1))
        return err_usage(e, "`dynamic-decay` has to be 0 to 1");
    return 0;
}

static int refuse_single(const char *name, struct charnn_error *e)
{
    return err_set(e, "%s: a text of one character has nothing to predict", name);
}

int scoring_all(const struct scoring *s, const char *name, struct charnn_score *score,
                struct charnn_error *e)
{
    if (s->corpus->n < 2)
        return refuse_single(name, e);
    return score_stretch(s, 0, s->corpus->n, s->unseen, score, e) < 0
               ? -1
               : check_finite(score, name, e);
}

bool scoring_streams(const struct scoring *s)
{
    return s->each && s->config->lines && s->config->part == CHARNN_EVAL_ALL &&
           !is_mixture(s->mixture) && !s->model->shape.bidirectional;
}

int scoring_lines(const struct scoring *s, struct line_stream *in,
                  struct charnn_score *score, struct charnn_error *e)
{
    const struct corpus *c = &in->corpus;
    const char *name = in->source.name;
    *score = (struct charnn_score){ 0 };
    const int status = s->config->dynamic ? score_lines_dynamic(s, in, score, e)
                                          : score_lines(s, NULL, in, score, e);
    if (status < 0 || check_finite(score, name, e) < 0)
        return -1;
    score->unknown = c->unknown;
    score->bytes = count_bytes(c, 1, 1 + (size_t)score->chars);
    return c->n > 1 ? 0 : refuse_single(name, e);
}

int scoring_plan(const struct scoring_split *split, const struct corpus *c,
                 const char *name, struct batch_plan *plan, struct charnn_error *e)
{
    if (c->fingerprint != split->fingerprint)
        return err_usage(
            e,
            "%s is not the whole text that this model was trained on, so `split` "
            "valid cannot find the held-out part",
            name);
    if (batch_plan(plan, c->n, &split->batches, e) < 0)
        return -1;
    if (c->vocab.documents.kind && split->batches.split != CHARNN_SPLIT_STREAMS)
        batch_plan_documents(plan, c, vocab_separator(&c->vocab));
    return 0;
}

int scoring_valid(const struct scoring *s, const struct scoring_split *split,
                  const char *name, struct charnn_score *score, struct charnn_error *e)
{
    const struct corpus *c = s->corpus;
    const bool streams = split->batches.split == CHARNN_SPLIT_STREAMS;
    struct batch_plan plan;
    if (scoring_plan(split, c, name, &plan, e) < 0)
        return -1;
    if (streams ? plan.valid_chunks == 0 : plan.valid_lo >= plan.valid_hi)
        return err_usage(e, "%s: training held out no part of it", name);
    const int status = streams
                           ? score_chunks(s, &plan, score, e)
                           : score_stretch(s, plan.valid_lo, plan.valid_hi, true, score, e);
    return status < 0 ? -1 : check_finite(score, name, e);
}
