/* bidir.c - the back stack, and the places of its outputs beside those of the forward one.
 */
#include "nn/bidir.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* ------------------------------------------------------------------------ memory */

static void plan(struct bidir *b, const struct stack *s)
{
    const size_t joined = 2 * s->B * padded(s->m->shape.size);
    b->most = s->T - 1 + BIDIR_AHEAD;
    b->text = arena_take(&b->arena, s->B, b->most * sizeof *b->text);
    b->ids = arena_take(&b->arena, s->B, b->most * sizeof *b->ids);
    b->n = arena_take(&b->arena, s->B, sizeof *b->n);
    b->joined = arena_take(&b->arena, joined, s->T * sizeof(real));
    if (s->mode == STACK_TRAIN)
        b->djoined = arena_take(&b->arena, joined, s->T * sizeof(real));
}

struct bidir *bidir_new(const struct stack *s, int with_dropout, const char *what,
                        struct charnn_error *e)
{
    struct bidir *b = calloc(1, sizeof *b);
    if (!b) {
        err_set(e, "out of memory for %s", what);
        return NULL;
    }
    plan(b, s);
    if (arena_alloc(&b->arena, what, e) < 0) {
        free(b);
        return NULL;
    }
    plan(b, s);
    if (stack_init_back(&b->back, s->m, b->most, s->B, s->mode, with_dropout, what, e) <
        0) {
        bidir_free(b);
        return NULL;
    }
    return b;
}

void bidir_free(struct bidir *b)
{
    if (!b)
        return;
    stack_release(&b->back);
    arena_release(&b->arena);
    free(b);
}

size_t bidir_bytes(const struct model *m, size_t T, size_t B, enum stack_mode mode,
                   int with_dropout)
{
    const struct stack s = { .m = m, .T = T, .B = B, .mode = mode };
    struct bidir b = { 0 };
    plan(&b, &s);
    arena_take(&b.arena, stack_bytes_back(m, b.most, B, mode, with_dropout), 1);
    return b.arena.overflow ? SIZE_MAX : b.arena.used;
}

/* ----------------------------------------------------------------------- running */

void bidir_begin(struct bidir *b)
{
    size_t steps = 0;
    for (size_t row = 0; row < b->back.B; row++)
        if (b->n[row] > (int32_t)steps)
            steps = (size_t)b->n[row];
    stack_shorten(&b->back, steps);
}

/* The text from its end; what a row has not, follows as any symbol that counts for nothing.
 */
static void turn(const struct bidir *b, const struct team *team)
{
    const size_t B = b->back.B;
    size_t lo, hi;
    team_share(team, b->back.T, &lo, &hi);
    for (size_t k = lo; k < hi; k++)
        for (size_t row = 0; row < B; row++) {
            const int64_t from = (int64_t)b->n[row] - 1 - (int64_t)k;
            b->ids[k * B + row] = from < 0 ? 0 : b->text[(size_t)from * B + row];
        }
}

/* The back stack's output when it has read all that stands right of target t of a row;
 * NULL: there is nothing. */
static const real *right_of(const struct bidir *b, const real *up, size_t t, size_t row)
{
    const int64_t read = (int64_t)b->n[row] - (int64_t)t;
    return read < 1 || read > (int64_t)b->back.T
               ? NULL
               : up + ((size_t)read - 1) * b->back.layers[0].plane + row * PANEL;
}

static void join(const struct stack *s, const struct team *team)
{
    const struct bidir *b = s->bidir;
    const size_t plane = s->layers[0].plane, panel = s->B * PANEL;
    const real *left = stack_up(s).x, *right = stack_up(&b->back).x;
    size_t lo, hi;
    team_share(team, s->T, &lo, &hi);
    for (size_t t = lo; t < hi; t++) {
        real *to = b->joined + t * 2 * plane;
        memcpy(to, left + t * plane, plane * sizeof *to);
        for (size_t row = 0; row < s->B; row++) {
            const real *from = right_of(b, right, t, row);
            for (size_t at = 0; at < plane; at += panel)
                if (from)
                    memcpy(to + plane + at + row * PANEL, from + at, PANEL * sizeof *to);
                else
                    memset(to + plane + at + row * PANEL, 0, PANEL * sizeof *to);
        }
    }
}

void bidir_forward(const struct stack *s, const struct team *team)
{
    struct bidir *b = s->bidir;
    turn(b, team);
    if (team->id == 0) {
        b->back.dropout = s->dropout;
        b->back.dropout.key = rng_hash(s->dropout.key, 0x6261636b, 0);
    }
    team_sync(team);
    if (b->back.T > 0)
        stack_forward(&b->back, b->ids, team);
    join(s, team);
    team_sync(team);
}

struct dense bidir_reads(const struct stack *s)
{
    return (struct dense){ .x = s->bidir->joined, .step = 2 * s->layers[0].plane };
}

/* The step of the back stack that was the last before target t reads n - t symbols: step
 * n - t - 1.  The others have nothing above them. */
static void divide_back(const struct bidir *b, size_t T, size_t k)
{
    const size_t plane = b->back.layers[0].plane, panel = b->back.B * PANEL;
    real *to = b->back.dh + k * plane; /* of the state after k steps */
    for (size_t row = 0; row < b->back.B; row++) {
        const int64_t t = (int64_t)b->n[row] - (int64_t)k;
        const int used = k > 0 && t >= 0 && t < (int64_t)T;
        const real *from = used ? b->djoined + ((size_t)t * 2 + 1) * plane : NULL;
        for (size_t at = row * PANEL; at < plane; at += panel)
            if (from)
                memcpy(to + at, from + at, PANEL * sizeof *to);
            else
                memset(to + at, 0, PANEL * sizeof *to);
    }
}

void bidir_divide(const struct stack *s, const struct team *team)
{
    const struct bidir *b = s->bidir;
    const size_t plane = s->layers[0].plane;
    size_t lo, hi;
    team_share(team, s->T, &lo, &hi);
    for (size_t t = lo; t < hi; t++)
        memcpy(s->dh + (t + 1) * plane, b->djoined + t * 2 * plane, plane * sizeof *s->dh);
    team_share(team, b->back.T + 1, &lo, &hi);
    for (size_t k = lo; k < hi; k++)
        divide_back(b, s->T, k);
    team_sync(team);
}
