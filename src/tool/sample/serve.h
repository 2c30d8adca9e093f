/*
 * serve.h - charnn sample --serve: requests and answers as JSON, one per line.
 *
 *     {"prime":"ROMEO:","length":100,"temperature":0.8,"seed":1,"stop":"\n\n"}
 *     {"text":"...","seed":1,"logprob":-123.4,"chars":100,"end":"stop"}
 *
 * Further members of a request are lines, top_k, top_p, min_p, unknown and best_of; stop may be
 * an array of strings; prime_base64 replaces a prime whose bytes are not UTF-8.  A member that is
 * left out has the value of the command line.  Blank lines are ignored.
 *
 * answer.h describes an answer.  It also has the `id` of the request, a string or a whole number,
 * and `unknown`, the number of unknown characters in the prime, if there are any.  A request that
 * fails is answered with {"error":"..."} and its id.
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
