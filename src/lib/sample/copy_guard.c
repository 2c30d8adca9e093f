/*
 * copy_guard.c - the table of stretches: linear probing, at most three quarters full.
 *
 * Stretches with the same first N symbols have the same hash and are in one run of slots,
 * so one look-up finds all symbols that follow these N symbols.
 */
#include "sample/copy_guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/rng.h"
#include "text/documents.h"
#include "text/hangul.h"
#include "text/sources.h"

enum { UNKNOWN = VOCAB_MAX, UNKNOWN_NARROW = 255, AHEAD = 32, BLOCK = 1024 };

static int symbol_at(const struct copy_guard *g, size_t i)
{
    if (g->wide)
        return g->wide[i];
    return g->narrow[i] == UNKNOWN_NARROW ? UNKNOWN : g->narrow[i];
}

/* ----------------------------------------------------------------------- building */

static bool is_same_stretch(const struct copy_guard *g, size_t i, size_t j)
{
    const size_t n = g->N + 1;
    return g->wide ? memcmp(g->wide + i, g->wide + j, n * sizeof *g->wide) == 0
                   : memcmp(g->narrow + i, g->narrow + j, n) == 0;
}

/* The first slot for a hash, and the bits of the hash that slots store. */
struct home {
    size_t slot;
    uint32_t mark;
};

static struct home home_of(const struct copy_guard *g, uint64_t hash)
{
    const uint64_t bits = rng_mix(hash);
    return (struct home){ (size_t)((bits >> 32) * g->n_slots >> 32),
                          (uint32_t)bits & ~g->places };
}

static size_t next_slot(const struct copy_guard *g, size_t s)
{
    return s + 1 < g->n_slots ? s + 1 : 0;
}

static void insert_stretch(const struct copy_guard *g, struct home h, size_t place)
{
    size_t s = h.slot;
    for (; g->slot[s]; s = next_slot(g, s))
        if ((g->slot[s] & ~g->places) == h.mark &&
            is_same_stretch(g, (g->slot[s] & g->places) - 1, place))
            return;
    g->slot[s] = h.mark | (uint32_t)(place + 1);
}

/* Stretches whose slots are being prefetched. */
struct queue {
    struct home home[AHEAD];
    size_t place[AHEAD];
    size_t n;
};

static void flush_queue(const struct copy_guard *g, struct queue *q)
{
    for (size_t i = 0; i < q->n; i++)
        insert_stretch(g, q->home[i], q->place[i]);
    q->n = 0;
}

static void queue_stretch(const struct copy_guard *g, struct queue *q, uint64_t hash,
                          size_t place)
{
    q->home[q->n] = home_of(g, hash);
    q->place[q->n] = place;
    __builtin_prefetch(&g->slot[q->home[q->n].slot], 1);
    if (++q->n == AHEAD)
        flush_queue(g, q);
}

/* Inserts all stretches of N + 1 known symbols. */
static void index_stretches(const struct copy_guard *g)
{
    struct queue q = { .n = 0 };
    uint64_t hash = 0;
    size_t known = 0; /* number of symbols after the last unknown one */
    for (size_t i = 0; i < g->n; i++) {
        const uint64_t id = (uint64_t)symbol_at(g, i);
        uint64_t oldest = 0;
        if (id == UNKNOWN) {
            known = 0;
            hash = 0;
            continue;
        }
        if (known >= g->N) { /* here `hash` is the hash of the N symbols before i */
            queue_stretch(g, &q, hash, i - g->N);
            oldest = (uint64_t)symbol_at(g, i - g->N) + 1;
        }
        hash = hash_slide(hash, id + 1, oldest, g->power);
        known++;
    }
    flush_queue(g, &q);
}

/* Slots for the largest possible number of different stretches, plus a third. */
static size_t slots_for(size_t n, size_t V, size_t N)
{
    double different = 1; /* V to the power N + 1, or n if that is smaller */
    for (size_t i = 0; i <= N && different < (double)n; i++)
        different *= (double)V;
    const size_t most = different < (double)n ? (size_t)different : n;
    return most + most / 3 + 16;
}

/* Allocates memory for a text that the caller will insert. */
static int plan_guard(struct copy_guard *g, size_t n, size_t V, size_t N,
                      struct charnn_error *e)
{
    *g = (struct copy_guard){ .N = N,
                              .n = n,
                              .V = V,
                              .room = n,
                              .n_slots = N > 0 ? slots_for(n, V, N) : 1,
                              .power = hash_power(N) };
    if (n >= UINT32_MAX / 2)
        return err_set(e, "a text of %zu characters is too long to guard against copying",
                       n);
    while (g->places <= n)
        g->places = g->places << 1 | 1;
    if (V <= UNKNOWN_NARROW)
        g->narrow = malloc(n + 1);
    else
        g->wide = malloc((n + 1) * sizeof *g->wide);
    g->slot = calloc(g->n_slots, sizeof *g->slot);
    if ((g->narrow || g->wide) && g->slot)
        return 0;
    copy_guard_release(g);
    return err_set(e, "out of memory for `forbid-copy`: the text has %zu characters", n);
}

static void put_symbol(struct copy_guard *g, size_t i, uint16_t id)
{
    if (g->wide)
        g->wide[i] = id;
    else
        g->narrow[i] = id == UNKNOWN ? UNKNOWN_NARROW : (uint8_t)id;
}

int copy_guard_init(struct copy_guard *g, const uint16_t *ids, size_t n, size_t V, size_t N,
                    struct charnn_error *e)
{
    if (plan_guard(g, n, V, N, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        put_symbol(g, i, ids[i]);
    index_stretches(g);
    return 0;
}

void copy_guard_release(struct copy_guard *g)
{
    free(g->narrow);
    free(g->wide);
    free(g->slot);
    *g = (struct copy_guard){ 0 };
}

/* ------------------------------------------------------------------------ growing */

int copy_guard_begin(struct copy_guard *g, size_t V, size_t N)
{
    enum { ROOM = 256 };
    const int status = plan_guard(g, ROOM, V, N, NULL);
    g->n = 0;
    return status;
}

/* Copies the symbols of a text that is not longer than the room. */
static void copy_symbols(struct copy_guard *to, const struct copy_guard *from)
{
    to->n = from->n;
    if (to->wide)
        memcpy(to->wide, from->wide, from->n * sizeof *to->wide);
    else
        memcpy(to->narrow, from->narrow, from->n);
}

static int double_room(struct copy_guard *g)
{
    struct copy_guard larger;
    if (plan_guard(&larger, 2 * g->room, g->V, g->N, NULL) < 0)
        return -1;
    copy_symbols(&larger, g);
    index_stretches(&larger);
    copy_guard_release(g);
    *g = larger;
    return 0;
}

int copy_guard_append(struct copy_guard *g, struct copy_place *p, int id)
{
    if (g->n == g->room && double_room(g) < 0)
        return -1;
    put_symbol(g, g->n++, (uint16_t)id);
    if (p->written >= g->N)
        insert_stretch(g, home_of(g, p->hash), g->n - 1 - g->N);
    copy_place_add(p, g, id);
    return 0;
}

int copy_guard_copy(struct copy_guard *to, const struct copy_guard *from)
{
    while (to->room < from->n)
        if (double_room(to) < 0)
            return -1;
    memset(to->slot, 0, to->n_slots * sizeof *to->slot);
    copy_symbols(to, from);
    index_stretches(to);
    return 0;
}

void copy_guard_clear(struct copy_guard *g)
{
    g->n = 0;
    memset(g->slot, 0, g->n_slots * sizeof *g->slot);
}

/* ------------------------------------------------------------------------ reading */

/* Puts the ids of the text into the guard, with VOCAB_MAX for each byte that the model does
 * not know; returns the number of ids.  If g is NULL, only counts them. */
static size_t encode_known(struct copy_guard *g, const struct vocab *v,
                           const struct buf *text)
{
    const unsigned char *bytes = (const unsigned char *)text->data;
    uint16_t ids[BLOCK + 1];
    size_t at = 0, n = 0;
    struct vocab_unknown unknown = { .policy = CHARNN_UNKNOWN_REPLACE };
    while (at < text->len) {
        size_t got = vocab_encode(v, bytes, text->len, &at, ids, BLOCK, &unknown);
        if (got < BLOCK && at < text->len) {
            ids[got++] = UNKNOWN;
            at++;
        }
        for (size_t i = 0; g && i < got; i++)
            put_symbol(g, n + i, ids[i]);
        n += got;
    }
    return n;
}

/* Appends a file, prepared as for training: composed, and divided into documents. */
static int append_prepared(struct buf *text, const struct source *from,
                           const struct vocab *v, struct charnn_error *e)
{
    struct buf file = { 0 };
    struct buf *to = v->documents.kind ? &file : text;
    const size_t before = to->len;
    int status = file_read(from->path, to, e);
    if (status == 0 && v->compose && to->len > before)
        to->len =
            before + hangul_compose((unsigned char *)to->data + before, to->len - before);
    if (status == 0 && v->documents.kind)
        status = documents_mark(&v->documents, from->name, (unsigned char *)file.data,
                                file.len, text, e);
    buf_release(&file);
    return status;
}

/* Reads files, or all text files below folders. */
static int read_prepared(struct buf *text, const char *const *paths, size_t n,
                         const struct vocab *v, struct charnn_error *e)
{
    struct sources s = { 0 };
    int status = 0;
    for (size_t i = 0; i < n && status == 0; i++)
        status = sources_add(&s, &(struct source){ .name = paths[i] }, e);
    for (size_t k = 0; k < s.n && status == 0; k++)
        status = append_prepared(text, &s.list[k], v, e);
    sources_release(&s);
    return status;
}

int copy_guard_read(struct copy_guard *g, const char *const *paths, size_t n_paths,
                    const struct vocab *v, size_t N, struct charnn_error *e)
{
    struct buf text = { 0 };
    int status = read_prepared(&text, paths, n_paths, v, e);
    *g = (struct copy_guard){ 0 };
    if (status == 0)
        status = plan_guard(g, encode_known(NULL, v, &text), v->size, N, e);
    if (status == 0)
        encode_known(g, v, &text);
    buf_release(&text); /* early: the table of slots takes memory only when it is filled */
    if (status == 0 && N > 0)
        index_stretches(g);
    return status;
}

/* The first place from `from` on where the text has the n symbols; g->n: none. */
static size_t find_symbols(const struct copy_guard *g, const void *symbols, size_t n,
                           size_t from)
{
    const size_t width = g->wide ? sizeof *g->wide : sizeof *g->narrow;
    const char *text = g->wide ? (const void *)g->wide : (const void *)g->narrow;
    size_t at = from * width; /* in bytes */
    while (at + n * width <= g->n * width) {
        const char *found = memmem(text + at, g->n * width - at, symbols, n * width);
        if (!found)
            return g->n;
        at = (size_t)(found - text);
        if (at % width == 0)
            return at / width;
        at++;
    }
    return g->n;
}

bool copy_guard_has(const struct copy_guard *g, const uint16_t *ids, size_t n, int before)
{
    unsigned char *narrow = g->wide || n == 0 ? NULL : malloc(n);
    const void *symbols = g->wide ? (const void *)ids : narrow;
    bool has = false;
    for (size_t i = 0; narrow && i < n; i++)
        narrow[i] = (unsigned char)ids[i];
    for (size_t at = 0; symbols && n > 0 && !has && at < g->n; at++) {
        at = find_symbols(g, symbols, n, at);
        has = at < g->n && (before < 0 || at == 0 || symbol_at(g, at - 1) == before);
    }
    free(narrow);
    return has;
}

/* ------------------------------------------------------------------------- places */

int copy_place_init(struct copy_place *p, const struct copy_guard *g)
{
    *p = (struct copy_place){ .recent = calloc(g->N, sizeof *p->recent) };
    return p->recent ? 0 : -1;
}

void copy_place_release(struct copy_place *p)
{
    free(p->recent);
    *p = (struct copy_place){ 0 };
}

void copy_place_copy(struct copy_place *to, const struct copy_place *from,
                     const struct copy_guard *g)
{
    memcpy(to->recent, from->recent, g->N * sizeof *to->recent);
    to->written = from->written;
    to->hash = from->hash;
}

void copy_place_add(struct copy_place *p, const struct copy_guard *g, int id)
{
    uint16_t *slot = &p->recent[p->written % g->N];
    const uint64_t oldest = p->written < g->N ? 0 : (uint64_t)*slot + 1;
    p->hash = hash_slide(p->hash, (uint64_t)id + 1, oldest, g->power);
    *slot = (uint16_t)id;
    p->written++;
}

/* Whether the last N symbols of p are at `place` in the text of the guard. */
static bool recent_is_at(const struct copy_guard *g, const struct copy_place *p,
                         size_t place)
{
    size_t r = p->written % g->N;
    for (size_t i = 0; i < g->N; i++) {
        if (p->recent[r] != symbol_at(g, place + i))
            return false;
        r = r + 1 < g->N ? r + 1 : 0;
    }
    return true;
}

void copy_guard_forbid(const struct copy_guard *g, const struct copy_place *p,
                       bool *allowed)
{
    if (p->written < g->N)
        return;
    const struct home h = home_of(g, p->hash);
    for (size_t s = h.slot; g->slot[s]; s = next_slot(g, s)) {
        const size_t place = (g->slot[s] & g->places) - 1;
        if ((g->slot[s] & ~g->places) == h.mark && recent_is_at(g, p, place))
            allowed[symbol_at(g, place + g->N)] = false;
    }
}
