/*
 * logits.c - computes logits with charnn, for check_exchange.py to compare.
 *
 *     logits CHECKPOINT TEXT
 *
 * Writes float [T, V] to standard output: the logits after each of the T characters of the
 * text, read from zero state, with the symbols in the order of charnn's vocabulary.
 */
#include <stdio.h>
#include <stdlib.h>

#include "charnn.h"
#include "base/file.h"
#include "ckpt/ckpt.h"
#include "nn/network.h"
#include "sample/prime.h"

struct reading {
    struct model model;
    struct network net;
    struct pool *pool;
    int32_t id;
};

static void pack_job(void *arg, const struct team *team)
{
    model_pack(&((struct reading *)arg)->model, team);
}

static void read_job(void *arg, const struct team *team)
{
    struct reading *r = arg;
    network_forward(&r->net, &r->id, team);
    network_logits(&r->net, team);
}

static int load(struct reading *r, const struct ckpt *c, struct charnn_error *e)
{
    if (model_init(&r->model, &c->shape, (enum isa)isa_choose(), e) < 0 ||
        model_alloc(&r->model, e) < 0 || ckpt_get_weights(c, &r->model, e) < 0 ||
        network_init(&r->net, &r->model, 1, 1, STACK_FORWARD, "a test", e) < 0)
        return -1;
    pool_run(r->pool, 1, pack_job, r);
    stack_reset(&r->net.forward);
    return 0;
}

static void put_logits(struct reading *r, const uint16_t *ids, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        r->id = ids[t];
        pool_run(r->pool, 1, read_job, r);
        stack_carry(&r->net.forward);
        fwrite(r->net.head.logits, sizeof(float), r->model.shape.symbols, stdout);
    }
}

int main(int argc, char **argv)
{
    struct charnn_error e = { 0 };
    struct ckpt c;
    struct buf text = { 0 };
    struct vocab_unknown unknown = { .policy = CHARNN_UNKNOWN_ERROR };
    struct reading r = { .pool = pool_new(1) };
    uint16_t *ids;
    size_t n;
    if (argc != 3 || ckpt_read(&c, argv[1], &e) < 0 || file_read(argv[2], &text, &e) < 0 ||
        prime_encode(&c.vocab, &unknown, text.data, text.len, &ids, &n, &e) < 0 ||
        load(&r, &c, &e) < 0) {
        fprintf(stderr, "logits: %s\n", e.message);
        return 1;
    }
    put_logits(&r, ids, n);
    free(ids);
    buf_release(&text);
    network_release(&r.net);
    model_release(&r.model);
    pool_free(r.pool);
    ckpt_release(&c);
    return fflush(stdout) == 0 ? 0 : 1;
}
