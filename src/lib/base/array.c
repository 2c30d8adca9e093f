/* array.c - growing an array, and inserting into a sorted one. */
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

bool array_room(void *items, size_t n, size_t each)
{
    void *array;
    size_t bytes;
    if (n & (n - 1)) /* neither 0 nor a power of two */
        return true;
    memcpy(&array, items, sizeof array);
    if (!size_mul(n ? 2 * n : 1, each, &bytes) || !(array = realloc(array, bytes)))
        return false;
    memcpy(items, &array, sizeof array);
    return true;
}

size_t array_insert(void *items, size_t n, size_t most, size_t each, const void *item,
                    bool better(const void *a, const void *b))
{
    char *all = items;
    size_t at = n;
    while (at > 0 && better(item, all + (at - 1) * each))
        at--;
    if (at == most)
        return n;
    const size_t kept = n < most ? n : most - 1;
    memmove(all + (at + 1) * each, all + at * each, (kept - at) * each);
    memcpy(all + at * each, item, each);
    return kept + 1;
}
