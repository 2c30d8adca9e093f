/* probe.c - measures speed by a few training steps of a temporary model on random text. */
#include "train/autoconf.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "charnn.h"
#include "nn/network.h"

enum { SIZE = 384, SYMBOLS = 64, B = 32, T = 64, ROUNDS = 6 };

struct probe {
    struct model m;
    struct network net;
    real *gradient;
    int32_t ids[T * B];
};

static void probe_step_job(void *arg, const struct team *team)
{
    struct probe *p = arg;
    model_pack(&p->m, team);
    team_barrier(team);
    network_forward(&p->net, p->ids, team);
    network_backward(&p->net, p->ids, p->ids, 1, p->gradient, team);
}

static int build_probe(struct probe *p, enum isa isa)
{
    const struct model_shape shape = {
        .cell = CHARNN_CELL_LSTM, .layers = 1, .size = SIZE, .symbols = SYMBOLS
    };
    struct charnn_error e;
    struct rng rng;
    rng_init(&rng, 1);
    for (size_t i = 0; i < T * B; i++)
        p->ids[i] = (int32_t)(rng_next(&rng) % SYMBOLS);
    if (model_init(&p->m, &shape, isa, &e) < 0 || model_alloc(&p->m, &e) < 0 ||
        model_init_weights(&p->m, &(struct weight_init){ "auto", 0, 0 }, &rng, &e) < 0 ||
        network_init(&p->net, &p->m, T, B, STACK_TRAIN, "measuring the speed", &e) < 0)
        return -1;
    p->gradient = aligned_alloc(64, p->m.set.total * sizeof *p->gradient);
    if (p->gradient)
        memset(p->gradient, 0, p->m.set.total * sizeof *p->gradient);
    return p->gradient ? 0 : -1;
}

double probe_speed(struct pool *pool, enum isa isa)
{
    struct probe *p = calloc(1, sizeof *p);
    const double flops = 6.0 * (4 * SIZE * SIZE + SYMBOLS * SIZE) * T * B;
    double speed = 0;
    if (p && build_probe(p, isa) == 0) {
        pool_run(pool, POOL_ALL, probe_step_job, p); /* not timed: the first step touches
                                                      * the memory for the first time */
        const double start = clock_seconds();
        for (int i = 0; i < ROUNDS; i++)
            pool_run(pool, POOL_ALL, probe_step_job, p);
        speed = ROUNDS * flops / (clock_seconds() - start);
    }
    if (p) {
        network_release(&p->net);
        model_release(&p->m);
        free(p->gradient);
    }
    free(p);
    return speed;
}
