/*
 * lock.h - lets only one process at a time write a file.
 *
 * The lock is a POSIX record lock on the whole file, and ends with the process.  It also
 * ends when this process closes any other descriptor of the same file, so the file must not
 * be opened a second time.  Readers need no lock.
 */
#ifndef CHARNN_BASE_LOCK_H
#define CHARNN_BASE_LOCK_H

#include <stdbool.h>

#include "base/err.h"

/* Opens a regular file for reading and appending, creates it if it does not exist, and
 * locks it.  Refuses devices and pipes.  If another process has the lock, the error names
 * that process.  Sets *created to whether the file is new.  Returns a descriptor, which the
 * caller closes, or -1. */
int lock_open(const char *path, bool *created, struct charnn_error *e);

#endif
