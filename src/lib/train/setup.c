/*
 * setup.c - builds a run: from settings and a corpus, or from a .last.bin.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/clock.h"
#include "train/probe.h"
#include "train/recipe.h"
#include "train/trainer.h"

/* The reverse stack reads BIDIR_AHEAD characters more for each chunk: long ones cost less. */
enum { EVAL_STEPS = 32, EVAL_STEPS_BOTH = 128, VALIDATIONS = 40 };

/* --------------------------------------------------------------------- settings */

static int own(char **slot, const char **member, struct charnn_error *e)
{
    if (!*member)
        return 0;
    *slot = strdup(*member);
    *member = *slot;
    return *slot ? 0 : err_set(e, "out of memory");
}

static int own_texts(struct charnn_trainer *t, struct charnn_error *e)
{
    struct charnn_config *c = &t->config;
    c->resume = NULL;
    if (own(&t->texts[0], &c->init, e) < 0 || own(&t->texts[1], &c->output, e) < 0 ||
        own(&t->texts[2], &c->valid_file, e) < 0 || own(&t->texts[3], &c->init_from, e) < 0)
        return -1;
    return 0;
}

static int own_files(struct charnn_trainer *t, const char *const *files, size_t n,
                     struct charnn_error *e)
{
    t->files = calloc(n, sizeof *t->files);
    if (!t->files)
        return err_set(e, "out of memory");
    for (; t->n_files < n; t->n_files++)
        if (!(t->files[t->n_files] = strdup(files[t->n_files])))
            return err_set(e, "out of memory");
    return 0;
}

/* NAME of a resumed run: what its .last.bin is called now says, wherever it has been moved
 * or copied to, so that a copy never writes over the run it was copied from. */
static char *name_beside(const char *last_path, const char *recorded)
{
    static const char suffix[] = ".last.bin";
    const char *slash = strrchr(last_path, '/'), *base = strrchr(recorded, '/');
    struct buf b = { 0 };
    if (file_has_suffix(last_path, suffix)) {
        buf_add(&b, last_path, strlen(last_path) - strlen(suffix));
        buf_str(&b, file_has_suffix(recorded, ".bin") ? ".bin" : "");
    } else {
        buf_add(&b, last_path, slash ? (size_t)(slash + 1 - last_path) : 0);
        buf_str(&b, base ? base + 1 : recorded);
    }
    return b.data;
}

/* The saved run's settings, with what may be given beside --resume laid over them. */
static int resumed_config(struct charnn_config *c, const struct charnn_config *asked,
                          const struct ckpt *from, const char *beside,
                          struct charnn_error *e)
{
    *c = from->config;
    c->stop_at = 0;
    c->time = 0;
    c->output = beside;
    c->threads = asked->threads;
    c->profile = asked->profile;
    c->dry_run = asked->dry_run;
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        if (!config_given(asked, f))
            continue;
        if (!(f->flags & FIELD_RUN))
            return err_usage(
                e,
                "`%s` cannot be changed with `resume`: the settings come from the "
                "checkpoint (`init-from` starts a new run with its weights)",
                f->name);
        config_copy_setting(c, asked, f);
        if (!strcmp(f->name, "epochs"))
            c->steps = 0;
        if (!strcmp(f->name, "steps"))
            c->epochs = 0;
    }
    return 0;
}

/* ------------------------------------------------------------------------- files */

static int name_files(struct charnn_trainer *t, struct charnn_error *e)
{
    t->best_path = strdup(t->config.output);
    t->last_path = file_sibling(t->config.output, ".last.bin");
    t->log_path = file_sibling(t->config.output, ".jsonl");
    return t->best_path && t->last_path && t->log_path ? 0 : err_set(e, "out of memory");
}

/* A run must not write over what it reads. */
static int check_inputs(const struct charnn_trainer *t, struct charnn_error *e)
{
    const char *paths[] = { t->best_path, t->last_path, t->log_path };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        for (size_t k = 0; k < t->n_files; k++)
            if (file_same(paths[i], t->files[k]))
                return err_usage(e, "%s is the text to train on: choose another `output`",
                                 paths[i]);
    return 0;
}

/* A new run must not write over an old one. */
static int check_absent(const struct charnn_trainer *t, struct charnn_error *e)
{
    const char *paths[] = { t->best_path, t->last_path, t->log_path };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (file_exists(paths[i]))
            return t->resumed
                       ? err_usage(e, "%s already exists: choose another `output`",
                                   paths[i])
                       : err_usage(e,
                                   "%s already exists: go on with `resume` %s, choose "
                                   "another `output`, or replace it with `overwrite`",
                                   paths[i], t->last_path);
    return 0;
}

/* ------------------------------------------------------------------------ corpus */

static int read_corpus(struct charnn_trainer *t, const struct ckpt *from,
                       struct charnn_error *e)
{
    const struct charnn_config *c = &t->config;
    const char *const *files = (const char *const *)t->files;
    if (!from) {
        const struct corpus_options options = { .unit = (int)c->unit,
                                                .min_count = c->min_count,
                                                .compose = c->compose,
                                                .documents = (int)c->documents };
        if (corpus_read(&t->corpus, files, t->n_files, &options, e) < 0)
            return -1;
    } else {
        if (corpus_read_with(&t->corpus, files, t->n_files, &from->vocab, e) < 0)
            return -1;
        if (t->corpus.fingerprint != from->fingerprint)
            return err_set(
                e, "%s is not the text this run was trained on (its fingerprint differs)",
                t->files[0]);
    }
    trainer_note(t, t->corpus.note);
    if (!c->valid_file)
        return 0;
    if (corpus_read_with(&t->held_out, &c->valid_file, 1, &t->corpus.vocab, e) < 0)
        return -1;
    return t->held_out.n >= 2 ? 0
                              : err_set(e, "%s: too short to validate on", c->valid_file);
}

/* What nobody gave.  Of a time budget, a part goes to validations and checkpoints. */
static void settle(struct charnn_trainer *t)
{
    static const double TRAINING = 0.93;
    struct charnn_config *c = &t->config;
    const double valid = c->valid_file ? 0 : c->valid;
    double flops = 0;
    t->fits_time = c->time > 0 && !c->steps && !c->epochs;
    if (t->fits_time) {
        t->budget = c->time;
        c->time = 0; /* from here on it is a number of steps */
        flops = TRAINING * t->budget * probe_speed(t->pool, t->isa);
    }
    recipe_settle(c, (size_t)((double)t->corpus.n * (1 - valid)), t->corpus.vocab.size,
                  flops);
}

static int plan_batches(struct charnn_trainer *t, struct charnn_error *e)
{
    const struct charnn_config *c = &t->config;
    if (batch_plan(&t->plan, t->corpus.n, (size_t)c->batch_size, (size_t)c->seq_length,
                   c->valid_file ? 0 : c->valid, (int)c->split, (uint64_t)c->seed, e) < 0)
        return -1;
    if (c->documents)
        batch_plan_documents(&t->plan, &t->corpus, vocab_separator(&t->corpus.vocab));
    trainer_note(t, t->plan.note);
    t->config.batch_size = (int64_t)t->plan.B;
    t->config.seq_length = (int64_t)t->plan.T;
    return 0;
}

/* The length of the run, and how often it validates. */
static int plan_steps(struct charnn_trainer *t, const struct ckpt *from,
                      struct charnn_error *e)
{
    const struct charnn_config *c = &t->config;
    const int64_t epoch = (int64_t)t->plan.steps_per_epoch;
    int64_t n = c->steps;
    if (!n)
        n = c->epochs > CKPT_STEPS_MOST / epoch ? CKPT_STEPS_MOST : c->epochs * epoch;
    if (from && c->steps == from->config.steps && c->epochs == from->config.epochs)
        n = from->progress.steps;
    if (!from || n != from->progress.steps || t->went_on)
        buf_printf(&t->plans, "%s[%lld,%lld]", t->plans.len ? "," : "",
                   (long long)t->progress.step, (long long)n);
    t->progress.steps = n;
    if (n < t->progress.step)
        return err_usage(
            e, "this run has done %lld steps already; `steps` and `epochs` are totals",
            (long long)t->progress.step);
    if (c->stop_at && c->stop_at < t->progress.step)
        return err_usage(e,
                         "this run has done %lld steps already, more than `stop-at` %lld",
                         (long long)t->progress.step, (long long)c->stop_at);
    /* Some 40 validations, but at most a twentieth of the time. */
    const int64_t cost = (int64_t)(20 * trainer_valid_steps(t)) + 1;
    t->valid_every = c->valid_every ? c->valid_every : (n + VALIDATIONS - 1) / VALIDATIONS;
    if (!c->valid_every && t->valid_every < cost)
        t->valid_every = cost;
    if (t->valid_every < 1)
        t->valid_every = 1;
    return 0;
}

/* ------------------------------------------------------------------------ memory */

static void plan_training(struct charnn_trainer *t, struct arena *a)
{
    const size_t chunk = t->plan.B * t->plan.T;
    t->gradient = arena_take(a, t->model.set.total, sizeof(real));
    t->ids = arena_take(a, chunk, sizeof *t->ids);
    t->targets = arena_take(a, chunk, sizeof *t->targets);
    t->step_norm = arena_take(a, 1, sizeof *t->step_norm);
    optim_plan(&t->optim, a);
}

/* Shape of what validates: streams and steps; 0 streams when nothing is held out. */
static void evaluation_shape(const struct charnn_trainer *t, size_t *streams, size_t *steps)
{
    const struct batch_plan *p = &t->plan;
    const size_t n = t->held_out.n ? t->held_out.n : p->valid_hi - p->valid_lo;
    *steps = t->config.bidirectional ? EVAL_STEPS_BOTH : EVAL_STEPS;
    *streams = n >= 2 ? evaluate_streams(n) : 0;
    if (!t->held_out.n && p->split == CHARNN_SPLIT_STREAMS) {
        *steps = p->T;
        *streams = p->valid_chunks ? p->B : 0;
    }
}

/* Everything at once, before anything is allocated, so that what does not fit is refused in
 * one line with one figure. */
static enum stack_mode training_mode(const struct charnn_trainer *t)
{
    return t->config.dropout > 0 ? STACK_TRAIN_DROPOUT : STACK_TRAIN;
}

static int check_memory(struct charnn_trainer *t, struct charnn_error *e)
{
    size_t streams, steps;
    struct arena all = { 0 };
    evaluation_shape(t, &streams, &steps);
    model_plan(&t->model, &all);
    plan_training(t, &all);
    arena_take(&all, network_bytes(&t->model, t->plan.T, t->plan.B, training_mode(t)), 1);
    if (streams)
        arena_take(&all, network_bytes(&t->model, steps, streams, STACK_FORWARD), 1);
    return arena_fits(&all, "this run", e);
}

static int allocate(struct charnn_trainer *t, struct charnn_error *e)
{
    static const struct charnn_sample_config sampling = { .temperature = 0.8, .top_p = 1 };
    size_t streams, steps;
    t->optim.k = t->model.k;
    t->optim.config = &t->config;
    t->optim.set = &t->model.set;
    t->optim.total = t->model.set.total;
    if (check_memory(t, e) < 0 || model_alloc(&t->model, e) < 0)
        return -1;
    plan_training(t, &t->arena);
    if (arena_alloc(&t->arena, "gradients", e) < 0)
        return -1;
    plan_training(t, &t->arena);
    if (network_init(&t->net, &t->model, t->plan.T, t->plan.B, training_mode(t),
                     "activations", e) < 0)
        return -1;
    if (t->config.log_gradients && flow_init(&t->flow, &t->net.forward, e) < 0)
        return -1;
    t->net.forward.dropout =
        (struct dropout){ .p = t->config.dropout,
                          .sequence = t->config.dropout_kind == CHARNN_DROPOUT_SEQUENCE };
    evaluation_shape(t, &streams, &steps);
    if (!streams)
        return 0;
    if (evaluator_init(&t->evaluator, &t->model, streams, steps, t->pool, e) < 0)
        return -1;
    if (t->model.shape.bidirectional)
        return 0; /* it cannot write */
    return generator_init(&t->writer, &t->model, &t->corpus.vocab, t->pool, &sampling, e);
}

/* -------------------------------------------------------------------- --init-from */

/* --init-from: its model settings become the run's; an explicit other one is refused. */
static int take_shape(struct charnn_trainer *t, const struct ckpt *from,
                      struct charnn_error *e)
{
    static const char *const names[] = { "cell",       "layers", "size",         "embed",
                                         "activation", "skip",   "bidirectional" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct field *f = field_find(config_fields, config_n_fields, names[i]);
        if (config_given(&t->config, f) && !field_equal(f, &t->config, &from->config))
            return err_usage(e, "`%s` differs from the model in `init-from` %s", f->name,
                             from->file.path);
        config_copy_setting(&t->config, &from->config, f);
    }
    return 0;
}

static int check_unit(const struct charnn_trainer *t, const struct ckpt *from,
                      struct charnn_error *e)
{
    if ((t->corpus.vocab.unit == VOCAB_BYTE) != (from->vocab.unit == VOCAB_BYTE))
        return err_usage(e, "%s knows %s; use `unit` %s", from->file.path,
                         from->vocab.unit == VOCAB_BYTE ? "bytes" : "characters",
                         from->vocab.unit == VOCAB_BYTE ? "byte" : "char");
    return 0;
}

/* ------------------------------------------------------------------ the whole of it */

static int build_model(struct charnn_trainer *t, const struct ckpt *from,
                       const struct ckpt *init, struct charnn_error *e)
{
    const struct charnn_config *c = &t->config;
    const struct model_shape shape = {
        .cell = (int)c->cell,
        .activation = (int)c->activation,
        .layers = (size_t)c->layers,
        .size = (size_t)c->size,
        .embed = (size_t)c->embed,
        .symbols = t->corpus.vocab.size,
        .skip = (int)c->skip,
        .bidirectional = (int)c->bidirectional,
    };
    if (model_init(&t->model, &shape, t->isa, e) < 0)
        return -1;
    t->model.restart = vocab_separator(&t->corpus.vocab);
    if (allocate(t, e) < 0)
        return -1;
    if ((from ? trainer_restore(t, from, e) : trainer_draw(t, init, e)) < 0)
        return -1;
    trainer_pack(t);
    return 0;
}

static int machine(struct charnn_trainer *t, struct charnn_error *e)
{
    const int isa = isa_choose();
    if (isa < 0)
        return err_usage(e, "%s", isa_complaint());
    t->isa = (enum isa)isa;
    t->pool = pool_new(pool_threads((int)t->config.threads));
    return t->pool ? 0 : err_set(e, "out of memory for threads");
}

/* Everything after the settings are known. */
static int build(struct charnn_trainer *t, const char *const *files, size_t n_files,
                 const char *resumed_from, const struct ckpt *from, const struct ckpt *init,
                 struct charnn_error *e)
{
    if (own_texts(t, e) < 0 || own_files(t, files, n_files, e) < 0 ||
        (init && take_shape(t, init, e) < 0) || config_check(&t->config, e) < 0 ||
        name_files(t, e) < 0 || check_inputs(t, e) < 0)
        return -1;
    const int own_name = resumed_from && file_same(t->last_path, resumed_from);
    if (!own_name && !t->config.overwrite && !t->config.dry_run && check_absent(t, e) < 0)
        return -1;
    if (from && !file_exists(t->best_path))
        t->progress.best_missing = 1;
    if (machine(t, e) < 0 || read_corpus(t, from, e) < 0)
        return -1;
    if (init && check_unit(t, init, e) < 0)
        return -1;
    if (!from)
        settle(t);
    if (plan_batches(t, e) < 0 || plan_steps(t, from, e) < 0 ||
        build_model(t, from, init, e) < 0)
        return -1;
    return trainer_check_disk(t, e);
}

static int resume(struct charnn_trainer *t, const struct charnn_config *asked,
                  const char *const *files, size_t n_files, struct charnn_error *e)
{
    struct ckpt from;
    if (ckpt_read(&from, asked->resume, e) < 0)
        return -1;
    int status = -1;
    char *beside =
        name_beside(asked->resume, from.config.output ? from.config.output : "ckpt.bin");
    if (!beside)
        err_set(e, "out of memory");
    else if (!from.resumable)
        err_usage(
            e,
            "%s holds weights only; `resume` takes the .last.bin beside it, `init-from` "
            "starts a new run with these weights",
            asked->resume);
    else if (resumed_config(&t->config, asked, &from, beside, e) == 0) {
        t->progress = from.progress;
        buf_add(&t->plans, from.plans + 1, strlen(from.plans) - 2);
        if (t->config.patience && t->progress.waited >= t->config.patience) {
            t->progress.waited = 0;
            t->went_on = 1; /* somebody wants to go on all the same */
        }
        t->resumed = 1;
        status = build(t, n_files ? files : from.files, n_files ? n_files : from.n_files,
                       asked->resume, &from, NULL, e);
    }
    free(beside);
    ckpt_release(&from);
    return status;
}

int trainer_build(struct charnn_trainer *t, const struct charnn_config *config,
                  const char *const *files, size_t n_files, struct charnn_error *e)
{
    struct ckpt init;
    t->config = *config;
    t->began = clock_seconds();
    t->progress = progress_none();
    for (int k = 0; k < CHARNN_NGRAM_ORDERS; k++)
        t->ngram[k] = NAN;
    if (config->resume)
        return resume(t, config, files, n_files, e);
    if (n_files == 0)
        return err_usage(
            e, "no text to train on: name one or more files, or - for standard input");
    if (!config->init_from)
        return build(t, files, n_files, NULL, NULL, NULL, e);
    if (ckpt_read(&init, config->init_from, e) < 0)
        return -1;
    int status = build(t, files, n_files, NULL, NULL, &init, e);
    ckpt_release(&init);
    return status;
}

void trainer_release(struct charnn_trainer *t)
{
    evaluator_release(&t->evaluator);
    generator_release(&t->writer);
    flow_release(&t->flow);
    network_release(&t->net);
    model_release(&t->model);
    arena_release(&t->arena);
    corpus_release(&t->corpus);
    corpus_release(&t->held_out);
    pool_free(t->pool);
    buf_release(&t->history);
    buf_release(&t->plans);
    for (size_t i = 0; i < t->n_files; i++)
        free(t->files[i]);
    free(t->files);
    for (size_t i = 0; i < sizeof t->texts / sizeof *t->texts; i++)
        free(t->texts[i]);
    free(t->best_path);
    free(t->last_path);
    free(t->log_path);
}
