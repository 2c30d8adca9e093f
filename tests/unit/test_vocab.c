/* test_vocab.c - symbols become ids, and ids symbols. */
#include <stdlib.h>

#include "text/vocab.h"
#include "test.h"

static const uint32_t LETTERS[] = { 'a', 'b', 'e', 0xE9, 0xAC00, 0x1F600 };
static const int64_t ONES[] = { 1, 1, 1, 1, 1, 1 };
enum { N_LETTERS = sizeof LETTERS / sizeof *LETTERS };

static struct vocab letters(void)
{
    struct vocab v;
    CHECK(vocab_init(&v, VOCAB_CHAR, LETTERS, ONES, N_LETTERS, NULL) == 0);
    return v;
}

static struct vocab letters_and_replacement(void)
{
    const uint32_t symbols[] = { 'a', 'b', 0xFFFD };
    const int64_t counts[] = { 5, 6, 7 };
    struct vocab v;
    CHECK(vocab_init(&v, VOCAB_CHAR, symbols, counts, 3, NULL) == 0);
    return v;
}

static int encode(const struct vocab *v, const char *text, size_t len, uint16_t **ids,
                  size_t *n, int64_t *folded, struct charnn_error *e)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t at = 0;
    struct vocab_unknown u = { .policy = CHARNN_UNKNOWN_REPLACE };
    *ids = calloc(len + 1, sizeof **ids);
    *n = vocab_encode(v, s, len, &at, *ids, len, &u);
    *folded = u.n.folded;
    return at == len ? 0 : vocab_fault(v, "text.txt", s, len, at, e);
}

/* Checks that encoding fails with a message that contains both words. */
static void check_fault(const struct vocab *v, const char *text, const char *place,
                        const char *thing)
{
    struct charnn_error e = { .usage = 9 };
    uint16_t *ids;
    size_t n;
    int64_t folded;
    CHECK(encode(v, text, strlen(text), &ids, &n, &folded, &e) == -1);
    free(ids);
    CHECK_MSG(strstr(e.message, place) && strstr(e.message, thing), "%s", e.message);
    CHECK(e.usage == 0);
}

static void ids_are_ranks(void)
{
    struct vocab v = letters();
    for (int i = 0; i < N_LETTERS; i++)
        CHECK(vocab_id(&v, LETTERS[i]) == i);
    CHECK(v.size == N_LETTERS);
    vocab_release(&v);
}

static void unknown_symbols_have_no_id(void)
{
    struct vocab v = letters();
    CHECK(vocab_id(&v, 'z') == -1);
    CHECK(vocab_id(&v, 0xFFFD) == -1);
    CHECK(vocab_id(&v, 0x110000) == -1);
    CHECK(vocab_id(&v, UINT32_MAX) == -1);
    CHECK(vocab_replacement(&v) == -1);
    vocab_release(&v);
}

static void unknown_symbols_become_the_replacement_where_there_is_one(void)
{
    struct vocab v = letters_and_replacement();
    CHECK(vocab_replacement(&v) == 2);
    CHECK(vocab_id(&v, 'z') == 2);
    CHECK(vocab_id(&v, UINT32_MAX) == 2);
    CHECK(vocab_id(&v, 'b') == 1);
    vocab_release(&v);
}

static void a_byte_vocabulary_has_no_replacement(void)
{
    const uint32_t symbols[] = { 'a', 0xFD };
    struct vocab v;
    CHECK(vocab_init(&v, VOCAB_BYTE, symbols, ONES, 2, NULL) == 0);
    CHECK(vocab_replacement(&v) == -1);
    CHECK(vocab_id(&v, 0xFD) == 1);
    CHECK(vocab_id(&v, 0xFFFD) == -1);
    CHECK(vocab_id(&v, 256) == -1);
    vocab_release(&v);
}

static void refuses(enum vocab_unit unit, const uint32_t *symbols, const int64_t *counts,
                    size_t n, const char *why)
{
    struct vocab v;
    struct charnn_error e = { .usage = 0 };
    CHECK_MSG(vocab_init(&v, unit, symbols, counts, n, &e) == -1, "%s", why);
    CHECK_MSG(strstr(e.message, why) != NULL, "%s", e.message);
    vocab_release(&v);
}

static void bad_lists_are_refused(void)
{
    static const int64_t negative[] = { 1, -1 };
    refuses(VOCAB_CHAR, LETTERS, ONES, 0, "empty");
    refuses(VOCAB_CHAR, (const uint32_t[]){ 'b', 'a' }, ONES, 2, "not above");
    refuses(VOCAB_CHAR, (const uint32_t[]){ 'a', 'a' }, ONES, 2, "not above");
    refuses(VOCAB_CHAR, (const uint32_t[]){ 0x110000 }, ONES, 1, "not a character");
    refuses(VOCAB_CHAR, (const uint32_t[]){ 0xD800 }, ONES, 1, "not a character");
    refuses(VOCAB_CHAR, (const uint32_t[]){ 0xDFFF }, ONES, 1, "not a character");
    refuses(VOCAB_BYTE, (const uint32_t[]){ 256 }, ONES, 1, "not a byte");
    refuses(VOCAB_CHAR, (const uint32_t[]){ 'a', 'b' }, negative, 2, "-1 times");
}

static void sixty_five_thousand_symbols_fit_and_no_more(void)
{
    uint32_t *symbols = malloc((VOCAB_MAX + 1) * sizeof *symbols);
    int64_t *counts = calloc(VOCAB_MAX + 1, sizeof *counts);
    for (uint32_t i = 0; i <= VOCAB_MAX; i++)
        symbols[i] = 0x10000 + i;
    struct vocab v;
    CHECK(vocab_init(&v, VOCAB_CHAR, symbols, counts, VOCAB_MAX, NULL) == 0);
    CHECK(vocab_id(&v, symbols[VOCAB_MAX - 1]) == VOCAB_MAX - 1);
    CHECK(vocab_id(&v, symbols[VOCAB_MAX]) == -1);
    vocab_release(&v);
    refuses(VOCAB_CHAR, symbols, counts, VOCAB_MAX + 1, "65536");
    free(symbols);
    free(counts);
}

static void text_roundtrips(void)
{
    static const char text[] = "a\xC3\xA9\xEA\xB0\x80\xF0\x9F\x98\x80"
                               "be";
    struct vocab v = letters();
    uint16_t *ids;
    size_t n;
    int64_t folded;
    CHECK(encode(&v, text, sizeof text - 1, &ids, &n, &folded, NULL) == 0);
    CHECK(n == 6 && folded == 0);
    char back[4 * sizeof text];
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += (size_t)vocab_decode(&v, ids[i], back + len);
    CHECK(len == sizeof text - 1 && memcmp(back, text, len) == 0);
    free(ids);
    vocab_release(&v);
}

static void bytes_roundtrip(void)
{
    uint32_t symbols[256];
    int64_t counts[256] = { 0 };
    unsigned char text[256];
    for (int i = 0; i < 256; i++) {
        symbols[i] = (uint32_t)i;
        text[i] = (unsigned char)(255 - i);
    }
    struct vocab v;
    uint16_t *ids = NULL;
    size_t n;
    int64_t folded;
    CHECK(vocab_init(&v, VOCAB_BYTE, symbols, counts, 256, NULL) == 0);
    CHECK(encode(&v, (const char *)text, 256, &ids, &n, &folded, NULL) == 0 && n == 256);
    for (size_t i = 0; ids && i < n; i++) {
        char out[4];
        CHECK(vocab_decode(&v, ids[i], out) == 1 && (unsigned char)out[0] == text[i]);
    }
    free(ids);
    vocab_release(&v);
}

static void nothing_encodes_to_no_ids(void)
{
    struct vocab v = letters();
    uint16_t *ids;
    size_t n = 7;
    int64_t folded;
    CHECK(encode(&v, "", 0, &ids, &n, &folded, NULL) == 0);
    CHECK(n == 0 && ids != NULL);
    free(ids);
    vocab_release(&v);
}

static void unknown_characters_are_an_error_that_names_them(void)
{
    struct vocab v = letters();
    check_fault(&v, "abz", "text.txt: byte 2", "'z'");
    check_fault(&v, "ab\xC3\xA9\xC3\xA8", "byte 4", "U+00E8");
    vocab_release(&v);
}

static void invalid_utf8_is_an_error_even_with_a_replacement(void)
{
    struct vocab v = letters_and_replacement();
    check_fault(&v, "ab\xFF", "byte 2", "not valid UTF-8");
    check_fault(&v, "ab\xEA\xB0", "byte 2", "not valid UTF-8");
    vocab_release(&v);
}

static void unknown_bytes_are_an_error_that_names_them(void)
{
    struct vocab v;
    CHECK(vocab_init(&v, VOCAB_BYTE, LETTERS, ONES, 3, NULL) == 0);
    check_fault(&v, "ab\xFE", "byte 2", "0xFE");
    vocab_release(&v);
}

static void folded_characters_are_counted(void)
{
    struct vocab v = letters_and_replacement();
    uint16_t *ids = NULL;
    size_t n;
    int64_t folded;
    CHECK(encode(&v, "axb\xEF\xBF\xBDy", 7, &ids, &n, &folded, NULL) == 0);
    CHECK(n == 5 && folded == 2); /* a U+FFFD in the text itself is not counted as
                                   * unknown */
    static const uint16_t want[] = { 0, 2, 1, 2, 2 };
    CHECK(ids && memcmp(ids, want, sizeof want) == 0);
    free(ids);
    vocab_release(&v);
}

static void encoding_piece_by_piece_goes_on_where_it_stopped(void)
{
    static const unsigned char text[] = "ab\xC3\xA9"
                                        "b";
    struct vocab v = letters();
    uint16_t ids[2];
    size_t at = 0;
    struct vocab_unknown u = { .policy = CHARNN_UNKNOWN_ERROR };
    CHECK(vocab_encode(&v, text, 5, &at, ids, 2, &u) == 2 && at == 2);
    CHECK(vocab_encode(&v, text, 5, &at, ids, 2, &u) == 2 && at == 5);
    CHECK(ids[0] == 3 && ids[1] == 1);
    CHECK(vocab_encode(&v, text, 5, &at, ids, 2, &u) == 0 && at == 5);
    vocab_release(&v);
}

static size_t count_characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += (*text & 0xC0) != 0x80;
    return n;
}

/* Encodes a text, and checks what it decodes to and how many characters were unknown, left out
 * and folded: "ab 6 6 0". */
static void check_policy(const struct vocab *v, int policy, const char *text,
                         const char *want)
{
    struct vocab_unknown u = { .policy = policy };
    const size_t len = strlen(text);
    uint16_t ids[64];
    char got[128];
    size_t at = 0, n = 0, k = 0, made = 0;
    while ((k = vocab_encode(v, (const unsigned char *)text, len, &at, ids, 4, &u)) > 0)
        for (size_t i = 0; i < k; i++, made++)
            n += (size_t)vocab_decode(v, ids[i], got + n);
    snprintf(got + n, sizeof got - n, " %lld %lld %lld%s", (long long)u.n.met,
             (long long)u.n.left_out, (long long)u.n.folded, at < len ? " refused" : "");
    CHECK_MSG(strcmp(got, want) == 0, "%s: %s, not %s", text, got, want);
    const size_t symbols = v->unit == VOCAB_BYTE ? len : count_characters(text);
    CHECK_MSG(at < len || made + u.lost == symbols, "%s: %zu lost", text, u.lost);
}

static void unknown_characters_become_what_the_policy_says(void)
{
    struct vocab v = letters(), r = letters_and_replacement();
    check_policy(&v, CHARNN_UNKNOWN_SKIP, "axxxxxby", "ab 6 6 0");
    check_policy(&v, CHARNN_UNKNOWN_AUTO, "axb", "ab 1 1 0");
    check_policy(&v, CHARNN_UNKNOWN_NEAREST,
                 "\xC3\xA1"
                 "Bx",
                 "ab 3 1 0");
    check_policy(&v, CHARNN_UNKNOWN_REPLACE, "axb", "a 0 0 0 refused");
    check_policy(&r, CHARNN_UNKNOWN_SKIP, "axb", "ab 1 1 0");
    check_policy(&r, CHARNN_UNKNOWN_AUTO, "axb",
                 "a\xEF\xBF\xBD"
                 "b 1 0 1");
    check_policy(&r, CHARNN_UNKNOWN_REPLACE, "axb",
                 "a\xEF\xBF\xBD"
                 "b 1 0 1");
    check_policy(&r, CHARNN_UNKNOWN_NEAREST, "Axb",
                 "a\xEF\xBF\xBD"
                 "b 2 0 1");
    check_policy(&r, CHARNN_UNKNOWN_ERROR, "axb", "a 0 0 0 refused");
    vocab_release(&v);
    vocab_release(&r);
}

static void a_byte_vocabulary_leaves_out_whole_characters(void)
{
    const uint32_t symbols[] = { 'a', 'b', 0xA1, 0xC3 };
    struct vocab v;
    CHECK(vocab_init(&v, VOCAB_BYTE, symbols, (const int64_t[]){ 1, 1, 1, 1 }, 4, NULL) ==
          0);
    check_policy(&v, CHARNN_UNKNOWN_SKIP,
                 "a\xC3\xA1"
                 "b",
                 "a\xC3\xA1"
                 "b 0 0 0");
    check_policy(&v, CHARNN_UNKNOWN_SKIP,
                 "a\xC3\xA9"
                 "b",
                 "ab 1 1 0");
    check_policy(&v, CHARNN_UNKNOWN_SKIP,
                 "aaa\xC3\xA1"
                 "bbb",
                 "aaa\xC3\xA1"
                 "bbb 0 0 0");
    check_policy(&v, CHARNN_UNKNOWN_AUTO,
                 "a\xE2\x80\xA6"
                 "b\xFF",
                 "ab 2 2 0");
    check_policy(&v, CHARNN_UNKNOWN_NEAREST,
                 "\xC3\x81"
                 "B",
                 "\xC3\xA1"
                 "b 2 0 0");
    check_policy(&v, CHARNN_UNKNOWN_REPLACE, "a\xC3\xA9", "a\xC3 0 0 0 refused");
    vocab_release(&v);
}

int main(void)
{
    RUN(ids_are_ranks);
    RUN(unknown_symbols_have_no_id);
    RUN(unknown_symbols_become_the_replacement_where_there_is_one);
    RUN(a_byte_vocabulary_has_no_replacement);
    RUN(bad_lists_are_refused);
    RUN(sixty_five_thousand_symbols_fit_and_no_more);
    RUN(text_roundtrips);
    RUN(bytes_roundtrip);
    RUN(nothing_encodes_to_no_ids);
    RUN(unknown_characters_are_an_error_that_names_them);
    RUN(invalid_utf8_is_an_error_even_with_a_replacement);
    RUN(unknown_bytes_are_an_error_that_names_them);
    RUN(unknown_characters_become_what_the_policy_says);
    RUN(a_byte_vocabulary_leaves_out_whole_characters);
    RUN(folded_characters_are_counted);
    RUN(encoding_piece_by_piece_goes_on_where_it_stopped);
    return test_end();
}
