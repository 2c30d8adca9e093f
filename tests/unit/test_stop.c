/* test_stop.c - compares the end of a text with that found by a search in the finished
 * text. */
#include "base/rng.h"
#include "sample/stop.h"
#include "test.h"

/* Feeds a text byte by byte, and checks that `certain` never decreases. */
static size_t feed_all(struct stop *e, const struct charnn_limits *l, const char *text,
                       size_t n)
{
    size_t certain = 0, i = 0;
    stop_begin(e, l);
    while (i < n && !stop_feed(e, text + i, 1)) {
        i++;
        CHECK(e->certain >= certain && e->certain <= i);
        certain = e->certain;
    }
    CHECK(e->certain >= certain);
    return i;
}

static void a_text_ends_before_the_string(void)
{
    static const char *const stops[] = { "a",    "ab",      "aab",  "abab",
                                         "aaaa", "abaabab", "bbbbb" };
    struct rng rng;
    rng_init(&rng, 3);
    for (int k = 0; k < 3000; k++) {
        const char *stop = stops[k % 7];
        const struct charnn_stop one = { stop, strlen(stop) };
        const struct charnn_limits l = { .stops = &one, .n_stops = 1 };
        struct stop e;
        char text[41] = { 0 };
        for (int i = 0; i < 40; i++)
            text[i] = rng_next(&rng) % 2 ? 'a' : 'b';
        const char *found = strstr(text, stop);
        feed_all(&e, &l, text, 40);
        CHECK((e.end == CHARNN_END_STOP) == (found != NULL));
        if (found)
            CHECK(e.certain == (size_t)(found - text));
        stop_finish(&e, CHARNN_END_STUCK);
        CHECK(e.certain == (found ? (size_t)(found - text) : 40));
    }
}

static void what_may_be_the_string_is_not_certain(void)
{
    const struct charnn_limits l = { .stops = &(struct charnn_stop){ "xyz", 3 },
                                     .n_stops = 1 };
    struct stop e;
    CHECK(feed_all(&e, &l, "abxy", 4) == 4 && e.certain == 2);
    CHECK(!stop_feed(&e, "x", 1) && e.certain == 4);
    CHECK(!stop_feed(&e, "q", 1) && e.certain == 6);
}

/* The string that is complete first ends the text; if several are complete at the same byte, the
 * longest of them counts. */
static void a_text_ends_before_the_first_of_several_strings(void)
{
    const struct charnn_stop stops[] = {
        { "bcd", 3 }, { "", 0 }, { "cd", 2 }, { "xy", 2 }
    };
    struct charnn_limits l = { .stops = stops, .n_stops = 4 };
    struct stop e;
    CHECK(feed_all(&e, &l, "axbx", 4) == 4 && e.certain == 3);
    CHECK(feed_all(&e, &l, "abcdxy", 6) == 3 && e.certain == 1);
    CHECK(feed_all(&e, &l, "accdxy", 6) == 3 && e.certain == 2);
    CHECK(feed_all(&e, &l, "abxyd", 5) == 3 && e.certain == 2);
    CHECK(e.end == CHARNN_END_STOP);
    l.keep_stop = 1;
    CHECK(feed_all(&e, &l, "abx", 3) == 3 && e.certain == 3);
    CHECK(feed_all(&e, &l, "abcdxy", 6) == 3 && e.certain == 4);
}

static void the_end_of_a_document_goes_before_a_length(void)
{
    const struct charnn_limits one = { .length = 1 };
    const struct charnn_limits newline = { .stops = &(struct charnn_stop){ "\n", 1 },
                                           .n_stops = 1 };
    struct stop e;
    CHECK(feed_all(&e, &one, "\n", 1) == 0 && e.end == CHARNN_END_LENGTH);
    stop_finish(&e, CHARNN_END_STUCK);
    CHECK(e.end == CHARNN_END_LENGTH);
    stop_finish(&e, CHARNN_END_DOCUMENT);
    CHECK(e.end == CHARNN_END_DOCUMENT);
    feed_all(&e, &newline, "\n", 1);
    stop_finish(&e, CHARNN_END_DOCUMENT);
    CHECK(e.end == CHARNN_END_STOP);
}

static void characters_and_lines_are_counted(void)
{
    const struct charnn_limits three = { .length = 3 }, lines = { .lines = 2 };
    struct stop e;
    stop_begin(&e, &three);
    CHECK(!stop_feed(&e, "\xED\x95\x9C", 3) && !stop_feed(&e, "a", 1));
    CHECK(stop_feed(&e, "b", 1) && e.chars == 3 && e.certain == 5);
    CHECK(feed_all(&e, &lines, "a\n\nb\n", 5) == 2 && e.end == CHARNN_END_LINES &&
          e.certain == 3);
    CHECK(feed_all(&e, &(struct charnn_limits){ 0 }, "a\n\nb\n", 5) == 5 && !e.end);
}

int main(void)
{
    RUN(a_text_ends_before_the_string);
    RUN(what_may_be_the_string_is_not_certain);
    RUN(a_text_ends_before_the_first_of_several_strings);
    RUN(the_end_of_a_document_goes_before_a_length);
    RUN(characters_and_lines_are_counted);
    return test_end();
}
