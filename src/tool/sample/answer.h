/*
 * answer.h - a generated text as members of a JSON object, for --json and --serve.
 *
 *     "text":"...","seed":1,"logprob":-123.4,"chars":100,"end":"length"
 *
 * `text` is what follows the prime; `logprob` is the sum of the log-probabilities of its
 * symbols, in nats; `end` says why it ended: length, lines, stop, document, stuck (no symbol
 * was allowed) or interrupted.  With --new-only, `thrown_away` is the number of texts thrown
 * away before this one, if any.
 */
#ifndef CHARNN_SAMPLE_ANSWER_H
#define CHARNN_SAMPLE_ANSWER_H

#include "base/json.h"
#include "charnn.h"

/* Adds n bytes as the member `key` or, if they are not valid UTF-8, in base64 as the member
 * `key`_base64. */
void answer_put_bytes(struct json_out *o, const char *key, const char *bytes, size_t n);

/* Adds the members above for a text of n bytes and its last piece; seed below 0: without
 * that member. */
void answer_put_text(struct json_out *o, const char *bytes, size_t n, int64_t seed,
                     const struct charnn_piece *last);

#endif
