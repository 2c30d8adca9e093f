/* prime.h - encodes the text to continue, which may have unknown characters. */
#ifndef CHARNN_SAMPLE_PRIME_H
#define CHARNN_SAMPLE_PRIME_H

#include "base/err.h"
#include "charnn.h"
#include "sample/generator.h"

/* Encodes n bytes as ids (allocated; n_ids of them); u->policy decides about unknown
 * characters, which are counted in u->n.
 * Invalid UTF-8 for a character model is always an error. */
int prime_encode(const struct vocab *v, struct vocab_unknown *u, const char *text, size_t n,
                 uint16_t **ids, size_t *n_ids, struct charnn_error *e);

/* Implements charnn_sampler_read or, with `start`, charnn_sampler_prime; sets g->unknown. */
int prime_read(struct generator *g, bool start, const char *text, size_t n,
               struct charnn_error *e);

#endif
