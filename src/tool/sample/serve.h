/*
 * serve.h - charnn sample --serve: requests and answers as JSON, one per line.
 *
 *     {"prime":"ROMEO:","length":100,"temperature":0.8,"seed":1,"stop":"\n\n"}
 *     {"text":"...","seed":1,"logprob":-123.4,"chars":100}
 *
 * Omitted members have the values of the command line; lines, top_k, top_p and min_p are
 * members too, and stop may be an array of strings.  `text` is what follows the prime; `logprob` is the sum of the
 * log-probabilities of its symbols, in nats.  A request that fails is answered with
 * {"error":"..."}.
 */
#ifndef CHARNN_SAMPLE_SERVE_H
#define CHARNN_SAMPLE_SERVE_H

#include <signal.h>

#include "charnn.h"

enum { SERVE_LENGTH_MAX = 10000000 }; /* the largest number of characters in a text */

struct serve {
    struct charnn_sampler *sampler;
    struct charnn_sample_config config; /* default settings of requests */
    struct charnn_limits limits;
    const char *prime; /* [n_prime] the default prime */
    size_t n_prime;
    const volatile sig_atomic_t *caught; /* nonzero after a signal, which ends the loop */
};

/* Runs until the input ends, a signal comes, or stdout cannot be written; if reading fails,
 * ends the program. */
void serve_run(const struct serve *s);

#endif
