/*
 * api_mix.c - implements the mixtures of charnn.h: several networks, and n-grams of the
 * training text, which are counted again because a checkpoint does not hold that text.
 */
#include "api.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ckpt/ckpt.h"
#include "mix/held_out.h"
#include "score/mixed.h"
#include "score/ngram.h"

/* ------------------------------------------------------------------------ the run */

/* A copy of an optional string; if out of memory, returns NULL and sets *failed. */
static char *copy_string(const char *s, bool *failed)
{
    char *copy = s ? strdup(s) : NULL;
    *failed = *failed || (s && !copy);
    return copy;
}

int api_take_run(struct api_run *r, const struct ckpt *c, struct charnn_error *e)
{
    bool failed = false;
    r->files = calloc(c->n_files + 1, sizeof *r->files);
    failed = !r->files;
    for (; !failed && r->n_files < c->n_files; r->n_files++)
        r->files[r->n_files] = copy_string(c->files[r->n_files], &failed);
    r->valid_file = copy_string(c->config.valid_file, &failed);
    r->unknown =
        c->config.keep_vocabulary ? (int)c->config.unknown : CHARNN_UNKNOWN_REPLACE;
    r->valid_unknown = (int)c->config.unknown;
    return failed ? err_set(e, "out of memory") : 0;
}

static void release_run(struct api_run *r)
{
    for (size_t i = 0; i < r->n_files; i++)
        free(r->files[i]);
    free(r->files);
    free(r->valid_file);
}

void api_release_mixture(struct charnn_model *m)
{
    if (m->mixture.ngrams)
        ngram_model_release(&m->mixture.ngrams->model);
    free(m->mixture.ngrams);
    release_run(&m->run);
}

/* ------------------------------------------------------------------ more networks */

static const char *vocab_difference(const struct vocab *a, const struct vocab *b)
{
    if (a->unit != b->unit)
        return "one knows characters, the other bytes";
    if (!documents_same(&a->documents, &b->documents))
        return "they divide texts into documents in different ways";
    if (a->size != b->size ||
        memcmp(a->symbol, b->symbol, a->size * sizeof *a->symbol) != 0)
        return "they know different symbols";
    return a->compose != b->compose ? "one composes Hangul, the other does not" : NULL;
}

int charnn_model_add(struct charnn_model *m, struct charnn_model *other,
                     struct charnn_error *e)
{
    const char *why = vocab_difference(&m->vocab, &other->vocab);
    assert(!m->mixture.ngrams);
    if (why)
        return err_set(e, "these models cannot be mixed: %s", why);
    if (m->model.shape.bidirectional != other->model.shape.bidirectional)
        return err_set(e, "these models cannot be mixed: one is bidirectional");
    if (m->mixture.n_others == CHARNN_WITH_MAX)
        return err_usage(e, "at most %d models can be mixed", CHARNN_WITH_MAX + 1);
    m->others[m->mixture.n_others++] = &other->model;
    m->mixture.others = m->others;
    return 0;
}

/* ------------------------------------------------------------------------ n-grams */

/* The text of a run, divided as it was in training. */
struct run_text {
    struct corpus corpus, other; /* other: valid_file */
    struct batch_plan plan;
    struct held_out split;
};

static void release_run_text(struct run_text *t)
{
    held_out_release(&t->split);
    corpus_release(&t->corpus);
    corpus_release(&t->other);
}

int api_training_text(const struct charnn_model *m, const char *const *corpus,
                      const char *const **files, size_t *n, struct charnn_error *e)
{
    *files = corpus ? corpus : (const char *const *)m->run.files;
    *n = corpus ? 1 : m->run.n_files;
    if (*n == 0)
        return err_usage(e, "this model does not name the text it was trained on: give it "
                            "as `corpus`");
    for (size_t i = 0; !corpus && i < *n; i++)
        if (ckpt_check_text((*files)[i], e) < 0)
            return -1;
    return 0;
}

static int read_run_text(struct run_text *t, struct charnn_model *m, const char *corpus,
                         struct charnn_error *e)
{
    struct corpus_options options = corpus_options_of(&m->vocab);
    options.unknown = m->run.unknown;
    const char *const *files;
    size_t n_files;
    if (api_training_text(m, corpus ? &corpus : NULL, &files, &n_files, e) < 0)
        return -1;
    if (m->run.valid_file && ckpt_check_text(m->run.valid_file, e) < 0)
        return -1;
    if (corpus_read(&t->corpus, files, n_files, &options, e) < 0)
        return -1;
    if (t->corpus.fingerprint != m->split.fingerprint)
        return err_set(e,
                       "%s is not the text that this model was trained on: n-grams "
                       "counted in it would not match the model",
                       files[0]);
    if (scoring_plan(&m->split, &t->corpus, files[0], &t->plan, e) < 0)
        return -1;
    if (m->run.valid_file) {
        options.unknown = m->run.valid_unknown;
        if (corpus_read(&t->other, (const char *const *)&m->run.valid_file, 1, &options,
                        e) < 0)
            return -1;
        m->run.unseen = t->other.fingerprint;
    }
    return held_out_split(&t->split, &t->plan, &t->corpus,
                          m->run.valid_file ? &t->other : NULL, e);
}

/* How many orders are added to the best one.  Higher orders do not predict better, but the
 * length of the longest context that occurred in training helps to choose the mixture weights:
 * on a megabyte of English this lowers the loss by 0.007 nats/char. */
enum { LONGER = 6 };

/* Chooses the order with the lowest loss on the held-out text, plus LONGER. */
static int choose_order(const struct run_text *t, struct ngram_options *o,
                        struct charnn_error *e)
{
    struct ngram_baselines b;
    o->most = NGRAM_CONTEXT_MOST;
    if (ngram_baselines(&t->split.train, &t->split.held, o, &b, e) < 0)
        return -1;
    if (b.targets < 16)
        return err_set(
            e,
            "training held out no text, which is needed to fit the weights of the n-grams");
    unsigned best = 0;
    for (unsigned k = 1; k <= NGRAM_CONTEXT_MOST; k++)
        best = b.loss[k] < b.loss[best] ? k : best;
    o->most = best + LONGER < NGRAM_CONTEXT_MOST ? best + LONGER : NGRAM_CONTEXT_MOST;
    return 0;
}

/* The held-out text to which the mixture weights are fitted.  If it is long, its first part is
 * enough for a few hundred weights. */
static struct mixed_text text_to_fit(const struct run_text *t)
{
    const struct ngram_stretch *s = t->split.held.stretch;
    return t->plan.split == CHARNN_SPLIT_STREAMS
               ? (struct mixed_text){ .corpus = &t->corpus, .chunks = &t->plan }
               : (struct mixed_text){ .corpus = s->corpus,
                                      .lo = s->lo,
                                      .hi = size_min(s->hi, s->lo + NGRAM_HELD_MOST),
                                      .fast = true };
}

static int fit_ngrams(struct charnn_model *m, const struct run_text *t,
                      struct charnn_ngrams *done, struct charnn_error *e)
{
    const struct mixed_models models = { &m->model, &m->mixture, m->pool };
    const struct mixed_text text = text_to_fit(t);
    struct mixed_losses losses;
    if (mixed_fit(&models, &text, &losses, e) < 0)
        return -1;
    done->network = losses.network;
    done->ngrams = losses.ngrams;
    done->mixture = losses.mixture;
    return 0;
}

static int count_ngrams(struct charnn_model *m, const struct run_text *t,
                        struct charnn_ngrams *done, struct charnn_error *e)
{
    struct ngram_options o = { .V = m->vocab.size, .separator = m->model.reset_id };
    if (choose_order(t, &o, e) < 0 ||
        ngram_model_init(&m->mixture.ngrams->model, &t->split.train, &o, e) < 0)
        return -1;
    done->order = o.most;
    return fit_ngrams(m, t, done, e);
}

int charnn_model_add_ngrams(struct charnn_model *m, const char *corpus,
                            struct charnn_ngrams *done, struct charnn_error *e)
{
    struct charnn_ngrams ignored;
    struct run_text t = { .split.stretch = NULL };
    if (m->model.shape.bidirectional)
        return err_usage(e,
                         "n-grams cannot be mixed with a bidirectional model: they predict "
                         "only from the text before a character");
    assert(!m->mixture.ngrams);
    done = done ? done : &ignored;
    *done = (struct charnn_ngrams){ .order = 0 };
    int status = read_run_text(&t, m, corpus, e);
    if (status == 0 && !(m->mixture.ngrams = calloc(1, sizeof *m->mixture.ngrams)))
        status = err_set(e, "out of memory for n-grams");
    if (status == 0)
        status = count_ngrams(m, &t, done, e);
    release_run_text(&t);
    return status;
}
