/* texts.c - draws until a stop condition, one row at a time or many. */
#include "sample/texts.h"

#include <stdlib.h>
#include <string.h>

/* The last piece of row b's text, whose numbers describe the whole text. */
static struct charnn_piece last_piece(const struct generator *g, size_t b, int64_t number,
                                      const struct stop *stop, const char *bytes, size_t n)
{
    const struct text_row *r = &g->row[b];
    return (struct charnn_piece){ .number = number,
                                  .bytes = bytes,
                                  .n = n,
                                  .end = stop->end,
                                  .chars = stop->chars,
                                  .symbols = r->symbols,
                                  .logprob = r->logprob };
}

/* Begins text `number` in row b. */
static void begin_text(struct generator *g, size_t b, uint64_t seed, int64_t number)
{
    struct text_row *r = &g->row[b];
    generator_seed(g, b, seed, (uint64_t)number);
    r->ended = r->stuck = false;
    r->n_begun = 0;
    r->logprob = 0;
    r->symbols = 0;
}

/* Ends a text whose row ended the document, or could not continue it. */
static void finish_ended(struct stop *stop, const struct text_row *r)
{
    if (r->ended)
        stop_finish(stop, CHARNN_END_DOCUMENT);
    else if (r->stuck)
        stop_finish(stop, CHARNN_END_STUCK);
}

/* -------------------------------------------------------------------------- one */

/* Emits the bytes of `held` that certainly belong to the text, and keeps the rest. */
static int release_certain(struct buf *held, const struct stop *stop, int64_t number,
                           charnn_piece_fn *emit, void *arg)
{
    const size_t n = held->len - (stop->fed - stop->certain);
    const struct charnn_piece piece = { .number = number, .bytes = held->data, .n = n };
    if (n == 0)
        return 0;
    const int enough = emit(&piece, arg);
    held->len -= n;
    memmove(held->data, held->data + n, held->len);
    return enough;
}

int texts_stream(struct generator *g, uint64_t seed, int64_t number,
                 const struct charnn_limits *limits, charnn_piece_fn *emit, void *arg,
                 struct charnn_error *e)
{
    struct buf held = { 0 };
    struct stop stop;
    int enough = 0;
    begin_text(g, 0, seed, number);
    stop_begin(&stop, limits);
    while (!enough && !stop.end && !held.failed) {
        char out[GENERATOR_OUT];
        const int n = generator_interrupted(g) ? 0 : generator_next(g, out);
        buf_add(&held, out, (size_t)n);
        if (n > 0)
            stop_feed(&stop, out, (size_t)n);
        finish_ended(&stop, &g->row[0]);
        if (generator_interrupted(g))
            stop_finish(&stop, CHARNN_END_INTERRUPTED);
        enough = held.failed || g->overflowed || g->failed
                     ? 1
                     : release_certain(&held, &stop, number, emit, arg);
    }
    const bool failed = held.failed;
    buf_release(&held);
    if (failed)
        return err_set(e, "out of memory for a text");
    if (generator_check(g, e) < 0)
        return -1;
    const struct charnn_piece last = last_piece(g, 0, number, &stop, "", 0);
    if (!enough)
        emit(&last, arg);
    return 0;
}

/* ------------------------------------------------------------------------ in parallel */

/* A text of the batch. */
struct draft {
    struct buf text;
    struct buf ids; /* with new_only: the symbols drawn, as uint16_t */
    struct stop stop;
    bool accepted;             /* it is complete, and not in the corpus */
    int64_t thrown_away;       /* number of earlier tries, which were in the corpus */
    struct charnn_piece piece; /* of an accepted text */
};

struct batch {
    struct generator g;
    struct draft *draft; /* [B] */
    charnn_piece_fn *emit;
    void *arg;
    bool enough; /* emit has asked to stop */
};

static int batch_init(struct batch *t, const struct generator *from, size_t rows,
                      struct charnn_error *e)
{
    *t = (struct batch){ .draft = calloc(rows, sizeof *t->draft) };
    if (!t->draft)
        return err_set(e, "out of memory for %zu texts", rows);
    if (generator_init_like(&t->g, from, rows, e) == 0)
        return 0;
    free(t->draft);
    return -1;
}

static void batch_release(struct batch *t)
{
    for (size_t b = 0; b < t->g.net.B; b++) {
        buf_release(&t->draft[b].text);
        buf_release(&t->draft[b].ids);
    }
    free(t->draft);
    generator_release(&t->g);
}

/* Draws one more symbol of row b's text. */
static void draft_draw(struct batch *t, const struct generator *from, size_t b)
{
    struct draft *d = &t->draft[b];
    char out[GENERATOR_OUT];
    const int id = generator_draw(&t->g, b);
    const int n = id < 0 ? 0 : generator_take(&t->g, b, id, out);
    const uint16_t symbol = (uint16_t)id;
    if (from->known && id >= 0)
        buf_add(&d->ids, &symbol, sizeof symbol);
    buf_add(&d->text, out, (size_t)n);
    if (n > 0)
        stop_feed(&d->stop, out, (size_t)n);
    finish_ended(&d->stop, &t->g.row[b]);
    if (d->text.failed || d->ids.failed)
        stop_finish(&d->stop, CHARNN_END_STUCK);
}

/* Generates the texts of the first n rows to their ends. */
static void batch_write(struct batch *t, struct generator *from, size_t n)
{
    bool any = true;
    while (any && !generator_interrupted(from)) {
        any = false;
        for (size_t b = 0; b < n; b++) {
            if (!t->draft[b].stop.end)
                draft_draw(t, from, b);
            any = any || !t->draft[b].stop.end;
        }
        if (any)
            generator_step(&t->g);
    }
}

/* Begins the texts of all rows that are not accepted yet. */
static void batch_begin(struct batch *t, const struct generator *from, uint64_t seed,
                        int64_t first, int64_t attempt, const struct charnn_limits *limits)
{
    generator_fork(&t->g, from);
    for (size_t b = 0; b < t->g.net.B; b++) {
        struct draft *d = &t->draft[b];
        const int64_t number = first + (int64_t)b;
        begin_text(&t->g, b, seed, number);
        if (attempt > 0)
            rng_init(&t->g.row[b].rng, rng_hash(seed, (uint64_t)number, (uint64_t)attempt));
        if (d->accepted)
            continue;
        stop_begin(&d->stop, limits);
        d->text.len = d->ids.len = 0;
    }
}

/* Whether a text is in the corpus from->known, if there is one. */
static bool is_known_text(const struct generator *from, struct draft *d)
{
    const int separator = vocab_separator(from->vocab);
    struct buf whole = { 0 };
    if (!from->known)
        return false;
    if (separator < 0)
        return copy_guard_has(from->known, (const uint16_t *)(const void *)d->ids.data,
                              d->ids.len / sizeof(uint16_t), -1);
    buf_add(&whole, from->prime.data, from->prime.len);
    buf_add(&whole, d->ids.data, d->ids.len);
    const bool known =
        !whole.failed &&
        copy_guard_has(from->known, (const uint16_t *)(const void *)whole.data,
                       whole.len / sizeof(uint16_t), separator);
    d->ids.failed |= whole.failed;
    buf_release(&whole);
    return known;
}

/* Accepts the text of each of n rows unless it is in the corpus; returns whether any text
 * was in the corpus. */
static bool batch_accept(struct batch *t, const struct generator *from, int64_t first,
                         size_t n)
{
    bool some = false;
    for (size_t b = 0; b < n; b++) {
        struct draft *d = &t->draft[b];
        if (d->accepted)
            continue;
        stop_finish(&d->stop, CHARNN_END_INTERRUPTED);
        d->accepted = !is_known_text(from, d);
        d->thrown_away += !d->accepted;
        some = some || !d->accepted;
        d->piece = last_piece(&t->g, b, first + (int64_t)b, &d->stop,
                              d->text.data ? d->text.data : "", d->stop.certain);
        d->piece.thrown_away = d->thrown_away;
    }
    return some;
}

/* Emits the texts of n rows, in order. */
static int batch_emit(struct batch *t, const struct generator *from, size_t n,
                      struct charnn_error *e)
{
    for (size_t b = 0; b < n && !t->enough; b++) {
        struct draft *d = &t->draft[b];
        if (d->text.failed || d->ids.failed || from->prime.failed)
            return err_set(e, "out of memory for a text");
        if (d->accepted)
            t->enough = t->emit(&d->piece, t->arg) != 0;
        else if (!generator_interrupted(from))
            return err_set(e,
                           "text %lld: all %d tries were in the corpus: the model writes "
                           "little that is new (a higher temperature gives more variety)",
                           (long long)d->piece.number + 1, CHARNN_TRIES_MAX);
    }
    return 0;
}

/* Generates and emits texts `first` to first + n - 1. */
static int batch_run(struct batch *t, struct generator *from, uint64_t seed, int64_t first,
                     size_t n, const struct charnn_limits *limits, struct charnn_error *e)
{
    bool again = true;
    for (size_t b = 0; b < n; b++) {
        t->draft[b].accepted = false;
        t->draft[b].thrown_away = 0;
    }
    for (int k = 0; k < CHARNN_TRIES_MAX && again && !generator_interrupted(from); k++) {
        batch_begin(t, from, seed, first, k, limits);
        batch_write(t, from, n);
        if (generator_check(&t->g, e) < 0)
            return -1;
        again = batch_accept(t, from, first, n);
    }
    return batch_emit(t, from, n, e);
}

int texts_batch(struct generator *g, uint64_t seed, int64_t count,
                const struct charnn_limits *limits, charnn_piece_fn *emit, void *arg,
                struct charnn_error *e)
{
    struct batch t;
    const size_t B = count < GENERATOR_ROWS ? (size_t)count : GENERATOR_ROWS;
    int status = batch_init(&t, g, B, e);
    if (status < 0)
        return -1;
    t.emit = emit;
    t.arg = arg;
    for (int64_t k = 0; k < count; k += (int64_t)B) {
        if (status < 0 || t.enough || generator_interrupted(g))
            break;
        const size_t n = count - k < (int64_t)B ? (size_t)(count - k) : B;
        status = batch_run(&t, g, seed, k, n, limits, e);
    }
    batch_release(&t);
    return status;
}
