/* base64.c - encodes and decodes in groups: three bytes are four characters. */
#include "base/base64.h"

#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64_group(struct base64 *b, int characters)
{
    for (int i = 0; i < 4; i++)
        buf_char(b->out, i < characters ? alphabet[b->bits >> (18 - 6 * i) & 63] : '=');
    b->bits = 0;
    b->n = 0;
}

int base64_byte(struct base64 *b, unsigned byte)
{
    b->bits |= (byte & 0xFF) << (16 - 8 * b->n);
    if (++b->n < 3)
        return 0;
    base64_group(b, 4);
    return 4;
}

int base64_end(struct base64 *b)
{
    if (b->n == 0)
        return 0;
    base64_group(b, b->n + 1);
    return 4;
}

/* Decodes a group of four characters that ends in `padding` characters "=".  Returns false if
 * the group is not Base64; bits that belong to no byte must be zero. */
static bool decode_group(struct buf *out, const char *text, size_t padding)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *digit = i < 4 - padding && text[i] ? strchr(alphabet, text[i]) : NULL;
        if (i < 4 - padding ? !digit : text[i] != '=')
            return false;
        bits = bits << 6 | (digit ? (uint32_t)(digit - alphabet) : 0);
    }
    for (size_t i = 0; i < 3 - padding; i++)
        buf_char(out, (char)(bits >> (16 - 8 * i) & 0xFF));
    return (bits & ((1u << 8 * padding) - 1)) == 0;
}

bool base64_decode(struct buf *out, const char *text, size_t n)
{
    for (size_t at = 0; at + 4 <= n; at += 4) {
        const bool last = at + 4 == n;
        const size_t padding = !last                 ? 0
                               : text[at + 2] == '=' ? 2
                               : text[at + 3] == '=' ? 1
                                                     : 0;
        if (!decode_group(out, text + at, padding))
            return false;
    }
    return n % 4 == 0;
}
