/* test_arena.c - measuring, allocating and handing out memory (base/arena.h). */
#include "base/arena.h"

#include <stdint.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/sysinfo.h>
#endif

#include "test.h"

struct plan {
    float *a, *b;
    char *c;
};

static void take_all(struct plan *p, struct arena *a)
{
    p->a = arena_take(a, 100, sizeof *p->a);
    p->b = arena_take(a, 0, sizeof *p->b);
    p->c = arena_take(a, 1, 1);
}

static void measuring_an_arena_returns_no_memory(void)
{
    struct arena a = { 0 };
    struct plan p;
    take_all(&p, &a);
    CHECK(!p.a && !p.b && !p.c);
    CHECK(a.used == 448 + 64);
}

static void pieces_are_aligned_zeroed_and_apart(void)
{
    struct arena a = { 0 };
    struct charnn_error e;
    struct plan p;
    take_all(&p, &a);
    CHECK(arena_alloc(&a, "test memory", &e) == 0);
    take_all(&p, &a);
    CHECK((uintptr_t)p.a % 64 == 0 && (uintptr_t)p.c % 64 == 0);
    CHECK(p.c >= (char *)(p.a + 100));
    int sum = *p.c;
    for (int i = 0; i < 100; i++)
        sum += p.a[i] != 0;
    CHECK(sum == 0);
    for (int i = 0; i < 100; i++)
        p.a[i] = 1;
    *p.c = 1;
    CHECK(a.used == a.size);
    arena_release(&a);
    CHECK(!a.base && !a.size);
}

static void an_empty_plan_can_be_allocated(void)
{
    struct arena a = { 0 };
    CHECK(arena_alloc(&a, "nothing", NULL) == 0 && a.base);
    arena_release(&a);
}

static void check_refused(size_t n, size_t each, const char *expected)
{
    struct arena a = { 0 };
    struct charnn_error e = { 0 };
    CHECK(arena_take(&a, n, each) == NULL);
    CHECK(arena_take(&a, 1, 1) == NULL);
    CHECK(arena_alloc(&a, "training memory", &e) == -1);
    CHECK_MSG(strstr(e.message, "training memory: ") == e.message, "'%s'", e.message);
    CHECK_MSG(strstr(e.message, expected) != NULL, "'%s'", e.message);
    CHECK(!a.base && e.usage == 0);
    arena_release(&a);
}

static void an_overflow_is_remembered_and_an_error(void)
{
    check_refused(SIZE_MAX / 2, 4, "any machine");
    check_refused(SIZE_MAX, 1, "any machine");
    check_refused(SIZE_MAX - 63, 1, "any machine");
}

static void more_than_the_machine_has_is_an_error_with_both_figures(void)
{
    if (sizeof(size_t) < 8) {
        SKIP("sizes have 32 bits");
        return;
    }
    check_refused((size_t)(UINT64_C(1) << 50), 1, "1024.0 TiB needed, this machine has ");
    check_refused((size_t)(UINT64_C(1) << 50), 4, " of memory and swap");
}

/* Sizes that print the same in GiB are given in bytes. */
static void sizes_that_read_alike_are_given_in_bytes(void)
{
#ifdef __linux__
    struct sysinfo info;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    CHECK(sysinfo(&info) == 0);
    const size_t has =
        (size_t)sysconf(_SC_PHYS_PAGES) * page + (size_t)info.totalswap * info.mem_unit;
    struct arena a = { 0 };
    struct charnn_error e = { 0 };
    char expected[128];
    arena_take(&a, has, 1);
    snprintf(expected, sizeof expected,
             " bytes needed, this machine has %zu bytes of memory and swap", has);
    CHECK(arena_alloc(&a, "training memory", &e) == -1);
    CHECK_MSG(strstr(e.message, expected) != NULL, "'%s'", e.message);
    arena_release(&a);
#else
    SKIP("the memory of this machine is read elsewhere");
#endif
}

int main(void)
{
    RUN(measuring_an_arena_returns_no_memory);
    RUN(pieces_are_aligned_zeroed_and_apart);
    RUN(an_empty_plan_can_be_allocated);
    RUN(an_overflow_is_remembered_and_an_error);
    RUN(more_than_the_machine_has_is_an_error_with_both_figures);
    RUN(sizes_that_read_alike_are_given_in_bytes);
    return test_end();
}
