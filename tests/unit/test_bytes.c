/* test_bytes.c - file names, escaped for JSON and back. */
#include "ckpt/ckpt.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "test.h"

static void check(const char *s, const char *escaped)
{
    struct buf b = { 0 };
    bytes_escape(s, &b);
    CHECK_MSG(escaped == NULL || strcmp(b.data, escaped) == 0, "'%s'", b.data);
    CHECK(utf8_check((unsigned char *)b.data, b.len) == b.len);
    bytes_unescape(b.data);
    CHECK_MSG(strcmp(b.data, s) == 0, "'%s'", s);
    buf_release(&b);
}

static void plain_names_stay(void)
{
    check("", "");
    check("corpus.txt", "corpus.txt");
    check("\xED\x95\x9C\xEA\xB8\x80 \xF0\x9F\x98\x80.txt",
          "\xED\x95\x9C\xEA\xB8\x80 \xF0\x9F\x98\x80.txt");
    check("new\nline \"quote\" \x01", "new\nline \"quote\" \x01");
}

static void other_bytes_are_escaped(void)
{
    check("\xFF", "\\xff");
    check("a\x80\xC3(", "a\\x80\\xc3(");
    check("\xED\xA0\x80", "\\xed\\xa0\\x80"); /* surrogates are not valid UTF-8 */
    check("\xE2\x82", "\\xe2\\x82");
}

static void backslashes_are_doubled(void)
{
    check("a\\b", "a\\\\b");
    check("\\xff", "\\\\xff"); /* a name that looks like an escape */
    check("\\\\\\x41\\", NULL);
}

static void any_bytes_come_back(void)
{
    struct rng rng;
    rng_init(&rng, 1);
    for (int i = 0; i < 20000; i++) {
        static const char alphabet[] = "\\xa1f\xC3\xA9\xFF\xED\x80 ";
        char s[40];
        const size_t n = rng_next(&rng) % sizeof s;
        for (size_t j = 0; j < n; j++) {
            const uint64_t draw = rng_next(&rng);
            s[j] = i % 2 ? alphabet[draw % (sizeof alphabet - 1)] : (char)(draw % 255 + 1);
        }
        s[n < sizeof s ? n : n - 1] = 0;
        check(s, NULL);
    }
}

static void what_is_not_an_escape_stays(void)
{
    static const char *const odd[] = {
        "\\", "\\x", "\\xg0", "\\x4", "\\n", "\\xFF", "x41"
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char s[16];
        strcpy(s, odd[i]);
        bytes_unescape(s);
        CHECK_MSG(strcmp(s, odd[i]) == 0, "'%s'", s);
    }
    char s[] = "\\x41\\x5c\\\\x41";
    bytes_unescape(s);
    CHECK_MSG(strcmp(s, "A\\\\x41") == 0, "'%s'", s);
}

int main(void)
{
    RUN(plain_names_stay);
    RUN(other_bytes_are_escaped);
    RUN(backslashes_are_doubled);
    RUN(any_bytes_come_back);
    RUN(what_is_not_an_escape_stays);
    return test_end();
}
