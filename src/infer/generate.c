/* generate.c - the loop of drawing a symbol and reading it. */
#include "infer/generate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Whether the training text was UTF-8, as far as single bytes tell: no byte that UTF-8
 * never has, and continuation bytes exactly as often as the leads ask for. */
static bool looks_like_utf8(const struct vocab *v)
{
    double asked = 0, there = 0; /* counts come from a file: sums may be huge */
    for (size_t i = 0; i < v->size; i++) {
        const unsigned char byte = (unsigned char)v->symbol[i];
        const bool follows = byte >= 0x80 && byte < 0xC0;
        if (follows)
            there += (double)v->count[i];
        else if (utf8_length(byte) == 0)
            return false;
        else
            asked += (double)v->count[i] * (utf8_length(byte) - 1);
    }
    return asked == there;
}

int generator_init(struct generator *g, const struct model *m, const struct vocab *v,
                   struct pool *pool, const struct charnn_sample_config *c,
                   struct charnn_error *e)
{
    *g = (struct generator){ .vocab = v, .pool = pool, .config = *c };
    if (stack_init(&g->stack, m, 1, 1, STACK_FORWARD, 0, "sampling", e) < 0)
        return -1;
    g->logits = calloc(v->size, sizeof *g->logits);
    g->allowed = calloc(v->size, sizeof *g->allowed);
    g->scratch = calloc(v->size, sizeof *g->scratch);
    g->utf8 = v->unit == VOCAB_BYTE && looks_like_utf8(v);
    rng_init(&g->rng, (uint64_t)c->seed);
    if (g->logits && g->allowed && g->scratch)
        return 0;
    generator_release(g);
    return err_set(e, "out of memory for sampling");
}

void generator_release(struct generator *g)
{
    stack_release(&g->stack);
    free(g->logits);
    free(g->allowed);
    free(g->scratch);
    *g = (struct generator){ 0 };
}

struct reading {
    struct generator *g;
    int32_t id;
};

static void read_job(void *arg, const struct team *team)
{
    struct reading *r = arg;
    stack_forward(&r->g->stack, &r->id, team);
    stack_logits(&r->g->stack, team);
}

static void read_symbol(struct generator *g, int id)
{
    struct reading r = { g, id };
    pool_run(g->pool, stack_team(&g->stack), read_job, &r);
    stack_carry(&g->stack);
}

void generator_start(struct generator *g, const uint16_t *ids, size_t n)
{
    const int separator = vocab_separator(g->vocab);
    stack_reset(&g->stack);
    g->ended = false;
    if (separator >= 0)
        read_symbol(g, separator);
    for (size_t i = 0; i < n; i++)
        read_symbol(g, ids[i]);
}

void generator_begin(struct generator *g)
{
    const int newline = vocab_id(g->vocab, '\n');
    const uint16_t first = (uint16_t)(newline < 0 ? 0 : newline);
    generator_start(g, &first, g->vocab->documents ? 0 : 1);
}

/* Whether `byte` may stand after the n bytes of an unfinished character. */
static bool may_follow(const unsigned char *begun, int n, unsigned char byte)
{
    unsigned char s[4];
    uint32_t c;
    if (n == 0)
        return utf8_length(byte) > 0;
    if (byte < 0x80 || byte > 0xBF)
        return false;
    /* Second bytes have narrower ranges after some leads: try to finish the character. */
    memcpy(s, begun, (size_t)n);
    s[n] = byte;
    for (int i = n + 1; i < 4; i++)
        s[i] = 0x80;
    return utf8_decode(s, (size_t)utf8_length(s[0]), &c) > 0;
}

/* Marks what may come next; false when the vocabulary has nothing that may. */
static bool allow(struct generator *g, const unsigned char *begun, int n)
{
    bool any = false;
    for (size_t i = 0; i < g->vocab->size; i++) {
        const uint32_t symbol = g->vocab->symbol[i];
        g->allowed[i] = g->vocab->unit == VOCAB_CHAR
                            ? symbol != UTF8_REPLACEMENT
                            : !g->utf8 || may_follow(begun, n, (unsigned char)symbol);
        any = any || g->allowed[i];
    }
    return any;
}

static int draw(struct generator *g, const unsigned char *begun, int n)
{
    const real *logits = g->stack.head.logits; /* one row: panels in a line */
    const bool some = allow(g, begun, n);
    for (size_t i = 0; i < g->vocab->size; i++)
        g->logits[i] = (float)logits[i];
    return sample_logits(g->logits, some ? g->allowed : NULL, g->vocab->size, &g->config,
                         &g->rng, g->scratch);
}

/* How the end of a document is written. */
static int put_end(const struct vocab *v, char out[4])
{
    static const char *const ends[] = { "", "\n", "\n\n", "" };
    const size_t n = strlen(ends[v->documents]);
    memcpy(out, ends[v->documents], n);
    return (int)n;
}

int generator_next(struct generator *g, char out[4])
{
    int n = 0, whole = 1;
    g->ended = false;
    do {
        const int id = draw(g, (const unsigned char *)out, n);
        if (id == vocab_separator(g->vocab)) {
            read_symbol(g, id);
            g->ended = true;
            return put_end(g->vocab, out);
        }
        n += vocab_decode(g->vocab, id, out + n);
        read_symbol(g, id);
        if (g->utf8 && n == 1)
            whole = utf8_length((unsigned char)out[0]);
    } while (n < whole);
    return n;
}

size_t generator_sample(struct generator *g, uint64_t seed, size_t n, char *out)
{
    size_t length = 0;
    rng_init(&g->rng, seed);
    generator_begin(g);
    for (size_t i = 0; i < n; i++)
        length += (size_t)generator_next(g, out + length);
    return length;
}
