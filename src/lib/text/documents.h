/*
 * documents.h - a corpus of many independent texts: names, poems, molecules, files.
 *
 * Each text is between two separators.  They are newlines if every line is a text;
 * otherwise U+001E (the record separator of ASCII), which replaces blank lines or the
 * STRING that ends a text, is put before the STRING that begins one, or marks the end of a
 * file.  The corpus is then one sequence
 *
 *     separator, text, separator, text, ..., separator
 *
 * without empty texts.  The texts are shuffled once, so that the held-out texts at the end are
 * like the training texts.  A model reads each text from zero state, beginning with the
 * separator before the text, and must predict the separator that ends the text.
 */
#ifndef CHARNN_TEXT_DOCUMENTS_H
#define CHARNN_TEXT_DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    DOCUMENTS_NONE,
    DOCUMENTS_LINE,
    DOCUMENTS_BLANK,
    DOCUMENTS_FILE,
    DOCUMENTS_END,   /* a text ends with the border, which is dropped */
    DOCUMENTS_START, /* a text begins with the border, which is kept */
};

/* How a text is divided; {0}: not at all. */
struct documents_rule {
    int kind;         /* DOCUMENTS_* */
    char border[201]; /* the STRING of _END or _START, UTF-8; otherwise "" */
};

/* Reads a rule from text like "line" or "end:STRING"; NULL is "none".  If the text is not a
 * rule, returns -1 with a usage error. */
int documents_parse(struct documents_rule *rule, const char *text, struct charnn_error *e);

/* Like documents_parse, for a text that is known to be valid. */
struct documents_rule documents_rule_of(const char *text);

bool documents_same(const struct documents_rule *a, const struct documents_rule *b);

/* The symbol that separates documents of a kind: DOCUMENTS_*, but not _NONE. */
uint32_t documents_separator(int kind);

/* Puts separators into the bytes of one file, which comes in portions: one at the end of
 * the file, and one for each run of blank lines (DOCUMENTS_BLANK) or each border.  Removes
 * blank lines (DOCUMENTS_LINE), or the border and the line ends right after it
 * (DOCUMENTS_END).  Use: initialise with { .rule, .name }, add all portions, end,
 * release. */
struct documents_marker {
    const struct documents_rule *rule; /* borrowed; not of kind _NONE */
    const char *name;                  /* of the file, for messages; borrowed */
    size_t at;                         /* bytes added so far */
    bool in_line;                      /* in a line that is not blank */
    char end;          /* the byte that ends the last line that is not blank, if it is not
                        * written yet; else 0 */
    struct buf blanks; /* the blanks at the beginning of a line, which may turn out to be a
                        * blank line */
    struct buf tail;   /* bytes that may be the beginning of a border */
    bool after_border; /* only line ends have come after a border, and are dropped */
    bool some;         /* a line that is not blank was added */
};

/* documents_add appends a portion of a file to *out; documents_end appends what the end of the
 * file requires.  It is an error
 * if the text already contains U+001E, unless each line is a document. */
int documents_add(struct documents_marker *m, const unsigned char *text, size_t n,
                  struct buf *out, struct charnn_error *e);
void documents_end(struct documents_marker *m, struct buf *out);
void documents_release(struct documents_marker *m);

/* Does all this for a whole file, and appends it to *out. */
int documents_mark(const struct documents_rule *rule, const char *name,
                   const unsigned char *text, size_t n, struct buf *out,
                   struct charnn_error *e);

/* Rearranges the ids of such a corpus into the sequence described above, and sets c->longest
 * to the length of the longest text plus its separator.  Meanwhile there are two copies of
 * the ids; c->peak includes them.  It is an error if there is no text at all. */
struct corpus;
int documents_shuffle(struct corpus *c, int separator, struct charnn_error *e);

/* Fills the error that there is no text at all; returns -1. */
int documents_refuse_empty(struct charnn_error *e);

#endif
