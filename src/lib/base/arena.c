/*
 * arena.c - one block of memory, measured first and handed out later.
 *
 * The block comes from calloc, which takes large sizes from the system as zero pages that
 * cost nothing until they are written.  Many systems promise more memory than they have, and
 * kill the process when it uses that memory.  So a size beyond memory plus swap is refused.
 * Invariant: `used` and `size` are multiples of 64; once memory is allocated, used <= size.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/mman.h>
#include <sys/sysinfo.h>
#endif

#include "base/buf.h"

enum { ALIGN = 64 };

/* The machine's memory, on Linux plus its swap, in bytes; 0 if it is unknown. */
static uint64_t machine_bytes(void)
{
    uint64_t bytes = 0;
#ifdef _SC_PHYS_PAGES
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        bytes = (uint64_t)pages * (uint64_t)page;
#endif
#ifdef __linux__
    struct sysinfo info;
    if (bytes && sysinfo(&info) == 0)
        bytes += (uint64_t)info.totalswap * info.mem_unit;
#endif
    return bytes;
}

/* Formats a size: 312 bytes, 3.2 MiB, 7.7 GiB, 2048.0 TiB. */
static const char *bytes_name(uint64_t n, char out[32])
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
    double x = (double)n;
    if (n < 1024) {
        snprintf(out, 32, "%u bytes", (unsigned)n);
        return out;
    }
    size_t unit = 0;
    for (x /= 1024; x >= 1024 && unit < 3; unit++)
        x /= 1024;
    snprintf(out, 32, "%.1f %s", x, units[unit]);
    return out;
}

void *arena_take(struct arena *a, size_t n, size_t each)
{
    size_t bytes, used;
    a->wanted += (double)n * (double)each;
    if (!size_mul(n, each, &bytes) || !size_add(bytes, ALIGN - 1, &bytes) ||
        !size_add(a->used, bytes & ~(size_t)(ALIGN - 1), &used)) {
        a->overflow = true;
        return NULL;
    }
    char *piece = a->base ? a->base + a->used : NULL;
    assert(!a->base || used <= a->size); /* the plan must take the same amount both times */
    a->used = used;
    return piece;
}

static int out_of_memory(const char *what, size_t size, struct charnn_error *e)
{
    char need[32], have[32];
    uint64_t limit = machine_bytes();
    if (limit && size > limit) {
        bytes_name(size, need);
        bytes_name(limit, have);
        if (!strcmp(need, have)) { /* the sizes differ, but print the same */
            snprintf(need, sizeof need, "%zu bytes", size);
            snprintf(have, sizeof have, "%llu bytes", (unsigned long long)limit);
        }
        return err_set(e, "%s: %s needed, this machine has %s of memory and swap", what,
                       need, have);
    }
    return err_set(e, "%s: out of memory, %s needed", what, bytes_name(size, need));
}

int arena_fits(const struct arena *a, const char *what, struct charnn_error *e)
{
    size_t bytes;
    if (a->overflow || !size_add(a->used, ALIGN, &bytes))
        return err_set(e, "%s: about %.3g TiB needed, more than any machine has", what,
                       a->wanted / 0x1p40);
    uint64_t limit = machine_bytes();
    return limit && bytes > limit ? out_of_memory(what, bytes, e) : 0;
}

enum { LARGE_PAGE = 2 << 20 };

/* Asks the system for large pages, before the memory is used.  Without large pages, TLB
 * misses take half or more of a training step of an LSTM with 2 layers of 512 units. */
static void use_large_pages(const struct arena *a)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t begin = (uintptr_t)a->base, page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = (begin + page - 1) / page * page, end = begin + a->size;
    if (a->size >= LARGE_PAGE)
        (void)madvise(a->base + (first - begin), end - first, MADV_HUGEPAGE);
#else
    (void)a;
#endif
}

int arena_alloc(struct arena *a, const char *what, struct charnn_error *e)
{
    assert(!a->base);
    if (arena_fits(a, what, e) < 0)
        return -1;
    a->block = calloc(1, a->used + ALIGN);
    if (!a->block)
        return out_of_memory(what, a->used, e);
    size_t skip = (ALIGN - (uintptr_t)a->block % ALIGN) % ALIGN;
    a->base = (char *)a->block + skip;
    a->size = a->used;
    a->used = 0;
    use_large_pages(a);
    return 0;
}

void arena_release(struct arena *a)
{
    free(a->block);
    *a = (struct arena){ 0 };
}

/* Only Linux frees the memory at once after MADV_DONTNEED. */
void arena_discard(void *from, size_t bytes)
{
#if defined(__linux__) && defined(MADV_DONTNEED)
    const uintptr_t begin = (uintptr_t)from, page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = (begin + page - 1) / page * page;
    const uintptr_t end = (begin + bytes) / page * page;
    if (first < end)
        (void)madvise((char *)from + (first - begin), end - first, MADV_DONTNEED);
#else
    (void)from, (void)bytes;
#endif
}
