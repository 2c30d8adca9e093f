/*
 * api.c - implements charnn.h by calling the modules: checks arguments and allocates
 * handles.  For charnn_inspect.h see api_inspect.c.
 */
#include "api.h"

#include <stdlib.h>

#include "export/export.h"
#include "sample/beam.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/utf8.h"
#include "fill/fill_text.h"
#include "sample/generator.h"
#include "sample/prime.h"
#include "score/scoring.h"
#include "train/setup.h"
#include "text/damage.h"
#include "train/trainer.h"

const char *charnn_version(void)
{
    return CHARNN_VERSION;
}

/* ---------------------------------------------------------------------- training */

static void ignore_event(const struct charnn_event *event, void *arg)
{
    (void)event;
    (void)arg;
}

struct charnn_trainer *charnn_trainer_new(const struct charnn_config *config,
                                          const char *const *files, size_t n,
                                          charnn_event_fn *on_event, void *arg,
                                          struct charnn_error *e)
{
    const struct charnn_config defaults = charnn_config_default();
    struct charnn_trainer *t = calloc(1, sizeof *t);
    if (!t) {
        err_set(e, "out of memory");
        return NULL;
    }
    t->events.on_event = on_event ? on_event : ignore_event;
    t->events.arg = arg;
    if (setup_trainer(t, config ? config : &defaults, files, n, e) == 0)
        return t;
    charnn_trainer_free(t);
    return NULL;
}

int charnn_trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                       struct charnn_error *e)
{
    enum charnn_status ignored;
    if (t->config->dry_run)
        return err_usage(e,
                         "with `dry-run`, a trainer gives an estimate but cannot be run");
    return trainer_run(t, status ? status : &ignored, e);
}

void charnn_trainer_interrupt(struct charnn_trainer *t, int save_only)
{
    atomic_store(save_only ? &t->save_asked : &t->stop_asked, true);
}

const struct charnn_config *charnn_trainer_config(const struct charnn_trainer *t)
{
    return t->config;
}

char *charnn_trainer_command(const struct charnn_trainer *t)
{
    struct buf out = { 0 }, plans = { 0 };
    const struct charnn_config config = plan_config(t);
    buf_printf(&plans, "[%s]", t->plan.lengths.data);
    if (plans.failed)
        out.failed = true;
    else
        ckpt_put_run(&config, plans.data, (const char *const *)t->files.inputs,
                     t->files.n_texts, &out);
    buf_release(&plans);
    return buf_take(&out);
}

char *charnn_trainer_profile(const struct charnn_trainer *t)
{
    struct buf out = { 0 };
    step_profile(t, &out);
    return buf_take(&out);
}

void charnn_trainer_free(struct charnn_trainer *t)
{
    if (t)
        setup_release(t);
    free(t);
}

/* ------------------------------------------------------------------------- model */

/* Moves what the model needs out of the checkpoint, and starts its threads. */
static int take_checkpoint(struct charnn_model *m, struct ckpt *c, int weights, int threads,
                           struct charnn_error *e)
{
    const bool int8 = weights == CHARNN_WEIGHTS_INT8;
    const int isa = isa_choose();
    if (isa < 0)
        return err_usage(e, "%s", isa_complaint());
    if (ckpt_get_model(c, &m->model, int8, (enum isa)isa, e) < 0)
        return -1;
    m->split = (struct scoring_split){
        .batches = { .B = (size_t)c->config.batch_size,
                     .T = (size_t)c->config.seq_length,
                     .valid = c->config.valid_file ? 0 : c->config.valid,
                     .split = (int)c->config.split },
        .fingerprint = c->fingerprint,
    };
    if (api_take_run(&m->run, c, e) < 0)
        return -1;
    m->vocab = c->vocab;
    c->vocab = (struct vocab){ 0 };
    m->pool = pool_new_yielding(threads);
    if (!m->pool)
        return err_set(e, "out of memory for threads");
    model_pack_all(&m->model, m->pool);
    return 0;
}

/* Makes a model from a checkpoint, and releases the checkpoint. */
static struct charnn_model *make_model(struct ckpt *c, int weights, int threads,
                                       struct charnn_error *e)
{
    struct charnn_model *m = calloc(1, sizeof *m);
    const int status =
        m ? take_checkpoint(m, c, weights, threads, e) : err_set(e, "out of memory");
    ckpt_release(c);
    if (status == 0)
        return m;
    charnn_model_free(m);
    return NULL;
}

struct charnn_model *charnn_model_load(const char *path, int weights, int threads,
                                       struct charnn_error *e)
{
    struct ckpt c;
    return ckpt_read(&c, path, e) < 0 ? NULL : make_model(&c, weights, threads, e);
}

struct charnn_model *charnn_model_load_memory(const void *bytes, size_t n, int weights,
                                              int threads, struct charnn_error *e)
{
    struct ckpt c;
    struct buf copy = { 0 };
    buf_add(&copy, bytes, n);
    if (copy.failed) {
        buf_release(&copy);
        err_set(e, "out of memory for a checkpoint of %zu bytes", n);
        return NULL;
    }
    return ckpt_parse(&c, "the checkpoint", &copy, e) < 0
               ? NULL
               : make_model(&c, weights, threads, e);
}

void charnn_model_free(struct charnn_model *m)
{
    if (!m)
        return;
    api_release_mixture(m);
    pool_free(m->pool);
    model_release(&m->model);
    vocab_release(&m->vocab);
    free(m);
}

void charnn_model_damaged(struct charnn_model *m, int damaged)
{
    if (damaged != CHARNN_DAMAGED_AUTO)
        m->vocab.damaged = damaged;
}

/* Returns a text given by the user; if it has damage and the vocabulary says how to repair it,
 * repairs it in *out and changes *n.  NULL with an error when out of memory. */
static const char *repair_given(const struct vocab *v, const char *text, size_t *n,
                                struct buf *out, struct charnn_error *e)
{
    const struct repair how = { .damaged = v->damaged };
    const unsigned char *bytes = (const unsigned char *)text;
    if (*n == 0) /* then text may be NULL */
        return "";
    if (v->unit != VOCAB_CHAR || v->damaged == CHARNN_DAMAGED_AUTO ||
        utf8_check(bytes, *n) == *n)
        return text;
    damage_repair(&how, 0, bytes, *n, out);
    *n = out->len;
    if (out->failed)
        err_set(e, "out of memory for a text");
    return out->failed ? NULL : out->data ? out->data : "";
}

static int check_generates(int bidirectional, struct charnn_error *e)
{
    if (!bidirectional)
        return 0;
    return err_usage(e,
                     "a bidirectional model predicts a character from both sides: it can "
                     "fill gaps and score text, but not generate it");
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

/* Reads the corpus that must not be copied. */
static int read_guard(struct charnn_sampler *s, const struct charnn_model *m,
                      const struct charnn_sample_config *c, struct charnn_error *e)
{
    const char *const *files;
    size_t n;
    if (api_training_text(m, c->corpus ? &c->corpus : NULL, &files, &n, e) < 0)
        return -1;
    return copy_guard_read(&s->guard, files, n, &m->vocab, (size_t)c->forbid_copy, e);
}

struct charnn_sampler *charnn_sampler_new(struct charnn_model *m,
                                          const struct charnn_sample_config *config,
                                          struct charnn_error *e)
{
    const struct charnn_sample_config c = config ? *config : charnn_sample_default();
    if (check_generates(m->model.shape.bidirectional, e) < 0 || sampler_check(&c, e) < 0)
        return NULL;
    struct charnn_sampler *s = calloc(1, sizeof *s);
    int status = s ? 0 : err_set(e, "out of memory");
    if (status == 0 && (c.forbid_copy || c.new_only))
        status = read_guard(s, m, &c, e);
    if (status == 0)
        status = generator_init(&s->generator, &m->model, &m->vocab,
                                c.forbid_copy ? &s->guard : NULL, m->pool, &c, e);
    if (status == 0 && c.new_only)
        s->generator.known = &s->guard;
    if (status == 0)
        status = generator_mix(&s->generator, &m->mixture, e);
    if (status == 0 && charnn_sampler_set(s, &c, e) == 0)
        return s;
    charnn_sampler_free(s);
    return NULL;
}

int charnn_sampler_set(struct charnn_sampler *s, const struct charnn_sample_config *config,
                       struct charnn_error *e)
{
    const struct charnn_sample_config c = config ? *config : charnn_sample_default();
    if (sampler_check(&c, e) < 0)
        return -1;
    /* A random seed has at most six digits, so that people can type it. */
    s->seed = c.seed < 0 ? rng_entropy() % 1000000 : (uint64_t)c.seed;
    const int64_t no_repeat = s->generator.config.no_repeat; /* memory was planned for it */
    s->generator.config = c;
    s->generator.config.no_repeat = no_repeat;
    generator_seed(&s->generator, 0, s->seed, 0);
    return 0;
}

static int read_repaired(struct charnn_sampler *s, bool begins, const char *text, size_t n,
                         struct charnn_error *e)
{
    struct buf repaired = { 0 };
    const char *given = repair_given(s->generator.vocab, text, &n, &repaired, e);
    const int status = given ? prime_read(&s->generator, begins, given, n, e) : -1;
    buf_release(&repaired);
    return status;
}

int charnn_sampler_read(struct charnn_sampler *s, const char *text, size_t n,
                        struct charnn_error *e)
{
    return read_repaired(s, false, text, n, e);
}

int charnn_sampler_prime(struct charnn_sampler *s, const char *text, size_t n,
                         struct charnn_error *e)
{
    return read_repaired(s, true, text, n, e);
}

struct charnn_unknown charnn_sampler_unknown(const struct charnn_sampler *s)
{
    return s->generator.unknown;
}

int charnn_sampler_next(struct charnn_sampler *s, char out[CHARNN_CHARACTER_MAX])
{
    return generator_next_short(&s->generator, out);
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

/* Checks *limits, and turns on the sum of log probabilities; replaces a NULL *limits by one
 * that sets no limits. */
static int begin_texts(struct charnn_sampler *s, const struct charnn_limits **limits,
                       struct charnn_error *e)
{
    static const struct charnn_limits none;
    const struct charnn_limits *l = *limits ? *limits : &none;
    if (l->length < 0 || l->lines < 0)
        return err_usage(e, "`length` and `lines` have to be 0 or more");
    if (l->n_stops > CHARNN_STOPS_MAX)
        return err_usage(e, "a text has at most %d stop strings", CHARNN_STOPS_MAX);
    *limits = l;
    s->generator.scored = true;
    return 0;
}

int charnn_sampler_write(struct charnn_sampler *s, int64_t number,
                         const struct charnn_limits *limits, charnn_piece_fn *on_piece,
                         void *arg, struct charnn_error *e)
{
    if (begin_texts(s, &limits, e) < 0)
        return -1;
    return texts_stream(&s->generator, s->seed, number, limits, on_piece, arg, e);
}

int charnn_sampler_texts(struct charnn_sampler *s, int64_t count,
                         const struct charnn_limits *limits, charnn_piece_fn *on_piece,
                         void *arg, struct charnn_error *e)
{
    if (begin_texts(s, &limits, e) < 0)
        return -1;
    if (count < 1)
        return err_usage(e, "the number of texts has to be 1 or more");
    return texts_batch(&s->generator, s->seed, count, limits, on_piece, arg, e);
}

_Static_assert((int)BEAM_MOST == (int)CHARNN_BEAM_MAX,
               "the public limit is that of beam.h");

int charnn_sampler_beam(struct charnn_sampler *s, int64_t width, int64_t count,
                        const struct charnn_limits *limits, charnn_piece_fn *on_piece,
                        void *arg, struct charnn_error *e)
{
    if (begin_texts(s, &limits, e) < 0)
        return -1;
    if (width < 1 || width > CHARNN_BEAM_MAX || count < 1 || count > width)
        return err_usage(e, "a beam search has 1 to %d beams, and no more texts than beams",
                         CHARNN_BEAM_MAX);
    if (s->generator.config.no_repeat)
        return err_usage(e,
                         "a beam search has a rule of its own against repetitions: leave "
                         "out `no-repeat`");
    return beam_search(&s->generator, (size_t)width, (size_t)count, limits, on_piece, arg,
                       e);
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
    return (struct charnn_eval_config){ .dynamic_rate = 0.1,
                                        .dynamic_decay = 0.001,
                                        .unknown = CHARNN_UNKNOWN_AUTO };
}

/* How a text is read for `s`. */
static struct corpus_options options_for(const struct charnn_model *m,
                                         const struct scoring *s)
{
    struct corpus_options o = corpus_options_of(&m->vocab);
    const bool all = s->config->part == CHARNN_EVAL_ALL;
    o.unknown = (int)s->config->unknown;
    /* A callback and dynamic evaluation need the order of the text; the held-out part is
     * found only in the order of training. */
    o.in_order = all && (s->each || s->config->dynamic);
    o.lines = s->each && s->config->lines && (all || m->vocab.documents.kind == 0);
    return o;
}

static int evaluate_stream(const struct charnn_model *m, struct scoring *s,
                           const char *path, struct charnn_score *score,
                           struct charnn_error *e)
{
    const struct corpus_options alike = options_for(m, s);
    struct line_stream in;
    s->corpus = &in.corpus;
    const int status =
        line_stream_open(&in, path, &alike, e) < 0 ? -1 : scoring_lines(s, &in, score, e);
    line_stream_close(&in);
    return status;
}

static bool is_pipe(const struct corpus_part *part)
{
    return !part->text && file_size(part->name) < 0 && !folder_exists(part->name);
}

static int evaluate_part(struct charnn_model *m, struct corpus_part part,
                         const struct charnn_eval_config *config,
                         charnn_prediction_fn *on_prediction, void *arg,
                         struct charnn_score *score, struct charnn_error *e)
{
    const struct charnn_eval_config defaults = charnn_eval_default();
    struct corpus c;
    struct scoring s = { .model = &m->model,
                         .pool = m->pool,
                         .config = config ? config : &defaults,
                         .each = on_prediction,
                         .arg = arg,
                         .mixture = &m->mixture };
    if (scoring_check(s.config, &m->model, &m->mixture, e) < 0)
        return -1;
    if (scoring_streams(&s) && is_pipe(&part))
        return evaluate_stream(m, &s, part.name, score, e);
    const struct corpus_options alike = options_for(m, &s);
    if (corpus_read_parts(&c, &part, 1, &alike, e) < 0)
        return -1;
    s.corpus = &c;
    s.unseen = c.fingerprint == m->run.unseen;
    const int status = s.config->part == CHARNN_EVAL_VALID
                           ? scoring_valid(&s, &m->split, part.name, score, e)
                       : m->mixture.ngrams && c.fingerprint == m->split.fingerprint
                           ? err_usage(e,
                                       "%s is the text that the n-grams were counted "
                                       "on: score its held-out part, with `split` valid",
                                       part.name)
                           : scoring_all(&s, part.name, score, e);
    corpus_release(&c);
    return status;
}

int charnn_evaluate(struct charnn_model *m, const char *path,
                    const struct charnn_eval_config *config,
                    charnn_prediction_fn *on_prediction, void *arg,
                    struct charnn_score *score, struct charnn_error *e)
{
    const struct corpus_part part = { .name = path };
    return evaluate_part(m, part, config, on_prediction, arg, score, e);
}

int charnn_evaluate_text(struct charnn_model *m, const char *text, size_t n,
                         const struct charnn_eval_config *config,
                         charnn_prediction_fn *on_prediction, void *arg,
                         struct charnn_score *score, struct charnn_error *e)
{
    const struct corpus_part part = { "the text", (const void *)(n ? text : ""), n };
    return evaluate_part(m, part, config, on_prediction, arg, score, e);
}

/* ----------------------------------------------------------------------- filling */

struct charnn_fill_config charnn_fill_default(void)
{
    return (struct charnn_fill_config){ .mask = "_",
                                        .beam = 8,
                                        .near = 16,
                                        .rounds = 2,
                                        .seed = 1,
                                        .unknown = CHARNN_UNKNOWN_NEAREST };
}

int charnn_fill(struct charnn_model *m, const char *text, size_t n,
                const struct charnn_fill_config *config, charnn_filled_fn *on_filled,
                void *arg, struct charnn_fill_result *result, struct charnn_error *e)
{
    const struct charnn_fill_config defaults = charnn_fill_default();
    const struct fill_text t = { &m->model, &m->vocab, m->pool, config ? config : &defaults,
                                 on_filled, arg };
    struct buf repaired = { 0 };
    const char *given = repair_given(&m->vocab, text, &n, &repaired, e);
    const int status = given ? fill_text(&t, given, n, result, e) : -1;
    buf_release(&repaired);
    return status;
}

/* ------------------------------------------------------------------------ export */

int charnn_export(const char *path, const struct charnn_export_config *config,
                  charnn_write_fn *on_bytes, void *arg, struct charnn_error *e)
{
    struct ckpt c;
    if (ckpt_read(&c, path, e) < 0)
        return -1;
    const int status = check_generates(c.shape.bidirectional, e) < 0
                           ? -1
                           : export_model(&c, config, on_bytes, arg, e);
    ckpt_release(&c);
    return status;
}
