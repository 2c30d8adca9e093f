/*
 * layer_forward.c - the forward pass of a layer: one product for the inputs of all steps,
 * then the recurrence and the cell step by step; with float or int8 weights.
 */
#include "nn/layer_part.h"
#include "nn/phase.h"

/* A member's part of the products over all steps: whole steps if there are enough, because
 * they make the largest products; otherwise its part of the time loop. */
static struct layer_part bulk_part_of(const struct layer *l, const struct team *team,
                                      const struct layer_part *loop)
{
    struct layer_part p = { .rows = l->B, .panels = l->panels, .group = *team };
    size_t hi;
    if (l->T < (size_t)team->n)
        return *loop;
    team_range(team, l->T, &p.t0, &hi);
    p.steps = hi - p.t0;
    return p;
}

/* Which panels a product computes: `panels` panels from `first` on, in each of `calls` calls.
 * There is one call for each gate or, if a part has all panels, one call for all gates. */
struct columns {
    size_t calls, first, panels;
};

static struct columns columns_of(const struct layer *l, const struct layer_part *p)
{
    if (p->panels == l->panels)
        return (struct columns){ 1, 0, l->cell->gates * l->panels };
    return (struct columns){ p->panels ? l->cell->gates : 0, p->panel, p->panels };
}

/* The address of the first number of the part in the gates. */
static real *gates_of(const struct layer *l, const struct layer_part *p)
{
    return l->gates + p->t0 * l->gates_stride + p->row * PANEL;
}

/* Sets the gates of the part's steps, rows and panels to the bias. */
static void begin_gates(const struct layer *l, const struct layer_part *p)
{
    const size_t planes = l->cell->gates + l->cell->split_gates, panel = l->B * PANEL;
    real *gates = gates_of(l, p);
    for (size_t t = 0; t < p->steps; t++)
        for (size_t g = 0; g < planes; g++)
            for (size_t u = p->panel; u < p->panel + p->panels; u++) {
                const size_t q = g * l->panels + u;
                l->k->broadcast(gates + t * l->gates_stride + q * panel,
                                l->bias + q * PANEL, p->rows);
            }
}

/* Adds W_ih x to the gates of the part, for dense input, in one product. */
static void project_steps(const struct layer *l, const struct dense *in,
                          const struct layer_part *p)
{
    const size_t panel = l->B * PANEL;
    const struct columns c = columns_of(l, p);
    for (size_t g = 0; g < c.calls; g++) {
        const struct matrix_product product = {
            .w = &l->ih,
            .x = in,
            .B = l->B,
            .row = p->row,
            .rows = p->rows,
            .t0 = p->t0,
            .steps = p->steps,
            .first = g * l->panels + c.first,
            .panels = c.panels,
            .panel_stride = 1,
            .y = gates_of(l, p) + (g * l->panels + c.first) * panel,
            .y_stride = l->gates_stride,
            .y_panel = panel,
        };
        matrix_product(l->k, &product);
    }
}

/* Adds W_ih x to the gates of the part, for dense input; returns early if the member must
 * stop. */
static void project_input(const struct layer *l, const struct dense *in,
                          const struct layer_part *p)
{
    const size_t step =
        p->rows * l->cell->gates * p->panels * PANEL * l->input_panels * PANEL;
    const size_t end = p->t0 + p->steps;
    struct layer_part part = *p;
    for (; part.t0 < end; part.t0 += part.steps) {
        if (team_must_stop(&p->group))
            return;
        part.steps = layer_bite(end - part.t0, step);
        project_steps(l, in, &part);
    }
}

/* Sets the pre-activations of panel u of each gate, for one-hot input, to the bias plus the
 * symbols' columns of W_ih. */
static void gather(const struct layer *l, const real *w, const int32_t *ids, size_t t,
                   size_t u, const struct layer_part *p)
{
    const real *table = w + l->w_ih->offset;
    real *c = l->gates + t * l->gates_stride + (u * l->B + p->row) * PANEL;
    ids += t * l->B + p->row;
    for (size_t g = 0; g < l->cell->gates + l->cell->split_gates; g++) {
        const size_t q = g * l->panels + u;
        if (g < l->cell->gates)
            l->k->gather(c + g * l->plane, l->bias + q * PANEL,
                         table + q * l->w_ih->cols * PANEL, ids, p->rows);
        else
            l->k->broadcast(c + g * l->plane, l->bias + q * PANEL, p->rows);
    }
}

/* Adds W_hh h_in to the pre-activations of panel u of each gate. */
static void recur(const struct layer *l, size_t t, size_t u, const struct layer_part *p)
{
    const struct dense h = { l->h_in, l->plane, l->q, l->absmax_in };
    const struct matrix_product product = {
        .w = &l->hh,
        .x = &h,
        .B = l->B,
        .row = p->row,
        .rows = p->rows,
        .t0 = t,
        .steps = 1,
        .first = u,
        .panels = l->cell->gates,
        .panel_stride = l->panels,
        .next = u + 1 < p->panel + p->panels ? u + 1 : 0,
        .y = l->gates + t * l->gates_stride + l->cell->split_gates * l->plane +
             (u * l->B + p->row) * PANEL,
        .y_panel = l->plane,
    };
    matrix_product(l->k, &product);
}

static void clear_padding(const struct cell_step *s, size_t units)
{
    for (size_t i = 0; i < s->n; i += PANEL)
        for (size_t j = units; j < PANEL; j++)
            s->h[i + j] = 0;
}

static void cell_forward(const struct layer *l, size_t t, size_t u,
                         const struct layer_part *p)
{
    const struct cell_step s = layer_cell_at(l, t, u, p);
    l->ops->forward(&s);
    if (l->ops->clears_padding && u == l->panels - 1 && l->H % PANEL)
        clear_padding(&s, l->H % PANEL);
}

/* Quantises state t of the part.  If the state is bounded, absmax is 1.  Otherwise absmax
 * needs a whole row, so each row is done by one member of the group. */
static void quantize_state(const struct layer *l, size_t t, const struct layer_part *p)
{
    const size_t panel = l->B * PANEL, at = t * l->plane + p->row * PANEL;
    real *absmax = l->absmax + t * l->B + p->row;
    size_t lo = p->panel, hi = p->panel + p->panels;
    if (!l->ops->bounded) {
        if (p->group.id > 0)
            return;
        for (size_t r = 0; r < p->rows; r++)
            absmax[r] = l->k->absmax(l->h + at + r * PANEL, panel, l->panels);
        lo = 0;
        hi = l->panels;
    }
    for (size_t u = lo; u < hi; u++)
        l->k->quantize(l->h + at + u * panel, absmax, l->q + at + u * panel, p->rows);
}

/* Copies one row of a panel, or clears it. */
static void copy_or_clear(real *to, const real *from, int clear)
{
    for (size_t i = 0; i < PANEL; i++)
        to[i] = clear ? 0 : from[i];
}

/* Copies the part's states before step t, and clears them where texts begin. */
static void reset_states(const struct layer *l, const int32_t *ids, size_t t,
                         const struct layer_part *p)
{
    const size_t first = t * l->B + p->row;
    if (layer_is_int8(l) && p->group.id == 0)
        for (size_t i = first; i < first + p->rows; i++)
            l->absmax_in[i] = ids[i] == l->reset_id ? 0 : l->absmax[i];
    for (size_t u = p->panel; u < p->panel + p->panels; u++)
        for (size_t b = p->row; b < p->row + p->rows; b++) {
            const size_t at = t * l->plane + (u * l->B + b) * PANEL;
            const int begins = ids[t * l->B + b] == l->reset_id;
            copy_or_clear(l->h_in + at, l->h + at, begins);
            if (l->c)
                copy_or_clear(l->c_in + at, l->c + at, begins);
        }
}

/* Computes step t panel by panel, so that the gates of a panel stay in the cache. */
static void step_forward(const struct layer *l, const real *w, const struct layer_input *in,
                         size_t t, const struct layer_part *p)
{
    for (size_t u = p->panel; u < p->panel + p->panels; u++) {
        if (!l->input_panels)
            gather(l, w, in->ids, t, u, p);
        team_mark(&p->group, PHASE_INPUT);
        recur(l, t, u, p);
        team_mark(&p->group, PHASE_RECURRENT);
        cell_forward(l, t, u, p);
        team_mark(&p->group, PHASE_CELL);
    }
}

void layer_begin(const struct layer *l, const struct team *team)
{
    const struct layer_part p = layer_part(l, team);
    if (layer_is_int8(l))
        quantize_state(l, 0, &p);
}

/* Quantises the state after step t, for the int8 GEMMs that read it. */
static void publish_state(const struct layer *l, size_t t, const struct layer_part *p)
{
    if (!l->ops->bounded)
        team_barrier(&p->group);
    quantize_state(l, t + 1, p);
    team_mark(&p->group, PHASE_CELL);
}

void layer_forward(const struct layer *l, const real *w, const struct layer_input *in,
                   const struct team *team)
{
    const struct layer_part p = layer_part(l, team);
    if (l->input_panels) {
        const struct layer_part bulk = bulk_part_of(l, team, &p);
        begin_gates(l, &bulk);
        project_input(l, &in->dense, &bulk);
        team_mark(team, PHASE_INPUT);
        if (l->T >= (size_t)team->n)
            team_barrier(team);
        team_mark(team, PHASE_WAIT);
    }
    if (l->reset_id >= 0) {
        reset_states(l, in->ids, 0, &p);
        team_barrier(&p.group);
    }
    for (size_t t = 0; t < l->T; t++) {
        step_forward(l, w, in, t, &p);
        if (layer_is_int8(l))
            publish_state(l, t, &p);
        if (t + 1 == l->T)
            break; /* the caller has a barrier after the last step */
        if (l->reset_id >= 0)
            reset_states(l, in->ids, t + 1, &p);
        team_barrier(&p.group); /* the next GEMM reads whole rows of h */
        team_mark(team, PHASE_WAIT);
        if (team_stopped(&p.group))
            return;
    }
}
