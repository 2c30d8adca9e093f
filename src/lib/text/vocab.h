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

#include "charnn.h"
#include "base/err.h"
#include "text/documents.h"

enum { VOCAB_MAX = 65535 };
enum vocab_unit { VOCAB_CHAR, VOCAB_BYTE };

struct vocab {
    enum vocab_unit unit;
    bool compose;                    /* compose text first (text/hangul.h) */
    struct documents_rule documents; /* how text is divided first */
    int damaged;      /* CHARNN_DAMAGED_*: what damaged UTF-8 becomes (text/damage.h) */
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

/* The policy for unknown characters, and how many there were. */
struct vocab_unknown {
    int policy; /* CHARNN_UNKNOWN_*; _REPLACE without U+FFFD is as _ERROR */
    struct charnn_unknown n;
    size_t lost; /* how many more symbols the text had than ids were made */
};

/* The id that is used for a symbol, VOCAB_LEFT_OUT, or VOCAB_REFUSED. */
enum { VOCAB_LEFT_OUT = -1, VOCAB_REFUSED = -2 };
int vocab_read_as(const struct vocab *v, int policy, uint32_t symbol);

/* Counts an unknown symbol that was read as `id`. */
void vocab_count_unknown(const struct vocab *v, struct vocab_unknown *u, int id);

/* Id of the symbol that separates documents, -1 when there are no documents. */
int vocab_separator(const struct vocab *v);

/* Id of U+FFFD in a character vocabulary, -1 when it has none. */
int vocab_replacement(const struct vocab *v);

/* Encodes text from byte *at on until `max` ids are made (of a byte model that replaces or
 * leaves out whole characters, up to three fewer) or the text ends; moves *at, counts in *u,
 * and returns how many ids were made.  If *at neither moved nor is at the end, the symbol
 * there is refused or invalid: vocab_fault fills the error that names it and its place in
 * the text `what`, and returns -1.  For vocab_fault_after, `before` bytes of the text come
 * before these.
 *
 * A byte model knows a character when it knows all its bytes; bytes that are not UTF-8 are
 * characters of their own. */
size_t vocab_encode(const struct vocab *v, const unsigned char *text, size_t len,
                    size_t *at, uint16_t *ids, size_t max, struct vocab_unknown *u);
int vocab_fault(const struct vocab *v, const char *what, const unsigned char *text,
                size_t len, size_t at, struct charnn_error *e);
int vocab_fault_after(const struct vocab *v, const char *what, size_t before,
                      const unsigned char *text, size_t len, size_t at,
                      struct charnn_error *e);

/* The bytes of one symbol; returns how many (1..4). */
int vocab_decode(const struct vocab *v, int id, char out[4]);

#endif
