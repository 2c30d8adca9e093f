/* array.h - arrays that grow by one element at a time, and arrays of the best. */
#ifndef CHARNN_BASE_ARRAY_H
#define CHARNN_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Makes room for one more element behind the n that an array has, each of so many bytes:
 *
 *     if (!array_room(&list->items, list->n, sizeof *list->items))
 *         return err_set(e, "out of memory");
 *     list->items[list->n++] = item;
 *
 * `items` points to the array's pointer, which is NULL while n is 0.  The room is doubled
 * whenever n is a power of two, so nobody needs to keep a capacity; all elements must have
 * come in this way.  False when there is no memory: the array is as it was. */
bool array_room(void *items, size_t n, size_t each);

/* Puts *item among the n elements of an array that keeps the best `most`, the best first;
 * of equals the earlier one comes first.  better(a, b) is true when a is better than b.
 * Returns how many elements there are now. */
size_t array_insert(void *items, size_t n, size_t most, size_t each, const void *item,
                    bool better(const void *a, const void *b));

#endif
