/* prime.h - encodes the text to continue, which may have unknown characters. */
#ifndef CHARNN_SAMPLE_PRIME_H
#define CHARNN_SAMPLE_PRIME_H

#include "base/err.h"
#include "charnn.h"
#include "sample/generator.h"

/* Encodes n bytes as ids (allocated; n_ids of them).  `unknown` is a CHARNN_UNKNOWN_*.
 * Text that a character model cannot read (invalid UTF-8) is an error in any case. */
int prime_encode(const struct vocab *v, int unknown, const char *text, size_t n,
                 uint16_t **ids, size_t *n_ids, struct charnn_error *e);

/* charnn_sampler_read or, with `start`, charnn_sampler_prime. */
int prime_read(struct generator *g, bool start, const char *text, size_t n,
               struct charnn_error *e);

#endif
