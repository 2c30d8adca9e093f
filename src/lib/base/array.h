/* array.h - arrays that grow by one element, and sorted arrays of the best elements. */
#ifndef CHARNN_BASE_ARRAY_H
#define CHARNN_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Makes room for one more element of `each` bytes at the end of an array of n:
 *
 *     if (!array_room(&list->items, list->n, sizeof *list->items))
 *         return err_set(e, "out of memory");
 *     list->items[list->n++] = item;
 *
 * `items` points to the array's pointer, which is NULL while n is 0.  The capacity is not
 * stored: it doubles whenever n is a power of two.  So every element must be added this
 * way.  Returns false when out of memory; the array is then unchanged. */
bool array_room(void *items, size_t n, size_t each);

/* Inserts *item into a sorted array that keeps the best `most` elements, best first, and has
 * room for `most`; n is the number of elements now.  Among equal elements the one inserted
 * earlier comes first.  better(a, b) is true if a is better than b.  Returns the new number
 * of elements. */
size_t array_insert(void *items, size_t n, size_t most, size_t each, const void *item,
                    bool better(const void *a, const void *b));

#endif
