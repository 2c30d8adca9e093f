/*
 * err.h - how functions of the library report failures.
 *
 * A function that fails because of a file, a text or memory returns -1 (or NULL) and fills
 * a struct charnn_error.  The message names the file, what is wrong and the numbers
 * involved, in one line without a newline; names of settings are in backquotes; the program
 * shows them as options (`size` as --size).  The error may be NULL if the caller only wants
 * the status.  Bugs are asserts, never errors.
 */
#ifndef CHARNN_BASE_ERR_H
#define CHARNN_BASE_ERR_H

#include "charnn_error.h"

/* For failures of files, texts or memory, after which a program exits with 1.  Returns -1, so
 * that a caller can write `return err_set(...)`. */
int err_set(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For requests of the caller that cannot be met, after which a program exits with 2.  Returns
 * -1. */
int err_usage(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Like err_set, and appends ": " and strerror(errno): err_sys(e, "%s: cannot open",
 * path). */
int err_sys(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
