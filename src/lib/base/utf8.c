/* utf8.c - checks characters of two and four bytes by the range of the second byte.
 * Characters of three bytes are checked by their decoded value, which is faster. */
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

int utf8_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4) /* continuation bytes, overlong, past the end */
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Whether the second of two or four bytes is in its range (RFC 3629, section 4). */
static bool second_is_valid(unsigned char lead, unsigned char second)
{
    return second >= (lead == 0xf0 ? 0x90 : 0x80) && second <= (lead == 0xf4 ? 0x8f : 0xbf);
}

/* Decodes a three-byte character, such as Hangul, kana or an ideograph. */
static int decode_three(const unsigned char *s, uint32_t *c)
{
    *c = (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    const bool continued = (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80;
    return continued && *c >= 0x800 && (*c & 0xf800) != 0xd800 ? 3 : 0;
}

int utf8_decode(const unsigned char *s, size_t n, uint32_t *c)
{
    if (n == 0)
        return 0;
    int len = utf8_length(s[0]);
    if (len == 1)
        *c = s[0];
    if (len <= 1 || (size_t)len > n)
        return len == 1;
    if (len == 3)
        return decode_three(s, c);
    if (!second_is_valid(s[0], s[1]))
        return 0;
    uint32_t value = s[0] & (0x7fu >> len);
    for (int i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3fu);
    }
    *c = value;
    return len;
}

int utf8_encode(uint32_t c, char out[UTF8_MAX])
{
    if (c > UTF8_LAST || (c >= 0xd800 && c < 0xe000))
        return 0;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    int len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(((0xf00u >> len) & 0xff) | c);
    return len;
}

size_t utf8_check(const unsigned char *s, size_t n)
{
    size_t at = 0;
    while (at < n) {
        uint64_t eight;
        if (n - at >= sizeof eight) { /* ASCII runs, eight bytes at a time */
            memcpy(&eight, s + at, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                at += sizeof eight;
                continue;
            }
        }
        uint32_t c;
        int len = utf8_decode(s + at, n - at, &c);
        if (len == 0)
            return at;
        at += (size_t)len;
    }
    return n;
}

bool utf8_is_begun(const unsigned char *s, size_t n)
{
    unsigned char whole[UTF8_MAX] = { 0, 0x80, 0x80, 0x80 };
    uint32_t c;
    const size_t length = (size_t)utf8_length(s[0]);
    if (n <= 1 || n >= length) /* the range of the second byte depends on the first */
        return n < length;
    memcpy(whole, s, n);
    return utf8_decode(whole, length, &c) > 0;
}

char *utf8_name(uint32_t c, char out[32])
{
    static const char codes[] = "\0\t\n\r'\\", names[] = "0tnr'\\";
    char bytes[UTF8_MAX + 1] = { 0 };
    const char *code = c < 0x80 ? memchr(codes, (int)c, strlen(names)) : NULL;
    if (code)
        snprintf(out, 32, "'\\%c'", names[code - codes]);
    else if (c >= 0x20 && c < 0x7f)
        snprintf(out, 32, "'%c'", (char)c);
    else if (c < 0xa0 || utf8_encode(c, bytes) == 0) /* a control character, or not a
                                                      * character */
        snprintf(out, 32, "U+%04X", (unsigned)c);
    else
        snprintf(out, 32, "U+%04X '%s'", (unsigned)c, bytes);
    return out;
}

size_t utf8_bom(const unsigned char *s, size_t n)
{
    static const unsigned char bom[] = { 0xEF, 0xBB, 0xBF };
    return n >= sizeof bom && memcmp(s, bom, sizeof bom) == 0 ? sizeof bom : 0;
}
