/* test_hangul.c - composing jamo into syllables. */
#include <stdlib.h>

#include "base/utf8.h"
#include "test.h"
#include "text/hangul.h"

static int composes(const char *from, const char *to)
{
    unsigned char s[256];
    const size_t n = strlen(from);
    memcpy(s, from, n);
    const size_t m = hangul_compose(s, n);
    return m == strlen(to) && memcmp(s, to, m) == 0;
}

static void syllables_are_composed(void)
{
    CHECK(composes("\u1112\u1161\u11AB\u1100\u1173\u11AF",
                   "\uD55C\uAE00")); /* the word "Hangeul" in
                                                                              * jamo */
    CHECK(composes("\u1100\u1161", "\uAC00"));
    CHECK(composes("a\u1100\u1161b", "a\uAC00"
                                     "b"));
    CHECK(composes("\uAC00\u11A8", "\uAC01")); /* a syllable without a final, then a
                                                * final */
}

static void what_does_not_compose_stays(void)
{
    CHECK(composes("", ""));
    CHECK(composes("hello, \uAC00\n", "hello, \uAC00\n"));
    CHECK(composes("\u1100", "\u1100"));
    CHECK(composes("\u1161\u1100", "\u1161\u1100"));
    CHECK(composes("\uAC01\u11A8", "\uAC01\u11A8")); /* the syllable already has a final */
    CHECK(composes("\u1100\u1161\u11A7", "\uAC00\u11A7"));
    CHECK(composes("\xE1\x84", "\xE1\x84"));
    CHECK(composes("\xFF\xE1", "\xFF\xE1"));
    CHECK(composes("\U0001F600\u00e9", "\U0001F600\u00e9"));
}

/* All 11,172 syllables. */
static void every_syllable_comes_back(void)
{
    int bad = 0;
    for (uint32_t c = 0xAC00; c < 0xAC00 + 11172; c++) {
        const uint32_t i = c - 0xAC00;
        char s[16];
        int n = utf8_encode(0x1100 + i / 588, s);
        n += utf8_encode(0x1161 + i % 588 / 28, s + n);
        if (i % 28)
            n += utf8_encode(0x11A7 + i % 28, s + n);
        uint32_t got = 0;
        const size_t m = hangul_compose((unsigned char *)s, (size_t)n);
        bad += utf8_decode((unsigned char *)s, m, &got) != (int)m || got != c;
    }
    CHECK(bad == 0);
}

/* Composes a text cut at every place, and holds back the bytes that may still compose; the
 * result must be that of the whole text. */
static void pieces_compose_as_the_whole(void)
{
    static const char text[] = "a\u1112\u1161\u11AB\u1100\u1173\u11AF\uAC00\u11A8\u1100"
                               "\u1100\u1161\uAC01\u11A8b\u00e9\u1100";
    unsigned char whole[sizeof text], parts[sizeof text];
    const size_t n = sizeof text - 1;
    memcpy(whole, text, n);
    const size_t m = hangul_compose(whole, n);
    for (size_t cut = 0; cut <= n; cut++) {
        if (cut < n && ((unsigned char)text[cut] & 0xC0) == 0x80)
            continue;
        memcpy(parts, text, cut);
        size_t to = hangul_compose(parts, cut);
        to -= hangul_open(parts, to);
        unsigned char rest[2 * sizeof text];
        const size_t held =
            hangul_compose((unsigned char *)memcpy(rest, text, cut), cut) - to;
        memmove(rest, rest + to, held);
        memcpy(rest + held, text + cut, n - cut);
        const size_t more = hangul_compose(rest, held + n - cut);
        memcpy(parts + to, rest, more);
        CHECK_MSG(to + more == m && memcmp(parts, whole, m) == 0, "cut at %zu", cut);
    }
}

int main(void)
{
    RUN(syllables_are_composed);
    RUN(what_does_not_compose_stays);
    RUN(every_syllable_comes_back);
    RUN(pieces_compose_as_the_whole);
    return test_end();
}
