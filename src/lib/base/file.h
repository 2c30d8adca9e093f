/*
 * file.h - reads whole files, and replaces files atomically.
 *
 * To replace a file, its new content is written to a temporary file beside it (PATH, a dot,
 * 8 hex digits and .tmp), synced and renamed; then the folder is synced.  If the process is
 * killed, at most the temporary file is left.  If the disk is full, the temporary file is
 * removed and the old file is unchanged.
 */
#ifndef CHARNN_BASE_FILE_H
#define CHARNN_BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends all of PATH ("-" is standard input; pipes work) to *b.  A directory and a file that
 * cannot be read are errors, which name the path. */
int file_read(const char *path, struct buf *b, struct charnn_error *e);

/* Like file_read, for an open descriptor; `name` is for messages. */
int file_read_fd(int fd, const char *name, struct buf *b, struct charnn_error *e);

/* Appends the first n bytes of PATH to *b, or fewer if the file is shorter. */
int file_head(const char *path, size_t n, struct buf *b, struct charnn_error *e);

/* Reads PATH ("-" is standard input), which need not fit in memory, and calls fn for each
 * piece. */
typedef void file_piece_fn(void *arg, const unsigned char *piece, size_t n);
int file_pieces(const char *path, file_piece_fn *fn, void *arg, struct charnn_error *e);

bool file_exists(const char *path);

/* The size of a regular file in bytes; -1 if PATH is not one. */
int64_t file_size(const char *path);

/* Whether PATH exists and is neither a file nor a folder, but a device, a pipe or a socket.
 * Opening or reading such a file may block forever. */
bool file_is_special(const char *path);

/* Whether PATH is a device such as /dev/zero, which may have no end. */
bool file_is_device(const char *path);

/* Whether a name ends in the suffix and has something before it. */
bool file_has_suffix(const char *path, const char *suffix);

/* Fails if the folder of this path is missing or cannot be written to. */
int file_check_folder(const char *path, struct charnn_error *e);

/* Whether two names ("-" is standard input) are names of the same existing file. */
bool file_same(const char *a, const char *b);

/* Identifies a version of a file; differs once the file is replaced or written. */
struct file_version {
    unsigned long long device, inode; /* 0: there is no file */
    long long seconds, nanoseconds;   /* of the last change */
};
struct file_version file_version(const char *path);
bool file_version_equal(const struct file_version *a, const struct file_version *b);

/* If `name` is the name of a temporary file, which a killed process may leave, returns the
 * length of the name of the file that it was made to replace; otherwise 0. */
size_t file_temporary_of(const char *name);

/* A file that is being replaced.  Only regular files are replaced, never devices or pipes.
 * The new file keeps the permissions of the old one. */
struct file_out {
    FILE *f;          /* NULL when no replacement is in progress */
    char *path, *tmp; /* owned */
    int failed;       /* errno of the first write that failed, else 0 */
};

/* Creates the temporary file. */
int file_out_open(struct file_out *o, const char *path, struct charnn_error *e);
/* Appends n bytes.  file_out_commit reports the error if they cannot be written. */
void file_out_write(struct file_out *o, const void *bytes, size_t n);
/* Overwrites n bytes written earlier, at this offset; then only patches may follow. */
void file_out_patch(struct file_out *o, size_t offset, const void *bytes, size_t n);
/* Syncs the new content and renames it into place; on failure the old file is unchanged. */
int file_out_commit(struct file_out *o, struct charnn_error *e);
/* Removes the temporary file and keeps the old file.  Harmless after a commit. */
void file_out_abort(struct file_out *o);

/* Atomically replaces a file by the content of a buffer.  Fails if `text->failed`. */
int file_write(const char *path, const struct buf *text, struct charnn_error *e);

/* The last part of PATH, after its folders. */
const char *file_name(const char *path);

/* The folder of PATH; allocated, NULL when out of memory. */
char *file_folder(const char *path);

/* PATH with a final ".bin" replaced by `suffix` (".last.bin", ".jsonl"); if PATH does not
 * end in ".bin", `suffix` is appended.  Allocated; NULL when out of memory. */
char *file_sibling(const char *path, const char *suffix);

#endif
