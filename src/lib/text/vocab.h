/*
 * vocab.h - the symbols that a model knows, in ascending order, and how often each
 * occurred.
 *
 * A symbol is a code point (unit char) or a byte value (unit byte); its id is its rank.  There
 * are at most 65,535 symbols, so that an id fits in two bytes.
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
    int64_t *count;  /* [V] occurrences in the training corpus; the count of U+FFFD includes
                       * the rare symbols that are read as U+FFFD */
    uint16_t *id_of; /* [0x110000] or [256]: the rank, or VOCAB_MAX if unknown */
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
    int policy; /* CHARNN_UNKNOWN_*; _REPLACE acts as _ERROR if U+FFFD is unknown */
    struct charnn_unknown n;
    size_t lost; /* the number of symbols of the text minus the number of ids made */
};

/* The id that is used for a symbol, VOCAB_LEFT_OUT, or VOCAB_REFUSED. */
enum { VOCAB_LEFT_OUT = -1, VOCAB_REFUSED = -2 };
int vocab_read_as(const struct vocab *v, int policy, uint32_t symbol);

/* Counts an unknown symbol that was read as `id`. */
void vocab_count_unknown(const struct vocab *v, struct vocab_unknown *u, int id);

/* The id of the symbol that separates documents; -1 if there are no documents. */
int vocab_separator(const struct vocab *v);

/* The id of U+FFFD; -1 if the vocabulary does not have it, or has bytes. */
int vocab_replacement(const struct vocab *v);

/* vocab_encode encodes text from byte *at on, until `max` ids are made or the text ends.  (A
 * byte model that replaces or leaves out whole characters may stop up to three ids earlier.)
 * It moves *at, counts unknown characters in *u, and returns how many ids were made.  A byte
 * model knows a character if it knows all bytes of the character; a byte that is not UTF-8 is
 * a character by itself.
 *
 * If *at has not moved and is not at the end, the symbol at *at is refused or invalid.  For
 * this case vocab_fault returns -1 with an error that names the symbol and its place in the
 * text, which it calls `what`.  vocab_fault_after does the same if `before` bytes of the text
 * come before `text`. */
size_t vocab_encode(const struct vocab *v, const unsigned char *text, size_t len,
                    size_t *at, uint16_t *ids, size_t max, struct vocab_unknown *u);
int vocab_fault(const struct vocab *v, const char *what, const unsigned char *text,
                size_t len, size_t at, struct charnn_error *e);
int vocab_fault_after(const struct vocab *v, const char *what, size_t before,
                      const unsigned char *text, size_t len, size_t at,
                      struct charnn_error *e);

/* Writes the bytes of one symbol; returns how many (1..4). */
int vocab_decode(const struct vocab *v, int id, char out[4]);

#endif
