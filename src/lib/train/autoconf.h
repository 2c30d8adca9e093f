/*
 * autoconf.h - the settings that nobody gave: from the length of the text, its alphabet, and
 * the work that may be done.
 */
#ifndef CHARNN_TRAIN_AUTOCONF_H
#define CHARNN_TRAIN_AUTOCONF_H

#include <stddef.h>

#include "charnn.h"

/* Settles every CHARNN_AUTO, and the steps where neither steps nor epochs were given, for a
 * text of `characters` to train on and `symbols` different ones.  flops: what may be spent
 * on training (--time); 0: what a text of this length is worth. */
void autoconf_settings(struct charnn_config *c, size_t characters, size_t symbols,
                       double flops);

/* Useful multiplications and additions of one step: 6 a matrix weight a character. */
double autoconf_step_flops(const struct charnn_config *c, size_t symbols);

#endif
