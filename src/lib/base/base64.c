/* base64.c - encodes groups of three bytes as four characters. */
#include "base/base64.h"

static void base64_group(struct base64 *b, int characters)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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
