/* test_prime.c - primes with characters that the model does not know. */
#include <stdlib.h>

#include "charnn.h"
#include "sample/prime.h"
#include "test.h"
#include "text/corpus.h"
#include "text/confusables.h"

/* What a model of `corpus` reads for `text`, decoded again; "!" if the text is refused. */
static const char *reads(const char *corpus, int unit, int64_t min_count, int unknown,
                         const char *text)
{
    static char out[400];
    const struct corpus_part part = { "text", (const unsigned char *)corpus,
                                      strlen(corpus) };
    struct corpus c;
    struct charnn_error e;
    uint16_t *ids;
    size_t n, length = 0;
    if (corpus_read_parts(&c, &part, 1,
                          &(struct corpus_options){ .unit = unit, .min_count = min_count },
                          &e) < 0)
        abort();
    struct vocab_unknown u = { .policy = unknown };
    const int status = prime_encode(&c.vocab, &u, text, strlen(text), &ids, &n, &e);
    for (size_t i = 0; i < n; i++)
        length += (size_t)vocab_decode(&c.vocab, ids[i], out + length);
    out[length] = '\0';
    free(ids);
    corpus_release(&c);
    return status == 0 ? out : strcpy(out, strstr(e.message, "`unknown`") ? "!" : "?");
}

#define READS(corpus, unknown, text, expected)                                             \
    do {                                                                                   \
        const char *got = reads(corpus, CHARNN_UNIT_CHAR, 1, unknown, text);               \
        CHECK_MSG(strcmp(got, expected) == 0, "%s: %s", text, got);                        \
    } while (0)

static void an_unknown_character_is_an_error_by_default(void)
{
    READS("abc", CHARNN_UNKNOWN_ERROR, "cab", "cab");
    READS("abc", CHARNN_UNKNOWN_ERROR, "cAb", "!");
    CHECK(strcmp(reads("aaabc", CHARNN_UNIT_CHAR, 2, CHARNN_UNKNOWN_ERROR, "ab"), "!") ==
          0);
    CHECK(strcmp(reads("abc", CHARNN_UNIT_BYTE, 1, CHARNN_UNKNOWN_ERROR, "abd"), "!") == 0);
}

static void invalid_utf8_is_refused_by_every_policy(void)
{
    READS("abc", CHARNN_UNKNOWN_SKIP, "a\377b", "?");
    READS("abc", CHARNN_UNKNOWN_NEAREST, "a\377b", "?");
    CHECK(strcmp(reads("abc", CHARNN_UNIT_BYTE, 1, CHARNN_UNKNOWN_SKIP, "a\377b"), "ab") ==
          0);
}

static void skip_leaves_out(void)
{
    READS("abc", CHARNN_UNKNOWN_SKIP, "xaBb\xED\x95\x9C", "ab");
    CHECK(strcmp(reads("aaabc", CHARNN_UNIT_CHAR, 2, CHARNN_UNKNOWN_SKIP, "abz"), "a") ==
          0);
    CHECK(strcmp(reads("ab\xC3\xA9", CHARNN_UNIT_BYTE, 1, CHARNN_UNKNOWN_SKIP, "a\xC3\xB6"),
                 "a") == 0);
}

static void nearest_takes_case_and_accents_off(void)
{
    READS("abc", CHARNN_UNKNOWN_NEAREST, "CAB", "cab");
    READS("ABC", CHARNN_UNKNOWN_NEAREST, "\xC3\xA4\xC3\x84", "AA");
    READS("ab\xC3\xA9", CHARNN_UNKNOWN_NEAREST, "\xC3\x89",
          "\xC3\xA9");                                      /* another case is preferred to
                                                             * another accent */
    READS("aeb", CHARNN_UNKNOWN_NEAREST, "e\xCC\x81", "e"); /* decomposed: the accent is
                                                             * skipped */
    READS("a'-\" ", CHARNN_UNKNOWN_NEAREST, "\xE2\x80\x99\xE2\x80\x94\xE2\x80\x9C\xC2\xA0",
          "'-\" ");
    READS("\xD0\x96\xCE\xBB", CHARNN_UNKNOWN_NEAREST, "\xD0\xB6\xCE\x9B",
          "\xD0\x96\xCE\xBB");
    READS("abc", CHARNN_UNKNOWN_NEAREST,
          "a\xED\x95\x9C"
          "b",
          "ab");
    CHECK(strcmp(reads("abc", CHARNN_UNIT_BYTE, 1, CHARNN_UNKNOWN_NEAREST, "\xC3\x81"),
                 "a") == 0);
}

static void nearest_falls_back_to_the_replacement(void)
{
    CHECK(strcmp(reads("aaabc", CHARNN_UNIT_CHAR, 2, CHARNN_UNKNOWN_NEAREST, "az"),
                 "a\xEF\xBF\xBD") == 0);
}

static void upper_and_lower_case_are_near_each_other(void)
{
    for (uint32_t c = 0; c < 0x3000; c++) {
        uint32_t near[CONFUSABLES_MAX], back[CONFUSABLES_MAX];
        const size_t n = confusables_of(c, near);
        CHECK(n < CONFUSABLES_MAX);
        for (size_t i = 0; i < n; i++)
            CHECK_MSG(near[i] != c, "U+%04X", (unsigned)c);
        if (c < 0x100 || n == 0 || near[0] < 0x100)
            continue;
        CHECK_MSG(confusables_of(near[0], back) > 0 && back[0] == c, "U+%04X", (unsigned)c);
    }
}

int main(void)
{
    RUN(an_unknown_character_is_an_error_by_default);
    RUN(invalid_utf8_is_refused_by_every_policy);
    RUN(skip_leaves_out);
    RUN(nearest_takes_case_and_accents_off);
    RUN(nearest_falls_back_to_the_replacement);
    RUN(upper_and_lower_case_are_near_each_other);
    return test_end();
}
