/* generator.c - draws and reads symbols, in B rows at once. */
#include "sample/generator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* ------------------------------------------------------------------------- memory */

/* Whether the training text seems to have been UTF-8, by the counts of its bytes: within a
 * percent, there are no bytes that UTF-8 never uses, and as many continuation bytes as the
 * lead bytes need.  (The text may be cut inside a character, or have a stray byte.)
 * Without counts, as in files of other programs, only the first condition is checked. */
static bool looks_like_utf8(const struct vocab *v)
{
    double asked = 0, there = 0, never = 0; /* double, because counts come from a file and
                                             * their sums may be huge */
    bool counted = false;
    for (size_t i = 0; i < v->size; i++) {
        const unsigned char byte = (unsigned char)v->symbol[i];
        const double count = (double)v->count[i];
        counted = counted || v->count[i] > 1;
        if (byte >= 0x80 && byte < 0xC0)
            there += count;
        else if (utf8_length(byte) == 0)
            never += count;
        else
            asked += count * (utf8_length(byte) - 1);
    }
    const double few = (asked + there) / 100;
    return never <= few && (!counted || fabs(asked - there) <= few);
}

static bool alloc_places(struct generator *g, size_t B)
{
    const size_t V = g->vocab->size, run = (size_t)g->config.no_repeat;
    for (size_t b = 0; b < B; b++) {
        struct text_row *r = &g->row[b];
        if (g->guard && copy_place_init(&r->place, g->guard) < 0)
            return false;
        if (run > 0 && (copy_guard_begin(&r->own, V, run - 1) < 0 ||
                        copy_place_init(&r->own_place, &r->own) < 0))
            return false;
    }
    return true;
}

static void release_places(struct text_row *r)
{
    copy_place_release(&r->place);
    copy_place_release(&r->own_place);
    copy_guard_release(&r->own);
}

/* After a failure, generator_release frees what was allocated. */
static int alloc_rows(struct generator *g, size_t B, struct charnn_error *e)
{
    const size_t V = g->vocab->size, H = g->net.m->shape.size;
    g->row = calloc(B, sizeof *g->row);
    g->ids = calloc(B, sizeof *g->ids);
    g->logits = calloc(B * V, sizeof *g->logits);
    g->state = calloc(B * H, sizeof *g->state);
    g->moved = calloc(B * H, sizeof *g->moved);
    g->allowed = calloc(V, sizeof *g->allowed);
    g->scratch = calloc(V, sizeof *g->scratch);
    if (!g->row || !g->ids || !g->logits || !g->state || !g->moved || !g->allowed ||
        !g->scratch || !alloc_places(g, B))
        return err_set(e, "out of memory for sampling");
    return 0;
}

/* Completes a generator; its vocab, pool, guard and config must be set. */
static int init_rows(struct generator *g, const struct model *m, size_t B,
                     struct charnn_error *e)
{
    if (network_init(&g->net, m, 1, B, STACK_FORWARD, "sampling", e) < 0)
        return -1;
    g->utf8 = g->vocab->unit == VOCAB_BYTE && looks_like_utf8(g->vocab);
    if (alloc_rows(g, B, e) == 0)
        return 0;
    generator_release(g);
    return -1;
}

int generator_init(struct generator *g, const struct model *m, const struct vocab *v,
                   const struct copy_guard *guard, struct pool *pool,
                   const struct charnn_sample_config *c, struct charnn_error *e)
{
    *g = (struct generator){ .vocab = v, .pool = pool, .guard = guard, .config = *c };
    if (init_rows(g, m, 1, e) < 0)
        return -1;
    generator_seed(g, 0, (uint64_t)c->seed, 0);
    return 0;
}

int generator_init_like(struct generator *g, const struct generator *from, size_t B,
                        struct charnn_error *e)
{
    *g = (struct generator){ .vocab = from->vocab,
                             .pool = from->pool,
                             .guard = from->guard,
                             .config = from->config,
                             .scored = from->scored };
    if (init_rows(g, from->net.m, B, e) < 0)
        return -1;
    return from->mixture ? generator_mix(g, from->mixture, e) : 0;
}

/* Makes the scratch memory large enough for the states of the largest network. */
static bool widen_states(struct generator *g, size_t H)
{
    float *state = realloc(g->state, g->net.B * H * sizeof *state);
    g->state = state ? state : g->state;
    float *moved = realloc(g->moved, g->net.B * H * sizeof *moved);
    g->moved = moved ? moved : g->moved;
    return state && moved;
}

static int init_others(struct generator *g, struct charnn_error *e)
{
    size_t H = g->net.m->shape.size;
    g->others = calloc(g->mixture->n_others + 1, sizeof *g->others);
    g->mixed = calloc(3 * g->vocab->size, sizeof *g->mixed);
    if (!g->others || !g->mixed)
        return err_set(e, "out of memory for sampling");
    for (size_t i = 0; i < g->mixture->n_others; i++) {
        const struct model *m = g->mixture->others[i];
        H = m->shape.size > H ? m->shape.size : H;
        if (network_init(&g->others[i], m, 1, g->net.B, STACK_FORWARD, "sampling", e) < 0)
            return -1;
    }
    return widen_states(g, H) ? 0 : err_set(e, "out of memory for sampling");
}

int generator_mix(struct generator *g, const struct mixture *mixture,
                  struct charnn_error *e)
{
    if (mixture->n_others == 0 && !mixture->ngrams)
        return 0;
    g->mixture = mixture;
    if (init_others(g, e) == 0)
        return 0;
    generator_release(g);
    return -1;
}

void generator_release(struct generator *g)
{
    if (g->row)
        for (size_t b = 0; b < g->net.B; b++)
            release_places(&g->row[b]);
    for (size_t i = 0; g->others && i < g->mixture->n_others; i++)
        network_release(&g->others[i]);
    network_release(&g->net);
    buf_release(&g->prime);
    free(g->others);
    free(g->mixed);
    free(g->row);
    free(g->ids);
    free(g->logits);
    free(g->state);
    free(g->moved);
    free(g->allowed);
    free(g->scratch);
    *g = (struct generator){ 0 };
}

void generator_seed(struct generator *g, size_t b, uint64_t seed, uint64_t number)
{
    rng_init(&g->row[b].rng, number ? rng_hash(seed, number, 0) : seed);
}

/* ------------------------------------------------------------------------ reading */

/* A network that reads one symbol in each row. */
struct generator_reader {
    struct network *net;
    const int32_t *ids;
};

static void generator_step_job(void *arg, const struct team *team)
{
    const struct generator_reader *r = arg;
    network_forward(r->net, r->ids, team);
    network_logits(r->net, team);
}

static void step_network(struct generator *g, struct network *net)
{
    struct generator_reader r = { net, g->ids };
    pool_run(g->pool, network_team(net), generator_step_job, &r);
    stack_carry(&net->forward);
}

static double logit_of(const struct network *net, size_t b, size_t i)
{
    return (double)net->head.logits[(i / PANEL * net->B + b) * PANEL + i % PANEL];
}

/* Adds `share` times the probabilities of row b to p[V]; false: a logit is not finite. */
static bool add_softmax(const struct network *net, size_t b, size_t V, double share,
                        double *p)
{
    double most = logit_of(net, b, 0), sum = 0;
    bool finite = true;
    for (size_t i = 0; i < V; i++) {
        most = fmax(most, logit_of(net, b, i));
        finite = finite && isfinite(logit_of(net, b, i));
    }
    for (size_t i = 0; i < V; i++)
        sum += exp(logit_of(net, b, i) - most);
    for (size_t i = 0; i < V; i++)
        p[i] += share * exp(logit_of(net, b, i) - most) / sum;
    return finite;
}

/* Replaces the logits of row b by the log probabilities of the mixture. */
static void mix_row(struct generator *g, size_t b)
{
    const size_t V = g->vocab->size;
    const struct mixture *m = g->mixture;
    const double share = 1 / (double)(1 + m->n_others);
    struct text_row *r = &g->row[b];
    double *p = g->mixed;
    memset(p, 0, V * sizeof *p);
    bool finite = add_softmax(&g->net, b, V, share, p);
    for (size_t i = 0; i < m->n_others; i++)
        finite = add_softmax(&g->others[i], b, V, share, p) && finite;
    g->overflowed = g->overflowed || !finite;
    if (m->ngrams &&
        mixture_distribution(m->ngrams, r->context, r->n_context, p, p + V) < 0)
        p[0] = NAN; /* out of memory */
    for (size_t i = 0; i < V; i++) {
        g->logits[b * V + i] = (float)log(p[i]);
        g->overflowed = g->overflowed || isnan(p[i]);
    }
}

/* Adds the symbol that row b reads to its context; a separator begins a new context. */
static void extend_context(struct generator *g, size_t b)
{
    struct text_row *r = &g->row[b];
    const size_t kept = g->ids[b] == vocab_separator(g->vocab) ? 0
                        : r->n_context < NGRAM_CONTEXT_MOST    ? r->n_context
                                                               : NGRAM_CONTEXT_MOST - 1;
    memmove(r->context + 1, r->context, kept * sizeof *r->context);
    r->context[0] = (uint16_t)g->ids[b];
    r->n_context = kept + 1;
}

static void step_mixture(struct generator *g)
{
    for (size_t i = 0; i < g->mixture->n_others; i++)
        step_network(g, &g->others[i]);
    for (size_t b = 0; b < g->net.B; b++) {
        extend_context(g, b);
        mix_row(g, b);
    }
}

/* Copies the logits from the head's panels of 16 symbols. */
static void fetch_logits(struct generator *g)
{
    const size_t V = g->vocab->size, B = g->net.B;
    float zero = 0; /* becomes NaN if a logit is not finite */
    for (size_t b = 0; b < B; b++)
        for (size_t i = 0; i < V; i++) {
            const float x =
                (float)g->net.head.logits[(i / PANEL * B + b) * PANEL + i % PANEL];
            g->logits[b * V + i] = x;
            zero += 0 * x;
        }
    g->overflowed = g->overflowed || zero != 0;
}

int generator_check(const struct generator *g, struct charnn_error *e)
{
    if (g->failed)
        return err_set(e, "out of memory for a text");
    return g->overflowed ? model_err_overflow(e) : 0;
}

void generator_step(struct generator *g)
{
    step_network(g, &g->net);
    fetch_logits(g);
    if (g->mixture)
        step_mixture(g);
}

static void read_one(struct generator *g, int id)
{
    for (size_t b = 0; b < g->net.B; b++)
        g->ids[b] = id;
    generator_step(g);
}

/* Resets the state; if the model has documents, reads a separator. */
static void reset_rows(struct generator *g)
{
    const int separator = vocab_separator(g->vocab);
    stack_reset(&g->net.forward);
    for (size_t i = 0; g->mixture && i < g->mixture->n_others; i++)
        stack_reset(&g->others[i].forward);
    g->overflowed = g->failed = false;
    for (size_t b = 0; b < g->net.B; b++) {
        struct text_row *r = &g->row[b];
        *r = (struct text_row){ .rng = r->rng,
                                .place.recent = r->place.recent,
                                .own = r->own,
                                .own_place.recent = r->own_place.recent };
        if (g->config.no_repeat)
            copy_guard_clear(&r->own);
    }
    if (separator >= 0)
        read_one(g, separator);
}

bool generator_interrupted(const struct generator *g)
{
    return atomic_load_explicit(&g->interrupted, memory_order_relaxed);
}

void generator_read(struct generator *g, const uint16_t *ids, size_t n)
{
    for (size_t i = 0; i < n && !generator_interrupted(g); i++) {
        read_one(g, ids[i]);
        if (!g->guard)
            continue;
        for (size_t b = 0; b < g->net.B; b++)
            copy_place_add(&g->row[b].place, g->guard, ids[i]);
    }
}

void generator_start(struct generator *g, const uint16_t *ids, size_t n)
{
    const int newline = vocab_id(g->vocab, '\n');
    reset_rows(g);
    if (n == 0 && !g->vocab->documents.kind) /* this newline is not part of the text */
        read_one(g, newline < 0 ? 0 : newline);
    generator_read(g, ids, n);
}

/* ------------------------------------------------------------------------ drawing */

/* Whether `byte` may follow the n bytes of an unfinished character. */
static bool is_utf8_next(const char *begun, int n, unsigned char byte)
{
    unsigned char s[UTF8_MAX];
    uint32_t c;
    memcpy(s, begun, (size_t)n);
    s[n] = byte;
    return utf8_decode(s, (size_t)n + 1, &c) == n + 1 || utf8_is_begun(s, (size_t)n + 1);
}

/* Whether symbol i can come next in a text, without regard to the guard. */
static bool is_possible(const struct generator *g, const struct text_row *r, size_t i)
{
    const uint32_t symbol = g->vocab->symbol[i];
    if (g->vocab->unit == VOCAB_CHAR)
        return symbol != UTF8_REPLACEMENT;
    return !g->utf8 || is_utf8_next(r->begun, r->n_begun, (unsigned char)symbol);
}

static bool any_allowed(const bool *allowed, size_t V)
{
    return memchr(allowed, true, V) != NULL;
}

bool generator_allow(struct generator *g, size_t b)
{
    const size_t V = g->vocab->size;
    for (size_t i = 0; i < V; i++)
        g->allowed[i] = is_possible(g, &g->row[b], i);
    if (!any_allowed(g->allowed, V)) /* no known symbol continues this character */
        memset(g->allowed, true, V);
    if (g->guard)
        copy_guard_forbid(g->guard, &g->row[b].place, g->allowed);
    if (g->config.no_repeat)
        copy_guard_forbid(&g->row[b].own, &g->row[b].own_place, g->allowed);
    return any_allowed(g->allowed, V);
}

double generator_logprob(const float *logits, size_t V, int id)
{
    float most = logits[0];
    double sum = 0;
    for (size_t i = 1; i < V; i++)
        most = logits[i] > most ? logits[i] : most;
    for (size_t i = 0; i < V; i++)
        sum += exp((double)(logits[i] - most));
    return (double)(logits[id] - most) - log(sum);
}

int generator_draw(struct generator *g, size_t b)
{
    const size_t V = g->vocab->size;
    struct text_row *r = &g->row[b];
    r->stuck = g->overflowed || g->failed || !generator_allow(g, b);
    if (r->stuck)
        return -1;
    const int id =
        sampler_draw(g->logits + b * V, g->allowed, V, &g->config, &r->rng, g->scratch);
    if (g->scored)
        r->logprob += generator_logprob(g->logits + b * V, V, id);
    return id;
}

/* Writes the end of a document. */
static int put_document_end(const struct vocab *v, char *out)
{
    static const char *const ends[] = { "", "\n", "\n\n", "", "\n", "" };
    return snprintf(out, GENERATOR_OUT, "%s%s",
                    v->documents.kind == DOCUMENTS_END ? v->documents.border : "",
                    ends[v->documents.kind]);
}

int generator_take(struct generator *g, size_t b, int id, char *out)
{
    struct text_row *r = &g->row[b];
    g->ids[b] = id;
    r->symbols++;
    if (g->guard)
        copy_place_add(&r->place, g->guard, id);
    if (g->config.no_repeat && copy_guard_append(&r->own, &r->own_place, id) < 0)
        g->failed = true;
    r->ended = id == vocab_separator(g->vocab);
    if (r->ended) {
        r->n_begun = 0;
        return put_document_end(g->vocab, out);
    }
    r->n_begun += vocab_decode(g->vocab, id, r->begun + r->n_begun);
    if (g->utf8 && r->n_begun < utf8_length((unsigned char)r->begun[0]))
        return 0;
    const int n = r->n_begun;
    memcpy(out, r->begun, (size_t)n);
    r->n_begun = 0;
    return n;
}

int generator_next(struct generator *g, char *out)
{
    int n = 0;
    do {
        const int id = generator_draw(g, 0);
        if (id < 0)
            return 0;
        n = generator_take(g, 0, id, out);
        generator_step(g);
    } while (n == 0 && !g->row[0].ended);
    return n;
}

int generator_next_short(struct generator *g, char out[CHARNN_CHARACTER_MAX])
{
    char whole[GENERATOR_OUT];
    const int n = generator_next(g, whole);
    /* If the end of a document is too long, only the newline after its STRING is kept. */
    const int skipped = n > CHARNN_CHARACTER_MAX ? n - 1 : 0;
    memcpy(out, whole + skipped, (size_t)(n - skipped));
    return n - skipped;
}

size_t generator_sample(struct generator *g, uint64_t seed, size_t n, char *out)
{
    size_t length = 0;
    generator_seed(g, 0, seed, 0);
    generator_start(g, NULL, 0);
    for (size_t i = 0; i < n; i++)
        length += (size_t)generator_next_short(g, out + length);
    return length;
}

/* -------------------------------------------------------------------- moving rows */

/* Copies one kind of state of a layer; scratch[from B][H], moved[to B][H]. */
static void copy_layer_state(struct network *to, const struct network *from,
                             const int *parent, size_t layer, int kind, float *scratch,
                             float *moved)
{
    const size_t H = from->m->shape.size;
    stack_get_state(&from->forward, layer, kind, scratch);
    for (size_t b = 0; b < to->B; b++)
        memcpy(moved + b * H, scratch + (size_t)parent[b] * H, H * sizeof *moved);
    stack_set_state(&to->forward, layer, kind, moved);
}

static void copy_network_state(struct network *to, const struct network *from,
                               const int *parent, float *scratch, float *moved)
{
    for (size_t layer = 0; layer < from->m->shape.layers; layer++)
        for (int kind = 0; kind < (int)from->m->cell->states; kind++)
            copy_layer_state(to, from, parent, layer, kind, scratch, moved);
}

void generator_copy_states(struct generator *to, const struct generator *from,
                           const int *parent)
{
    copy_network_state(&to->net, &from->net, parent, from->state, to->moved);
    for (size_t i = 0; from->mixture && i < from->mixture->n_others; i++)
        copy_network_state(&to->others[i], &from->others[i], parent, from->state,
                           to->moved);
}

void generator_copy_row(struct text_row *to, const struct text_row *from,
                        const struct copy_guard *guard)
{
    const struct text_row own = *to;
    *to = *from;
    to->rng = own.rng;
    to->place = own.place;
    to->own = own.own;
    to->own_place = own.own_place;
    if (guard)
        copy_place_copy(&to->place, &from->place, guard);
}

/* With no_repeat, copies the symbols drawn so far. */
static void copy_drawn(struct generator *g, struct text_row *to,
                       const struct text_row *from)
{
    if (copy_guard_copy(&to->own, &from->own) < 0)
        g->failed = true;
    copy_place_copy(&to->own_place, &from->own_place, &to->own);
}

void generator_fork(struct generator *to, const struct generator *from)
{
    const size_t V = from->vocab->size;
    const int parent[GENERATOR_ROWS] = { 0 };
    to->overflowed = from->overflowed;
    to->failed = from->failed;
    generator_copy_states(to, from, parent);
    for (size_t b = 0; b < to->net.B; b++) {
        memcpy(to->logits + b * V, from->logits, V * sizeof *to->logits);
        generator_copy_row(&to->row[b], &from->row[0], from->guard);
        if (from->config.no_repeat)
            copy_drawn(to, &to->row[b], &from->row[0]);
    }
}
