/* test_utf8.c - UTF-8 as RFC 3629 defines it (base/utf8.h). */
#include "base/utf8.h"

#include "test.h"

static void every_character_survives_encoding_and_decoding(void)
{
    int bad = 0;
    for (uint32_t c = 0; c <= UTF8_LAST; c++) {
        char bytes[UTF8_MAX];
        uint32_t back = 0;
        int n = utf8_encode(c, bytes);
        if (c >= 0xd800 && c < 0xe000) {
            bad += n != 0;
            continue;
        }
        bad += n != (c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
        bad += utf8_decode((unsigned char *)bytes, (size_t)n, &back) != n || back != c;
        bad += utf8_length((unsigned char)bytes[0]) != n;
        bad += n > 1 && utf8_decode((unsigned char *)bytes, (size_t)n - 1, &back) != 0;
    }
    CHECK_MSG(bad == 0, "%d code points", bad);
}

static void nothing_past_the_last_code_point_is_encoded(void)
{
    char bytes[UTF8_MAX];
    CHECK(utf8_encode(UTF8_LAST + 1, bytes) == 0);
    CHECK(utf8_encode(UINT32_MAX, bytes) == 0);
}

/* Each decoded character must encode to the same bytes, so no character has two encodings;
 * and there are as many encodings of each length as characters. */
static void three_bytes_have_exactly_the_valid_meanings(void)
{
    long count[5] = { 0 }, bad = 0;
    for (uint32_t i = 0; i < 1u << 24; i++) {
        unsigned char s[3] = { (unsigned char)(i >> 16), (unsigned char)(i >> 8),
                               (unsigned char)i };
        uint32_t c;
        char back[UTF8_MAX];
        int n = utf8_decode(s, 3, &c);
        count[n]++;
        if (n)
            bad += utf8_encode(c, back) != n || memcmp(s, back, (size_t)n) != 0;
    }
    CHECK(bad == 0);
    CHECK(count[1] == 128L * 65536 && count[2] == 1920L * 256 && count[3] == 61440);
    CHECK(count[4] == 0);
}

static void four_bytes_have_exactly_the_valid_meanings(void)
{
    long valid = 0;
    uint32_t c;
    for (int lead = 0xf0; lead < 0x100; lead++)
        for (int second = 0; second < 256; second++)
            for (int rest = 0; rest < 4096; rest++) {
                unsigned char s[4] = { (unsigned char)lead, (unsigned char)second,
                                       (unsigned char)(0x80 | rest >> 6),
                                       (unsigned char)(0x80 | (rest & 63)) };
                valid += utf8_decode(s, 4, &c) == 4;
            }
    CHECK_MSG(valid == 0x100000, "%ld", valid);
    CHECK(utf8_decode((const unsigned char *)"\xf0\x9f\x98\x41", 4, &c) == 0);
    CHECK(utf8_decode((const unsigned char *)"\xf0\x9f\x41\x80", 4, &c) == 0);
}

static void no_bytes_are_no_character(void)
{
    uint32_t c;
    CHECK(utf8_decode((const unsigned char *)"", 0, &c) == 0);
    CHECK(utf8_check(NULL, 0) == 0);
}

/* Puts a bad byte at every distance from the beginning and the end of the eight-byte
 * steps. */
static void check_finds_the_first_bad_byte(void)
{
    static const char *const bad[] = { "\x80", "\xc0\x80", "\xed\xa0\x80", "\xf5", "\xff" };
    unsigned char s[64];
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        for (size_t at = 0; at < 20; at++)
            for (size_t n = at + strlen(bad[k]); n < 40; n++) {
                memset(s, 'x', sizeof s);
                memcpy(s + at, bad[k], strlen(bad[k]));
                CHECK(utf8_check(s, n) == at);
            }
    for (size_t n = 0; n < 40; n++) {
        memset(s, 'x', n);
        CHECK(utf8_check(s, n) == n);
    }
}

static void check_finds_a_cut_character(void)
{
    const unsigned char *s =
        (const unsigned char *)"na\xc3\xafve \xed\x95\x9c \xf0\x9f\x98\x80";
    CHECK(utf8_check(s, 15) == 15);
    CHECK(utf8_check(s, 14) == 11 && utf8_check(s, 12) == 11);
    CHECK(utf8_check(s, 9) == 7 && utf8_check(s, 3) == 2);
}

static void check_name(uint32_t c, const char *expected)
{
    char out[32];
    CHECK_MSG(strcmp(utf8_name(c, out), expected) == 0, "'%s', not '%s'", out, expected);
}

static void names_are_printable(void)
{
    check_name('a', "'a'");
    check_name(' ', "' '");
    check_name('\n', "'\\n'");
    check_name('\'', "'\\''");
    check_name(0, "'\\0'");
    check_name(7, "U+0007");
    check_name(0x7f, "U+007F");
    check_name(0x85, "U+0085");
    check_name(0xe9, "U+00E9 '\xc3\xa9'");
    check_name(0x1f600, "U+1F600 '\xf0\x9f\x98\x80'");
    check_name(0xd800, "U+D800");
    check_name(UINT32_MAX, "U+FFFFFFFF");
}

static int is_begun(const char *s)
{
    return utf8_is_begun((const unsigned char *)s, strlen(s));
}

static void the_beginning_of_a_character_can_become_a_whole_one(void)
{
    CHECK(is_begun("\xC2") && is_begun("\xE0") && is_begun("\xF4"));
    CHECK(is_begun("\xE0\xA0") && is_begun("\xED\x9F") && is_begun("\xF0\x90\x80"));
    CHECK(!is_begun("a") && !is_begun("\xC2\xA0") && !is_begun("\x80"));
    CHECK(!is_begun("\xC1") && !is_begun("\xF5"));
    CHECK(!is_begun("\xE0\x80") && !is_begun("\xED\xA0") && !is_begun("\xF4\x90"));
    CHECK(!is_begun("\xE1\x41") && !is_begun("\xF0\x90\x41"));
}

int main(void)
{
    RUN(every_character_survives_encoding_and_decoding);
    RUN(nothing_past_the_last_code_point_is_encoded);
    RUN(three_bytes_have_exactly_the_valid_meanings);
    RUN(four_bytes_have_exactly_the_valid_meanings);
    RUN(no_bytes_are_no_character);
    RUN(check_finds_the_first_bad_byte);
    RUN(check_finds_a_cut_character);
    RUN(names_are_printable);
    RUN(the_beginning_of_a_character_can_become_a_whole_one);
    return test_end();
}
