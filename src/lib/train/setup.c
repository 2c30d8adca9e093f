/*
 * setup.c - builds a run: completes the settings, names the files, reads the texts, makes
 * the plan, allocates memory, and initialises or restores the weights.
 */
#include "train/setup.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "train/trainer.h"
#include "train/weights.h"

/* Chunk lengths for validation.  A reverse stack reads BIDIR_AHEAD extra characters for
 * each chunk, so longer chunks make it cheaper. */
enum { EVAL_STEPS = 32, EVAL_STEPS_BOTH = 128 };

/* The inputs from which a run is built; all are borrowed. */
struct source {
    const char *const *texts; /* [n_texts] the training texts */
    size_t n_texts;
    const char *last_path;       /* the .last.bin to resume, or NULL */
    const struct ckpt *from;     /* content of last_path, or NULL */
    struct file_version version; /* its version when it was read */
    const struct ckpt *init;     /* the model given by --init-from, or NULL */
};

/* -------------------------------------------------------------------- --init-from */

/* Takes the shape of the model given by --init-from; a given setting that contradicts the
 * model is an error. */
static int take_shape(struct charnn_config *c, const struct source *src,
                      struct charnn_error *e)
{
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        if (!(f->flags & FIELD_SHAPE))
            continue;
        if (config_given(c, f) && !field_equal(f, c, &src->init->config))
            return err_usage(e, "`%s` differs from the model in `init-from` %s", f->name,
                             src->init->file.path);
        config_copy_setting(c, &src->init->config, f);
    }
    return 0;
}

static int check_unit(const struct charnn_trainer *t, const struct ckpt *from,
                      struct charnn_error *e)
{
    if ((t->data.corpus.vocab.unit == VOCAB_BYTE) != (from->vocab.unit == VOCAB_BYTE))
        return err_usage(e, "%s knows %s; use `unit` %s", from->file.path,
                         from->vocab.unit == VOCAB_BYTE ? "bytes" : "characters",
                         from->vocab.unit == VOCAB_BYTE ? "byte" : "char");
    return 0;
}

/* ------------------------------------------------------------------------ corpus */

static void on_skipped(void *arg, const char *note)
{
    events_note(arg, note);
}

static void on_read(void *arg, size_t done, size_t total)
{
    events_work(arg, "reading the text", done, total);
}

/* How the text to train on becomes symbols: in a new vocabulary, in that of the run that is
 * resumed, or in that of the model given by --init-from. */
static struct corpus_options text_options(const struct charnn_config *c,
                                          const struct source *src)
{
    struct corpus_options o = { .unit = (int)c->unit,
                                .min_count = c->min_count,
                                .compose = c->compose,
                                .documents = documents_rule_of(c->documents),
                                .damaged = (int)c->damaged };
    if (src->from)
        o = corpus_options_of(&src->from->vocab);
    else if (src->init && c->keep_vocabulary) {
        o.vocab = &src->init->vocab;
        o.unit = corpus_options_of(o.vocab).unit;
    }
    o.unknown = c->keep_vocabulary ? (int)c->unknown : CHARNN_UNKNOWN_REPLACE;
    return o;
}

/* Says how many characters of a text the vocabulary does not have. */
static void note_unknown(struct charnn_trainer *t, const char *name, const struct corpus *c)
{
    char note[512];
    const struct charnn_unknown *u = &c->unknown;
    if (u->met == 0)
        return;
    snprintf(note, sizeof note,
             "%.300s: %lld characters are unknown (%.3f %%): %lld left out, %lld read as "
             "U+FFFD, %lld read as similar ones",
             name, (long long)u->met,
             100.0 * (double)u->met / (double)(c->n + (size_t)u->left_out),
             (long long)u->left_out, (long long)u->folded,
             (long long)(u->met - u->left_out - u->folded));
    events_note(t, note);
}

static int read_held_out(struct charnn_trainer *t, const struct corpus_watch *watch,
                         struct charnn_error *e)
{
    const struct charnn_config *c = t->config;
    struct run_data *d = &t->data;
    struct corpus_options options = corpus_options_of(&d->corpus.vocab);
    options.watch = watch;
    options.unknown = (int)c->unknown;
    if (corpus_read(&d->held_out, &c->valid_file, 1, &options, e) < 0)
        return -1;
    const size_t reading = memory_text(&d->corpus) + d->held_out.peak;
    t->memory.reading = reading > d->corpus.peak ? reading : d->corpus.peak;
    note_unknown(t, c->valid_file, &d->held_out);
    return d->held_out.n >= 2 ? 0
                              : err_set(e, "%s: too short to validate on", c->valid_file);
}

static int read_corpus(struct charnn_trainer *t, const struct source *src,
                       struct charnn_error *e)
{
    const struct charnn_config *c = t->config;
    const char *const *texts = (const char *const *)t->files.inputs;
    const struct corpus_watch watch = { on_skipped, on_read, t };
    struct run_data *d = &t->data;
    struct corpus_options options = text_options(c, src);
    options.watch = &watch;
    if (corpus_read(&d->corpus, texts, t->files.n_texts, &options, e) < 0)
        return -1;
    if (src->from && d->corpus.fingerprint != src->from->fingerprint)
        return err_set(
            e,
            "%s is not the text that this run was trained on, or has changed: to "
            "go on with a text that has grown, begin a new run from the weights "
            "(`init-from` %s)",
            texts[0], src->last_path);
    if (src->init && check_unit(t, src->init, e) < 0)
        return -1;
    events_note(t, d->corpus.note);
    t->memory.reading = d->corpus.peak;
    if (c->keep_vocabulary)
        note_unknown(t, texts[0], &d->corpus);
    return c->valid_file ? read_held_out(t, &watch, e) : 0;
}

/* ------------------------------------------------------------------------ memory */

static void take_arrays(struct charnn_trainer *t, struct arena *a)
{
    const size_t chunk = t->plan.batch.B * t->plan.batch.T;
    t->step.gradient = arena_take(a, t->model.set.total, sizeof(real));
    t->step.ids = arena_take(a, chunk, sizeof *t->step.ids);
    t->step.targets = arena_take(a, chunk, sizeof *t->step.targets);
    t->step.norm = arena_take(a, 1, sizeof *t->step.norm);
    t->step.states = arena_take(a, t->model.shape.layers * t->model.cell->states,
                                t->plan.batch.B * t->model.shape.size * sizeof(float));
    optim_plan(&t->optim, a);
}

/* The streams and steps per chunk of validation; 0 streams if nothing is held out. */
static void evaluation_shape(const struct charnn_trainer *t, size_t *streams, size_t *steps)
{
    const struct batch_plan *p = &t->plan.batch;
    const size_t n = plan_held_out(t);
    const bool chunks = p->split == CHARNN_SPLIT_STREAMS;
    *steps = chunks ? p->T : t->config->bidirectional ? EVAL_STEPS_BOTH : EVAL_STEPS;
    *streams = n < 2 ? 0 : chunks ? p->B : evaluate_streams(n);
}

static enum stack_mode training_mode(const struct charnn_trainer *t)
{
    const int dropout = t->config->dropout > 0 ? STACK_TRAIN_DROPOUT : STACK_TRAIN;
    const int weight_drop = t->config->weight_drop > 0 ? STACK_TRAIN_WEIGHT_DROP : 0;
    return (enum stack_mode)(dropout | weight_drop);
}

/* The bytes that a plan has taken since `*before`; sets `*before` to the bytes taken
 * now. */
static size_t taken_since(const struct arena *all, size_t *before)
{
    const size_t bytes = all->used - *before;
    *before = all->used;
    return bytes;
}

static void take_network(const struct charnn_trainer *t, struct arena *all, size_t T,
                         size_t B, enum stack_mode mode)
{
    arena_take(all, network_bytes(&t->model, T, B, mode), 1);
}

/* Measures everything before allocating anything, so that one error can say how much memory
 * the run needs. */
static int check_memory(struct charnn_trainer *t, struct charnn_error *e)
{
    struct run_memory *m = &t->memory;
    size_t streams, steps, before = 0;
    struct arena all = { 0 }, most = { 0 };
    evaluation_shape(t, &streams, &steps);
    model_plan(&t->model, &all);
    if (t->config->ema > 0)
        model_plan(&t->model, &all);
    m->model = taken_since(&all, &before);
    take_arrays(t, &all);
    m->step = taken_since(&all, &before);
    take_network(t, &all, t->plan.batch.T, t->plan.batch.B, training_mode(t));
    if (t->config->log_gradients &&
        t->model.cell->states > 1) /* the gradient of c for each step (nn/flow.h) */
        arena_take(&all, t->plan.batch.T,
                   t->plan.batch.B * padded(t->model.shape.size) * sizeof(real));
    m->network = taken_since(&all, &before);
    if (streams) {
        take_network(t, &all, steps, streams, STACK_FORWARD);
        m->evaluator = taken_since(&all, &before);
        take_network(t, &all, EXACT_STEPS, 1, STACK_FORWARD);
        if (!t->model.shape.bidirectional)
            take_network(t, &all, 1, 1, STACK_FORWARD);
        m->others = taken_since(&all, &before);
    }
    if (all.overflow || all.used > SIZE_MAX / 2) /* more than any machine has */
        return arena_fits(&all, "this run", e);
    memory_sum(t);
    arena_take(&most, m->most, 1);
    return arena_fits(&most, "this run", e);
}

/* The average of the weights has packed copies of its own; they are made before each
 * validation. */
static int allocate_average(struct charnn_trainer *t, struct charnn_error *e)
{
    if (t->config->ema <= 0)
        return 0;
    t->average = t->model;
    t->average.arena = (struct arena){ 0 };
    if (model_alloc(&t->average, e) < 0)
        return -1;
    t->optim.average = t->average.weights;
    return 0;
}

static int allocate_training(struct charnn_trainer *t, struct charnn_error *e)
{
    static const struct charnn_sample_config sampling = { .temperature = 0.8, .top_p = 1 };
    size_t streams, steps;
    t->optim.k = t->model.k;
    t->optim.config = t->config;
    t->optim.set = &t->model.set;
    t->optim.total = t->model.set.total;
    if (check_memory(t, e) < 0 || model_alloc(&t->model, e) < 0 ||
        allocate_average(t, e) < 0)
        return -1;
    take_arrays(t, &t->step.arena);
    if (arena_alloc(&t->step.arena, "gradients", e) < 0)
        return -1;
    take_arrays(t, &t->step.arena);
    if (network_init(&t->net, &t->model, t->plan.batch.T, t->plan.batch.B, training_mode(t),
                     "activations", e) < 0)
        return -1;
    if (t->config->log_gradients && flow_init(&t->flow, &t->net.forward, e) < 0)
        return -1;
    t->net.forward.dropout =
        (struct dropout){ .p = t->config->dropout,
                          .sequence = t->config->dropout_kind == CHARNN_DROPOUT_SEQUENCE };
    t->net.forward.weight_drop.p = t->config->weight_drop;
    evaluation_shape(t, &streams, &steps);
    if (!streams)
        return 0;
    if (evaluator_init(&t->valid.evaluator, trainer_model(t), streams, steps, t->pool, e) <
        0)
        return -1;
    t->valid.evaluator.stop = &t->stop_asked;
    if (t->model.shape.bidirectional)
        return 0; /* bidirectional models cannot generate text */
    return generator_init(&t->valid.writer, trainer_model(t), &t->data.corpus.vocab, NULL,
                          t->pool, &sampling, e);
}

/* ------------------------------------------------------------------------- the run */

static int build_model(struct charnn_trainer *t, const struct source *src,
                       struct charnn_error *e)
{
    const struct charnn_config *c = t->config;
    const struct model_shape shape = config_shape(c, t->data.corpus.vocab.size);
    if (model_init(&t->model, &shape, t->isa, e) < 0)
        return -1;
    t->model.reset_id = vocab_separator(&t->data.corpus.vocab);
    if (allocate_training(t, e) < 0)
        return -1;
    if ((src->from ? weights_restore(t, src->from, e) : weights_init(t, src->init, e)) < 0)
        return -1;
    model_pack_all(&t->model, t->pool);
    return 0;
}

static int start_threads(struct charnn_trainer *t, struct charnn_error *e)
{
    const int isa = isa_choose();
    if (isa < 0)
        return err_usage(e, "%s", isa_complaint());
    t->isa = (enum isa)isa;
    t->pool = pool_new_yielding((int)t->config->threads);
    return t->pool ? 0 : err_set(e, "out of memory for threads");
}

/* Whether --resume-if-there found nothing to resume.  If there is a log, it is from a run of
 * the same command line that was killed before its first save. */
static bool restarts(const struct charnn_trainer *t)
{
    return t->config->resume_if_there && !t->resumed;
}

/* Checks that the files may be written.  The lock on the log keeps out other runs of the same
 * name.  Fails if such a run saved a checkpoint after this run had read it, and before this
 * run got the lock. */
static int claim_outputs(struct charnn_trainer *t, const struct source *src,
                         struct charnn_error *e)
{
    const struct run_files *f = &t->files;
    const bool own = src->last_path && file_same(f->last, src->last_path);
    if (log_open(&t->events.log, f->log, e) < 0)
        return -1;
    if (!own && !t->config->overwrite)
        return files_check_absent(f, log_is_empty(&t->events.log) || restarts(t),
                                  t->resumed, e);
    if (!own)
        return 0;
    const struct file_version now = file_version(src->last_path);
    return file_version_equal(&now, &src->version)
               ? 0
               : err_set(e, "%s was replaced while it was read: try again", src->last_path);
}

/* Names the files of the run, and makes sure that no existing file is overwritten by
 * mistake. */
static int claim_files(struct charnn_trainer *t, const struct source *src,
                       struct charnn_error *e)
{
    struct run_files *f = &t->files;
    if (files_init(f, t->config, src->texts, src->n_texts, src->last_path, e) < 0 ||
        files_check_output(f, f->best, e) < 0 || files_check_output(f, f->last, e) < 0 ||
        files_check_output(f, f->log, e) < 0)
        return -1;
    if (!t->config->dry_run && claim_outputs(t, src, e) < 0)
        return -1;
    if (src->from && !file_exists(f->best))
        t->progress.best_missing = 1;
    return 0;
}

/* Builds a run with these settings.  The automatic settings and the shape of batches are
 * chosen here; after that, the settings are constant. */
static int build_run(struct charnn_trainer *t, const struct charnn_config *settings,
                     const struct source *src, struct charnn_error *e)
{
    struct charnn_config run = *settings;
    run.resume = NULL; /* a setting of this session, not of the run */
    struct charnn_config *c = config_dup(&run, e);
    if (!c)
        return -1;
    t->config = c;
    if ((src->init && take_shape(c, src, e) < 0) || config_check(c, e) < 0 ||
        claim_files(t, src, e) < 0 || start_threads(t, e) < 0 || read_corpus(t, src, e) < 0)
        return -1;
    if (!src->from)
        plan_autoconf(t, c);
    if (plan_batches(t, c, e) < 0 || plan_steps(t, c, src->from, e) < 0 ||
        build_model(t, src, e) < 0)
        return -1;
    return estimate_check_disk(t, e);
}

/* Takes the run's earlier plans from the checkpoint.  Plans that an older version wrote have
 * no settings; those of the checkpoint are added to them. */
static void take_plans(struct charnn_trainer *t, const struct ckpt *from)
{
    struct json j;
    struct charnn_config c = from->config;
    int64_t step, steps;
    json_init(&j, from->plans, strlen(from->plans));
    json_enter(&j, '[');
    while (ckpt_next_plan(&j, &step, &steps, &c))
        ckpt_put_plan(&t->plan.lengths, step, steps, &c);
}

static int build_resumed(struct charnn_trainer *t, const struct charnn_config *given,
                         struct source *src, struct charnn_error *e)
{
    struct charnn_config c, asked = *given;
    struct ckpt from;
    char *output = NULL;
    src->version = file_version(asked.resume);
    if (ckpt_read(&from, asked.resume, e) < 0)
        return -1;
    if (asked.resume_if_there)
        resume_forget_repeated(&asked, &from.config);
    int status = resume_config(&c, &asked, &from, &output, e);
    if (status == 0)
        status = resume_texts(&from, &src->texts, &src->n_texts, e);
    if (status == 0) {
        t->resumed = true;
        t->progress = from.progress;
        take_plans(t, &from);
        t->memory.checkpoint = from.file.raw.len;
        src->from = &from;
        src->last_path = asked.resume;
        status = build_run(t, &c, src, e);
    }
    free(output);
    ckpt_release(&from);
    return status;
}

static int build_new(struct charnn_trainer *t, const struct charnn_config *config,
                     struct source *src, struct charnn_error *e)
{
    struct ckpt init;
    if (src->n_texts == 0)
        return err_usage(
            e, "no text to train on: name one or more files, or - for standard input");
    if (config_adds(config))
        return err_usage(e,
                         "a length after a + adds to a run that is resumed: give `resume`, "
                         "or leave out the +");
    if (!config->init_from)
        return build_run(t, config, src, e);
    if (ckpt_read(&init, config->init_from, e) < 0)
        return -1;
    t->memory.checkpoint = init.file.raw.len;
    src->init = &init;
    int status = build_run(t, config, src, e);
    ckpt_release(&init);
    return status;
}

/* For --resume-if-there: resumes the run if its .last.bin exists, else begins it. */
static int build_or_resume(struct charnn_trainer *t, const struct charnn_config *config,
                           struct source *src, struct charnn_error *e)
{
    struct charnn_config c = *config;
    char *last = file_sibling(c.output, ".last.bin");
    if (!last)
        return err_set(e, "out of memory");
    const bool there = file_exists(last);
    c.resume = last;
    const int status = there ? build_resumed(t, &c, src, e) : build_new(t, config, src, e);
    free(last);
    return status;
}

int setup_trainer(struct charnn_trainer *t, const struct charnn_config *config,
                  const char *const *texts, size_t n_texts, struct charnn_error *e)
{
    struct source src = { .texts = texts, .n_texts = n_texts };
    t->plan.began = clock_seconds();
    t->progress = progress_none();
    stats_begin(t);
    for (int k = 0; k < CHARNN_NGRAM_ORDERS; k++)
        t->valid.ngram[k] = NAN;
    if (config->resume_if_there && !config->resume)
        return build_or_resume(t, config, &src, e);
    return config->resume ? build_resumed(t, config, &src, e)
                          : build_new(t, config, &src, e);
}

void setup_release(struct charnn_trainer *t)
{
    evaluator_release(&t->valid.evaluator);
    generator_release(&t->valid.writer);
    flow_release(&t->flow);
    network_release(&t->net);
    arena_release(&t->average.arena);
    model_release(&t->model);
    arena_release(&t->step.arena);
    corpus_release(&t->data.corpus);
    corpus_release(&t->data.held_out);
    pool_free(t->pool);
    buf_release(&t->valid.history);
    buf_release(&t->plan.lengths);
    log_close(&t->events.log, NULL);
    files_release(&t->files);
    config_free(t->config);
}
