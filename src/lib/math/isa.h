/*
 * isa.h - the instruction sets that this build has kernels for, and the one in use.
 *
 * Every table of per-ISA functions is an array indexed by enum isa, filled with ISA_LIST(X, of):
 * X(isa, of) for each, where `of` says whose functions they are.
 */
#ifndef CHARNN_MATH_ISA_H
#define CHARNN_MATH_ISA_H

#include <stdbool.h>

/* Slowest first; ref is plain C and always there. */
#if defined(CHARNN_DOUBLE)
#define ISA_LIST(X, of) X(ref, of)
#elif defined(__x86_64__)
#define ISA_LIST(X, of) X(ref, of) X(sse2, of) X(avx2, of) X(avx512, of)
#elif defined(__aarch64__)
#define ISA_LIST(X, of) X(ref, of) X(neon, of)
#else
#define ISA_LIST(X, of) X(ref, of)
#endif

#define ISA_ENUM(isa, of) of##_##isa,
enum isa { ISA_LIST(ISA_ENUM, ISA) ISA_COUNT };

const char *isa_name(enum isa isa);

/* Whether this machine can run it (operating system support included). */
bool isa_present(enum isa isa);

/* The fastest present, or the one that CHARNN_ISA names.  -1 when CHARNN_ISA names one that
 * is unknown or not present here; isa_complaint then says so. */
int isa_choose(void);
const char *isa_complaint(void);

#endif
