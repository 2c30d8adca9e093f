/*
 * corpus.c - makes a vocabulary and ids from bytes, in two passes over memory.
 *
 * The files are read into one block, so that pipes work too.  The first pass (tally)
 * decides between characters and bytes, counts every symbol in one flat table and gives the
 * exact length; the second encodes.  Then the raw bytes are freed, so at most the text and
 * its ids are in memory.  Invariant: narrow or wide holds exactly n ids, all of them below
 * vocab.size.
 */
#include "text/corpus.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "charnn.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "text/documents.h"
#include "text/hangul.h"

enum {
    BOM_BYTES = 3,    /* U+FEFF in UTF-8 */
    BLOCK = 4096,     /* ids encoded at a time, before they are made narrow */
    NAME_SHOWN = 120, /* bytes of a file name in a note, so that the rest has room */
    SYMBOLS = UTF8_LAST + 1,
};

/* The result of the first pass. */
struct tally {
    int64_t *count;                /* [SYMBOLS] occurrences; all zero from `limit` on */
    uint32_t limit;                /* no symbol is at or above it; keeps most of the table
                                      untouched */
    size_t n;                      /* symbols in all */
    size_t boms;                   /* parts that begin with a byte order mark */
    const struct corpus_part *bad; /* the first part that is not UTF-8, NULL if all are */
    size_t bad_at;                 /* offset in it */
};

/* ------------------------------------------------------------------- notes */

/* The last NAME_SHOWN bytes of a long path, cut between characters. */
static const char *shown_name(const char *name)
{
    size_t len = strlen(name);
    if (len <= NAME_SHOWN)
        return name;
    name += len - NAME_SHOWN;
    while (((unsigned char)*name & 0xC0) == 0x80)
        name++;
    return name;
}

/* What to do about a part that is not UTF-8. */
static const char *utf8_remedy(const struct corpus_part *part)
{
    const char *s = (const char *)part->text;
    if (part->len >= 2 && (!memcmp(s, "\xFF\xFE", 2) || !memcmp(s, "\xFE\xFF", 2)))
        return "it begins like UTF-16: iconv -f UTF-16 -t UTF-8 may be what it needs";
    return "if the text is Korean, iconv -f CP949 -t UTF-8 may be what it needs";
}

static void note_line_ends(struct corpus *c, const struct corpus_part *parts,
                           size_t n_parts)
{
    size_t lines = 0, crlf = 0;
    for (size_t i = 0; i < n_parts; i++) {
        const unsigned char *s = parts[i].text, *end = s + parts[i].len;
        for (const unsigned char *p = s; p < end; p++) {
            p = memchr(p, '\n', (size_t)(end - p));
            if (!p)
                break;
            lines++;
            crlf += p > s && p[-1] == '\r';
        }
    }
    if (crlf > 0 && crlf == lines)
        buf_note(c->note, sizeof c->note, "line ends are CRLF, kept as text");
    else if (crlf > 0)
        buf_note(c->note, sizeof c->note, "%zu of %zu line ends are CRLF, kept as text",
                 crlf, lines);
}

static void note_characters(struct corpus *c, const struct tally *t)
{
    if (t->boms == 1)
        buf_note(c->note, sizeof c->note, "a leading byte order mark was dropped");
    else if (t->boms > 1)
        buf_note(c->note, sizeof c->note, "%zu leading byte order marks were dropped",
                 t->boms);

    int64_t jamo = 0;
    for (uint32_t symbol = 0x1100; symbol <= 0x11FF; symbol++)
        jamo += t->count[symbol];
    if (jamo > 0)
        buf_note(c->note, sizeof c->note,
                 "the Hangul is decomposed (NFD): %lld conjoining jamo count as "
                 "characters; `compose` makes one of each syllable",
                 (long long)jamo);
}

/* --------------------------------------------------------- first pass: count */

static bool has_bom(const struct corpus_part *part)
{
    return part->len >= BOM_BYTES && memcmp(part->text, "\xEF\xBB\xBF", BOM_BYTES) == 0;
}

/* Where the characters of a part begin. */
static size_t text_start(const struct corpus_part *part, enum vocab_unit unit)
{
    return unit == VOCAB_CHAR && has_bom(part) ? BOM_BYTES : 0;
}

/* Counts the characters of one part; returns where they stop being valid, or its length. */
static size_t tally_part(struct tally *t, const struct corpus_part *part)
{
    const unsigned char *s = part->text;
    size_t i = text_start(part, VOCAB_CHAR);
    while (i < part->len) {
        uint32_t symbol = s[i];
        int length = symbol < 0x80 ? 1 : utf8_decode(s + i, part->len - i, &symbol);
        if (length == 0)
            break;
        if (symbol >= t->limit)
            t->limit = symbol + 1;
        t->count[symbol]++;
        t->n++;
        i += (size_t)length;
    }
    return i;
}

static void tally_chars(struct tally *t, const struct corpus_part *parts, size_t n_parts)
{
    for (size_t k = 0; k < n_parts && !t->bad; k++) {
        t->boms += has_bom(&parts[k]);
        t->bad_at = tally_part(t, &parts[k]);
        if (t->bad_at < parts[k].len)
            t->bad = &parts[k];
    }
}

static void tally_bytes(struct tally *t, const struct corpus_part *parts, size_t n_parts)
{
    memset(t->count, 0, t->limit * sizeof *t->count); /* it may hold counts of characters */
    t->n = 0;
    for (size_t k = 0; k < n_parts; k++) {
        for (size_t i = 0; i < parts[k].len; i++)
            t->count[parts[k].text[i]]++; /* limit is at least 256 */
        t->n += parts[k].len;
    }
}

static int refuse_utf8(const struct tally *t, const char *consequence,
                       struct charnn_error *e)
{
    return err_set(e, "%s: byte %zu is not valid UTF-8%s (%s)", shown_name(t->bad->name),
                   t->bad_at, consequence, utf8_remedy(t->bad));
}

/* Decides on the unit and counts the symbols in it. */
static int tally_text(struct corpus *c, struct tally *t, const struct corpus_part *parts,
                      size_t n_parts, const struct corpus_options *o,
                      struct charnn_error *e)
{
    if (o->unit == CHARNN_UNIT_BYTE && o->min_count > 1)
        return err_usage(e, "`min-count` folds rare characters: it needs `unit` char");
    if (o->unit != CHARNN_UNIT_BYTE)
        tally_chars(t, parts, n_parts);
    if (t->bad && o->unit == CHARNN_UNIT_CHAR)
        return refuse_utf8(t, "", e);
    if (t->bad && o->min_count > 1)
        return refuse_utf8(t, ", and `min-count` needs characters", e);
    if (t->bad)
        buf_note(c->note, sizeof c->note,
                 "%s: byte %zu is not valid UTF-8: reading bytes instead of characters "
                 "(%s)",
                 shown_name(t->bad->name), t->bad_at, utf8_remedy(t->bad));
    if (t->bad || o->unit == CHARNN_UNIT_BYTE) {
        c->vocab.unit = VOCAB_BYTE;
        tally_bytes(t, parts, n_parts);
    }
    return 0;
}

/* Moves the counts of rare symbols to U+FFFD, except for the separator of documents. */
static int fold_rare(struct tally *t, const struct corpus_options *o,
                     struct charnn_error *e)
{
    const int64_t needed = o->documents ? (int64_t)documents_separator(o->documents) : -1;
    int64_t folded = 0;
    size_t rare = 0, kept = 0;
    for (uint32_t symbol = 0; symbol < t->limit; symbol++) {
        int64_t count = t->count[symbol];
        if (count == 0 || symbol == UTF8_REPLACEMENT)
            continue;
        if (count >= o->min_count || symbol == needed) {
            kept++;
            continue;
        }
        folded += count;
        rare++;
        t->count[symbol] = 0;
    }
    if (rare > 0 && kept == 0)
        return err_set(e, "`min-count` %lld leaves nothing: all %zu symbols are rarer",
                       (long long)o->min_count, rare);
    t->count[UTF8_REPLACEMENT] += folded;
    if (folded > 0 && t->limit <= UTF8_REPLACEMENT)
        t->limit = UTF8_REPLACEMENT + 1;
    return 0;
}

static int collect_vocab(struct corpus *c, const struct tally *t, struct charnn_error *e)
{
    size_t size = 0;
    for (uint32_t symbol = 0; symbol < t->limit; symbol++)
        size += t->count[symbol] > 0;
    if (size > VOCAB_MAX)
        return err_set(e,
                       "the text has %zu different characters, more than %d: fold the rare "
                       "ones with `min-count`, or use `unit` byte",
                       size, VOCAB_MAX);

    uint32_t *symbols = malloc(size * sizeof *symbols); /* size <= VOCAB_MAX */
    int64_t *counts = malloc(size * sizeof *counts);
    int status = -1;
    if (!symbols || !counts) {
        err_set(e, "out of memory for a vocabulary of %zu symbols", size);
    } else {
        size_t id = 0;
        for (uint32_t symbol = 0; symbol < t->limit; symbol++) {
            if (t->count[symbol] == 0)
                continue;
            symbols[id] = symbol;
            counts[id++] = t->count[symbol];
        }
        status = vocab_init(&c->vocab, c->vocab.unit, symbols, counts, size, e);
    }
    free(symbols);
    free(counts);
    return status;
}

/* ------------------------------------------------------- second pass: encode */

static int reserve_ids(struct corpus *c, size_t n, struct charnn_error *e)
{
    size_t bytes;
    if (c->vocab.size <= 256)
        c->narrow = malloc(n);
    else if (size_mul(n, sizeof *c->wide, &bytes))
        c->wide = malloc(bytes);
    if (!c->narrow && !c->wide)
        return err_set(e, "out of memory for a text of %zu characters", n);
    return 0;
}

static size_t encode_block(struct corpus *c, const struct corpus_part *part, size_t *at)
{
    uint16_t ids[BLOCK];
    size_t n = vocab_encode(&c->vocab, part->text, part->len, at, ids, BLOCK, &c->folded);
    if (c->wide) {
        memcpy(c->wide + c->n, ids, n * sizeof *ids);
    } else {
        uint8_t *out = c->narrow + c->n;
        for (size_t i = 0; i < n; i++)
            out[i] = (uint8_t)ids[i];
    }
    c->n += n;
    return n;
}

/* n: the number of symbols that the tally counted, which is the number of ids. */
static int encode_parts(struct corpus *c, const struct corpus_part *parts, size_t n_parts,
                        size_t n, struct charnn_error *e)
{
    if (n == 0)
        return err_set(e, "%s is empty: there is no text to read",
                       n_parts == 1 ? shown_name(parts[0].name) : "the corpus");
    if (reserve_ids(c, n, e) != 0)
        return -1;
    for (size_t k = 0; k < n_parts; k++) {
        const struct corpus_part *part = &parts[k];
        size_t at = text_start(part, c->vocab.unit);
        while (at < part->len) {
            if (encode_block(c, part, &at) == 0)
                return vocab_fault(&c->vocab, part->name, part->text, part->len, at, e);
        }
    }
    assert(c->n == n);
    return 0;
}

static int finish_corpus(struct corpus *c, struct tally *t, const struct corpus_part *parts,
                         size_t n_parts, int status)
{
    if (status == 0) {
        c->fingerprint = HASH_BEGIN; /* of the lengths too */
        for (size_t k = 0; k < n_parts; k++)
            c->fingerprint = hash_bytes(c->fingerprint, parts[k].text, parts[k].len);
        if (c->vocab.unit == VOCAB_CHAR)
            note_characters(c, t);
        note_line_ends(c, parts, n_parts);
    } else {
        corpus_release(c);
    }
    free(t->count);
    return status;
}

/* ---------------------------------------------------------------- interface */

int corpus_parse(struct corpus *c, const struct corpus_part *parts, size_t n_parts,
                 const struct corpus_options *options, struct charnn_error *e)
{
    const struct vocab *v = options->vocab;
    struct tally t = { .count = calloc(SYMBOLS, sizeof *t.count), .limit = 256 };
    *c = (struct corpus){ .vocab.unit = VOCAB_CHAR };
    if (!t.count)
        return err_set(e, "out of memory for counting characters");
    int status = v ? vocab_init(&c->vocab, v->unit, v->symbol, v->count, v->size, e) : 0;
    if (status == 0)
        status = tally_text(c, &t, parts, n_parts, options, e);
    if (status == 0 && options->min_count > 1)
        status = fold_rare(&t, options, e);
    if (status == 0 && !v && t.n > 0)
        status = collect_vocab(c, &t, e);
    if (status == 0)
        status = encode_parts(c, parts, n_parts, t.n, e);
    return finish_corpus(c, &t, parts, n_parts, status);
}

/* Adds separators to one file, the bytes from raw->data + start to the end. */
static int separate_file(struct buf *raw, size_t start, int documents,
                         struct corpus_part *part, struct charnn_error *e)
{
    buf_char(raw, '\0'); /* room for one more */
    if (raw->failed)
        return err_set(e, "%s: out of memory", part->name);
    if (documents_mark(documents, part->name, (unsigned char *)raw->data + start,
                       &part->len, e) < 0)
        return -1;
    raw->len = start + part->len;
    return 0;
}

/* Reads all files, and the parts that are in memory already, into *raw; then parts point
 * into it. */
static int read_parts(struct buf *raw, struct corpus_part *parts, size_t n_parts,
                      int documents, struct charnn_error *e)
{
    for (size_t k = 0; k < n_parts; k++) {
        size_t start = raw->len;
        if (parts[k].text)
            buf_add(raw, parts[k].text, parts[k].len);
        else if (file_read(parts[k].name, raw, e) != 0)
            return -1;
        if (raw->failed)
            return err_set(e, "%s: out of memory", parts[k].name);
        if (strcmp(parts[k].name, "-") == 0)
            parts[k].name = "standard input";
        parts[k].len = raw->len - start;
        if (documents && separate_file(raw, start, documents, &parts[k], e) < 0)
            return -1;
    }
    const char *text = raw->data ? raw->data : "";
    for (size_t k = 0; k < n_parts; k++) { /* only now: raw may have moved while it grew */
        parts[k].text = (const unsigned char *)text;
        text += parts[k].len;
    }
    return 0;
}

/* In place; files that are not UTF-8 keep their bytes, and messages the right offset. */
static void compose_parts(struct buf *raw, struct corpus_part *parts, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (utf8_check(parts[k].text, parts[k].len) == parts[k].len)
            parts[k].len = hangul_compose((unsigned char *)raw->data +
                                              (parts[k].text - (unsigned char *)raw->data),
                                          parts[k].len);
}

static int read_and_parse(struct corpus *c, struct corpus_part *parts, size_t n_parts,
                          const struct corpus_options *o, struct charnn_error *e)
{
    assert(n_parts > 0);
    *c = (struct corpus){ .n = 0 };
    struct buf raw = { .data = NULL };
    int status = read_parts(&raw, parts, n_parts, o->documents, e);
    if (status == 0 && o->compose)
        compose_parts(&raw, parts, n_parts);
    if (status == 0)
        status = corpus_parse(c, parts, n_parts, o, e);
    c->vocab.compose = o->compose;
    c->vocab.documents = o->documents;
    if (status == 0 && o->documents)
        status = documents_arrange(c, vocab_separator(&c->vocab), e);
    if (status < 0)
        corpus_release(c);
    buf_release(&raw);
    return status;
}

int corpus_read(struct corpus *c, const char *const *paths, size_t n_paths,
                const struct corpus_options *options, struct charnn_error *e)
{
    *c = (struct corpus){ .n = 0 };
    struct corpus_part *parts = calloc(n_paths, sizeof *parts);
    if (!parts)
        return err_set(e, "out of memory for %zu files", n_paths);
    for (size_t k = 0; k < n_paths; k++)
        parts[k].name = paths[k];
    const int status = read_and_parse(c, parts, n_paths, options, e);
    free(parts);
    return status;
}

struct corpus_options corpus_options_of(const struct vocab *v)
{
    return (struct corpus_options){
        .vocab = v,
        .unit = v->unit == VOCAB_CHAR ? CHARNN_UNIT_CHAR : CHARNN_UNIT_BYTE,
        .compose = v->compose,
        .documents = v->documents,
    };
}

int corpus_read_part(struct corpus *c, struct corpus_part part, const struct vocab *v,
                     struct charnn_error *e)
{
    const struct corpus_options alike = corpus_options_of(v);
    return read_and_parse(c, &part, 1, &alike, e);
}

void corpus_release(struct corpus *c)
{
    vocab_release(&c->vocab);
    free(c->narrow);
    free(c->wide);
    *c = (struct corpus){ .n = 0 };
}
