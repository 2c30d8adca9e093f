/*
 * line_stream.h - a text from a pipe, as ids, while it comes.
 *
 * It has the characters and line ends that corpus_read_parts finds in the whole text, in
 * order.  Only the verdict on the bytes comes later: what is not valid UTF-8 is repaired at
 * once, and at the end of the text it is an error if it was too much.
 */
#ifndef CHARNN_TEXT_LINE_STREAM_H
#define CHARNN_TEXT_LINE_STREAM_H

#include "text/corpus.h"
#include "text/reader.h"

struct line_stream {
    struct corpus corpus; /* all of the text so far, as wide ids */
    size_t room;          /* ids that corpus.wide has memory for */
    int damaged;          /* CHARNN_DAMAGED_* */
    size_t read;          /* bytes that were encoded */
    struct source source;
    struct reader reader;
    struct vocab_unknown unknown;
    struct damage damage;
    struct buf sample; /* for encoding_advise */
};

/* Opens a file, or standard input if the path is "-", to read it with the vocabulary of the
 * options; of these, `unknown`, `compose`, `documents` and `damaged` count.  After a
 * failure, line_stream_close is harmless. */
int line_stream_open(struct line_stream *s, const char *path,
                     const struct corpus_options *options, struct charnn_error *e);

/* Waits for more of the text and appends it, up to what can be read without waiting again.
 * Returns 1, or 0 at the end of the text, or -1: the text is not what it should be. */
int line_stream_next(struct line_stream *s, struct charnn_error *e);

void line_stream_close(struct line_stream *s);

#endif
