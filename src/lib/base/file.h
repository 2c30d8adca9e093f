/*
 * file.h - reads whole files, and replaces files atomically.
 *
 * A file is replaced through a fixed temporary name beside it (PATH.tmp): write, fsync,
 * rename, fsync of the folder.  A killed process leaves at most the temporary file, which
 * the next write reuses; a full disk leaves the old file as it was and removes the
 * temporary.
 */
#ifndef CHARNN_BASE_FILE_H
#define CHARNN_BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends all of PATH ("-" is standard input; pipes work) to *b.  A directory, an
 * unreadable file and a failed read are errors that name the path. */
int file_read(const char *path, struct buf *b, struct charnn_error *e);

/* Reads PATH ("-" is standard input) piece by piece, so that it need not fit in memory. */
typedef void file_piece_fn(void *arg, const unsigned char *piece, size_t n);
int file_pieces(const char *path, file_piece_fn *fn, void *arg, struct charnn_error *e);

bool file_exists(const char *path);

/* Whether a name ends in ".suffix" and has something before it. */
bool file_has_suffix(const char *path, const char *suffix);

/* Fails if a file could not be written because its folder is missing or read-only. */
int file_check_folder(const char *path, struct charnn_error *e);

/* Whether both names refer to the same existing file. */
bool file_same(const char *a, const char *b);

/* An atomic replacement in progress.  Only a regular file is ever replaced (never a device
 * or a pipe), and the new file keeps the permissions of the old one. */
struct file_out {
    FILE *f;          /* NULL when nothing is in progress */
    char *path, *tmp; /* owned */
    int failed;       /* errno of the first write that failed, else 0 */
};

int file_out_open(struct file_out *o, const char *path, struct charnn_error *e);
/* Write errors are remembered and reported by file_out_commit. */
void file_out_write(struct file_out *o, const void *bytes, size_t n);
/* Overwrites bytes written earlier. */
void file_out_patch(struct file_out *o, size_t offset, const void *bytes, size_t n);
/* Syncs the new content and renames it into place; on failure the old file stays. */
int file_out_commit(struct file_out *o, struct charnn_error *e);
/* Removes the temporary file and leaves the old one.  Harmless after a commit. */
void file_out_abort(struct file_out *o);

/* Replaces a file by the content of a buffer, also atomically.  A failed buffer is an
 * error. */
int file_write(const char *path, const struct buf *text, struct charnn_error *e);

/* The folder that PATH lies in; allocated, NULL when out of memory. */
char *file_folder(const char *path);

/* PATH with a final ".bin" replaced by `suffix` (".last.bin", ".jsonl"); without one,
 * `suffix` is appended.  Allocated; NULL when out of memory. */
char *file_sibling(const char *path, const char *suffix);

#endif
