/*
 * chat.h - charnn sample -i: continues each line of standard input.
 *
 * Each line begins a new text or, after /keep, continues the old one.  The typed line is
 * printed too, unless primes are hidden, so that stdout has the whole texts.
 */
#ifndef CHARNN_SAMPLE_CHAT_H
#define CHARNN_SAMPLE_CHAT_H

#include <signal.h>
#include <stdbool.h>

#include "charnn.h"
#include "sample/text_out.h"

struct chat {
    struct charnn_sampler *sampler;
    struct charnn_sample_config config; /* settings for the next text */
    struct charnn_limits limits;
    const volatile sig_atomic_t *caught; /* nonzero after a signal, which ends the chat */
    bool quiet, hides_prime;

    struct text_out out;
    bool keeps, has_text; /* whether /keep was typed; whether there is a text to continue */
    int64_t number;       /* number of the next text */
    bool closed;          /* stdout can no longer be written */
    bool failed;          /* a text could not be finished, and a message said why */
};

/* Runs until the input ends; if reading fails, ends the program.  Returns -1 if a text could
 * not be finished; a message has said why. */
int chat_run(struct chat *c);

#endif
