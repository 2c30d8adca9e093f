/* ckpt_run.h - a run in memory, from which the tests write checkpoints. */
#ifndef CHARNN_TESTS_CKPT_RUN_H
#define CHARNN_TESTS_CKPT_RUN_H

#include <math.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "ckpt/ckpt.h"
#include "net.h"
#include "config/config.h"
#include "test.h"

static char folder[512], path[600];

/* A run in memory: the content of a checkpoint. */
struct run {
    struct net net;
    struct vocab vocab;
    struct charnn_config config;
    struct param_slot slots[2];
    struct ckpt_out out;
};

static const char *const files[] = {
    "plain.txt", "\xFF\xFE odd\x01.txt", "back\\slash\\x41", "quote\"'\n\xED\x95\x9C", "",
};
enum { FILES = sizeof files / sizeof *files, T = 3, B = 4 };

static inline void make_vocab(struct vocab *v, size_t V)
{
    uint32_t symbol[64];
    int64_t count[64];
    for (size_t i = 0; i < V; i++) {
        symbol[i] = (uint32_t)(i == 0 ? 10 : 0xAC00 + i * i);
        count[i] = (int64_t)i * 1000000007 + 1;
    }
    if (vocab_init(v, VOCAB_CHAR, symbol, count, V, NULL) < 0)
        abort();
}

/* Fills an array of the set with random numbers; padding stays zero. */
static inline void fill_array(const struct model *m, real *array, struct rng *rng)
{
    for (size_t i = 0; i < m->set.n; i++)
        for (size_t r = 0; r < m->set.list[i].rows; r++)
            for (size_t c = 0; c < m->set.list[i].cols; c++)
                array[param_at(&m->set.list[i], r, c)] = (real)(float)rng_normal(rng);
}

static inline void start_skip(struct run *r, const struct net_cell *cell, size_t layers,
                              int skip, size_t H, size_t E, size_t V, int resumable)
{
    const struct model_shape shape = { cell->cell, cell->activation, layers, H, E,
                                       V,          .skip = skip };
    struct rng rng;
    rng_init(&rng, 8);
    *r = (struct run){ .config = config_plain() };
    net_init(&r->net, &shape, ISA_ref, T, B, STACK_TRAIN);
    make_vocab(&r->vocab, V);
    r->config.cell = cell->cell;
    r->config.activation = cell->activation;
    r->config.layers = (int64_t)layers;
    r->config.skip = skip;
    r->config.size = (int64_t)H;
    r->config.embed = (int64_t)E;
    r->config.learning_rate = 0.1 + 0.2; /* needs 17 digits */
    r->config.seed = 9007199254740992;
    r->config.output = "o\x80ut \\x.bin";
    r->config.valid_file = "v\xC3\x28";
    fill_array(&r->net.m, r->net.m.weights, &rng);
    for (size_t i = 0; i < 2; i++) {
        r->slots[i] =
            (struct param_slot){ i ? "v" : "m", calloc(r->net.m.set.total, sizeof(real)) };
        fill_array(&r->net.m, r->slots[i].array, &rng);
    }
    float *state = malloc(B * H * sizeof *state);
    for (size_t l = 0; l < layers; l++)
        for (int kind = 0; kind < (int)r->net.m.cell->states; kind++) {
            for (size_t i = 0; i < B * H; i++)
                state[i] = (float)rng_normal(&rng);
            stack_set_state(&r->net.net.forward, l, kind, state);
        }
    free(state);
    r->out = (struct ckpt_out){
        .config = &r->config,
        .files = files,
        .n_files = FILES,
        .vocab = &r->vocab,
        .fingerprint = 0xFEDCBA9876543210u,
        .model = &r->net.m,
        .history = "{\"step\":1},{\"step\":2}",
        .plans = "[0,9],[5,223456789012]",
        .progress = { .step = 123456789012,
                      .steps = 223456789012,
                      .epoch = 1.0 / 3,
                      .seconds = 1e6 + 0.1,
                      .best_loss = NAN,
                      .best_step = 77,
                      .planned_best = 0.1,
                      .since_best = 3,
                      .loss = 1.25 },
    };
    if (resumable) {
        r->out.slots = r->slots;
        r->out.n_slots = 2;
        r->out.state = &r->net.net.forward;
    }
}

static inline void start(struct run *r, const struct net_cell *cell, size_t layers,
                         size_t H, size_t E, size_t V, int resumable)
{
    start_skip(r, cell, layers, CHARNN_SKIP_NONE, H, E, V, resumable);
}

static inline void save(struct run *r)
{
    struct charnn_error e = { 0 };
    CHECK_MSG(ckpt_write(path, &r->out, &e) == 0, "%s", e.message);
}

static inline void stop(struct run *r)
{
    net_release(&r->net);
    vocab_release(&r->vocab);
    free(r->slots[0].array);
    free(r->slots[1].array);
}

static inline int is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

/* Makes a folder from the template `path` and changes to it; call leave_folder after the
 * last test. */
static inline int enter_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/charnn-ckpt.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/x.bin", folder);
    return 0;
}

static inline void leave_folder(void)
{
    unlink(path);
    CHECK(rmdir(folder) == 0);
    pool_free(net_pool());
}

#endif
