/* markup.c - escapes text for XML 1.0; the escapes mean the same in HTML. */
#include "viz/markup.h"

#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

/* Reads the character at s[0..n), n > 0, and returns its length in bytes; *c becomes U+FFFD
 * if it is not UTF-8, a control character, or not allowed in XML. */
static size_t next(const char *s, size_t n, uint32_t *c)
{
    *c = 0;
    const int length = utf8_decode((const unsigned char *)s, n, c);
    const bool control =
        (*c < 0x20 && *c != '\t' && *c != '\n' && *c != '\r') || (*c >= 0x7f && *c < 0xa0);
    if (length == 0 || control || *c == 0xfffe || *c == 0xffff)
        *c = UTF8_REPLACEMENT;
    return length > 0 ? (size_t)length : 1;
}

static void put(struct buf *out, uint32_t c)
{
    char bytes[UTF8_MAX];
    const size_t n = (size_t)utf8_encode(c, bytes);
    switch (c) {
    case '&': buf_str(out, "&amp;"); break;
    case '<': buf_str(out, "&lt;"); break;
    case '>': buf_str(out, "&gt;"); break;
    case '"': buf_str(out, "&quot;"); break;
    case '\'': buf_str(out, "&#39;"); break;
    default:
        if (c < 0x80 || escape_harmless(bytes, n))
            buf_add(out, bytes, n);
        else
            buf_printf(out, "&#x%x;", (unsigned)c); /* a page may be shown on a terminal */
    }
}

void markup_text(struct buf *out, const char *s)
{
    uint32_t c;
    for (size_t i = 0, n = strlen(s); i < n;) {
        i += next(s + i, n - i, &c);
        put(out, c);
    }
}

/* The width of a character in ems: capitals and wide letters are wider than most;
 * ideographs are square. */
static double em(uint32_t c)
{
    if (c >= 0x1100 && c != UTF8_REPLACEMENT)
        return c >= 0x2000 && c < 0x2e80 ? 0.7 : 1;
    if (c < 0x80 && strchr(" .,:;'|!ijltf()[]/-", (int)c))
        return 0.36;
    return (c >= 'A' && c <= 'Z') || c == 'm' || c == 'w' ? 0.75 : 0.58;
}

double markup_ems(const char *s, size_t n)
{
    double sum = 0;
    uint32_t c;
    for (size_t i = 0; i < n; sum += em(c))
        i += next(s + i, n - i, &c);
    return sum;
}

void markup_fit(struct buf *out, const char *s, size_t n, double ems)
{
    const bool whole = markup_ems(s, n) <= ems;
    double left = whole ? ems : ems - 1;
    uint32_t c;
    for (size_t i = 0; i < n; put(out, c)) {
        i += next(s + i, n - i, &c);
        if (!whole && (left -= em(c)) < 0)
            break;
    }
    if (!whole)
        buf_str(out, "\xe2\x80\xa6");
}

/* In JSON, "<" occurs only in strings.  Escaped, it cannot end the script element. */
void markup_json(struct buf *out, const struct buf *json)
{
    for (size_t i = 0, n; i < json->len; i += n) {
        const char *from = json->data + i, *end = memchr(from, '<', json->len - i);
        n = end ? (size_t)(end - from) : json->len - i;
        escape_json(out, from, n);
        if (end) {
            buf_str(out, "\\u003c");
            n++;
        }
    }
    out->failed |= json->failed;
}
