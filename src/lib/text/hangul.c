/* hangul.c - the arithmetic of Hangul syllables. */
#include "text/hangul.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

enum {
    S = 0xAC00,
    L = 0x1100,
    V = 0x1161,
    T = 0x11A7, /* one less than the first final consonant (T) */
    L_COUNT = 19,
    V_COUNT = 21,
    T_COUNT = 28,
    S_COUNT = L_COUNT * V_COUNT * T_COUNT,
};

/* The syllable composed of c and `next`, or 0. */
static uint32_t join_jamo(uint32_t c, uint32_t next)
{
    if (c >= L && c < L + L_COUNT && next >= V && next < V + V_COUNT)
        return S + ((c - L) * V_COUNT + (next - V)) * T_COUNT;
    if (c >= S && c < S + S_COUNT && (c - S) % T_COUNT == 0 && next > T &&
        next < T + T_COUNT)
        return c + (next - T);
    return 0;
}

size_t hangul_compose(unsigned char *s, size_t n)
{
    size_t to = 0, at = 0;
    while (at < n) {
        uint32_t c, next, joined;
        int len = utf8_decode(s + at, n - at, &c);
        if (len < 3) { /* ASCII or invalid: leave it as it is */
            len = len ? len : 1;
            memmove(s + to, s + at, (size_t)len);
            to += (size_t)len, at += (size_t)len;
            continue;
        }
        at += (size_t)len;
        while ((len = utf8_decode(s + at, n - at, &next)) > 0 &&
               (joined = join_jamo(c, next)) != 0) {
            c = joined;
            at += (size_t)len;
        }
        to += (size_t)utf8_encode(c, (char *)s + to);
    }
    return to;
}

size_t hangul_open(const unsigned char *s, size_t n)
{
    uint32_t c;
    if (n < 3 || utf8_decode(s + n - 3, 3, &c) != 3)
        return 0;
    return join_jamo(c, V) || join_jamo(c, T + 1) ? 3 : 0;
}
