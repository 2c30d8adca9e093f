/* figure_memory.c - a list of allocated blocks. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "viz/figure.h"

struct figure_block {
    struct figure_block *next;
    max_align_t data[];
};

void *figure_alloc(struct figure_memory *m, size_t n, size_t size)
{
    size_t bytes;
    struct figure_block *b = NULL;
    if (size_mul(n, size, &bytes) && size_add(bytes, sizeof *b, &bytes))
        b = calloc(1, bytes);
    if (!b) {
        m->failed = true;
        return NULL;
    }
    b->next = m->blocks;
    m->blocks = b;
    return b->data;
}

const char *figure_printf(struct figure_memory *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = figure_alloc(m, n < 0 ? SIZE_MAX : (size_t)n + 1, 1);
    if (!text)
        return "";
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return text;
}

void figure_free(struct figure_memory *m)
{
    while (m->blocks) {
        struct figure_block *next = m->blocks->next;
        free(m->blocks);
        m->blocks = next;
    }
}
