/* scoring.c - turns losses into scores and predictions. */
#include "score/scoring.h"

#include <math.h>

#include "base/array.h"

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

/* Passes predictions to `each` and counts them. */
struct emitter {
    const struct scoring *s;
    int64_t n;
};

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
    return m->s->each(&p, m->s->arg);
}

static int emit_given(const struct scoring *s, size_t at)
{
    struct charnn_prediction p = describe_character(s, at);
    p.given = 1;
    return s->each ? s->each(&p, s->arg) : 0;
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

/* Scores without `each`; windows can then be read in parallel. */
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
    struct emitter m = { .s = s };
    struct evaluator v;
    if (evaluator_init_each(&v, s->model, d, s->pool, e) < 0)
        return -1;
    if (emit_given(s, lo) == 0)
        score->nats_per_char =
            evaluate_each(&v, s->corpus, lo, hi, (size_t)s->config->window, emit_prediction,
                          &m);
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

/* Scores characters [lo, hi) of the corpus, at least two. */
static int score_stretch(const struct scoring *s, size_t lo, size_t hi,
                         struct charnn_score *score, struct charnn_error *e)
{
    *score = (struct charnn_score){ .folded = s->corpus->folded,
                                    .both_sides = s->model->shape.bidirectional };
    const int status = s->config->dynamic ? score_dynamic(s, lo, hi, score, e)
                       : s->each          ? score_each(s, NULL, lo, hi, score, e)
                                          : score_silently(s, lo, hi, score, e);
    score->bytes = count_bytes(s->corpus, lo + 1, lo + 1 + (size_t)score->chars);
    return status;
}

/* Scores the held-out chunks of a streams split as validation does.  They are not one
 * stretch, so `each`, windows and dynamic evaluation are not possible. */
static int score_chunks(const struct scoring *s, const struct batch_plan *plan,
                        struct charnn_score *score, struct charnn_error *e)
{
    struct evaluator v;
    if (s->each || s->config->dynamic || s->config->window)
        return err_usage(e, "this model was trained with `split` streams, whose held-out "
                            "text is not one piece: it can only be scored as a whole");
    if (evaluator_init(&v, s->model, plan->B, plan->T, s->pool, e) < 0)
        return -1;
    *score = (struct charnn_score){ .folded = s->corpus->folded,
                                    .both_sides = s->model->shape.bidirectional };
    score->nats_per_char = evaluate_chunks(&v, s->corpus, plan);
    score->chars = (int64_t)(plan->valid_chunks * plan->B * plan->T);
    for (size_t b = 0; b < plan->B; b++) {
        const size_t first = b * plan->stream + 1;
        score->bytes += count_bytes(s->corpus, first + plan->steps_per_epoch * plan->T,
                                    first + plan->stream);
    }
    evaluator_release(&v);
    return 0;
}

/* A loss is not finite if logits overflow, because weights are finite but too large. */
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
                  struct charnn_error *e)
{
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

int scoring_all(const struct scoring *s, const char *name, struct charnn_score *score,
                struct charnn_error *e)
{
    if (s->corpus->n < 2)
        return err_set(e, "%s: a text of one character has nothing to predict", name);
    return score_stretch(s, 0, s->corpus->n, score, e) < 0 ? -1
                                                           : check_finite(score, name, e);
}

int scoring_valid(const struct scoring *s, const struct scoring_split *split,
                  const char *name, struct charnn_score *score, struct charnn_error *e)
{
    const struct corpus *c = s->corpus;
    const bool streams = split->batches.split == CHARNN_SPLIT_STREAMS;
    struct batch_plan plan;
    if (c->fingerprint != split->fingerprint)
        return err_usage(e,
                         "%s is not the one text that this model was trained on: training "
                         "held nothing out of it",
                         name);
    if (batch_plan(&plan, c->n, &split->batches, e) < 0)
        return -1;
    if (c->vocab.documents && !streams)
        batch_plan_documents(&plan, c, vocab_separator(&c->vocab));
    if (streams ? plan.valid_chunks == 0 : plan.valid_lo >= plan.valid_hi)
        return err_usage(e, "%s: training held nothing out of it", name);
    const int status = streams ? score_chunks(s, &plan, score, e)
                               : score_stretch(s, plan.valid_lo, plan.valid_hi, score, e);
    return status < 0 ? -1 : check_finite(score, name, e);
}
