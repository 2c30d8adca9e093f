/*
 * sources.h - the texts that make up a corpus: files, standard input, texts in memory, and
 * all text files below folders.
 */
#ifndef CHARNN_TEXT_SOURCES_H
#define CHARNN_TEXT_SOURCES_H

#include "base/folder.h"
#include "text/reader.h"

/* Receives a sentence about the binary files that are left out. */
typedef void sources_skipped_fn(void *arg, const char *note);

struct sources {
    struct source *list; /* [n] */
    size_t n;
    size_t binary;               /* number of binary files below folders, which are left
                                  * out */
    struct folder_files found;   /* owns the names of files in folders */
    sources_skipped_fn *skipped; /* may be NULL */
    void *arg;
};

/* Appends one text, or all files below a folder in the order of their paths; the name and
 * the text are borrowed.  Binary files are left out: those with a zero byte near their
 * beginning, such as texts in UTF-16, and those whose first bytes are not of a text
 * (text/signature.h).  It is an error if a folder has no text. */
int sources_add(struct sources *s, const struct source *text, struct charnn_error *e);

/* Bytes of all texts in files; 0 if that is not known, because a source is a pipe. */
size_t sources_bytes(const struct sources *s);

/* Bytes of memory of the lists and of the names of files in folders. */
size_t sources_memory(const struct sources *s);

void sources_release(struct sources *s);

#endif
