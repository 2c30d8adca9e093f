/*
 * isa.h - the instruction sets that this build has kernels for, and the one in use.
 *
 * Every table of per-ISA functions is an array indexed by enum isa, filled with ISA_LIST.
 */
#ifndef CHARNN_MATH_ISA_H
#define CHARNN_MATH_ISA_H

#include <stdbool.h>

/* Slowest first; ref is plain C and always there. */
#if defined(CHARNN_DOUBLE)
#define ISA_LIST(X) X(ref)
#elif defined(__x86_64__)
#define ISA_LIST(X) X(ref) X(sse2) X(avx2) X(avx512)
#elif defined(__aarch64__)
#define ISA_LIST(X) X(ref) X(neon)
#else
#define ISA_LIST(X) X(ref)
#endif

#define ISA_ENUM(name) ISA_##name,
enum isa { ISA_LIST(ISA_ENUM) ISA_COUNT };

const char *isa_name(enum isa isa);

/* Whether this machine can run it (operating system support included). */
bool isa_present(enum isa isa);

/* The fastest present, or the one that CHARNN_ISA names.  -1 when CHARNN_ISA names one that
 * is unknown or not present here; isa_complaint then says so. */
int isa_choose(void);
const char *isa_complaint(void);

#endif
