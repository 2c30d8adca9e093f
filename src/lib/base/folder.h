/* folder.h - the files below a folder. */
#ifndef CHARNN_BASE_FOLDER_H
#define CHARNN_BASE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A list of files, which owns their names; {0} is an empty list. */
struct folder_files {
    char **name; /* [n] paths that begin with the folder's */
    size_t n;
};

bool folder_exists(const char *path);

/* Appends the regular files below a folder, at any depth, sorted by the bytes of their
 * paths.  Leaves out symbolic links and names that begin with a dot, but the folder itself
 * may be either.  If a folder cannot be read, the error names it. */
int folder_list(struct folder_files *f, const char *path, struct charnn_error *e);
void folder_release(struct folder_files *f);

/* Whether `path` names a file below the folder; the file need not exist. */
bool folder_holds(const char *folder, const char *path);

/* Whether a file below the folder is the same file as `path`, perhaps under another name:
 * 1, 0, or -1 with an error. */
int folder_links(const char *folder, const char *path, struct charnn_error *e);

#endif
