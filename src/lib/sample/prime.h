/* prime.h - text to go on from, as the symbols of a model that may not know all of it. */
#ifndef CHARNN_SAMPLE_PRIME_H
#define CHARNN_SAMPLE_PRIME_H

#include "base/err.h"
#include "charnn.h"
#include "text/vocab.h"

/* Encodes n bytes into ids (allocated; n_ids of them).  `unknown` is a CHARNN_UNKNOWN_*.
 * Text that a character model cannot read (invalid UTF-8) is an error in any case. */
int prime_encode(const struct vocab *v, int unknown, const char *text, size_t n,
                 uint16_t **ids, size_t *n_ids, struct charnn_error *e);

#endif
