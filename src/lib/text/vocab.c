/*
 * vocab.c - converts symbols to ids and back.
 *
 * An id is the rank of a symbol in the ascending list of symbols.  So the list, which a
 * checkpoint stores, defines the ids.  Symbols are looked up in one flat table, which takes
 * 2.1 MiB for code points, but a lookup is a single load.  Invariant: id_of[symbol[i]] == i;
 * all other entries are VOCAB_MAX.
 */
#include "text/vocab.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/confusables.h"

static size_t table_size(enum vocab_unit unit)
{
    return unit == VOCAB_BYTE ? 256 : (size_t)UTF8_LAST + 1;
}

static bool is_symbol(enum vocab_unit unit, uint32_t symbol)
{
    bool surrogate = symbol >= 0xD800 && symbol <= 0xDFFF;
    return symbol < table_size(unit) && !surrogate;
}

static int check_symbols(enum vocab_unit unit, const uint32_t *symbol, const int64_t *count,
                         size_t n, struct charnn_error *e)
{
    if (n == 0)
        return err_set(e, "the vocabulary is empty");
    if (n > VOCAB_MAX)
        return err_set(e, "the vocabulary has %zu symbols, more than %d", n, VOCAB_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!is_symbol(unit, symbol[i]))
            return err_set(e, "vocabulary: symbol %zu is %lu, which is not a %s", i,
                           (unsigned long)symbol[i],
                           unit == VOCAB_BYTE ? "byte" : "character");
        if (i > 0 && symbol[i] <= symbol[i - 1])
            return err_set(e, "vocabulary: symbol %zu is not above the one before", i);
        if (count[i] < 0)
            return err_set(e, "vocabulary: symbol %zu occurred %lld times", i,
                           (long long)count[i]);
    }
    return 0;
}

int vocab_init(struct vocab *v, enum vocab_unit unit, const uint32_t *symbol,
               const int64_t *count, size_t n, struct charnn_error *e)
{
    *v = (struct vocab){ .unit = unit };
    if (check_symbols(unit, symbol, count, n, e) != 0)
        return -1;

    size_t table = table_size(unit) * sizeof *v->id_of;
    v->symbol = malloc(n * sizeof *symbol); /* n <= VOCAB_MAX, so no product overflows */
    v->count = malloc(n * sizeof *count);
    v->id_of = malloc(table);
    if (!v->symbol || !v->count || !v->id_of) {
        vocab_release(v);
        return err_set(e, "out of memory for a vocabulary of %zu symbols", n);
    }
    v->size = n;
    memcpy(v->symbol, symbol, n * sizeof *symbol);
    memcpy(v->count, count, n * sizeof *count);
    memset(v->id_of, 0xFF, table); /* every id is VOCAB_MAX, which is 0xFFFF */
    for (size_t i = 0; i < n; i++)
        v->id_of[symbol[i]] = (uint16_t)i;
    return 0;
}

void vocab_release(struct vocab *v)
{
    free(v->symbol);
    free(v->count);
    free(v->id_of);
    *v = (struct vocab){ .unit = v->unit };
}

int vocab_known(const struct vocab *v, uint32_t symbol)
{
    return symbol < table_size(v->unit) && v->id_of[symbol] != VOCAB_MAX ? v->id_of[symbol]
                                                                         : -1;
}

int vocab_separator(const struct vocab *v)
{
    return v->documents.kind ? vocab_known(v, documents_separator(v->documents.kind)) : -1;
}

int vocab_replacement(const struct vocab *v)
{
    return vocab_known(v, UTF8_REPLACEMENT);
}

int vocab_id(const struct vocab *v, uint32_t symbol)
{
    const int id = vocab_known(v, symbol);
    return id >= 0 ? id : vocab_replacement(v);
}

/* ------------------------------------------------------------------ unknown characters */

/* The id of the most similar known character; if there is none, of U+FFFD.  A combining
 * accent, and any other character if U+FFFD is unknown, is left out. */
static int read_as_nearest(const struct vocab *v, uint32_t c)
{
    uint32_t near[CONFUSABLES_MAX];
    const size_t n = confusables_of(c, near);
    for (size_t i = 0; i < n; i++)
        if (vocab_known(v, near[i]) >= 0)
            return vocab_known(v, near[i]);
    return confusables_is_accent(c) ? VOCAB_LEFT_OUT : vocab_replacement(v);
}

_Static_assert(VOCAB_LEFT_OUT == -1, "what vocab_replacement returns without U+FFFD");

int vocab_read_as(const struct vocab *v, int policy, uint32_t symbol)
{
    const int id = vocab_known(v, symbol), replacement = vocab_replacement(v);
    if (id >= 0)
        return id;
    if (policy == CHARNN_UNKNOWN_AUTO)
        return replacement;
    if (policy == CHARNN_UNKNOWN_REPLACE)
        return replacement >= 0 ? replacement : VOCAB_REFUSED;
    if (policy == CHARNN_UNKNOWN_NEAREST)
        return v->unit == VOCAB_CHAR ? read_as_nearest(v, symbol) : VOCAB_LEFT_OUT;
    return policy == CHARNN_UNKNOWN_SKIP ? VOCAB_LEFT_OUT : VOCAB_REFUSED;
}

void vocab_count_unknown(const struct vocab *v, struct vocab_unknown *u, int id)
{
    u->n.met++;
    u->n.left_out += id < 0;
    u->n.folded += id >= 0 && id == vocab_replacement(v);
    u->lost += id < 0;
}

/* Encodes n bytes as n ids; returns n, or 0 if the model does not know all bytes. */
static int encode_known_bytes(const struct vocab *v, const unsigned char *bytes, int n,
                              uint16_t *ids)
{
    for (int i = 0; i < n; i++) {
        ids[i] = v->id_of[bytes[i]];
        if (ids[i] == VOCAB_MAX)
            return 0;
    }
    return n;
}

/* Encodes the bytes of the most similar character whose bytes are all known; returns the
 * number of ids, or 0 if there is no such character. */
static int encode_nearest_bytes(const struct vocab *v, uint32_t c, uint16_t *ids)
{
    uint32_t near[CONFUSABLES_MAX];
    const size_t n = confusables_of(c, near);
    int made = 0;
    for (size_t i = 0; i < n && made == 0; i++) {
        char bytes[UTF8_MAX];
        const int length = utf8_encode(near[i], bytes);
        made = encode_known_bytes(v, (const unsigned char *)bytes, length, ids);
    }
    return made;
}

/* For a byte model: encodes whole characters, so that no character is left out in part. */
static size_t encode_whole_characters(const struct vocab *v, const unsigned char *text,
                                      size_t len, size_t *at, uint16_t *ids, size_t max,
                                      struct vocab_unknown *u)
{
    size_t n = 0;
    while (*at < len && n < max) {
        uint16_t one[UTF8_MAX];
        uint32_t c = text[*at];
        const int valid = c < 0x80 ? 1 : utf8_decode(text + *at, len - *at, &c);
        const int length = valid ? valid : 1;
        int made = encode_known_bytes(v, text + *at, length, one);
        const bool known = made > 0;
        if (!known && valid && u->policy == CHARNN_UNKNOWN_NEAREST)
            made = encode_nearest_bytes(v, c, one);
        if (n + (size_t)made > max)
            break;
        if (!known) {
            u->n.met++;
            u->n.left_out += made == 0;
            u->lost += (size_t)(length - made);
        }
        memcpy(ids + n, one, (size_t)made * sizeof *ids);
        n += (size_t)made;
        *at += (size_t)length;
    }
    return n;
}

size_t vocab_encode(const struct vocab *v, const unsigned char *text, size_t len,
                    size_t *at, uint16_t *ids, size_t max, struct vocab_unknown *u)
{
    const bool refuses =
        u->policy == CHARNN_UNKNOWN_ERROR || u->policy == CHARNN_UNKNOWN_REPLACE;
    if (v->unit == VOCAB_BYTE && !refuses)
        return encode_whole_characters(v, text, len, at, ids, max, u);
    size_t i = *at, n = 0;
    while (i < len && n < max) {
        uint32_t symbol = text[i];
        int length = 1;
        if (symbol >= 0x80 && v->unit == VOCAB_CHAR)
            length = utf8_decode(text + i, len - i, &symbol);
        if (length == 0)
            break;
        int id = v->id_of[symbol];
        if (id == VOCAB_MAX) {
            id = vocab_read_as(v, u->policy, symbol);
            if (id == VOCAB_REFUSED)
                break;
            vocab_count_unknown(v, u, id);
        }
        if (id >= 0)
            ids[n++] = (uint16_t)id;
        i += (size_t)length;
    }
    *at = i;
    return n;
}

int vocab_fault_after(const struct vocab *v, const char *what, size_t before,
                      const unsigned char *text, size_t len, size_t at,
                      struct charnn_error *e)
{
    assert(at < len);
    uint32_t symbol;
    char name[32];
    const size_t place = before + at;
    if (v->unit == VOCAB_BYTE)
        return err_set(e, "%s: byte %zu is 0x%02X, which the model does not know", what,
                       place, text[at]);
    if (utf8_decode(text + at, len - at, &symbol) == 0)
        return err_set(e, "%s: byte %zu is not valid UTF-8", what, place);
    return err_set(e, "%s: byte %zu: the model does not know the character %s", what, place,
                   utf8_name(symbol, name));
}

int vocab_fault(const struct vocab *v, const char *what, const unsigned char *text,
                size_t len, size_t at, struct charnn_error *e)
{
    return vocab_fault_after(v, what, 0, text, len, at, e);
}

int vocab_decode(const struct vocab *v, int id, char out[4])
{
    assert(id >= 0 && (size_t)id < v->size);
    if (v->unit == VOCAB_CHAR)
        return utf8_encode(v->symbol[id], out);
    out[0] = (char)(unsigned char)v->symbol[id];
    return 1;
}
