/* test_array.c - arrays that grow, and arrays of the best elements (base/array.h). */
#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "test.h"

static void an_array_grows_from_nothing_and_keeps_its_elements(void)
{
    int *items = NULL;
    for (int i = 0; i < 1000; i++) {
        CHECK(array_room(&items, (size_t)i, sizeof *items));
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        CHECK(items[i] == i);
    free(items);
}

static void an_array_that_does_not_fit_in_memory_stays_as_it_was(void)
{
    int *items = NULL;
    CHECK(array_room(&items, 0, sizeof *items));
    int *before = items;
    CHECK(!array_room(&items, 1, SIZE_MAX / 2 + 1) && items == before);
    free(items);
}

struct scored {
    double score;
    int number;
};

static bool is_better(const void *a, const void *b)
{
    return ((const struct scored *)a)->score > ((const struct scored *)b)->score;
}

static void the_best_stay_in_order_and_of_equals_the_earlier_is_first(void)
{
    const double scores[] = { 2, 5, 2, 9, 5, 1, 9, 0 };
    const int wanted[] = { 3, 6, 1, 4 };
    struct scored best[4];
    size_t n = 0;
    for (int i = 0; i < 8; i++) {
        const struct scored x = { scores[i], i };
        n = array_insert(best, n, 4, sizeof x, &x, is_better);
        CHECK(n == (i < 4 ? (size_t)i + 1 : 4));
    }
    for (int i = 0; i < 4; i++)
        CHECK_MSG(best[i].number == wanted[i], "place %d has %d", i, best[i].number);
}

static void the_only_best_is_replaced_by_a_better_one(void)
{
    struct scored best = { 1, 0 };
    const struct scored equal = { 1, 1 }, better = { 2, 2 };
    CHECK(array_insert(&best, 1, 1, sizeof best, &equal, is_better) == 1);
    CHECK(best.number == 0);
    CHECK(array_insert(&best, 1, 1, sizeof best, &better, is_better) == 1);
    CHECK(best.number == 2);
}

int main(void)
{
    RUN(an_array_grows_from_nothing_and_keeps_its_elements);
    RUN(an_array_that_does_not_fit_in_memory_stays_as_it_was);
    RUN(the_best_stay_in_order_and_of_equals_the_earlier_is_first);
    RUN(the_only_best_is_replaced_by_a_better_one);
    return test_end();
}
