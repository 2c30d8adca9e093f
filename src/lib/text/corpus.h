/*
 * corpus.h - text files, folders of them, or pipes, kept as ids (1 or 2 bytes a character).
 *
 * A folder stands for the text files below it (base/folder.h); binary files, which have a
 * zero byte near the beginning or whose first bytes are not of a text (text/signature.h),
 * are left out.
 *
 * Byte offsets in messages count from 0, as in `grep -b`.
 */
#ifndef CHARNN_TEXT_CORPUS_H
#define CHARNN_TEXT_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/vocab.h"

/* Callbacks that report the progress of reading; any function may be NULL. */
struct corpus_watch {
    void (*skipped)(void *arg, const char *note); /* receives a sentence about binary files
                                                   * that were skipped */
    /* Receives the bytes read so far, and in total, over all passes; total 0: not known. */
    void (*progress)(void *arg, size_t done, size_t total);
    void *arg;
};

/* How a text becomes symbols; {0} is the default. */
struct corpus_options {
    const struct vocab *vocab;       /* borrowed; NULL: make a new one from the text */
    int unknown;                     /* CHARNN_UNKNOWN_*, where vocab is not NULL */
    int unit;                        /* CHARNN_UNIT_* */
    int64_t min_count;               /* rarer symbols are read as U+FFFD */
    bool compose;                    /* compose decomposed Hangul first (text/hangul.h) */
    struct documents_rule documents; /* how texts are divided */
    int damaged;                     /* CHARNN_DAMAGED_*: see text/damage.h */
    bool in_order;                   /* do not shuffle the documents; needs a vocab */
    bool lines; /* find where lines end; not for documents that are shuffled */
    const struct corpus_watch *watch; /* borrowed; may be NULL */
};

struct corpus {
    struct vocab vocab;
    size_t n;        /* characters */
    size_t longest;  /* longest document (text/documents.h); 0: no documents */
    uint8_t *narrow; /* [n] when V <= 256, else NULL */
    uint16_t *wide;  /* [n] otherwise */
    int64_t folded; /* number of characters read as U+FFFD: rare characters (min_count), and
                      * those that an existing vocabulary does not have */
    struct charnn_unknown
        unknown; /* the characters counted in `folded`, and those that were left
                                    * out */
    /* [n_lines] How many characters come before the end of each line of the text, if the options
     * ask for it.  A separator belongs to the line that shows that the document has ended, which
     * may be the blank line after it.  If only the end of the file shows this, the separator
     * belongs to no line, unless the file ends within a line. */
    size_t *line_ends;
    size_t n_lines;
    uint64_t fingerprint; /* hash of the bytes read, to recognise the corpus later */
    size_t files, bytes;  /* files and bytes that were read; skipped files do not count */
    size_t skipped;       /* binary files in folders */
    size_t peak;          /* peak memory of reading, in bytes */
    char note[700];       /* what the user should know, or "": auto fell back to bytes,
                           * damage was repaired, a BOM was dropped, CRLF line ends,
                           * decomposed letters */
};

/* Reads the files in order, as one text ("-" is standard input; a folder stands for the
 * text files below it; a folder that has none is an error).  CHARNN_UNIT_AUTO means
 * characters if every file is UTF-8, else bytes, with a note that says where the first bad
 * byte is, which encoding or format it may be (text/survey.h), and what to do.
 * CHARNN_UNIT_CHAR with a file that is not UTF-8 is an error that says the same.  A file
 * that is not a text in any encoding is an error, except with CHARNN_UNIT_BYTE.  UTF-8 with
 * damage is repaired as `damaged` says; CHARNN_DAMAGED_AUTO allows one damaged byte in a
 * thousand; more is an error.  With bytes, min_count > 1 is an error (a usage error if bytes
 * were requested).  With characters, byte order marks are dropped, also inside a text, if
 * the vocabulary does not know them.  Empty text is an error; so are more than VOCAB_MAX
 * symbols.  Later texts that are read with this vocabulary are composed and separated in
 * the same way.  After a failure *c is empty and corpus_release is harmless. */
int corpus_read(struct corpus *c, const char *const *paths, size_t n_paths,
                const struct corpus_options *options, struct charnn_error *e);

/* A file, or text in memory, which messages call `name`. */
struct corpus_part {
    const char *name;
    const unsigned char *text; /* [len], borrowed for the call; NULL: read the file */
    size_t len;
};

/* Like corpus_read, for parts. */
int corpus_read_parts(struct corpus *c, const struct corpus_part *parts, size_t n,
                      const struct corpus_options *options, struct charnn_error *e);

/* Reads a part with an existing vocabulary (fine-tuning, a validation file, evaluation);
 * c->vocab becomes a copy of it.  `unknown` is a CHARNN_UNKNOWN_*; if all characters are
 * left out, that is an error. */
int corpus_read_part(struct corpus *c, struct corpus_part part, const struct vocab *v,
                     int unknown, struct charnn_error *e);

/* The options for a text that is read with an existing vocabulary.  Unknown characters are
 * read as U+FFFD, so rare characters that min_count replaced in training are replaced again. */
struct corpus_options corpus_options_of(const struct vocab *v);

/* Leaves out of ids[n], which come after those of c, the separators of empty documents;
 * returns how many are left. */
size_t corpus_drop_empty(const struct corpus *c, uint16_t *ids, size_t n);

void corpus_release(struct corpus *c);

/* Adds the end of a line after the characters so far; false when out of memory. */
bool corpus_end_line(struct corpus *c);

/* The number of the first line that ends after at least n characters: that of character n - 1
 * or, if there is none, n_lines. */
size_t corpus_line_of(const struct corpus *c, size_t n);

static inline int corpus_at(const struct corpus *c, size_t i)
{
    return c->narrow ? c->narrow[i] : c->wide[i];
}

#endif
