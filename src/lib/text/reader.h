/*
 * reader.h - reads texts in pieces, as training needs them: repaired (text/damage.h), divided
 * into documents (text/documents.h) and composed (text/hangul.h).  A text can be read more than
 * once.
 *
 * A regular file is read anew each time; a source that can be read only once, such as a
 * pipe, is kept in memory.
 */
#ifndef CHARNN_TEXT_READER_H
#define CHARNN_TEXT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/damage.h"
#include "text/documents.h"

/* One text.  Set its name, and path or text. */
struct source {
    const char *name;          /* for messages; borrowed, like path */
    const char *path;          /* "-" is standard input */
    const unsigned char *text; /* [len] the text in memory, borrowed; NULL: read the file */
    size_t len;
    bool compose; /* whether to compose Hangul; only if the text is valid UTF-8 */
    struct repair repair;
    off_t start;     /* where standard input began, if it is a file; else 0 */
    bool is_started; /* `start` has been found */
    struct buf kept; /* all that was read from a pipe */
};

void reader_release_source(struct source *s);

/* Called now and then with the number of bytes read from files so far, over all passes. */
typedef void reader_watch_fn(void *arg, size_t done);

struct reader {
    struct documents_rule documents; /* of all texts */
    bool keeps_blank_lines;          /* as in struct documents_marker */
    bool last;              /* this is the last pass: bytes kept of a pipe may be freed */
    reader_watch_fn *watch; /* may be NULL */
    void *arg;

    const unsigned char *piece; /* [n] the current piece */
    size_t n;

    struct source *source; /* used only by reader.c */
    int fd;
    size_t at, done; /* bytes read of this source, and of all sources */
    size_t repaired; /* bytes of this source that the repair has read */
    bool ended;
    struct documents_marker marker;
    struct buf torn, raw; /* bytes that are not yet repaired; bytes that are not yet divided
                           * into documents */
    struct buf out;       /* the piece, followed by the bytes kept for the next one */
};

/* Begins a pass over a text.  Errors name the text. */
int reader_open(struct reader *r, struct source *s, struct charnn_error *e);

/* Reads the next piece: returns 1, or 0 at the end of the text, or -1.  A piece never ends
 * within a character, except at the end and where the bytes are not valid UTF-8. */
int reader_next(struct reader *r, struct charnn_error *e);

/* Ends a pass, which need not be complete; harmless when repeated. */
void reader_close(struct reader *r);
void reader_release(struct reader *r);

#endif
