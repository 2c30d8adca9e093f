/* bidir.c - aligns the reverse stack's outputs with the forward stack's. */
#include "nn/bidir.h"

#include <string.h>

void bidir_plan(struct bidir *b, struct arena *a, const struct stack *forward,
                const struct stack *reverse)
{
    const size_t B = forward->B, joined = 2 * forward->layers[0].plane;
    b->most = reverse->T;
    b->text = arena_take(a, B, b->most * sizeof *b->text);
    b->ids = arena_take(a, B, b->most * sizeof *b->ids);
    b->n = arena_take(a, B, sizeof *b->n);
    b->joined = arena_take(a, joined, forward->T * sizeof(real));
    if (forward->mode != STACK_FORWARD)
        b->djoined = arena_take(a, joined, forward->T * sizeof(real));
}

size_t bidir_steps(const struct bidir *b, size_t B)
{
    size_t steps = 0;
    for (size_t row = 0; row < B; row++)
        if (b->n[row] > (int32_t)steps)
            steps = (size_t)b->n[row];
    return steps;
}

/* A row with less text than the longest row is padded with an arbitrary symbol; the outputs of
 * the padding are not used. */
void bidir_turn(const struct bidir *b, const struct stack *reverse, const struct team *team)
{
    const size_t B = reverse->B;
    size_t lo, hi;
    team_range(team, reverse->T, &lo, &hi);
    for (size_t k = lo; k < hi; k++)
        for (size_t row = 0; row < B; row++) {
            const int64_t from = (int64_t)b->n[row] - 1 - (int64_t)k;
            b->ids[k * B + row] = from < 0 ? 0 : b->text[(size_t)from * B + row];
        }
}

/* The output of the reverse stack after it has read all text to the right of target t of a
 * row; NULL if there is none. */
static const real *right_of(const struct bidir *b, const struct stack *reverse, size_t t,
                            size_t row)
{
    const int64_t read = (int64_t)b->n[row] - (int64_t)t;
    if (read < 1 || read > (int64_t)reverse->T)
        return NULL;
    return stack_output(reverse).x + ((size_t)read - 1) * reverse->layers[0].plane +
           row * PANEL;
}

/* Copies one row of [panels][B][16], or zeroes it if `from` is NULL. */
static void copy_row(real *to, const real *from, size_t plane, size_t panel)
{
    for (size_t at = 0; at < plane; at += panel)
        if (from)
            memcpy(to + at, from + at, PANEL * sizeof *to);
        else
            memset(to + at, 0, PANEL * sizeof *to);
}

void bidir_join(const struct bidir *b, const struct stack *forward,
                const struct stack *reverse, const struct team *team)
{
    const size_t B = forward->B, plane = forward->layers[0].plane;
    const real *left = stack_output(forward).x;
    size_t lo, hi;
    team_range(team, forward->T, &lo, &hi);
    for (size_t t = lo; t < hi; t++) {
        real *to = b->joined + t * 2 * plane;
        memcpy(to, left + t * plane, plane * sizeof *to);
        for (size_t row = 0; row < B; row++)
            copy_row(to + plane + row * PANEL, right_of(b, reverse, t, row), plane,
                     B * PANEL);
    }
    team_barrier(team);
}

/* Sets the gradient of the reverse stack's output after it has read k symbols.  Target t uses
 * the output after n - t symbols; the gradient of an output that no target uses is 0. */
static void split_reverse(const struct bidir *b, const struct stack *reverse, size_t T,
                          size_t k)
{
    const size_t B = reverse->B, plane = reverse->layers[0].plane;
    real *to = reverse->dh + k * plane;
    for (size_t row = 0; row < B; row++) {
        const int64_t t = (int64_t)b->n[row] - (int64_t)k;
        const int used = k > 0 && t >= 0 && t < (int64_t)T;
        const real *from =
            used ? b->djoined + ((size_t)t * 2 + 1) * plane + row * PANEL : NULL;
        copy_row(to + row * PANEL, from, plane, B * PANEL);
    }
}

void bidir_split(const struct bidir *b, const struct stack *forward,
                 const struct stack *reverse, const struct team *team)
{
    const size_t plane = forward->layers[0].plane;
    size_t lo, hi;
    team_range(team, forward->T, &lo, &hi);
    for (size_t t = lo; t < hi; t++)
        memcpy(forward->dh + (t + 1) * plane, b->djoined + t * 2 * plane,
               plane * sizeof *forward->dh);
    team_range(team, reverse->T + 1, &lo, &hi);
    for (size_t k = lo; k < hi; k++)
        split_reverse(b, reverse, forward->T, k);
    team_barrier(team);
}
