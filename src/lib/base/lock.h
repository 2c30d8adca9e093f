/*
 * lock.h - a file that one process at a time may write.
 *
 * A POSIX record lock on the whole file, which ends with the process.  It also ends as soon as
 * this process closes any other descriptor of the same file, so nothing else may open that.
 * Whoever only reads the file needs no lock.
 */
#ifndef CHARNN_BASE_LOCK_H
#define CHARNN_BASE_LOCK_H

#include <stdbool.h>

#include "base/err.h"

/* Opens a regular file for reading and appending, or makes it, and locks it; a device or a pipe
 * is refused, and a process that has the lock is named.  *created: the file was not there.
 * Returns a descriptor, to be closed by the caller, or -1. */
int lock_open(const char *path, bool *created, struct charnn_error *e);

#endif
