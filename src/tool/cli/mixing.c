/* mixing.c - loads the models of a mixture. */
#include "cli/mixing.h"

#include "cli/msg.h"

static void mix_network(struct mixing *m, size_t i, int weights, int threads)
{
    struct charnn_error e;
    m->others[i] = charnn_model_load(m->with.text[i], weights, threads, &e);
    if (!m->others[i])
        msg_die_error(&e);
    if (charnn_model_add(m->model, m->others[i], &e) < 0)
        msg_die("%s: %s", m->with.text[i], e.message);
}

static void mix_ngrams(struct mixing *m, const char *corpus, int quiet)
{
    struct charnn_error e;
    struct charnn_ngrams done;
    if (charnn_model_add_ngrams(m->model, corpus, &done, &e) < 0)
        msg_die_error(&e);
    if (!quiet)
        msg_say("%d-gram model: the mixture weights were fitted to the held-out text; "
                "losses on "
                "it: network %.4f, n-grams %.4f, mixture %.4f nats/char",
                (int)done.order + 1, done.network, done.ngrams, done.mixture);
}

struct charnn_model *mixing_load(struct mixing *m, const char *path, const char *corpus,
                                 int weights, int threads, int quiet)
{
    struct charnn_error e;
    m->model = charnn_model_load(path, weights, threads, &e);
    if (!m->model)
        msg_die_error(&e);
    for (size_t i = 0; i < m->with.n; i++)
        mix_network(m, i, weights, threads);
    if (m->ngrams)
        mix_ngrams(m, corpus, quiet);
    return m->model;
}

void mixing_free(struct mixing *m)
{
    charnn_model_free(m->model);
    for (size_t i = 0; i < m->with.n; i++)
        charnn_model_free(m->others[i]);
}
