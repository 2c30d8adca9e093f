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
    bool by_line; /* each piece ends where a line of the source does, or before */
    bool once;    /* a pipe is read as its text comes, and not kept */
    bool last;    /* this is the last pass: memory may be freed once it is read */
    struct damage
        *damage; /* borrowed; NULL or where to count the damage that is repaired */
    reader_watch_fn *watch; /* may be NULL */
    void *arg;

    const unsigned char *piece; /* [n] the current piece */
    size_t n;
    bool
        line_ended; /* by_line: the line from which the piece comes has been read to its end */

    struct source *source; /* used only by reader.c */
    int fd;
    size_t at, done; /* bytes read of this source, and of all sources */
    size_t repaired; /* bytes of this source that the repair has read */
    bool ended;
    struct buf ahead; /* by_line: bytes that have been read, used up to `ahead_at` */
    size_t ahead_at;
    bool in_line; /* by_line: the last byte used was not a newline */
    struct documents_marker marker;
    struct buf torn, raw; /* bytes that are not yet repaired; bytes that are not yet divided
                           * into documents */
    struct buf out;       /* the piece, followed by the bytes kept for the next one */
};

/* Begins a pass over a text.  Errors name the text. */
int reader_open(struct reader *r, struct source *s, struct charnn_error *e);

/* Reads the next piece: returns 1, or 0 at the end of the text, or -1.  A piece never ends
 * within a character, except at the end and where the bytes are not valid UTF-8.  With by_line it
 * may be empty, because nothing is left of its line or the line decides only how the one before
 * it ends. */
int reader_next(struct reader *r, struct charnn_error *e);

/* Ends a pass, which need not be complete; harmless when repeated. */
void reader_close(struct reader *r);

/* by_line: whether the next call of reader_next may have to wait for input. */
bool reader_is_dry(const struct reader *r);

void reader_release(struct reader *r);

#endif
