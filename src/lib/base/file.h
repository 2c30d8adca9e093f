/*
 * file.h - reads whole files, and replaces files atomically.
 *
 * To replace a file, its new content is written to a temporary file beside it (PATH, a
 * dot, 8 hex digits and .tmp), synced and renamed; then the folder is synced.  A kill
 * leaves at most the temporary file; after a full disk that is removed and the old file
 * is unchanged.
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

/* The same from an open descriptor; NAME is for messages. */
int file_read_fd(int fd, const char *name, struct buf *b, struct charnn_error *e);

/* Appends the first n bytes of PATH, or as many as it has. */
int file_head(const char *path, size_t n, struct buf *b, struct charnn_error *e);

/* Reads PATH ("-" is standard input) piece by piece, so that it need not fit in memory. */
typedef void file_piece_fn(void *arg, const unsigned char *piece, size_t n);
int file_pieces(const char *path, file_piece_fn *fn, void *arg, struct charnn_error *e);

bool file_exists(const char *path);

/* The size of a regular file in bytes; -1 if PATH is not one. */
int64_t file_size(const char *path);

/* Whether PATH exists and is neither a file nor a folder: a device, a pipe, a socket.
 * Opening or reading it may never end. */
bool file_is_special(const char *path);

/* Whether a name ends in ".suffix" and has something before it. */
bool file_has_suffix(const char *path, const char *suffix);

/* Fails if a file cannot be written there because its folder is missing or read-only. */
int file_check_folder(const char *path, struct charnn_error *e);

/* Whether two names ("-" is standard input) are names of the same existing file. */
bool file_same(const char *a, const char *b);

/* Identifies the version of a file: differs after the file was replaced or written. */
struct file_version {
    unsigned long long device, inode; /* 0: there is no file */
    long long seconds, nanoseconds;   /* of the last change */
};
struct file_version file_version(const char *path);
bool file_version_equal(const struct file_version *a, const struct file_version *b);

/* If `name` is that of a temporary file, such as a killed process leaves: the length of the name
 * of the file that it was to replace.  Else 0. */
size_t file_temporary_of(const char *name);

/* A file that is being replaced.  Only a regular file is ever replaced (never a device or a
 * pipe), and the new file keeps the permissions of the old one. */
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
/* Syncs the new content and renames it into place; on failure the old file is unchanged. */
int file_out_commit(struct file_out *o, struct charnn_error *e);
/* Removes the temporary file and keeps the old one.  Harmless after a commit. */
void file_out_abort(struct file_out *o);

/* Replaces a file by the content of a buffer, also atomically.  A failed buffer is an
 * error. */
int file_write(const char *path, const struct buf *text, struct charnn_error *e);

/* The part of PATH after its folders. */
const char *file_name(const char *path);

/* The folder that PATH lies in; allocated, NULL when out of memory. */
char *file_folder(const char *path);

/* PATH with a final ".bin" replaced by `suffix` (".last.bin", ".jsonl"); to another name
 * `suffix` is appended.  Allocated; NULL when out of memory. */
char *file_sibling(const char *path, const char *suffix);

#endif
