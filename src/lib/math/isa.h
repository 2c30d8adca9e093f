/*
 * isa.h - the instruction sets that this build has kernels for, and which one is used.
 *
 * Every table of per-ISA functions is an array indexed by enum isa, filled by ISA_LIST(X,
 * of), which expands to X(isa, of) for each instruction set; `of` is the prefix of the
 * functions' names.
 */
#ifndef CHARNN_MATH_ISA_H
#define CHARNN_MATH_ISA_H

#include <stdbool.h>

/* Slowest first; ref is plain C and always available. */
#if defined(CHARNN_DOUBLE)
#define ISA_LIST(X, of) X(ref, of)
#elif defined(__x86_64__) && defined(CHARNN_NO_AVX) /* the compiler lacks AVX */
#define ISA_LIST(X, of) X(ref, of) X(sse2, of)
#elif defined(__x86_64__)
#define ISA_WITH_AVX
#define ISA_LIST(X, of) X(ref, of) X(sse2, of) X(avx2, of) X(avx512, of)
#elif defined(__aarch64__)
#define ISA_LIST(X, of) X(ref, of) X(neon, of)
#else
#define ISA_LIST(X, of) X(ref, of)
#endif

#define ISA_ENUM(isa, of) of##_##isa,
enum isa { ISA_LIST(ISA_ENUM, ISA) ISA_COUNT };

const char *isa_name(enum isa isa);

/* Whether this machine and its operating system can run it. */
bool isa_present(enum isa isa);

/* The fastest instruction set of this machine, or the one that the environment variable
 * CHARNN_ISA names; -1 if that name is unknown or this machine does not have it.
 * isa_complaint then returns the message, a static string. */
int isa_choose(void);
const char *isa_complaint(void);

#endif
