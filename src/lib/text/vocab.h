/*
 * vocab.h - the symbols that a model knows, in ascending order, and how often each
 * occurred.
 *
 * A symbol is a code point (unit char) or a byte value (unit byte); its id is its rank.  At
 * most 65,535 symbols, so that an id fits in two bytes.
 */
#ifndef CHARNN_TEXT_VOCAB_H
#define CHARNN_TEXT_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { VOCAB_MAX = 65535 };
enum vocab_unit { VOCAB_CHAR, VOCAB_BYTE };

struct vocab {
    enum vocab_unit unit;
    bool compose;     /* compose text first (text/hangul.h) */
    int documents;    /* CHARNN_DOCUMENTS_*: how text is divided first */
    size_t size;      /* V */
    uint32_t *symbol; /* [V] ascending */
    int64_t *count;   /* [V] occurrences in the training corpus; for U+FFFD including the
                       * rare symbols read as it */
    uint16_t *id_of;  /* [0x110000] or [256]: the rank, or VOCAB_MAX if unknown */
};

/* Copies two parallel arrays; it is an error if they are empty, unsorted, out of range or
 * too large.  After a failure *v is zeroed, so vocab_release is harmless. */
int vocab_init(struct vocab *v, enum vocab_unit unit, const uint32_t *symbol,
               const int64_t *count, size_t n, struct charnn_error *e);
void vocab_release(struct vocab *v);

/* vocab_known: the id of a symbol, or -1.  vocab_id: the same, but for an unknown symbol
 * the id of U+FFFD, if a character vocabulary has it. */
int vocab_known(const struct vocab *v, uint32_t symbol);
int vocab_id(const struct vocab *v, uint32_t symbol);

/* Id of the symbol that separates documents, -1 when there are no documents. */
int vocab_separator(const struct vocab *v);

/* Id of U+FFFD in a character vocabulary, -1 when it has none. */
int vocab_replacement(const struct vocab *v);

/* Encodes text from byte *at on, until `max` ids are made or the text ends; moves *at,
 * returns how many ids were made, and adds to *folded the number of unknown symbols that
 * were read as U+FFFD. If it stops earlier, the symbol at *at is unknown or invalid:
 * vocab_fault then fills an error that names it and its place in the text `what`, and
 * returns -1. vocab_fault_after does so for a text that is preceded by `before` other
 * bytes. */
size_t vocab_encode(const struct vocab *v, const unsigned char *text, size_t len,
                    size_t *at, uint16_t *ids, size_t max, int64_t *folded);
int vocab_fault(const struct vocab *v, const char *what, const unsigned char *text,
                size_t len, size_t at, struct charnn_error *e);
int vocab_fault_after(const struct vocab *v, const char *what, size_t before,
                      const unsigned char *text, size_t len, size_t at,
                      struct charnn_error *e);

/* The bytes of one symbol; returns how many (1..4). */
int vocab_decode(const struct vocab *v, int id, char out[4]);

#endif
