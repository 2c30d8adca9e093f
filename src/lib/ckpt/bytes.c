/* bytes.c - escapes bytes that JSON cannot contain. */
#include "ckpt/ckpt.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void bytes_escape(const char *s, struct buf *out)
{
    size_t n = strlen(s);
    buf_str(out, "");
    while (n > 0) {
        uint32_t c;
        int len = utf8_decode((const unsigned char *)s, n, &c);
        if (len == 0)
            buf_printf(out, "\\x%02x", (unsigned char)*s);
        else if (c == '\\')
            buf_str(out, "\\\\");
        else
            buf_add(out, s, (size_t)len);
        s += len ? len : 1;
        n -= len ? (size_t)len : 1;
    }
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

void bytes_unescape(char *s)
{
    char *to = s;
    while (*s)
        if (s[0] == '\\' && s[1] == '\\') {
            *to++ = '\\';
            s += 2;
        } else if (s[0] == '\\' && s[1] == 'x' && is_hex_digit(s[2]) &&
                   is_hex_digit(s[3])) {
            const char hex[] = { s[2], s[3], 0 };
            *to++ = (char)strtol(hex, NULL, 16);
            s += 4;
        } else {
            *to++ = *s++;
        }
    *to = 0;
}
