/* buf.c - a buffer doubles its capacity when it is full, so adding n bytes one by one costs
 * O(n). */
#include "base/buf.h"
#include "base/number.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_note(char *note, size_t size, const char *format, ...)
{
    size_t len = strlen(note);
    if (len > 0)
        len += (size_t)snprintf(note + len, size - len, "; ");
    if (len >= size)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(note + len, size - len, format, args);
    va_end(args);
}

bool size_mul(size_t a, size_t b, size_t *out)
{
    if (b && a > SIZE_MAX / b)
        return false;
    *out = a * b;
    return true;
}

bool size_add(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b)
        return false;
    *out = a + b;
    return true;
}

void buf_release(struct buf *b)
{
    free(b->data);
    *b = (struct buf){ 0 };
}

char *buf_take(struct buf *b)
{
    if (b->failed)
        buf_release(b);
    return b->data;
}

bool buf_reserve(struct buf *b, size_t n)
{
    size_t need;
    if (b->failed)
        return false;
    if (!size_add(b->len, n, &need) || !size_add(need, 1, &need)) {
        b->failed = true;
        return false;
    }
    if (need <= b->cap)
        return true;
    size_t cap = b->cap <= SIZE_MAX / 2 ? b->cap * 2 : SIZE_MAX;
    if (cap < need)
        cap = need < 32 ? 32 : need;
    char *data = realloc(b->data, cap);
    if (!data && cap > need)
        data = realloc(b->data, cap = need);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (!buf_reserve(b, n))
        return;
    if (n)
        memcpy(b->data + b->len, bytes, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if (!buf_reserve(b, (size_t)n))
        return;
    va_start(args, format);
    vsnprintf(b->data + b->len, (size_t)n + 1, format, args);
    va_end(args);
    b->len += (size_t)n;
}

void buf_real(struct buf *b, double v)
{
    char text[NUMBER_TEXT];
    buf_str(b, number_print(v, text));
}
