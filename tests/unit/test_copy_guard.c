/* test_copy_guard.c - compares the symbols that the guard allows with a search through the
 * whole text. */
#include "base/rng.h"
#include "sample/copy_guard.h"
#include "test.h"

enum { MOST = 3000 };

struct text {
    uint16_t ids[MOST];
    size_t n, V;
};

/* Draws from few symbols, so that there are many repetitions; some symbols are unknown. */
static void draw_text(struct text *t, uint64_t seed, size_t n, size_t V)
{
    struct rng rng;
    rng_init(&rng, seed);
    t->n = n;
    t->V = V;
    for (size_t i = 0; i < n; i++)
        t->ids[i] = rng_next(&rng) % 50 == 0 ? VOCAB_MAX : (uint16_t)(rng_next(&rng) % V);
}

/* Marks every symbol that follows the last N symbols somewhere in the text. */
static void search(const struct text *t, const uint16_t *written, size_t n, size_t N,
                   bool *allowed)
{
    memset(allowed, true, t->V);
    for (size_t i = 0; n >= N && i + N < t->n; i++)
        if (t->ids[i + N] != VOCAB_MAX &&
            memcmp(t->ids + i, written + n - N, N * sizeof *written) == 0)
            allowed[t->ids[i + N]] = false;
}

/* Writes a text, mostly copied, of symbols that the guard allows; returns how often it
 * forbade a symbol. */
static int check_guard(const struct text *t, size_t N, uint64_t seed)
{
    struct copy_guard g;
    struct copy_place p;
    struct rng rng;
    uint16_t written[400];
    bool allowed[MOST], expected[MOST];
    size_t from = 0;
    int wrong = 0, forbidden = 0;
    rng_init(&rng, seed);
    CHECK(copy_guard_init(&g, t->ids, t->n, t->V, N, NULL) == 0);
    CHECK(copy_place_init(&p, &g) == 0);
    for (size_t n = 0; n < 400; n++) {
        memset(allowed, true, t->V);
        copy_guard_forbid(&g, &p, allowed);
        search(t, written, n, N, expected);
        for (size_t i = 0; i < t->V; i++) {
            wrong += allowed[i] != expected[i];
            forbidden += !allowed[i];
        }
        /* now and then, copy from another place in the text */
        if (n % (N + 3) == 0)
            from = rng_next(&rng) % (t->n - N - 4);
        const uint16_t id = t->ids[from + n % (N + 3)];
        written[n] = id == VOCAB_MAX ? 0 : id;
        copy_place_add(&p, &g, written[n]);
    }
    CHECK_MSG(wrong == 0, "N %zu, V %zu: %d wrong", N, t->V, wrong);
    copy_place_release(&p);
    copy_guard_release(&g);
    return forbidden;
}

static void forbids_what_a_search_finds_and_nothing_else(void)
{
    static const size_t lengths[] = { 1, 2, 3, 7, 16, 40 };
    static const size_t sizes[] = { 1, 2, 5, 60, 254, 255, 256, 3000 };
    struct text t;
    int forbidden = 0;
    for (size_t i = 0; i < 8; i++)
        for (size_t k = 0; k < 6; k++) {
            draw_text(&t, i, i % 2 ? MOST : 700, sizes[i]);
            forbidden += check_guard(&t, lengths[k], k);
        }
    CHECK_MSG(forbidden > 1000, "%d", forbidden);
}

static void a_short_or_empty_text_forbids_nothing(void)
{
    const uint16_t ids[] = { 0, 1, 0, 1 };
    for (size_t n = 0; n <= 4; n++) {
        struct copy_guard g;
        struct copy_place p;
        bool allowed[2] = { true, true };
        CHECK(copy_guard_init(&g, ids, n, 2, 4, NULL) == 0);
        CHECK(copy_place_init(&p, &g) == 0);
        for (int i = 0; i < 4; i++)
            copy_place_add(&p, &g, i % 2);
        copy_guard_forbid(&g, &p, allowed);
        CHECK(allowed[0] && allowed[1]);
        copy_place_release(&p);
        copy_guard_release(&g);
    }
}

/* At this length, the Thue-Morse word and its complement have the same hash for every
 * base. */
static void equal_hashes_are_told_apart(void)
{
    enum { N = 2048, C = 2, D = 3 };
    uint16_t text[2 * N + 3], *word = text, *other = text + N + 2;
    struct copy_guard g;
    struct copy_place p, q;
    bool after_word[4] = { true, true, true, true },
         after_other[4] = { true, true, true, true };
    for (int i = 0; i < N; i++) {
        word[i] = (uint16_t)(__builtin_popcount((unsigned)i) & 1);
        other[i] = 1 - word[i];
    }
    word[N] = C;
    word[N + 1] = VOCAB_MAX;
    other[N] = D;
    CHECK(copy_guard_init(&g, text, 2 * N + 3, 4, N, NULL) == 0);
    CHECK(copy_place_init(&p, &g) == 0 && copy_place_init(&q, &g) == 0);
    for (int i = 0; i < N; i++) {
        copy_place_add(&p, &g, word[i]);
        copy_place_add(&q, &g, other[i]);
    }
    CHECK(p.hash == q.hash);
    copy_guard_forbid(&g, &p, after_word);
    copy_guard_forbid(&g, &q, after_other);
    CHECK(!after_word[C] && after_word[D] && after_other[C] && !after_other[D]);
    copy_place_release(&p);
    copy_place_release(&q);
    copy_guard_release(&g);
}

static void a_place_can_be_copied_and_cleared(void)
{
    const uint16_t ids[] = { 0, 1, 2, 3, 0, 1, 3 };
    struct copy_guard g;
    struct copy_place p, q;
    bool allowed[4] = { true, true, true, true };
    CHECK(copy_guard_init(&g, ids, 7, 4, 2, NULL) == 0);
    CHECK(copy_place_init(&p, &g) == 0 && copy_place_init(&q, &g) == 0);
    copy_place_add(&p, &g, 0);
    copy_place_copy(&q, &p, &g);
    copy_place_add(&q, &g, 1);
    copy_guard_forbid(&g, &p, allowed);
    CHECK(allowed[2] && allowed[3]);
    copy_guard_forbid(&g, &q, allowed);
    CHECK(allowed[0] && allowed[1] && !allowed[2] && !allowed[3]);
    memset(allowed, true, 4);
    q = (struct copy_place){ .recent = q.recent };
    copy_place_add(&q, &g, 1);
    copy_guard_forbid(&g, &q, allowed);
    CHECK(allowed[2] && allowed[3]);
    copy_place_release(&p);
    copy_place_release(&q);
    copy_guard_release(&g);
}

int main(void)
{
    RUN(forbids_what_a_search_finds_and_nothing_else);
    RUN(a_short_or_empty_text_forbids_nothing);
    RUN(equal_hashes_are_told_apart);
    RUN(a_place_can_be_copied_and_cleared);
    return test_end();
}
