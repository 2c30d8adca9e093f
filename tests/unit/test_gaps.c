/* test_gaps.c - texts with masks: reading, masking and writing them. */
#include "fill/gaps.h"

#include <stdlib.h>

#include "test.h"

/* The vocabulary has \n, a to e, e with an acute accent, _, and U+FFFD if `replacement`. */
static struct vocab make_vocab(int replacement)
{
    static const uint32_t symbols[] = { '\n', '_', 'a', 'b', 'c', 'd', 'e', 0xE9, 0xFFFD };
    static const int64_t counts[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    struct vocab v;
    if (vocab_init(&v, VOCAB_CHAR, symbols, counts, replacement ? 9 : 8, NULL) < 0)
        abort();
    return v;
}

static void expect(const struct vocab *v, const char *text, const char *mask, size_t places,
                   const char *written)
{
    struct gaps g;
    struct buf out = { 0 };
    CHECK(gaps_init(&g, v, text, strlen(text), mask, CHARNN_UNKNOWN_NEAREST, NULL) == 0);
    CHECK_MSG(g.n == places, "%s: %zu places", text, g.n);
    for (size_t i = 0; i < g.n; i++)
        if (g.place[i].masked)
            g.place[i].id = (uint16_t)vocab_id(v, 0xE9);
    gaps_write(&g, &out);
    CHECK_MSG(out.data && strcmp(out.data, written) == 0, "%s: %s", text, out.data);
    buf_release(&out);
    gaps_release(&g);
}

static void masks_are_replaced_and_all_else_stays(void)
{
    struct vocab v = make_vocab(0);
    expect(&v, "a_c", "_", 4,
           "a\xC3\xA9"
           "c");
    expect(&v, "_ab__", "_", 6,
           "\xC3\xA9"
           "ab\xC3\xA9\xC3\xA9");
    expect(&v, "abc", "_", 4, "abc");
    expect(&v, "", "_", 1, "");
    expect(&v, "a\xE2\x96\xA1_", "\xE2\x96\xA1", 4, "a\xC3\xA9_");
    expect(&v, "a_b", NULL, 4, "a_b");
    vocab_release(&v);
}

static void what_the_model_does_not_know_is_left_out_or_read_as_something_near(void)
{
    struct vocab v = make_vocab(0), w = make_vocab(1);
    expect(&v, "\xED\x95\x9C_a", "_", 3,
           "\xED\x95\x9C\xC3\xA9"
           "a"); /* skipped: has no place */
    expect(&w, "\xED\x95\x9C_a", "_", 4,
           "\xED\x95\x9C\xC3\xA9"
           "a");                                           /* read as U+FFFD */
    expect(&v, "A_\xC3\xA0", "_", 4, "A\xC3\xA9\xC3\xA0"); /* read as a, _ and a */
    vocab_release(&v);
    vocab_release(&w);
}

static void bad_utf8_and_masks_of_more_than_a_character_are_refused(void)
{
    struct vocab v = make_vocab(0);
    struct charnn_error e = { 0 };
    struct gaps g;
    CHECK(gaps_init(&g, &v, "ab\xFF_", 4, "_", CHARNN_UNKNOWN_NEAREST, &e) < 0 && !e.usage);
    CHECK_MSG(strstr(e.message, "byte 2"), "%s", e.message);
    CHECK(gaps_init(&g, &v, "ab", 2, "__", CHARNN_UNKNOWN_NEAREST, &e) < 0 && e.usage);
    CHECK(gaps_init(&g, &v, "ab", 2, "", CHARNN_UNKNOWN_NEAREST, &e) < 0 && e.usage);
    CHECK(gaps_init(&g, &v, "ab", 2, "\xC3", CHARNN_UNKNOWN_NEAREST, &e) < 0 && e.usage);
    vocab_release(&v);
}

static void a_text_begins_after_a_newline(void)
{
    struct vocab v = make_vocab(0);
    struct gaps g;
    CHECK(gaps_init(&g, &v, "ba", 2, "_", CHARNN_UNKNOWN_NEAREST, NULL) == 0);
    CHECK(g.place[0].id == vocab_id(&v, '\n') && g.place[0].n == 0 && !g.place[0].masked);
    gaps_release(&g);
    vocab_release(&v);
}

static void hiding_masks_the_share_asked_for_in_runs_of_four_at_most(void)
{
    enum { N = 20000 };
    struct vocab v = make_vocab(1);
    char *text = malloc(N);
    struct gaps g;
    struct rng rng;
    for (size_t i = 0; i < N; i++)
        text[i] = i % 50 == 7 ? 'x' : "abcde"[i % 5]; /* x is unknown to the model */
    for (int tenths = 1; tenths <= 5; tenths++) {
        size_t masked = 0;
        rng_init(&rng, 3);
        CHECK(gaps_init(&g, &v, text, N, NULL, CHARNN_UNKNOWN_NEAREST, NULL) == 0);
        gaps_hide(&g, tenths / 10.0, &rng);
        for (size_t i = 0, hi; gaps_run(&g, i, &i, &hi); i = hi) {
            CHECK(hi - i <= 4 && i > 0);
            for (size_t k = i; k < hi; k++) {
                CHECK(g.place[k].exact && g.place[k].was == g.place[k].id);
                masked++;
            }
        }
        const double share = (double)masked / N;
        CHECK_MSG(share > tenths / 10.0 - 0.03 && share < tenths / 10.0 + 0.02, "%d: %g",
                  tenths, share);
        gaps_release(&g);
    }
    free(text);
    vocab_release(&v);
}

int main(void)
{
    RUN(masks_are_replaced_and_all_else_stays);
    RUN(what_the_model_does_not_know_is_left_out_or_read_as_something_near);
    RUN(bad_utf8_and_masks_of_more_than_a_character_are_refused);
    RUN(a_text_begins_after_a_newline);
    RUN(hiding_masks_the_share_asked_for_in_runs_of_four_at_most);
    return test_end();
}
