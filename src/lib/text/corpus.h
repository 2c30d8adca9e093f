/*
 * corpus.h - text files or pipes, read once, as ids in memory (1 or 2 bytes a character).
 *
 * Byte offsets in messages count from 0, as in `grep -b`.
 */
#ifndef CHARNN_TEXT_CORPUS_H
#define CHARNN_TEXT_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/vocab.h"

/* Units, in the order of CHARNN_UNIT_*; to one may be added CORPUS_COMPOSE, and
 * CORPUS_DOCUMENTS times an enum documents. */
enum { CORPUS_AUTO, CORPUS_CHAR, CORPUS_BYTE, CORPUS_COMPOSE = 4, CORPUS_DOCUMENTS = 8 };

struct corpus {
    struct vocab vocab;
    size_t n;             /* characters */
    size_t longest;       /* of documents: see text/documents.h; else 0 */
    uint8_t *narrow;      /* [n] when V <= 256, else NULL */
    uint16_t *wide;       /* [n] otherwise */
    int64_t folded;       /* characters folded into U+FFFD by min_count */
    uint64_t fingerprint; /* of the bytes read, for recognising the same corpus again */
    char note[400];       /* what the user should know (auto fell back to bytes, a BOM was
                           * dropped, CRLF line ends, decomposed Hangul); sentences joined
                           * by "; "; else "" */
};

/* Reads the files in order, as one text ("-" is standard input).  unit CORPUS_AUTO takes
 * characters when all of it is valid UTF-8 (each file by itself), else bytes and says where
 * the first bad byte is and that `iconv -f CP949 -t UTF-8` is the likely remedy.
 * CORPUS_CHAR with invalid UTF-8 is an error with the file and byte offset.  Symbols seen
 * fewer than min_count times fold into U+FFFD; with bytes min_count > 1 is an error, of
 * usage where they were asked for.  A leading BOM of each file is dropped in character
 * mode.  Empty text is an error.  More than VOCAB_MAX symbols is an error that names
 * --min-count and --unit byte.  CORPUS_COMPOSE composes decomposed Hangul first, here and
 * in whatever is read with this vocabulary later; CORPUS_DOCUMENTS likewise separates and
 * arranges documents.  After a failure *c is empty and
 * corpus_release harmless. */
int corpus_read(struct corpus *c, const char *const *paths, size_t n_paths, int unit,
                int64_t min_count, struct charnn_error *e);

/* Reads the files with a vocabulary that exists (fine-tuning, resuming, a validation file,
 * evaluation): c->vocab becomes a copy of it.  Unknown characters as vocab_encode says;
 * c->folded counts them. */
int corpus_read_with(struct corpus *c, const char *const *paths, size_t n_paths,
                     const struct vocab *v, struct charnn_error *e);

/* A file in memory; `name` stands for it in messages. */
struct corpus_part {
    const char *name;
    const unsigned char *text; /* [len], borrowed for the call */
    size_t len;
};

/* The two functions above on text that is in memory already. */
int corpus_parse(struct corpus *c, const struct corpus_part *parts, size_t n_parts,
                 int unit, int64_t min_count, struct charnn_error *e);
int corpus_parse_with(struct corpus *c, const struct corpus_part *parts, size_t n_parts,
                      const struct vocab *v, struct charnn_error *e);

void corpus_release(struct corpus *c);

static inline int corpus_at(const struct corpus *c, size_t i)
{
    return c->narrow ? c->narrow[i] : c->wide[i];
}

#endif
