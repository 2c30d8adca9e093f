/*
 * fill.c - searches symbols for the masked places.
 *
 * There are two networks.  The walker has one row and reads the text before the window, so
 * that the window starts from the state after that text.  The window has one row for each
 * proposal.  It reads the last places before the run, the run, and the scored places after
 * the run.
 */
#include "fill/fill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "nn/network.h"

/* A run [lo, hi) of masked places, and its window.  The window reads places from `first` on,
 * and predicts places first + 1 to last - 1. */
struct run {
    size_t lo, hi;
    size_t first, last;
    size_t end;    /* end of the known places after the run: the next unfilled mask */
    bool restored; /* an earlier round has filled the run */
};

struct fill {
    const struct fill_search *how;
    struct gaps *g;
    bool *open; /* [n] masked and not filled yet */
    struct network walker, window;
    size_t walked;          /* number of places that the walker has read */
    int32_t one;            /* the symbol that the walker reads in this step */
    float *state;           /* [1 + rows][H] scratch, to copy states from the walker */
    int32_t *ids, *targets; /* [T][rows] */
    bool *allowed;          /* [V] */
    struct fill_proposal *beam,
        *next; /* [rows] proposals; until they are complete, their score is the log
                * probability of their symbols */
    size_t beams;
    bool overflowed; /* a score was not finite */
};

/* ------------------------------------------------------------------------- memory */

static void release_search(struct fill *f)
{
    network_release(&f->walker);
    network_release(&f->window);
    free(f->open);
    free(f->state);
    free(f->ids);
    free(f->targets);
    free(f->allowed);
    free(f->beam);
    free(f->next);
}

static size_t longest_run(const struct fill_search *how)
{
    return 2 * how->near + FILL_MOST + 1;
}

/* The number of rows of the window: at least two, for a new proposal and for the symbols of
 * the previous round. */
static size_t count_rows(const struct fill_search *how)
{
    return how->beam > 1 ? how->beam : 2;
}

/* U+FFFD, the end of a document and the mask itself are never proposed. */
static int set_allowed(struct fill *f, struct charnn_error *e)
{
    const struct vocab *v = f->g->v;
    const int never[] = { vocab_replacement(v), vocab_separator(v), f->g->mask };
    size_t left = v->size;
    memset(f->allowed, 1, v->size);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (never[i] >= 0 && f->allowed[never[i]]) {
            f->allowed[never[i]] = false;
            left--;
        }
    return left > 0
               ? 0
               : err_set(
                     e,
                     "the model knows no symbol but the mask, so it can fill in nothing");
}

static int alloc_search(struct fill *f)
{
    const size_t B = count_rows(f->how), T = longest_run(f->how), V = f->g->v->size;
    f->open = calloc(f->g->n, sizeof *f->open);
    f->state = calloc((1 + B) * f->how->model->shape.size, sizeof *f->state);
    f->ids = calloc(T * B, sizeof *f->ids);
    f->targets = calloc(T * B, sizeof *f->targets);
    f->allowed = calloc(V, sizeof *f->allowed);
    f->beam = calloc(B, sizeof *f->beam);
    f->next = calloc(B, sizeof *f->next);
    return f->open && f->state && f->ids && f->targets && f->allowed && f->beam && f->next
               ? 0
               : -1;
}

static int init_search(struct fill *f, struct charnn_error *e)
{
    static const char what[] = "filling";
    const struct model *m = f->how->model;
    if (network_init(&f->walker, m, 1, 1, STACK_FORWARD, what, e) < 0 ||
        network_init(&f->window, m, longest_run(f->how), count_rows(f->how), STACK_FORWARD,
                     what, e) < 0)
        return -1;
    if (alloc_search(f) < 0)
        return err_set(e, "out of memory for filling");
    if (set_allowed(f, e) < 0)
        return -1;
    for (size_t i = 0; i < f->g->n; i++)
        f->open[i] = f->g->place[i].masked;
    /* The walker's reverse stack gets no steps: only the window reads text to the right. */
    if (f->walker.reverse)
        network_begin_reverse(&f->walker);
    return 0;
}

/* ------------------------------------------------------------------------ walking */

static void fill_walk_job(void *arg, const struct team *team)
{
    const struct fill *f = arg;
    network_forward(&f->walker, &f->one, team);
}

/* Makes the walker read all places before `to`, and copies the walker's state to every row
 * of the window. */
static void walk_to(struct fill *f, size_t to)
{
    const struct model *m = f->how->model;
    const size_t H = m->shape.size;
    for (; f->walked < to; f->walked++) {
        f->one = f->g->place[f->walked].id;
        pool_run(f->how->pool, network_team(&f->walker), fill_walk_job, f);
        stack_carry(&f->walker.forward);
    }
    for (size_t l = 0; l < m->shape.layers; l++)
        for (int kind = 0; kind < (int)m->cell->states; kind++) {
            stack_get_state(&f->walker.forward, l, kind, f->state);
            for (size_t b = 1; b <= f->window.B; b++)
                memcpy(f->state + b * H, f->state, H * sizeof *f->state);
            stack_set_state(&f->window.forward, l, kind, f->state + H);
        }
}

static struct run run_of(const struct fill *f, size_t lo, size_t hi)
{
    const size_t near = f->how->near, left = f->walker.reverse ? near : 0;
    struct run r = { .lo = lo, .hi = hi, .end = hi, .restored = !f->open[lo] };
    while (r.end < f->g->n && !f->open[r.end])
        r.end++;
    r.first = lo > left ? lo - 1 - left : 0;
    r.last = r.end - hi > near ? hi + near : r.end;
    return r;
}

/* ----------------------------------------------------------------------- reading */

/* The symbol at a place: in the first n places of the run, that of proposal b. */
static int32_t place_symbol(const struct fill *f, const struct run *r, size_t b, size_t n,
                            size_t place)
{
    return place >= r->lo && place < r->lo + n ? f->beam[b].id[place - r->lo]
                                               : f->g->place[place].id;
}

/* Prepares the window to read T places, with the symbols of each proposal in the first n
 * places of the run.  The reverse stack reads text before place `end`, at most BIDIR_AHEAD
 * places after the window. */
static void fill_window(struct fill *f, const struct run *r, size_t T, size_t n, size_t end)
{
    const size_t B = f->window.B, from = r->first + 2;
    const struct bidir *bidir = &f->window.bidir;
    network_shorten(&f->window, T);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            f->ids[t * B + b] = place_symbol(f, r, b, n, r->first + t);
    if (!f->window.reverse)
        return;
    end = end > from + T - 1 + BIDIR_AHEAD ? from + T - 1 + BIDIR_AHEAD : end;
    for (size_t b = 0; b < B; b++) {
        bidir->n[b] = (int32_t)(end > from ? end - from : 0);
        for (size_t i = 0; from + i < end; i++)
            bidir->text[i * B + b] = place_symbol(f, r, b, n, from + i);
    }
    network_begin_reverse(&f->window);
}

/* ---------------------------------------------------------------------- proposing */

static void fill_logits_job(void *arg, const struct team *team)
{
    const struct fill *f = arg;
    network_forward(&f->window, f->ids, team);
    network_logits(&f->window, team);
}

/* The logit of symbol i in row b. */
static double window_logit(const struct fill *f, size_t b, size_t i)
{
    return (double)f->window.head.logits[(i / PANEL * f->window.B + b) * PANEL + i % PANEL];
}

/* The log of the sum of e^logit in row b; NaN if any logit is not finite, even if it is
 * -infinity. */
static double log_sum(const struct fill *f, size_t b)
{
    const size_t V = f->g->v->size;
    double most = window_logit(f, b, 0), sum = 0;
    for (size_t i = 0; i < V; i++) {
        if (!isfinite(window_logit(f, b, i)))
            return NAN;
        most = fmax(most, window_logit(f, b, i));
    }
    for (size_t i = 0; i < V; i++)
        sum += exp(window_logit(f, b, i) - most);
    return most + log(sum);
}

static bool is_better_proposal(const void *a, const void *b)
{
    const struct fill_proposal *x = a, *y = b;
    return x->score > y->score;
}

/* Inserts the continuation of beam `parent` by symbol `id` at place k into the n proposals in
 * f->next, if it is among the likeliest.  Of two continuations with the same probability the
 * earlier one comes first.  Returns the new number of proposals. */
static size_t offer_beam(struct fill *f, size_t n, size_t k, size_t parent, size_t id,
                         double logprob)
{
    const size_t most = f->how->beam;
    if (n == most && !(logprob > f->next[n - 1].score)) /* most continuations end here */
        return n;
    struct fill_proposal x = f->beam[parent];
    x.id[k] = (uint16_t)id;
    x.score = logprob;
    return array_insert(f->next, n, most, sizeof x, &x, is_better_proposal);
}

/* Extends the beams by one symbol, for place k of the run. */
static void grow_beams(struct fill *f, const struct run *r, size_t k)
{
    const size_t T = r->lo + k - r->first;
    /* whether the prediction of this place depends on the text to its right too */
    const bool sees = r->restored || r->lo + k + 1 == r->hi;
    size_t n = 0;
    fill_window(f, r, T, k, sees ? r->end : 0);
    if (f->window.reverse) /* only the outputs at this place are needed */
        stack_shorten(f->window.reverse, sees ? (size_t)f->window.bidir.n[0] - (T - 1) : 0);
    pool_run(f->how->pool, network_team(&f->window), fill_logits_job, f);
    for (size_t b = 0; b < f->beams; b++) {
        const double sum = log_sum(f, b);
        f->overflowed = f->overflowed || isnan(sum);
        for (size_t i = 0; i < f->g->v->size; i++)
            if (f->allowed[i])
                n = offer_beam(f, n, k, b, i,
                               f->beam[b].score + window_logit(f, b, i) - sum);
    }
    memcpy(f->beam, f->next, n * sizeof *f->beam);
    f->beams = n;
}

/* Adds the symbols of the previous round as a proposal, unless one is equal.  If no row is
 * free, they replace the least likely proposal. */
static void keep_old(struct fill *f, const struct run *r)
{
    struct fill_proposal old = { .score = 0 };
    const size_t length = r->hi - r->lo;
    for (size_t k = 0; k < length; k++)
        old.id[k] = f->g->place[r->lo + k].id;
    for (size_t b = 0; b < f->beams; b++)
        if (memcmp(f->beam[b].id, old.id, length * sizeof *old.id) == 0)
            return;
    f->beam[f->beams < f->window.B ? f->beams++ : f->beams - 1] = old;
}

/* ------------------------------------------------------------------------ scoring */

static void fill_loss_job(void *arg, const struct team *team)
{
    const struct fill *f = arg;
    network_forward(&f->window, f->ids, team);
    network_loss(&f->window, f->targets, team);
}

static void score_proposals(struct fill *f, const struct run *r)
{
    const size_t T = r->last - 1 - r->first, B = f->window.B, length = r->hi - r->lo;
    fill_window(f, r, T, length, r->end);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            f->targets[t * B + b] =
                b < f->beams ? place_symbol(f, r, b, length, r->first + t + 1) : -1;
    pool_run(f->how->pool, network_team(&f->window), fill_loss_job, f);
    for (size_t b = 0; b < f->beams; b++) {
        struct fill_proposal x = f->beam[b];
        x.score = 0;
        for (size_t t = 0; t < T; t++)
            x.score -= (double)f->window.loss[t * B + b];
        array_insert(f->beam, b, f->beams, sizeof x, &x, is_better_proposal);
    }
}

/* --------------------------------------------------------------------- filling a run */

static void fill_run(struct fill *f, const struct run *r)
{
    walk_to(f, r->first);
    f->beams = 1;
    f->beam[0].score = 0;
    for (size_t k = 0; k < r->hi - r->lo; k++)
        grow_beams(f, r, k);
    if (r->restored)
        keep_old(f, r);
    score_proposals(f, r);
    for (size_t b = 0; b < f->beams; b++)
        f->overflowed = f->overflowed || !isfinite(f->beam[b].score);
    for (size_t k = 0; k < r->hi - r->lo; k++) {
        f->g->place[r->lo + k].id = f->beam[0].id[k];
        f->open[r->lo + k] = false;
    }
}

int fill(struct gaps *g, const struct fill_search *how, fill_run_fn *on_run, void *arg,
         struct charnn_error *e)
{
    struct fill f = { .how = how, .g = g };
    int status = init_search(&f, e), enough = 0;
    for (size_t round = 1; status == 0 && !enough && !f.overflowed && round <= how->rounds;
         round++) {
        stack_reset(&f.walker.forward);
        f.walked = 0;
        for (size_t lo = 0, hi; !enough && gaps_run(g, lo, &lo, &hi); lo = hi) {
            hi = hi - lo > FILL_MOST ? lo + FILL_MOST : hi;
            const struct run r = run_of(&f, lo, hi);
            fill_run(&f, &r);
            if (f.overflowed)
                break;
            if (round == how->rounds)
                enough =
                    on_run(arg, lo, hi, f.beam, f.beams < how->beam ? f.beams : how->beam);
        }
    }
    if (f.overflowed)
        status = model_err_overflow(e);
    release_search(&f);
    return status;
}
