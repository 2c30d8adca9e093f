/*
 * copied.c - builds a suffix automaton and computes matching statistics.
 *
 * A state stands for strings that end at the same places of the sample: a longest one, of
 * `length` characters, and those of its suffixes that are longer than the strings of
 * `link`, the state of the next shorter suffix.  State 0 is the empty string.  The edges of
 * a state are in a linked list, for copying them when a state is split; the hash table
 * `slots` finds an edge by (state, character).
 *
 * Most of a corpus has little in common with a sample.  Once a run of 8 characters has been
 * found, shorter runs do not matter.  So from then on the automaton is used only where the
 * last 8 characters of the corpus are an 8-gram of the sample, which is called a seed; a
 * bitmap of hashes excludes nearly all other places.
 */
#include "score/copied.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/utf8.h"

enum {
    LONGEST_SAMPLE = 1 << 30,
    STRAY = UTF8_LAST + 1,
    SLOTS_LEAST = 1024,
    SEED = COPIED_LEAST
};
#define NONE UINT32_MAX

struct copied_state {
    uint32_t length, link;
    uint32_t edges;   /* 1 + first edge in the list; 0: none */
    uint32_t end;     /* the first place in the sample where these strings end */
    uint32_t count;   /* how often these strings occur in the sample */
    uint32_t matched; /* length of the longest of these strings that occurs in the corpus */
};

struct copied_edge {
    uint32_t from, symbol, to;
    uint32_t next; /* 1 + next edge of the state; 0: none */
};

/* The last SEED characters of a text, with their hash. */
struct window {
    uint32_t symbol[SEED]; /* a ring buffer */
    size_t n;              /* number of characters read */
    uint64_t hash, power;  /* see hash_slide */
};

struct copied_seeds {
    uint32_t *text;     /* [length] the sample */
    uint32_t *state;    /* [n] hash table of the states of all 8-grams; 0: empty */
    unsigned char *bit; /* [n / 2] a bitmap of 4 n bits: the hashes that occur */
    size_t n;           /* a power of two, at least twice the number of 8-grams */
    struct window corpus;
};

/* -------------------------------------------------------------------- characters */

/* Decodes one character of s[0..n), n > 0; returns its length in bytes. */
static size_t decode_symbol(const unsigned char *s, size_t n, uint32_t *symbol)
{
    *symbol = s[0];
    if (s[0] < 0x80)
        return 1;
    const int length = utf8_decode(s, n, symbol);
    if (length > 0)
        return (size_t)length;
    *symbol = STRAY + s[0];
    return 1;
}

/* ------------------------------------------------------------------------- edges */

/* Hashes a state and a character (21 bits) to a slot. */
static size_t slot_of(const struct copied *c, uint32_t from, uint32_t symbol)
{
    const uint64_t key = (uint64_t)from << 21 ^ symbol;
    return (size_t)(key * HASH_GOLDEN >> 32) & (c->n_slots - 1);
}

static struct copied_edge *find_edge(const struct copied *c, uint32_t from, uint32_t symbol)
{
    size_t at = slot_of(c, from, symbol);
    for (; c->slots[at]; at = (at + 1) & (c->n_slots - 1)) {
        struct copied_edge *e = &c->edges[c->slots[at] - 1];
        if (e->from == from && e->symbol == symbol)
            return e;
    }
    return NULL;
}

static void enter_edge(struct copied *c, size_t edge)
{
    const struct copied_edge *e = &c->edges[edge];
    size_t at = slot_of(c, e->from, e->symbol);
    while (c->slots[at])
        at = (at + 1) & (c->n_slots - 1);
    c->slots[at] = (uint32_t)(edge + 1);
}

/* Grows the table so that at most half of the slots are used. */
static bool grow_slots(struct copied *c)
{
    const size_t n = c->n_slots ? 2 * c->n_slots : SLOTS_LEAST;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    free(c->slots);
    c->slots = slots;
    c->n_slots = n;
    for (size_t i = 0; i < c->n_edges; i++)
        enter_edge(c, i);
    return true;
}

static bool add_edge(struct copied *c, uint32_t from, uint32_t symbol, uint32_t to)
{
    if (2 * c->n_edges >= c->n_slots && !grow_slots(c))
        return false;
    struct copied_state *s = &c->states[from];
    if (!array_room(&c->edges, c->n_edges, sizeof *c->edges))
        return false;
    c->edges[c->n_edges] = (struct copied_edge){ from, symbol, to, s->edges };
    enter_edge(c, c->n_edges);
    s->edges = (uint32_t)++c->n_edges;
    return true;
}

/* ---------------------------------------------------------------------- building */

static bool add_state(struct copied *c, struct copied_state s)
{
    if (!array_room(&c->states, c->n_states, sizeof *c->states))
        return false;
    c->states[c->n_states++] = s;
    return true;
}

/* Splits state q: moves the strings that p reaches by `symbol` into a new state. */
static bool split_state(struct copied *c, uint32_t p, uint32_t symbol, uint32_t q)
{
    const uint32_t clone = (uint32_t)c->n_states;
    struct copied_state s = c->states[q];
    s.length = c->states[p].length + 1;
    s.edges = 0;
    s.count = 0;
    if (!add_state(c, s))
        return false;
    for (uint32_t i = c->states[q].edges; i; i = c->edges[i - 1].next)
        if (!add_edge(c, clone, c->edges[i - 1].symbol, c->edges[i - 1].to))
            return false;
    for (struct copied_edge *e; p != NONE; p = c->states[p].link) {
        e = find_edge(c, p, symbol);
        if (e->to != q)
            break;
        e->to = clone;
    }
    c->states[q].link = clone;
    return true;
}

static bool append_symbol(struct copied *c, uint32_t symbol)
{
    const uint32_t now = (uint32_t)c->n_states, end = (uint32_t)c->length++;
    uint32_t p = c->last;
    if (!add_state(c, (struct copied_state){ .length = end + 1, .end = end, .count = 1 }))
        return false;
    for (; p != NONE && !find_edge(c, p, symbol); p = c->states[p].link)
        if (!add_edge(c, p, symbol, now))
            return false;
    c->last = now;
    if (p == NONE)
        return true;
    const uint32_t q = find_edge(c, p, symbol)->to;
    const bool fits = c->states[q].length == c->states[p].length + 1;
    if (!fits && !split_state(c, p, symbol, q))
        return false;
    c->states[now].link = fits ? q : c->states[q].link;
    return true;
}

/* ------------------------------------------------------------------------- seeds */

static void window_slide(struct window *w, uint32_t symbol)
{
    uint32_t *slot = &w->symbol[w->n++ % SEED];
    w->hash = hash_slide(w->hash, symbol, *slot, w->power);
    *slot = symbol;
}

static uint64_t window_spread(const struct window *w)
{
    return w->hash * HASH_GOLDEN >> 24;
}

static bool may_have_seed(const struct copied_seeds *s, const struct window *w)
{
    const size_t at = (size_t)window_spread(w) & (4 * s->n - 1);
    return s->bit[at / 8] >> at % 8 & 1;
}

/* Whether the state's strings end with the characters of the window. */
static bool window_is_at(const struct copied *c, const struct window *w, uint32_t state)
{
    const uint32_t *end = c->seeds->text + c->states[state].end;
    for (size_t i = 0; i < SEED; i++)
        if (end[-(ptrdiff_t)i] != w->symbol[(w->n - 1 - i) % SEED])
            return false;
    return true;
}

/* The slot of the window's 8-gram, or the free slot where it belongs. */
static uint32_t *find_seed(const struct copied *c, const struct window *w)
{
    const struct copied_seeds *s = c->seeds;
    size_t at = (size_t)window_spread(w) & (s->n - 1);
    while (s->state[at] && !window_is_at(c, w, s->state[at]))
        at = (at + 1) & (s->n - 1);
    return &s->state[at];
}

/* Inserts the states of all 8-grams of the sample. */
static void enter_seeds(struct copied *c)
{
    struct copied_seeds *s = c->seeds;
    struct window w = { .power = hash_power(SEED) };
    uint32_t at = 0;
    for (size_t i = 0; i < c->length; i++) {
        window_slide(&w, s->text[i]);
        at = find_edge(c, at, s->text[i])->to;
        while (c->states[c->states[at].link].length >= SEED)
            at = c->states[at].link;
        if (w.n < SEED)
            continue;
        const size_t bit = (size_t)window_spread(&w) & (4 * s->n - 1);
        s->bit[bit / 8] |= (unsigned char)(1 << bit % 8);
        *find_seed(c, &w) = at;
    }
}

static bool make_seeds(struct copied *c, const unsigned char *sample, size_t n)
{
    struct copied_seeds *s = c->seeds = calloc(1, sizeof *s);
    if (!s)
        return false;
    s->corpus.power = hash_power(SEED);
    s->n = SLOTS_LEAST;
    while (s->n < 2 * c->length)
        s->n *= 2;
    s->text = calloc(c->length + 1, sizeof *s->text);
    s->state = calloc(s->n, sizeof *s->state);
    s->bit = calloc(s->n / 2, 1);
    if (!s->text || !s->state || !s->bit)
        return false;
    for (size_t i = 0, at = 0; at < n; i++)
        at += decode_symbol(sample + at, n - at, &s->text[i]);
    enter_seeds(c);
    return true;
}

static void free_seeds(struct copied_seeds *s)
{
    if (s) {
        free(s->text);
        free(s->state);
        free(s->bit);
    }
    free(s);
}

/* ---------------------------------------------------------------------- interface */

static bool build_automaton(struct copied *c, const unsigned char *sample, size_t n)
{
    uint32_t symbol;
    if (!grow_slots(c) || !add_state(c, (struct copied_state){ .link = NONE }))
        return false;
    for (size_t at = 0; at < n;) {
        at += decode_symbol(sample + at, n - at, &symbol);
        if (!append_symbol(c, symbol))
            return false;
    }
    return make_seeds(c, sample, n);
}

int copied_init(struct copied *c, const char *what, const unsigned char *sample, size_t n,
                struct charnn_error *e)
{
    *c = (struct copied){ .n_states = 0 };
    if (n > LONGEST_SAMPLE)
        return err_set(e, "%s: a sample of %zu bytes is too long; split it", what, n);
    if (build_automaton(c, sample, n))
        return 0;
    copied_release(c);
    return err_set(e, "%s: out of memory for the index of %zu bytes", what, n);
}

void copied_release(struct copied *c)
{
    free(c->states);
    free(c->edges);
    free(c->slots);
    free_seeds(c->seeds);
    *c = (struct copied){ .n_states = 0 };
}

/* ----------------------------------------------------------------------- reading */

static void reach_state(struct copied *c, uint32_t at, size_t run)
{
    struct copied_state *s = &c->states[at];
    c->at = at;
    c->run = run;
    if (run > s->matched)
        s->matched = (uint32_t)run;
    if (run > c->longest) {
        c->longest = run;
        c->longest_end = s->end + 1;
    }
}

/* Extends the run by a symbol.  If that is impossible, extends the longest suffix of the run
 * that can be extended and has at least `least` characters; returns false if there is
 * none. */
static bool extend_run(struct copied *c, uint32_t symbol, size_t least)
{
    while (c->run >= least) {
        const struct copied_edge *e = find_edge(c, c->at, symbol);
        if (e) {
            reach_state(c, e->to, c->run + 1);
            return true;
        }
        if (c->at == 0)
            return false;
        c->at = c->states[c->at].link;
        c->run = c->states[c->at].length;
    }
    return false;
}

/* Finds the longest string of the corpus that ends with this character and occurs in the
 * sample.  Once a run of 8 characters has been found, looks only for strings of 8 or
 * more. */
static void read_symbol(struct copied *c, uint32_t symbol)
{
    struct window *w = &c->seeds->corpus;
    window_slide(w, symbol);
    if (c->longest < SEED) {
        extend_run(c, symbol, 0);
        return;
    }
    if (extend_run(c, symbol, SEED))
        return;
    const uint32_t seed = may_have_seed(c->seeds, w) ? *find_seed(c, w) : 0;
    c->at = 0;
    c->run = 0;
    if (seed)
        reach_state(c, seed, SEED);
}

/* Reads the complete characters of s; returns how many bytes they have. */
static size_t read_whole(struct copied *c, const unsigned char *s, size_t n)
{
    uint32_t symbol;
    size_t at = 0;
    while (at < n && !utf8_is_begun(s + at, n - at)) {
        at += decode_symbol(s + at, n - at, &symbol);
        read_symbol(c, symbol);
    }
    return at;
}

void copied_read(struct copied *c, const unsigned char *piece, size_t n)
{
    size_t at = 0;
    while (c->n_rest && at < n) {
        c->rest[c->n_rest++] = piece[at++];
        const size_t done = read_whole(c, c->rest, c->n_rest);
        c->n_rest -= done;
        memmove(c->rest, c->rest + done, c->n_rest);
    }
    at += read_whole(c, piece + at, n - at);
    if (at < n) {
        c->n_rest = n - at;
        memcpy(c->rest, piece + at, c->n_rest);
    }
}

/* The states sorted by length, shortest first; allocated. */
static uint32_t *order_by_length(const struct copied *c)
{
    uint32_t *first = calloc(c->length + 2, sizeof *first);
    uint32_t *order = calloc(c->n_states, sizeof *order);
    if (!first || !order) {
        free(first);
        free(order);
        return NULL;
    }
    for (size_t i = 0; i < c->n_states; i++)
        first[c->states[i].length + 1]++;
    for (size_t n = 1; n <= c->length; n++)
        first[n] += first[n - 1];
    for (size_t i = 0; i < c->n_states; i++)
        order[first[c->states[i].length]++] = (uint32_t)i;
    free(first);
    return order;
}

/* Adds the count of each string to the counts of its suffixes, and marks the suffixes of a
 * string that occurs in the corpus as occurring too. */
int copied_end(struct copied *c)
{
    uint32_t *order = order_by_length(c);
    if (!order)
        return -1;
    for (size_t i = 0; i < c->n_rest; i++)
        read_symbol(c, STRAY + c->rest[i]);
    c->n_rest = 0;
    for (size_t i = c->n_states; i-- > 1;) { /* without state 0, the empty string, which
                                              * comes first */
        const struct copied_state *s = &c->states[order[i]];
        struct copied_state *shorter = &c->states[s->link];
        shorter->count += s->count;
        if (s->matched)
            shorter->matched = shorter->length;
    }
    free(order);
    return 0;
}

double copied_share(const struct copied *c, size_t n)
{
    double found = 0;
    assert(n >= COPIED_LEAST);
    if (n > c->length)
        return NAN;
    for (size_t i = 1; i < c->n_states; i++) {
        const struct copied_state *s = &c->states[i];
        if (n > c->states[s->link].length && n <= s->length && n <= s->matched)
            found += s->count;
    }
    return found / (double)(c->length - n + 1);
}

void copied_longest(const struct copied *c, const unsigned char *sample, size_t n,
                    size_t *from, size_t *to)
{
    uint32_t symbol;
    size_t at = 0;
    *from = *to = 0;
    for (size_t i = 0; i < c->longest_end; i++) {
        if (i == c->longest_end - c->longest)
            *from = at;
        at += decode_symbol(sample + at, n - at, &symbol);
    }
    *to = at;
}
