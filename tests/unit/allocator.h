/*
 * allocator.h - replaces the C library's allocator, for tests that count allocations or let
 * them fail.  One file of a program includes it.
 *
 * ALLOCATOR is 1 if the allocator can be replaced, otherwise 0.  That needs glibc, where the
 * original functions can also be called as __libc_malloc and so on, and no sanitizer, which
 * would replace the allocator too.
 */
#ifndef CHARNN_TESTS_ALLOCATOR_H
#define CHARNN_TESTS_ALLOCATOR_H

#include <stdlib.h>

#include "test.h"

/* Defined by the test: called before each allocation, which fails if this returns 1. */
static int allocation_fails(void) __attribute__((unused));

#if defined(__GLIBC__) && !SANITIZED
#define ALLOCATOR 1
#pragma GCC visibility push(                                                               \
    default) /* visible, so that the C library calls these functions too */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

void *malloc(size_t n)
{
    return allocation_fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t each)
{
    return allocation_fails() ? NULL : __libc_calloc(n, each);
}

void *realloc(void *p, size_t n)
{
    return allocation_fails() ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    return allocation_fails() ? NULL : __libc_memalign(align, n);
}
#pragma GCC visibility pop
#else
#define ALLOCATOR 0
#endif

#endif
