/* network.c - one or two stacks below one head. */
#include "nn/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "nn/phase.h"

enum { DRAW_REVERSE = 0x6261636b }; /* key of the dropout masks in the reverse stack */

/* ------------------------------------------------------------------------ memory */

static int bind_network(struct network *n, const struct model *m, size_t T, size_t B,
                        enum stack_mode mode)
{
    *n = (struct network){ .m = m, .T = T, .B = B };
    if (stack_bind(&n->forward, m, 0, T, B, mode) < 0)
        return -1;
    if (!m->shape.bidirectional)
        return 0;
    n->reverse = calloc(1, sizeof *n->reverse);
    if (!n->reverse)
        return -1;
    return stack_bind(n->reverse, m, m->shape.layers, T - 1 + BIDIR_AHEAD, B, mode);
}

static void plan_head(struct network *n)
{
    const struct model *m = n->m;
    const struct param *w = &m->set.list[m->head];
    n->head = (struct head){ .k = m->k,
                             .w = w,
                             .b = &m->set.list[m->head + 1],
                             .matrix = model_matrix(m, w),
                             .T = n->T,
                             .B = n->B,
                             .V = m->shape.symbols,
                             .input_panels = w->padded_cols / PANEL };
    head_plan(&n->head, &n->arena);
    n->loss = arena_take(&n->arena, n->T, n->B * sizeof(real));
}

/* Takes all memory from the arena; called once to measure and once to allocate. */
static void plan_network(struct network *n)
{
    stack_plan(&n->forward, &n->arena);
    if (n->reverse) {
        stack_plan(n->reverse, &n->arena);
        bidir_plan(&n->bidir, &n->arena, &n->forward, n->reverse);
    }
    plan_head(n);
}

int network_init(struct network *n, const struct model *m, size_t T, size_t B,
                 enum stack_mode mode, const char *what, struct charnn_error *e)
{
    if (bind_network(n, m, T, B, mode) < 0) {
        network_release(n);
        return err_set(e, "out of memory for %s", what);
    }
    plan_network(n);
    if (arena_alloc(&n->arena, what, e) < 0) {
        network_release(n);
        return -1;
    }
    plan_network(n);
    return 0;
}

void network_release(struct network *n)
{
    stack_release(&n->forward);
    if (n->reverse)
        stack_release(n->reverse);
    free(n->reverse);
    arena_release(&n->arena);
    *n = (struct network){ 0 };
}

size_t network_bytes(const struct model *m, size_t T, size_t B, enum stack_mode mode)
{
    struct network n;
    size_t bytes = SIZE_MAX;
    if (bind_network(&n, m, T, B, mode) == 0) {
        plan_network(&n);
        if (!n.arena.overflow)
            bytes = n.arena.used;
    }
    network_release(&n);
    return bytes;
}

void network_shorten(struct network *n, size_t T)
{
    n->T = n->head.T = T;
    stack_shorten(&n->forward, T);
}

/* ----------------------------------------------------------------------- running */

void network_begin_reverse(struct network *n)
{
    stack_shorten(n->reverse, bidir_steps(&n->bidir, n->B));
}

static void forward_reverse(const struct network *n, const struct team *team)
{
    struct stack *const r = n->reverse;
    bidir_turn(&n->bidir, r, team);
    if (team->id == 0) {
        r->dropout = n->forward.dropout;
        r->dropout.key = rng_hash(r->dropout.key, DRAW_REVERSE, 0);
        r->weight_drop = n->forward.weight_drop;
    }
    team_barrier(team);
    if (r->T > 0)
        stack_forward(r, n->bidir.ids, team);
    bidir_join(&n->bidir, &n->forward, r, team);
}

void network_forward(const struct network *n, const int32_t *ids, const struct team *team)
{
    stack_forward(&n->forward, ids, team);
    if (n->reverse && !team_stopped(team))
        forward_reverse(n, team);
}

struct dense network_head_input(const struct network *n)
{
    if (!n->reverse)
        return stack_output(&n->forward);
    return (struct dense){ .x = n->bidir.joined, .stride = 2 * n->forward.layers[0].plane };
}

void network_loss(const struct network *n, const int32_t *targets, const struct team *team)
{
    const struct dense x = network_head_input(n);
    const struct head_chunk chunk = {
        .w = n->m->weights, .x = &x, .targets = targets, .loss = n->loss, .scale = 1
    };
    head_run(&n->head, &chunk, team);
    team_barrier(team);
}

void network_logits(const struct network *n, const struct team *team)
{
    const struct model *m = n->m;
    const struct dense x = network_head_input(n);
    head_logits(&n->head, m->weights, &x, n->T - 1, team);
    team_barrier(team);
}

void network_backward(const struct network *n, const int32_t *ids, const int32_t *targets,
                      real scale, real *g, const struct team *team)
{
    const struct dense x = network_head_input(n);
    const struct head_chunk chunk = {
        .w = n->m->weights,
        .x = &x,
        .targets = targets,
        .loss = n->loss,
        .scale = scale,
        .dx = n->reverse ? n->bidir.djoined : stack_output_gradient(&n->forward),
        .g = g,
    };
    if (team->id == 0)
        stack_clear_state_gradient(&n->forward);
    head_run(&n->head, &chunk, team);
    if (n->reverse)
        bidir_split(&n->bidir, &n->forward, n->reverse, team);
    team_mark(team, PHASE_OUTPUT);
    stack_backward(&n->forward, ids, g, team);
    if (n->reverse && n->reverse->T > 0)
        stack_backward(n->reverse, n->bidir.ids, g, team);
}

int network_team(const struct network *n)
{
    const double weights = (double)n->m->set.total + (double)n->m->set.q_total;
    const double work = 2.0 * (double)n->T * (double)n->B * weights;
    return work < 2e6 ? 1 : work < 1e7 ? 4 : 256;
}
