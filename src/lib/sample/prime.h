/* prime.h - encodes the text to continue, which may have unknown characters. */
#ifndef CHARNN_SAMPLE_PRIME_H
#define CHARNN_SAMPLE_PRIME_H

#include "base/err.h"
#include "charnn.h"
#include "sample/generator.h"

/* Encodes n bytes of text as *n_ids ids in a new array *ids, which the caller frees.
 * u->policy says what to do with unknown characters, which are counted in u->n.  For a model
 * of characters, invalid UTF-8 is always an error. */
int prime_encode(const struct vocab *v, struct vocab_unknown *u, const char *text, size_t n,
                 uint16_t **ids, size_t *n_ids, struct charnn_error *e);

/* Does what charnn.h says of charnn_sampler_read or, with `start`, charnn_sampler_prime, and
 * sets g->unknown. */
int prime_read(struct generator *g, bool start, const char *text, size_t n,
               struct charnn_error *e);

#endif
