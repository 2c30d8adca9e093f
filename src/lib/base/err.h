/*
 * err.h - how functions of the library report failures.
 *
 * A function that fails because of a file, a text or memory returns -1 (or NULL) and fills
 * a struct charnn_error.  The message names the file, what is wrong and the numbers
 * involved, in one line without a newline; settings are in backquotes, which the program
 * turns into options (`size` into --size).  The error may be NULL if the caller only wants
 * the status.  Bugs are asserts, never errors.
 */
#ifndef CHARNN_BASE_ERR_H
#define CHARNN_BASE_ERR_H

#include "charnn_error.h"

/* For a file, a text or memory that failed (exit 1).  Returns -1, for `return
 * err_set(...)`. */
int err_set(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For something impossible that the caller asked for (exit 2).  Returns -1. */
int err_usage(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As err_set, and appends ": " and strerror(errno): err_sys(e, "%s: cannot open", path). */
int err_sys(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
