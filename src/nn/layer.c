/*
 * layer.c - the skeleton that all cells share.
 *
 * Who computes what: products over all steps are divided by steps (by columns when there
 * are fewer steps than members); the time loop by rows, and by units inside a row group
 * when there are few rows.  A member that owns a place (row, unit) owns it in every gate
 * and in the state, so inside a row group one meeting a step is enough, and with one column
 * none.
 */
#include "nn/layer.h"

#include <string.h>

#include "nn/phase.h"

enum {
    ROWS_LEAST = 4,          /* rows of a group: fewer leave the tiles too small */
    CACHED_WEIGHTS = 200000, /* recurrent weights that a core keeps in its own cache */
    COLUMNS_LEAST = 4,       /* members that share the reading of more weights than that */
};

/* Rows that a group should have.  Every group reads all of W_hh each step: where a core's
 * own cache does not hold it, members do better to divide its columns. */
static size_t rows_least(const struct layer *l, const struct team *team)
{
    const size_t groups = (size_t)team->n / COLUMNS_LEAST;
    const size_t rows = groups > 1 ? l->B / groups : l->B;
    const int cached = l->cell->gates * l->H * l->H <= CACHED_WEIGHTS;
    return cached || rows < ROWS_LEAST ? ROWS_LEAST : rows;
}

static int coded(const struct layer *l)
{
    return l->w_hh->layout == PARAM_CODES;
}

static void plan_codes(struct layer *l, struct arena *a)
{
    l->codes = arena_take(a, l->plane, (l->T + 1) * sizeof *l->codes);
    l->range = arena_take(a, l->B, (l->T + 1) * sizeof(real));
    l->range_in = l->restart >= 0 ? arena_take(a, l->B, l->T * sizeof(real)) : l->range;
    for (size_t i = 0; l->range && i < (l->T + 1) * l->B; i++)
        l->range[i] = 1; /* for good, when the states are bounded */
}

static void plan_restarts(struct layer *l, struct arena *a, int training)
{
    l->h_in = arena_take(a, l->plane, l->T * sizeof(real));
    if (l->cell->states == 2)
        l->c_in = arena_take(a, l->plane, l->T * sizeof(real));
    if (training)
        l->dh_in = arena_take(a, l->plane, sizeof(real));
}

void layer_plan(struct layer *l, struct arena *a, real *shared_gates)
{
    const size_t planes = l->cell->gates + l->cell->apart;
    l->units = panels_of(l->H);
    l->plane = l->B * l->units * PANEL;
    l->gates_step = planes * l->plane;
    l->h = arena_take(a, l->plane, (l->T + 1) * sizeof(real));
    if (l->cell->states == 2)
        l->c = arena_take(a, l->plane, (l->T + 1) * sizeof(real));
    l->h_in = l->h;
    l->c_in = l->c;
    if (l->restart >= 0)
        plan_restarts(l, a, !shared_gates);
    if (coded(l))
        plan_codes(l, a);
    l->gates = shared_gates;
    if (shared_gates)
        return;
    l->gates = arena_take(a, l->gates_step, l->T * sizeof(real));
    if (l->cell->states == 2)
        l->dc = arena_take(a, l->plane, sizeof(real));
}

/* ----------------------------------------------------------------------- forward */

/* The part of a chunk that a member works on. */
struct part {
    size_t step, steps; /* first step, how many */
    size_t row, rows;
    size_t unit, units;
    struct team group; /* members that share the rows */
};

static struct part part_of(const struct layer *l, const struct team *team)
{
    struct team_grid grid;
    struct part p;
    size_t hi;
    team_grid(team, l->B, rows_least(l, team), &grid);
    p.step = 0;
    p.steps = l->T;
    p.row = grid.row_lo;
    p.rows = grid.row_hi - grid.row_lo;
    p.group = grid.group;
    team_share(&grid.group, l->units, &p.unit, &hi);
    p.units = hi - p.unit;
    return p;
}

/* For products over all steps: whole steps where there are enough, which makes the largest
 * products, else the part of the time loop. */
static struct part bulk_part_of(const struct layer *l, const struct team *team,
                                const struct part *loop)
{
    struct part p = { .rows = l->B, .units = l->units };
    size_t hi;
    if (l->T < (size_t)team->n)
        return *loop;
    team_share(team, l->T, &p.step, &hi);
    p.steps = hi - p.step;
    return p;
}

/* Which panels of every gate a product covers: all of them in one call where possible. */
struct columns {
    size_t calls, first, panels;
};

static struct columns columns_of(const struct layer *l, const struct part *p)
{
    if (p->units == l->units)
        return (struct columns){ 1, 0, l->cell->gates * l->units };
    return (struct columns){ p->units ? l->cell->gates : 0, p->unit, p->units };
}

/* The part's first number in the gates. */
static real *gates_of(const struct layer *l, const struct part *p)
{
    return l->gates + p->step * l->gates_step + p->row * PANEL;
}

/* gates of the part's steps, rows and units = bias */
static void begin_gates(const struct layer *l, const struct part *p)
{
    const size_t planes = l->cell->gates + l->cell->apart, panel = l->B * PANEL;
    real *gates = gates_of(l, p);
    for (size_t t = 0; t < p->steps; t++)
        for (size_t g = 0; g < planes; g++)
            for (size_t q = g * l->units + p->unit; q < g * l->units + p->unit + p->units;
                 q++)
                l->k->fill(gates + t * l->gates_step + q * panel, l->bias + q * PANEL,
                           p->rows);
}

/* gates of the part += W_ih x, for dense input */
static void project_input(const struct layer *l, const real *forward, const real *x,
                          const struct part *p)
{
    const size_t panel = l->B * PANEL, x_step = l->inputs * panel;
    const size_t b_panel = l->inputs * PANEL * PANEL;
    const struct columns c = columns_of(l, p);
    real *gates = gates_of(l, p);
    for (size_t g = 0; g < c.calls; g++)
        l->k->product(&(struct product){
            .segments = p->steps,
            .rows = p->rows,
            .K = l->w_ih->cols,
            .panels = c.panels,
            .a = x + p->step * x_step + p->row * PANEL,
            .a_segment = x_step,
            .a_panel = panel,
            .b = forward + l->w_ih->forward_offset + (g * l->units + c.first) * b_panel,
            .b_panel = b_panel,
            .c = gates + (g * l->units + c.first) * panel,
            .c_segment = l->gates_step,
            .c_panel = panel,
        });
}

/* The same by codes. */
static void project_codes(const struct layer *l, const struct dense *in,
                          const struct part *p)
{
    const size_t panel = l->B * PANEL, x_step = l->inputs * panel;
    const size_t b_panel = l->inputs * PANEL * PANEL;
    const struct columns c = columns_of(l, p);
    for (size_t g = 0; g < c.calls; g++) {
        const size_t q = g * l->units + c.first;
        l->k->code_product(&(struct code_product){
            .segments = p->steps,
            .rows = p->rows,
            .blocks = l->inputs,
            .panels = c.panels,
            .a = in->codes + p->step * x_step + p->row * PANEL,
            .a_segment = x_step,
            .a_panel = panel,
            .range = in->range + p->step * l->B + p->row,
            .range_segment = l->B,
            .b = l->weight_codes + l->w_ih->forward_offset + q * b_panel,
            .b_panel = b_panel,
            .scale = l->scales + l->w_ih->scale_offset + q * PANEL,
            .scale_panel = PANEL,
            .c = gates_of(l, p) + q * panel,
            .c_segment = l->gates_step,
            .c_panel = panel,
        });
    }
}

/* The cell's view of step t, unit panel u, the part's rows. */
static struct cell_step cell_at(const struct layer *l, size_t t, size_t u,
                                const struct part *p)
{
    const size_t at = (u * l->B + p->row) * PANEL, in = t * l->plane + at,
                 out = in + l->plane;
    return (struct cell_step){
        .n = p->rows * PANEL,
        .gates = l->gates + t * l->gates_step + at,
        .plane = l->plane,
        .h_in = l->h_in + in,
        .h = l->h + out,
        .c_in = l->c ? l->c_in + in : NULL,
        .c = l->c ? l->c + out : NULL,
    };
}

/* Pre-activations of a one-hot layer: bias plus the symbols' columns of W_ih; panel u of
 * each gate. */
static void gather(const struct layer *l, const real *w, const int32_t *ids, size_t t,
                   size_t u, const struct part *p)
{
    const real *table = w + l->w_ih->offset;
    real *c = l->gates + t * l->gates_step + (u * l->B + p->row) * PANEL;
    ids += t * l->B + p->row;
    for (size_t g = 0; g < l->cell->gates + l->cell->apart; g++) {
        const size_t q = g * l->units + u;
        if (g < l->cell->gates)
            l->k->gather(c + g * l->plane, l->bias + q * PANEL,
                         table + q * l->w_ih->cols * PANEL, ids, p->rows);
        else
            l->k->fill(c + g * l->plane, l->bias + q * PANEL, p->rows);
    }
}

/* pre-activations += W_hh h_in, panel u of each gate: their distance in W_hh and in the
 * gates takes the place of the distance between neighbours */
static void recur(const struct layer *l, const real *forward, size_t t, size_t u,
                  const struct part *p)
{
    const size_t panel = l->B * PANEL, b_panel = l->units * PANEL * PANEL;
    const size_t last = (l->cell->gates - 1) * l->units;
    l->k->product(&(struct product){
        .segments = 1,
        .rows = p->rows,
        .K = l->H,
        .panels = l->cell->gates,
        .a = l->h_in + t * l->plane + p->row * PANEL,
        .a_panel = panel,
        .b = forward + l->w_hh->forward_offset + u * b_panel,
        .b_panel = l->units * b_panel,
        .b_next = u + 1 < p->unit + p->units
                      ? (ptrdiff_t)b_panel - (ptrdiff_t)(last * b_panel)
                      : 0,
        .c = l->gates + t * l->gates_step + l->cell->apart * l->plane + u * panel +
             p->row * PANEL,
        .c_panel = l->plane,
    });
}

/* The same by codes. */
static void recur_codes(const struct layer *l, size_t t, size_t u, const struct part *p)
{
    const size_t panel = l->B * PANEL, b_panel = l->units * PANEL * PANEL;
    l->k->code_product(&(struct code_product){
        .segments = 1,
        .rows = p->rows,
        .blocks = l->units,
        .panels = l->cell->gates,
        .a = l->codes + t * l->plane + p->row * PANEL,
        .a_panel = panel,
        .range = l->range_in + t * l->B + p->row,
        .b = l->weight_codes + l->w_hh->forward_offset + u * b_panel,
        .b_panel = l->units * b_panel,
        .scale = l->scales + l->w_hh->scale_offset + u * PANEL,
        .scale_panel = l->units * PANEL,
        .c = l->gates + t * l->gates_step + l->cell->apart * l->plane + u * panel +
             p->row * PANEL,
        .c_panel = l->plane,
    });
}

static void clear_padding(const struct cell_step *s, size_t units)
{
    for (size_t i = 0; i < s->n; i += PANEL)
        for (size_t j = units; j < PANEL; j++)
            s->h[i + j] = 0;
}

static void activate(const struct layer *l, size_t t, size_t u, const struct part *p)
{
    const struct cell_step s = cell_at(l, t, u, p);
    l->cell->forward(&s);
    if (l->zero_padding && u == l->units - 1 && l->H % PANEL)
        clear_padding(&s, l->H % PANEL);
}

/* The codes of state t of the part; or of whole rows by one member of the group, which has
 * met, where the range is not known beforehand. */
static void encode(const struct layer *l, size_t t, const struct part *p)
{
    const size_t panel = l->B * PANEL, at = t * l->plane + p->row * PANEL;
    const size_t lo = l->bounded ? p->unit : 0;
    const size_t hi = l->bounded ? p->unit + p->units : l->units;
    real *range = l->range + t * l->B + p->row;
    if (!l->bounded && p->group.id > 0)
        return;
    for (size_t r = 0; !l->bounded && r < p->rows; r++)
        range[r] = l->k->row_range(l->h + at + r * PANEL, panel, l->units);
    for (size_t u = lo; u < hi; u++)
        l->k->encode(l->h + at + u * panel, range, l->codes + at + u * panel, p->rows);
}

/* The part's states before step t, where texts may begin. */
static void restart(const struct layer *l, const int32_t *ids, size_t t,
                    const struct part *p)
{
    for (size_t i = t * l->B + p->row; coded(l) && i < t * l->B + p->row + p->rows; i++)
        if (p->group.id == 0)
            l->range_in[i] = ids[i] == l->restart ? 0 : l->range[i];
    for (size_t u = p->unit; u < p->unit + p->units; u++)
        for (size_t b = p->row; b < p->row + p->rows; b++) {
            const size_t at = t * l->plane + (u * l->B + b) * PANEL;
            const int begins = ids[t * l->B + b] == l->restart;
            for (size_t i = at; i < at + PANEL; i++)
                l->h_in[i] = begins ? 0 : l->h[i];
            for (size_t i = at; l->c && i < at + PANEL; i++)
                l->c_in[i] = begins ? 0 : l->c[i];
        }
}

/* One unit panel after the other, so that its gates stay in the cache from first to last.
 */
static void step_forward(const struct layer *l, const real *w, const real *forward,
                         const struct layer_input *in, size_t t, const struct part *p)
{
    const int by_codes = coded(l);
    for (size_t u = p->unit; u < p->unit + p->units; u++) {
        if (!l->inputs)
            gather(l, w, in->ids, t, u, p);
        team_mark(&p->group, PHASE_INPUT);
        if (by_codes)
            recur_codes(l, t, u, p);
        else
            recur(l, forward, t, u, p);
        team_mark(&p->group, PHASE_RECURRENT);
        activate(l, t, u, p);
        team_mark(&p->group, PHASE_CELL);
    }
}

void layer_begin(const struct layer *l, const struct team *team)
{
    const struct part p = part_of(l, team);
    if (coded(l))
        encode(l, 0, &p);
}

/* The state that step t left, for those who read codes. */
static void publish(const struct layer *l, size_t t, const struct part *p)
{
    if (!l->bounded)
        team_sync(&p->group);
    encode(l, t + 1, p);
    team_mark(&p->group, PHASE_CELL);
}

void layer_forward(const struct layer *l, const real *w, const real *forward,
                   const struct layer_input *in, const struct team *team)
{
    const struct part p = part_of(l, team);
    if (l->inputs) {
        const struct part bulk = bulk_part_of(l, team, &p);
        begin_gates(l, &bulk);
        if (coded(l))
            project_codes(l, &in->dense, &bulk);
        else
            project_input(l, forward, in->dense.x, &bulk);
        team_mark(team, PHASE_INPUT);
        if (l->T >= (size_t)team->n)
            team_sync(team);
        team_mark(team, PHASE_WAIT);
    }
    if (l->restart >= 0) {
        restart(l, in->ids, 0, &p);
        team_sync(&p.group);
    }
    for (size_t t = 0; t < l->T; t++) {
        step_forward(l, w, forward, in, t, &p);
        if (coded(l))
            publish(l, t, &p);
        if (t + 1 == l->T)
            break; /* the caller's team meets */
        if (l->restart >= 0)
            restart(l, in->ids, t + 1, &p);
        team_sync(&p.group); /* the next product reads the whole rows of h */
        team_mark(team, PHASE_WAIT);
    }
}

/* ---------------------------------------------------------------------- backward */

/* Where the gradient of the state before step t gathers: with what comes from above, or
 * with restarts by itself first. */
static real *gradient_in(const struct layer *l, size_t t, real *dh)
{
    return l->restart >= 0 ? l->dh_in : dh + t * l->plane;
}

static void deactivate(const struct layer *l, size_t t, real *dh, const struct part *p)
{
    for (size_t u = p->unit; u < p->unit + p->units; u++) {
        struct cell_step s = cell_at(l, t, u, p);
        const size_t at = (u * l->B + p->row) * PANEL;
        s.dh = dh + (t + 1) * l->plane + at;
        s.dh_in = gradient_in(l, t, dh) + at;
        s.dc = l->dc ? l->dc + at : NULL;
        l->cell->backward(&s);
    }
}

/* dh[t] += W_hh^T d(pre-activations of step t) */
static void recur_back(const struct layer *l, const real *w, size_t t, real *dh,
                       const struct part *p)
{
    const size_t panel = l->B * PANEL, b_panel = l->w_hh->padded_rows * PANEL;
    l->k->product(&(struct product){
        .segments = 1,
        .rows = p->rows,
        .K = l->w_hh->padded_rows,
        .panels = p->units,
        .a = l->gates + t * l->gates_step + l->cell->apart * l->plane + p->row * PANEL,
        .a_panel = panel,
        .b = w + l->w_hh->offset + p->unit * b_panel,
        .b_panel = b_panel,
        .c = gradient_in(l, t, dh) + p->unit * panel + p->row * PANEL,
        .c_panel = panel,
    });
}

static void clear_part(real *x, const struct layer *l, const struct part *p)
{
    for (size_t u = p->unit; u < p->unit + p->units; u++)
        memset(x + (u * l->B + p->row) * PANEL, 0, p->rows * PANEL * sizeof *x);
}

/* Nothing flows back past the beginning of a text; the rest joins what comes from above. */
static void restart_back(const struct layer *l, const int32_t *ids, size_t t, real *dh,
                         const struct part *p)
{
    real *above = dh + t * l->plane;
    for (size_t u = p->unit; u < p->unit + p->units; u++)
        for (size_t b = p->row; b < p->row + p->rows; b++) {
            const size_t at = (u * l->B + b) * PANEL;
            const int begins = ids[t * l->B + b] == l->restart;
            for (size_t i = at; !begins && i < at + PANEL; i++)
                above[i] += l->dh_in[i];
            for (size_t i = at; begins && l->dc && i < at + PANEL; i++)
                l->dc[i] = 0;
        }
}

void layer_backward(const struct layer *l, const real *w, const int32_t *ids, real *dh,
                    const struct team *team)
{
    const struct part p = part_of(l, team);
    if (l->dc)
        clear_part(l->dc, l, &p);
    for (size_t t = l->T; t-- > 0;) {
        if (l->restart >= 0)
            clear_part(l->dh_in, l, &p);
        deactivate(l, t, dh, &p);
        team_mark(team, PHASE_CELL);
        team_sync(&p.group); /* the product reads the whole rows of the gates' gradients */
        team_mark(team, PHASE_WAIT);
        recur_back(l, w, t, dh, &p);
        if (l->restart >= 0)
            restart_back(l, ids, t, dh, &p);
        team_mark(team, PHASE_RECURRENT);
    }
}

/* --------------------------------------------------------------------- gradients */

/* dW += sum over steps and rows of gates' gradients (planes from `first` on) times x, for
 * the row panels [lo, hi) of dW. */
static void weight_gradient(const struct layer *l, const struct param *p, size_t first,
                            const real *x, size_t x_panels, size_t lo, size_t hi, real *g)
{
    const size_t panel = l->B * PANEL;
    l->k->outer(&(struct outer){
        .segments = l->T,
        .rows = l->B,
        .a_columns = (hi - lo) * PANEL,
        .b_panels = x_panels,
        .a = l->gates + first * l->plane + lo * panel,
        .a_segment = l->gates_step,
        .a_panel = panel,
        .b = x,
        .b_segment = x_panels * panel,
        .b_panel = panel,
        .c = g + p->offset + lo * PANEL * PANEL,
        .c_panel = p->padded_rows * PANEL,
    });
}

/* Gradient of one-hot input weights: each step's gradient goes to the column of its symbol.
 */
static void scatter(const struct layer *l, const int32_t *ids, size_t q, real *g)
{
    real *table = g + l->w_ih->offset + q * l->w_ih->cols * PANEL;
    for (size_t t = 0; t < l->T; t++)
        l->k->scatter(l->gates + t * l->gates_step + q * l->B * PANEL, table,
                      ids + t * l->B, l->B);
}

/* db += sum over steps and rows of a panel of the gates' gradients */
static void bias_gradient(const struct layer *l, size_t panel, real *db)
{
    for (size_t t = 0; t < l->T; t++)
        l->k->add_rows(l->gates + t * l->gates_step + panel * l->B * PANEL, db, l->B);
}

/* The same for a one-hot layer from the gradient of its input weights: each step has one
 * symbol, so summing over the symbols, which are fewer, sums over the steps. */
static void bias_from_symbols(const struct layer *l, size_t q, const real *g, real *db)
{
    memset(db, 0, PANEL * sizeof *db);
    l->k->add_rows(g + l->w_ih->offset + q * l->w_ih->cols * PANEL, db, l->w_ih->cols);
}

void layer_gradient(const struct layer *l, real *g, const struct layer_input *in,
                    const struct team *team)
{
    const size_t apart = l->cell->apart;
    const int few_symbols = !l->inputs && l->w_ih->cols <= l->T * l->B;
    size_t lo, hi;
    team_share(team, l->cell->gates * l->units, &lo, &hi);
    if (lo == hi)
        return;
    weight_gradient(l, l->w_hh, apart, l->h_in, l->units, lo, hi, g);
    if (l->inputs)
        weight_gradient(l, l->w_ih, 0, in->dense.x, l->inputs, lo, hi, g);
    for (size_t q = lo; q < hi; q++) {
        real *db = g + l->b_ih->offset + q * PANEL,
             *db_hh = g + l->b_hh->offset + q * PANEL;
        if (!l->inputs)
            scatter(l, in->ids, q, g);
        if (few_symbols)
            bias_from_symbols(l, q, g, db);
        else
            bias_gradient(l, q, db);
        if (apart)
            bias_gradient(l, apart * l->units + q, db_hh);
        else
            memcpy(db_hh, db, PANEL * sizeof *db); /* both have the same gradient */
    }
}

void layer_input_gradient(const struct layer *l, const real *w, real *dx,
                          const struct team *team)
{
    const size_t panel = l->B * PANEL, step = l->inputs * panel;
    const size_t b_panel = l->w_ih->padded_rows * PANEL;
    size_t lo, hi;
    team_share(team, l->T, &lo, &hi);
    memset(dx + lo * step, 0, (hi - lo) * step * sizeof *dx);
    l->k->product(&(struct product){
        .segments = hi - lo,
        .rows = l->B,
        .K = l->w_ih->padded_rows,
        .panels = l->inputs,
        .a = l->gates + lo * l->gates_step,
        .a_segment = l->gates_step,
        .a_panel = panel,
        .b = w + l->w_ih->offset,
        .b_panel = b_panel,
        .c = dx + lo * step,
        .c_segment = step,
        .c_panel = panel,
    });
}

/* ------------------------------------------------------------------------- state */

void layer_carry(const struct layer *l)
{
    memcpy(l->h, l->h + l->T * l->plane, l->plane * sizeof *l->h);
    if (l->c)
        memcpy(l->c, l->c + l->T * l->plane, l->plane * sizeof *l->c);
}

void layer_reset(const struct layer *l)
{
    memset(l->h, 0, l->plane * sizeof *l->h);
    if (l->c)
        memset(l->c, 0, l->plane * sizeof *l->c);
}
