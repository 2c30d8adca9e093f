/*
 * beam.c - beam search.
 *
 * All texts form a tree whose nodes are symbols.  A beam has a row of the network, the node
 * of its last symbol, and the state of its text.  In each step the likeliest continuations
 * of all beams become the new beams.
 */
#include "sample/beam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct node {
    int64_t before; /* index of the parent; -1: root */
    int32_t id;
};

/* An unfinished text. */
struct beam {
    struct text_row row; /* owns row.place */
    struct stop stop;
    int64_t node;
    uint16_t run[BEAM_PERIODS + 1]; /* run[p]: how many of the last symbols are equal to the
                                     * symbol p places before them */
};

struct choice {
    double logprob;
    int parent, id;
};

/* A finished text. */
struct ended {
    struct charnn_piece piece; /* without bytes */
    int64_t node;
    size_t certain;
};

struct search {
    struct generator g;
    struct beam *beam, *next; /* [width] */
    size_t width, beams;
    struct choice *choice; /* [width] the likeliest first */
    size_t choices;
    struct ended *ended; /* [count] the best first */
    size_t endings, count;
    size_t finished; /* number of finished texts, kept or not */
    struct node *node;
    size_t nodes;
};

/* ------------------------------------------------------------------------- memory */

static int beams_init(struct beam **beams, const struct search *s)
{
    *beams = calloc(s->width, sizeof **beams);
    if (!*beams)
        return -1;
    if (!s->g.guard)
        return 0;
    for (size_t b = 0; b < s->width; b++)
        if (copy_place_init(&(*beams)[b].row.place, s->g.guard) < 0)
            return -1;
    return 0;
}

static void beams_release(struct beam *beams, size_t width)
{
    if (!beams)
        return;
    for (size_t b = 0; b < width; b++)
        copy_place_release(&beams[b].row.place);
    free(beams);
}

static void search_release(struct search *s)
{
    beams_release(s->beam, s->width);
    beams_release(s->next, s->width);
    free(s->choice);
    free(s->ended);
    free(s->node);
    generator_release(&s->g);
}

static int search_init(struct search *s, const struct generator *from, size_t width,
                       size_t count, struct charnn_error *e)
{
    *s = (struct search){ .width = width, .count = count };
    if (generator_init_like(&s->g, from, width, e) < 0)
        return -1;
    s->choice = calloc(width, sizeof *s->choice);
    s->ended = calloc(count, sizeof *s->ended);
    if (beams_init(&s->beam, s) == 0 && beams_init(&s->next, s) == 0 && s->choice &&
        s->ended)
        return 0;
    search_release(s);
    return err_set(e, "out of memory for %zu beams", width);
}

/* Adds a node and returns its index.  -1: out of memory. */
static int64_t add_node(struct search *s, int64_t before, int id)
{
    if (!array_room(&s->node, s->nodes, sizeof *s->node))
        return -1;
    s->node[s->nodes] = (struct node){ before, id };
    return (int64_t)s->nodes++;
}

/* -------------------------------------------------------------------------- loops */

static bool is_loop(size_t run, size_t period)
{
    return run >= 2 * period && run >= BEAM_LOOP;
}

/* Disallows symbols that would complete a third copy of the same string (is_loop). */
static void forbid_loops(const struct search *s, const struct beam *b, bool *allowed)
{
    int64_t node = b->node;
    for (size_t p = 1; p <= BEAM_PERIODS && node >= 0; p++, node = s->node[node].before)
        if (is_loop(b->run[p] + 1u, p))
            allowed[s->node[node].id] = false;
}

/* Updates b->run for a symbol that follows b->node: each run becomes longer, or 0. */
static void count_runs(const struct search *s, struct beam *b, int id)
{
    int64_t node = b->node;
    for (size_t p = 1; p <= BEAM_PERIODS; p++) {
        const bool same = node >= 0 && s->node[node].id == id;
        b->run[p] = same && b->run[p] < UINT16_MAX ? (uint16_t)(b->run[p] + 1)
                    : same                         ? UINT16_MAX
                                                   : 0;
        node = node >= 0 ? s->node[node].before : -1;
    }
}

/* ------------------------------------------------------------------------ choosing */

static bool is_likelier_choice(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    return x->logprob > y->logprob;
}

/* Adds all symbols that may follow beam b to the choices; false if there are none. */
static bool offer_successors(struct search *s, size_t b)
{
    struct generator *g = &s->g;
    const size_t V = g->vocab->size;
    const float *logits = g->logits + b * V;
    generator_copy_row(&g->row[b], &s->beam[b].row, g->guard);
    if (!generator_allow(g, b))
        return false;
    forbid_loops(s, &s->beam[b], g->allowed);
    const double first = generator_logprob(logits, V, 0);
    bool any = false;
    for (size_t i = 0; i < V; i++) {
        const double lp = first + ((double)logits[i] - (double)logits[0]);
        const struct choice c = { s->beam[b].row.logprob + lp, (int)b, (int)i };
        if (g->allowed[i] && lp > -INFINITY)
            s->choices = array_insert(s->choice, s->choices, s->width, sizeof c, &c,
                                      is_likelier_choice);
        any = any || g->allowed[i];
    }
    return any;
}

/* ------------------------------------------------------------------------- ending */

/* The mean log probability per symbol, by which finished texts are compared. */
static double mean_logprob(const struct ended *x)
{
    return x->piece.symbols ? x->piece.logprob / (double)x->piece.symbols : 0;
}

static bool is_better_text(const void *a, const void *b)
{
    return mean_logprob(a) > mean_logprob(b);
}

/* Ends the text of a beam for the reason `end`, unless its limits have ended it already, and
 * keeps it if it is among the best. */
static void keep_text(struct search *s, struct beam *b, int end)
{
    stop_finish(&b->stop, end);
    struct ended x = { .node = b->node, .certain = b->stop.certain };
    x.piece = (struct charnn_piece){ .end = b->stop.end,
                                     .chars = b->stop.chars,
                                     .symbols = b->row.symbols,
                                     .logprob = b->row.logprob };
    s->finished++;
    s->endings = array_insert(s->ended, s->endings, s->count, sizeof x, &x, is_better_text);
}

/* Collects the symbols from the root to a node. */
static int spell_text(const struct search *s, int64_t node, size_t n, struct generator *g,
                      struct buf *text)
{
    int32_t *ids = calloc(n + 1, sizeof *ids);
    if (!ids)
        return -1;
    for (size_t i = n; i > 0; i--, node = s->node[node].before)
        ids[i - 1] = s->node[node].id;
    g->row[0].n_begun = 0;
    for (size_t i = 0; i < n; i++) {
        char out[GENERATOR_OUT];
        buf_add(text, out, (size_t)generator_take(g, 0, ids[i], out));
    }
    free(ids);
    return text->failed ? -1 : 0;
}

static int emit_texts(struct search *s, charnn_piece_fn *emit, void *arg,
                      struct charnn_error *e)
{
    int status = 0, enough = 0;
    for (size_t i = 0; i < s->endings && status == 0 && !enough; i++) {
        struct ended *x = &s->ended[i];
        struct buf text = { 0 };
        status = spell_text(s, x->node, (size_t)x->piece.symbols, &s->g, &text);
        x->piece.number = (int64_t)i;
        x->piece.bytes = text.data ? text.data : "";
        x->piece.n = x->certain;
        enough = status == 0 && emit(&x->piece, arg);
        buf_release(&text);
    }
    return status == 0 ? 0 : err_set(e, "out of memory for a text");
}

/* ---------------------------------------------------------------------- searching */

/* Turns a choice into a beam or a finished text.  -1: out of memory. */
static int take_choice(struct search *s, const struct choice *c, struct beam *to)
{
    const struct beam *from = &s->beam[c->parent];
    struct generator *g = &s->g;
    char out[GENERATOR_OUT];
    generator_copy_row(&g->row[0], &from->row, g->guard); /* generator_take works on row
                                                           * 0 */
    const int n = generator_take(g, 0, c->id, out);
    generator_copy_row(&to->row, &g->row[0], g->guard);
    to->row.logprob = c->logprob;
    to->stop = from->stop;
    memcpy(to->run, from->run, sizeof to->run);
    to->node = from->node;
    count_runs(s, to, c->id);
    to->node = add_node(s, from->node, c->id);
    if (n > 0)
        stop_feed(&to->stop, out, (size_t)n);
    if (to->row.ended)
        stop_finish(&to->stop, CHARNN_END_DOCUMENT);
    return to->node < 0 ? -1 : 0;
}

/* Makes the likeliest choices the new beams, and moves the network's states accordingly. */
static int follow_choices(struct search *s)
{
    int parent[BEAM_MOST] = { 0 };
    int32_t ids[BEAM_MOST] = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < s->choices; i++) {
        if (take_choice(s, &s->choice[i], &s->next[n]) < 0)
            return -1;
        if (s->next[n].stop.end) {
            keep_text(s, &s->next[n], s->next[n].stop.end);
            continue;
        }
        parent[n] = s->choice[i].parent;
        ids[n++] = s->choice[i].id;
    }
    struct beam *used = s->beam;
    s->beam = s->next;
    s->next = used;
    s->beams = n;
    if (n == 0)
        return 0;
    generator_copy_states(&s->g, &s->g, parent);
    memcpy(s->g.ids, ids, s->width * sizeof *ids);
    generator_step(&s->g);
    return 0;
}

static int search_step(struct search *s)
{
    s->choices = 0;
    for (size_t b = 0; b < s->beams; b++)
        if (!offer_successors(s, b))
            keep_text(s, &s->beam[b], CHARNN_END_STUCK);
    return follow_choices(s);
}

static void first_beam(struct search *s, const struct generator *from,
                       const struct charnn_limits *limits)
{
    struct beam *b = &s->beam[0];
    generator_fork(&s->g, from);
    generator_copy_row(&b->row, &from->row[0], from->guard);
    b->row.logprob = 0;
    b->row.symbols = 0;
    b->row.n_begun = 0;
    b->row.ended = b->row.stuck = false;
    b->node = -1;
    stop_begin(&b->stop, limits);
    s->beams = 1;
}

/* If the search was interrupted before any text was finished, makes the unfinished texts
 * the result. */
static void keep_unfinished(struct search *s)
{
    const size_t n = s->endings ? 0 : s->beams;
    for (size_t b = 0; b < n; b++)
        keep_text(s, &s->beam[b], CHARNN_END_INTERRUPTED);
}

int beam_search(struct generator *g, size_t width, size_t count,
                const struct charnn_limits *limits, charnn_piece_fn *emit, void *arg,
                struct charnn_error *e)
{
    struct search s;
    int status = search_init(&s, g, width, count, e);
    if (status < 0)
        return -1;
    first_beam(&s, g, limits);
    while (s.beams > 0 && s.finished < width && status == 0 && !s.g.overflowed &&
           !atomic_load(&g->interrupted))
        status = search_step(&s);
    if (status < 0)
        err_set(e, "out of memory for beams");
    else
        status = generator_check(&s.g, e);
    keep_unfinished(&s);
    if (status == 0)
        status = emit_texts(&s, emit, arg, e);
    search_release(&s);
    return status;
}
