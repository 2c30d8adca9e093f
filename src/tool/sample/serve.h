/*
 * serve.h - charnn sample --serve: requests and answers as JSON, one per line.
 *
 *     {"prime":"ROMEO:","length":100,"temperature":0.8,"seed":1,"stop":"\n\n"}
 *     {"text":"...","seed":1,"logprob":-123.4,"chars":100,"end":"stop"}
 *
 * Omitted members have the values of the command line; lines, top_k, top_p, min_p, unknown
 * and best_of are members too, stop may be an array of strings, and prime_base64 stands for
 * a prime whose bytes are not UTF-8.  For the members of an answer see answer.h; if there are
 * unknown characters in the prime, it has their number too, as `unknown`.  A request that fails
 * is answered with {"error":"..."}.  The `id` of a request, a string or a whole number, comes back with
 * its answer.  Blank lines are ignored.
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
    int64_t best_of;
    const volatile sig_atomic_t *caught; /* nonzero after a signal, which ends the loop */
};

/* Runs until the input ends, a signal comes, or stdout cannot be written; if reading fails,
 * ends the program. */
void serve_run(const struct serve *s);

#endif
