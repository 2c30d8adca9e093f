/*
 * net.h - a small network with random weights and random text, for tests of everything
 * above the kernels.  If it cannot be built, the test program ends.
 */
#ifndef CHARNN_TESTS_NET_H
#define CHARNN_TESTS_NET_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charnn.h"
#include "nn/network.h"

/* A kind of cell with an activation; the RNN has three activations. */
struct net_cell {
    int cell, activation;
    const char *name;
};
enum { NET_CELLS = CHARNN_CELLS + 2 };

/* The cells that tests loop over: the RNN with tanh, relu and sigmoid, the LSTM, the GRU,
 * and any other in the table of cells. */
static inline const struct net_cell *net_cell(size_t i)
{
    static struct net_cell all[NET_CELLS] = {
        { CHARNN_CELL_RNN, CHARNN_ACTIVATION_TANH, "rnn tanh" },
        { CHARNN_CELL_RNN, CHARNN_ACTIVATION_RELU, "rnn relu" },
        { CHARNN_CELL_RNN, CHARNN_ACTIVATION_SIGMOID, "rnn sigmoid" },
    };
    if (i >= 3) {
        const int cell = (int)i - 2;
        all[i] = (struct net_cell){ cell, CHARNN_ACTIVATION_TANH, cell_kinds[cell].name };
    }
    return &all[i];
}

struct net {
    struct model m;
    struct network net;
    real *g;                /* [m.set.total] */
    int32_t *ids, *targets; /* [T][B] */
    struct pool *pool;
};

/* One pool for all networks of a test, with enough threads for any of them. */
static inline struct pool *net_pool(void)
{
    static struct pool *pool;
    if (!pool)
        pool = pool_new(5);
    return pool;
}

static inline void net_text(struct net *n, uint64_t seed)
{
    const size_t V = n->m.shape.symbols;
    struct rng rng;
    rng_init(&rng, seed);
    for (size_t i = 0; i < n->net.T * n->net.B; i++) {
        n->ids[i] = (int32_t)(rng_next(&rng) % V);
        n->targets[i] = (int32_t)(rng_next(&rng) % V);
    }
}

static inline void net_pack_job(void *arg, const struct team *team)
{
    model_pack(&((struct net *)arg)->m, team);
}

/* Makes a network for training (mode STACK_TRAIN, with room for dropout) or for
 * inference. */
static inline void net_init(struct net *n, const struct model_shape *shape, enum isa isa,
                            size_t T, size_t B, enum stack_mode mode)
{
    struct rng rng;
    struct charnn_error e = { 0 };
    rng_init(&rng, 11);
    *n = (struct net){ .pool = net_pool() };
    if (!n->pool || model_init(&n->m, shape, isa, &e) < 0 || model_alloc(&n->m, &e) < 0 ||
        model_init_weights(&n->m, &(struct weight_init){ "auto", 0, 1 }, &rng, &e) < 0 ||
        network_init(&n->net, &n->m, T, B, mode == STACK_TRAIN ? STACK_TRAIN_DROPOUT : mode,
                     "a test", &e) < 0) {
        printf("Bail out! %s\n", e.message);
        exit(1);
    }
    n->g = aligned_alloc(64, n->m.set.total * sizeof *n->g);
    n->ids = calloc(T * B, sizeof *n->ids);
    n->targets = calloc(T * B, sizeof *n->targets);
    if (!n->g || !n->ids || !n->targets)
        abort();
    net_text(n, 5);
    pool_run(n->pool, 1, net_pack_job, n);
}

static inline void net_release(struct net *n)
{
    network_release(&n->net);
    model_release(&n->m);
    free(n->g);
    free(n->ids);
    free(n->targets);
}

static inline void net_train_job(void *arg, const struct team *team)
{
    struct net *n = arg;
    network_forward(&n->net, n->ids, team);
    network_backward(&n->net, n->ids, n->targets, (real)0.01, n->g, team);
}

static inline void net_loss_job(void *arg, const struct team *team)
{
    struct net *n = arg;
    network_forward(&n->net, n->ids, team);
    network_loss(&n->net, n->targets, team);
}

/* Computes the losses, and the gradient of 0.01 x their sum into g. */
static inline void net_train(struct net *n, int threads)
{
    memset(n->g, 0, n->m.set.total * sizeof *n->g);
    pool_run(n->pool, threads, net_train_job, n);
}

static inline void net_loss(struct net *n, int threads)
{
    pool_run(n->pool, threads, net_loss_job, n);
}

#endif
