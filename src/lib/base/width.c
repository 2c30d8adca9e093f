/* width.c - tables of the characters that take two columns, and of those that take none. */
#include "base/width.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

struct range {
    uint32_t first, last;
};

static const struct range wide[] = {
    { 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xa960, 0xa97c },
    { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
    { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f7e0, 0x1f7eb },
    { 0x1f900, 0x1f9ff }, { 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};

/* Combining marks, the vowels and finals of decomposed Hangul, joiners and selectors. */
static const struct range narrow[] = {
    { 0x0300, 0x036f }, { 0x0591, 0x05bd }, { 0x05bf, 0x05bf }, { 0x05c1, 0x05c2 },
    { 0x05c4, 0x05c5 }, { 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x0670, 0x0670 },
    { 0x0900, 0x0902 }, { 0x093c, 0x093c }, { 0x0941, 0x0948 }, { 0x094d, 0x094d },
    { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x1160, 0x11ff },
    { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x20d0, 0x20ff },
    { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

static bool is_among(const struct range *ranges, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

/* Measures the first character of s[0..n), n > 0: returns its length in bytes (1 for a byte
 * that is not UTF-8) and sets *columns. */
static size_t measure_char(const char *s, size_t n, int *columns)
{
    uint32_t c;
    int length = utf8_decode((const unsigned char *)s, n, &c);
    *columns = 1;
    if (length <= 0)
        return 1;
    if (is_among(wide, sizeof wide / sizeof *wide, c))
        *columns = 2;
    else if (is_among(narrow, sizeof narrow / sizeof *narrow, c))
        *columns = 0;
    return (size_t)length;
}

int width_of(const char *s, size_t n)
{
    int sum = 0;
    for (size_t i = 0; i < n;) {
        int columns;
        i += measure_char(s + i, n - i, &columns);
        sum += columns;
    }
    return sum;
}

size_t width_fit(const char *s, int columns)
{
    size_t n = strlen(s), i = 0;
    while (i < n) {
        int taken;
        size_t length = measure_char(s + i, n - i, &taken);
        if (taken > columns)
            break;
        columns -= taken;
        i += length;
    }
    return i;
}
