/* escape.c - decides which characters are harmless, and replaces all other characters. */
#include "base/escape.h"

#include "base/utf8.h"

enum { JOINERS_FIRST = 0x200C, JOINERS_LAST = 0x200D };

/* Unicode's invisible format characters (Cf), and its line separators. */
static const struct range {
    uint32_t first, last;
} hidden[] = {
    { 0x00AD, 0x00AD },   { 0x061C, 0x061C },   { 0x180E, 0x180E },   { 0x200B, 0x200F },
    { 0x2028, 0x202E },   { 0x2060, 0x206F },   { 0xFEFF, 0xFEFF },   { 0xFFF9, 0xFFFB },
    { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A }, { 0xE0000, 0xE007F },
};

static bool is_harmless(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7F && c < 0xA0))
        return false;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (c >= hidden[i].first && c <= hidden[i].last)
            return false;
    return true;
}

static void escape(struct buf *out, const char *s, size_t n, bool is_text)
{
    for (size_t i = 0; i < n;) {
        uint32_t c;
        const int length = utf8_decode((const unsigned char *)s + i, n - i, &c);
        const size_t step = length > 0 ? (size_t)length : 1;
        const bool joins = is_text && length > 0 && c >= JOINERS_FIRST && c <= JOINERS_LAST;
        if (length > 0 && (joins || is_harmless(c)))
            buf_add(out, s + i, step);
        else if (is_text && length > 1)
            buf_printf(out, "<U+%04X>", (unsigned)c);
        else
            for (size_t k = 0; k < step; k++)
                buf_printf(out, "\\x%02x", (unsigned char)s[i + k]);
        i += step;
    }
}

void escape_name(struct buf *out, const char *s, size_t n)
{
    escape(out, s, n, false);
}

void escape_text(struct buf *out, const char *s, size_t n)
{
    escape(out, s, n, true);
}

/* Keeps control characters below U+0020, which JSON has only as white space between
 * values. */
void escape_json(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t c = 0;
        const int length = utf8_decode((const unsigned char *)s + i, n - i, &c);
        const size_t step = length > 0 ? (size_t)length : 1;
        if (length == 0 || c < 0x20 || is_harmless(c))
            buf_add(out, s + i, step);
        else if (c < 0x10000)
            buf_printf(out, "\\u%04x", (unsigned)c);
        else
            buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xD7C0 + (c >> 10)),
                       (unsigned)(0xDC00 + c % 0x400));
        i += step;
    }
}

size_t escape_harmless(const char *s, size_t n)
{
    uint32_t c;
    const int length = utf8_decode((const unsigned char *)s, n, &c);
    return length > 0 && is_harmless(c) ? (size_t)length : 0;
}
