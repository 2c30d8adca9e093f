/*
 * api.c - charnn.h on top of the modules: argument checks, allocation of handles, nothing
 * clever.  What looks inside is in api_inspect.c.
 */
#include "api.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "export/export.h"
#include "sample/beam.h"
#include "score/evaluate.h"
#include "fill/fill_text.h"
#include "sample/generator.h"
#include "sample/prime.h"
#include "score/scoring.h"
#include "score/compare.h"
#include "train/estimate.h"
#include "train/setup.h"
#include "train/trainer.h"

/* ---------------------------------------------------------------------- training */

static void ignore_event(const struct charnn_event *event, void *arg)
{
    (void)event;
    (void)arg;
}

struct charnn_trainer *charnn_trainer_new(const struct charnn_config *config,
                                          const char *const *files, size_t n_files,
                                          charnn_event_fn *report, void *arg,
                                          struct charnn_error *e)
{
    struct charnn_trainer *t = calloc(1, sizeof *t);
    if (!t) {
        err_set(e, "out of memory");
        return NULL;
    }
    t->events.on_event = report ? report : ignore_event;
    t->events.arg = arg;
    if (setup_trainer(t, config, files, n_files, e) == 0)
        return t;
    charnn_trainer_free(t);
    return NULL;
}

int charnn_trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                       struct charnn_error *e)
{
    enum charnn_status ignored;
    return trainer_run(t, status ? status : &ignored, e);
}

void charnn_trainer_interrupt(struct charnn_trainer *t, int save_only)
{
    atomic_fetch_or(&t->request, save_only ? REQUEST_SAVE : REQUEST_STOP);
}

const struct charnn_config *charnn_trainer_config(const struct charnn_trainer *t)
{
    return t->config;
}

struct charnn_summary charnn_trainer_summary(const struct charnn_trainer *t)
{
    return trainer_summary(t);
}

/* A text that is complete, or NULL. */
static char *whole(struct buf *out)
{
    if (!out->failed)
        return out->data;
    buf_release(out);
    return NULL;
}

char *charnn_trainer_command(const struct charnn_trainer *t)
{
    struct buf out = { 0 };
    const struct charnn_config config = plan_config(t);
    ckpt_put_run(&config, t->plan.steps, (const char *const *)t->files.texts,
                 t->files.n_texts, &out);
    return whole(&out);
}

int charnn_trainer_estimate(struct charnn_trainer *t, struct charnn_estimate *need,
                            struct charnn_error *e)
{
    return estimate_run(t, need, e);
}

char *charnn_trainer_profile(const struct charnn_trainer *t)
{
    struct buf out = { 0 };
    step_profile(t, &out);
    return whole(&out);
}

const struct charnn_metric *charnn_event_metric(const char *name)
{
    return log_metric(name);
}

void charnn_trainer_free(struct charnn_trainer *t)
{
    if (t)
        setup_release(t);
    free(t);
}

/* ------------------------------------------------------------------------- model */

static void pack_job(void *arg, const struct team *team)
{
    model_pack(arg, team);
}

/* Moves what outlives the file out of it. */
static int take(struct charnn_model *m, struct ckpt *c, int weights, enum isa isa,
                struct charnn_error *e)
{
    if (weights == CHARNN_WEIGHTS_INT8 && c->shape.bidirectional)
        return err_usage(e, "%s: a bidirectional model cannot be used in int8",
                         c->file.path);
    const int made = weights == CHARNN_WEIGHTS_INT8
                         ? model_init_int8(&m->model, &c->shape, isa, e)
                         : model_init(&m->model, &c->shape, isa, e);
    if (made < 0 || model_alloc(&m->model, e) < 0 || ckpt_get_weights(c, &m->model, e) < 0)
        return -1;
    m->model.restart = vocab_separator(&c->vocab);
    m->valid = c->config.valid_file ? 0 : c->config.valid;
    m->split = (int)c->config.split;
    m->B = (size_t)c->config.batch_size;
    m->T = (size_t)c->config.seq_length;
    m->fingerprint = c->fingerprint;
    m->vocab = c->vocab;
    c->vocab = (struct vocab){ 0 };
    return 0;
}

static int load(struct charnn_model *m, const char *path, int weights, int threads,
                struct charnn_error *e)
{
    struct ckpt c;
    const int isa = isa_choose();
    if (isa < 0)
        return err_usage(e, "%s", isa_complaint());
    if (ckpt_read(&c, path, e) < 0)
        return -1;
    int status = take(m, &c, weights, (enum isa)isa, e);
    ckpt_release(&c);
    m->pool = status == 0 ? pool_new(pool_threads(threads)) : NULL;
    if (status == 0 && !m->pool)
        status = err_set(e, "out of memory for threads");
    if (status == 0)
        pool_run(m->pool, POOL_ALL, pack_job, &m->model);
    return status;
}

struct charnn_model *charnn_model_load(const char *path, int weights, int threads,
                                       struct charnn_error *e)
{
    struct charnn_model *m = calloc(1, sizeof *m);
    if (!m) {
        err_set(e, "out of memory");
        return NULL;
    }
    if (load(m, path, weights, threads, e) == 0)
        return m;
    charnn_model_free(m);
    return NULL;
}

void charnn_model_free(struct charnn_model *m)
{
    if (!m)
        return;
    pool_free(m->pool);
    model_release(&m->model);
    vocab_release(&m->vocab);
    free(m);
}

/* What only a model that predicts the next character can do. */
static int check_writes(int bidirectional, struct charnn_error *e)
{
    return bidirectional
               ? err_usage(
                     e,
                     "a bidirectional model predicts a character from both sides: it can "
                     "fill gaps and score text, but not generate it")
               : 0;
}

/* ---------------------------------------------------------------------- sampling */

struct charnn_sampler {
    struct generator generator;
    struct copy_guard guard;
    uint64_t seed;
};

struct charnn_sample_config charnn_sample_default(void)
{
    return (struct charnn_sample_config){ .temperature = 1, .top_p = 1, .seed = -1 };
}

static int check_sampling(const struct charnn_sample_config *c, struct charnn_error *e)
{
    if (!(c->temperature >= 0) || c->top_k < 0 || !(c->top_p > 0 && c->top_p <= 1) ||
        !(c->min_p >= 0 && c->min_p <= 1) || c->unknown < 0 ||
        c->unknown > CHARNN_UNKNOWN_NEAREST)
        return err_usage(e, "sampling needs temperature and top_k from 0, 0 < top_p <= 1, "
                            "min_p from 0 to 1");
    return 0;
}

static int guard_copying(struct charnn_sampler *s, struct charnn_model *m,
                         const struct charnn_sample_config *c, struct charnn_error *e)
{
    if (c->forbid_copy == 0)
        return 0;
    if (c->forbid_copy < 0 || c->forbid_copy > COPY_GUARD_MOST || !c->corpus)
        return err_usage(e,
                         "forbid_copy needs a corpus and a number of symbols from 1 to %d",
                         COPY_GUARD_MOST);
    return copy_guard_read(&s->guard, c->corpus, &m->vocab, (size_t)c->forbid_copy, e);
}

static int sampler_init(struct charnn_sampler *s, struct charnn_model *m,
                        const struct charnn_sample_config *c, struct charnn_error *e)
{
    if (check_writes(m->model.shape.bidirectional, e) < 0)
        return -1;
    if (check_sampling(c, e) < 0 || guard_copying(s, m, c, e) < 0)
        return -1;
    const struct copy_guard *guard = c->forbid_copy ? &s->guard : NULL;
    if (generator_init_guarded(&s->generator, &m->model, &m->vocab, guard, m->pool, c, e) ==
        0)
        return charnn_sampler_set(s, c, e);
    copy_guard_release(&s->guard);
    return -1;
}

struct charnn_sampler *charnn_sampler_new(struct charnn_model *m,
                                          const struct charnn_sample_config *config,
                                          struct charnn_error *e)
{
    struct charnn_sampler *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(e, "out of memory");
        return NULL;
    }
    if (sampler_init(s, m, config, e) == 0)
        return s;
    free(s);
    return NULL;
}

int charnn_sampler_set(struct charnn_sampler *s, const struct charnn_sample_config *c,
                       struct charnn_error *e)
{
    if (check_sampling(c, e) < 0)
        return -1;
    /* A seed that people can type again: six digits suffice. */
    s->seed = c->seed < 0 ? rng_entropy() % 1000000 : (uint64_t)c->seed;
    s->generator.config = *c;
    generator_seed(&s->generator, 0, s->seed, 0);
    return 0;
}

/* A byte model that writes whole characters goes on from whole characters. */
static int check_whole(const struct generator *g, const char *text, size_t n,
                       struct charnn_error *e)
{
    size_t begun = 1;
    while (begun < n && begun < CHARNN_CHARACTER_MAX && (text[n - begun] & 0xC0) == 0x80)
        begun++;
    if (!g->utf8 || n == 0 || utf8_length((unsigned char)text[n - begun]) <= (int)begun)
        return 0;
    return err_usage(e, "the prime ends inside a character");
}

/* Symbols of a text to go on from (allocated). */
static int encode_prime(const struct generator *g, const char *text, size_t n,
                        uint16_t **ids, size_t *n_ids, struct charnn_error *e)
{
    if (check_whole(g, text, n, e) < 0)
        return -1;
    return prime_encode(g->vocab, (int)g->config.unknown, text, n, ids, n_ids, e);
}

int charnn_sampler_read(struct charnn_sampler *s, const char *text, size_t n,
                        struct charnn_error *e)
{
    uint16_t *ids;
    size_t n_ids;
    if (encode_prime(&s->generator, text, n, &ids, &n_ids, e) < 0)
        return -1;
    generator_read(&s->generator, ids, n_ids);
    free(ids);
    return 0;
}

int charnn_sampler_prime(struct charnn_sampler *s, const char *text, size_t n,
                         struct charnn_error *e)
{
    uint16_t *ids;
    size_t n_ids;
    if (encode_prime(&s->generator, text, n, &ids, &n_ids, e) < 0)
        return -1;
    if (n_ids == 0)
        generator_begin(&s->generator);
    else
        generator_start(&s->generator, ids, n_ids);
    free(ids);
    return 0;
}

int charnn_sampler_next(struct charnn_sampler *s, char out[CHARNN_CHARACTER_MAX])
{
    return generator_next(&s->generator, out);
}

int charnn_sampler_ended(const struct charnn_sampler *s)
{
    return s->generator.row[0].ended || s->generator.row[0].stuck;
}

uint64_t charnn_sampler_seed(const struct charnn_sampler *s)
{
    return s->seed;
}

void charnn_sampler_interrupt(struct charnn_sampler *s)
{
    atomic_store_explicit(&s->generator.interrupted, 1, memory_order_relaxed);
}

/* Texts that are put in pieces know how likely they are. */
static int check_limits(struct charnn_sampler *s, const struct charnn_limits *l,
                        struct charnn_error *e)
{
    s->generator.scored = true;
    if (l->length < 0 || l->lines < 0 || (l->stop_length > 0 && !l->stop))
        return err_usage(e, "limits of a text are numbers from 0");
    return 0;
}

int charnn_sampler_write(struct charnn_sampler *s, int64_t number,
                         const struct charnn_limits *limits, charnn_piece_fn *put,
                         void *arg, struct charnn_error *e)
{
    if (check_limits(s, limits, e) < 0)
        return -1;
    return texts_stream(&s->generator, s->seed, number, limits, put, arg, e);
}

int charnn_sampler_texts(struct charnn_sampler *s, int64_t count,
                         const struct charnn_limits *limits, charnn_piece_fn *put,
                         void *arg, struct charnn_error *e)
{
    if (check_limits(s, limits, e) < 0)
        return -1;
    if (count < 1)
        return err_usage(e, "there is no less than one text");
    return texts_batch(&s->generator, s->seed, count, limits, put, arg, e);
}

int charnn_sampler_beam(struct charnn_sampler *s, int64_t width, int64_t count,
                        const struct charnn_limits *limits, charnn_piece_fn *put, void *arg,
                        struct charnn_error *e)
{
    if (check_limits(s, limits, e) < 0)
        return -1;
    if (width < 1 || width > CHARNN_BEAM_MAX || count < 1 || count > width)
        return err_usage(e, "a beam search has 1 to %d beams, and no more texts than beams",
                         CHARNN_BEAM_MAX);
    return beam_search(&s->generator, (size_t)width, (size_t)count, limits, put, arg, e);
}

void charnn_sampler_free(struct charnn_sampler *s)
{
    if (!s)
        return;
    generator_release(&s->generator);
    copy_guard_release(&s->guard);
    free(s);
}

/* -------------------------------------------------------------------- evaluation */

struct charnn_eval_config charnn_eval_default(void)
{
    return (struct charnn_eval_config){ .dynamic_rate = 0.1, .dynamic_decay = 0.001 };
}

/* What of this text training held out. */
static int held_out(const struct charnn_model *m, const char *path, const struct corpus *c,
                    struct batch_plan *plan, struct charnn_error *e)
{
    if (c->fingerprint != m->fingerprint)
        return err_usage(e,
                         "%s is not the one text that this model was trained on: training "
                         "held nothing out of it",
                         path);
    if (batch_plan(plan, c->n, m->B, m->T, m->valid, m->split, 0, e) < 0)
        return -1;
    if (m->vocab.documents && m->split != CHARNN_SPLIT_STREAMS)
        batch_plan_documents(plan, c, vocab_separator(&m->vocab));
    return m->split == CHARNN_SPLIT_STREAMS ? plan->valid_chunks > 0
                                            : plan->valid_lo < plan->valid_hi;
}

static int score_valid(const struct charnn_model *m, const char *path,
                       const struct scoring *s, struct charnn_score *score,
                       struct charnn_error *e)
{
    struct batch_plan plan;
    const int some = held_out(m, path, s->corpus, &plan, e);
    if (some < 0)
        return -1;
    if (!some)
        return err_usage(e, "%s: training held nothing out of it", path);
    return m->split == CHARNN_SPLIT_STREAMS
               ? scoring_chunks(s, &plan, score, e)
               : scoring_stretch(s, plan.valid_lo, plan.valid_hi, score, e);
}

static int check_eval(const struct charnn_model *m, const struct charnn_eval_config *c,
                      struct charnn_error *e)
{
    if (c->window < 0 || c->window > CHARNN_WINDOW_MAX)
        return err_usage(e, "a window has 1 to %d characters", CHARNN_WINDOW_MAX);
    if (c->alternatives < 0 || c->alternatives > CHARNN_ALTERNATIVES_MAX)
        return err_usage(e, "of a prediction 0 to %d alternatives are told",
                         CHARNN_ALTERNATIVES_MAX);
    if (m->model.shape.bidirectional && (c->dynamic || c->window))
        return err_usage(e,
                         "a bidirectional model predicts from both sides: leave out "
                         "`%s`",
                         c->dynamic ? "dynamic" : "window");
    if (c->dynamic && m->model.set.code_total)
        return err_usage(
            e, "`dynamic` evaluation changes the weights, which cannot be int8 then");
    if (!(c->dynamic_rate >= 0 && c->dynamic_rate <= 1000) ||
        !(c->dynamic_decay >= 0 && c->dynamic_decay <= 1))
        return err_usage(e, "dynamic evaluation needs a rate from 0 to 1000 and a decay "
                            "from 0 to 1");
    return 0;
}

int charnn_evaluate(struct charnn_model *m, const char *path,
                    const struct charnn_eval_config *config, charnn_prediction_fn *each,
                    void *arg, struct charnn_score *score, struct charnn_error *e)
{
    struct corpus c;
    const struct scoring s = { &m->model, m->pool, &c, config, each, arg };
    if (check_eval(m, config, e) < 0 || corpus_read_with(&c, &path, 1, &m->vocab, e) < 0)
        return -1;
    const int status =
        config->part == CHARNN_EVAL_VALID ? score_valid(m, path, &s, score, e)
        : c.n < 2 ? err_set(e, "%s: one character has nothing to predict", path)
                  : scoring_stretch(&s, 0, c.n, score, e);
    corpus_release(&c);
    return status;
}

/* ----------------------------------------------------------------------- filling */

struct charnn_fill_config charnn_fill_default(void)
{
    return (struct charnn_fill_config){
        .mask = "_", .beam = 8, .near = 16, .rounds = 2, .seed = 1
    };
}

int charnn_fill(struct charnn_model *m, const char *text, size_t n,
                const struct charnn_fill_config *config, charnn_filled_fn *each, void *arg,
                struct charnn_fill_result *result, struct charnn_error *e)
{
    const struct fill_text t = { &m->model, &m->vocab, m->pool, config, each, arg };
    return fill_text(&t, text, n, result, e);
}

/* ------------------------------------------------------------------------ export */

int charnn_export(const char *path, const struct charnn_export_config *config,
                  charnn_write_fn *write, void *arg, struct charnn_error *e)
{
    struct ckpt c;
    if (ckpt_read(&c, path, e) < 0)
        return -1;
    const int status = check_writes(c.shape.bidirectional, e) < 0
                           ? -1
                           : export_model(&c, config, write, arg, e);
    ckpt_release(&c);
    return status;
}

/* ----------------------------------------------------------------------- copying */

int charnn_copied(const char *corpus, const char *const *samples, size_t n,
                  struct charnn_copied *copied, struct charnn_error *e)
{
    if (n == 0)
        return err_usage(e, "no sample to compare with %s", corpus);
    return compare_texts(corpus, samples, n, copied, e);
}
