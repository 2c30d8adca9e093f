/*
 * err.h - how the library says that the world failed.
 *
 * A function that can fail because of a file, a text or memory returns -1 (or NULL) and
 * fills a struct charnn_error.  The message names the file, the thing and the numbers, in
 * one line without a newline; settings stand in backquotes, and the program makes options
 * of them.  A NULL error is allowed: the caller only wants the status.  Our own mistakes are
 * asserts, never errors.
 */
#ifndef CHARNN_BASE_ERR_H
#define CHARNN_BASE_ERR_H

#include "charnn_error.h"

/* The world failed (exit code 1).  Always returns -1: `return err_set(...)` works. */
int err_set(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The caller asked for something impossible (exit code 2).  Always returns -1. */
int err_usage(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends ": " and strerror(errno): err_sys(e, "%s: cannot open", path).  Returns -1. */
int err_sys(struct charnn_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
