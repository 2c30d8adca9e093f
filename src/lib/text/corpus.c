/*
 * corpus.c - makes a vocabulary and ids from bytes, in two passes over the text.
 *
 * The first pass (tally) decides between characters and bytes, counts every symbol in one
 * flat table and gives the exact length; the second encodes.  The text comes in pieces
 * (text/reader.h) and is never in memory as a whole, unless it comes from a pipe.
 * Invariant: narrow or wide holds exactly n ids, all of them below vocab.size.
 */
#include "text/corpus.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "charnn.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "text/documents.h"
#include "text/reader.h"

enum {
    BOM_BYTES = 3,  /* U+FEFF in UTF-8 */
    BLOCK = 4096,   /* ids encoded at a time, before they are made narrow */
    SNIFFED = 8192, /* bytes of a file in which a zero means that it is binary */
    SKIPPED_NAMED = 10,
    NAME_SHOWN = 120, /* bytes of a file name in a note, so that the rest has room */
    SYMBOLS = UTF8_LAST + 1,
};

/* What the first pass finds. */
struct tally {
    int64_t *count;           /* [SYMBOLS] occurrences; zero from limit on */
    uint32_t limit;           /* so most of the table is never touched */
    size_t n;                 /* symbols in all */
    size_t boms;              /* sources that begin with a byte order mark */
    const struct source *bad; /* the first source that is not UTF-8, NULL if all are */
    size_t bad_at;            /* offset in it */
    const char *remedy;       /* what to do about it */
};

/* A corpus being read. */
struct load {
    struct corpus *c;
    const struct corpus_options *o;
    struct source *sources; /* [n] */
    size_t *bytes;          /* [n] length of each, prepared: of the last pass */
    size_t n;
    struct folder_files found; /* in folders: names of sources */
    size_t total;              /* bytes to be read in all passes, 0 if that is not known */
    struct reader reader;
    struct tally tally;
    size_t lines, crlf; /* line ends, those that are CRLF */
};

/* ------------------------------------------------------------------- notes */

/* The last NAME_SHOWN bytes of a long path, but no part of a character. */
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

/* What to do about a text that is not UTF-8 and begins like this. */
static const char *utf8_remedy(const unsigned char *s, size_t n)
{
    if (n >= 2 && (!memcmp(s, "\xFF\xFE", 2) || !memcmp(s, "\xFE\xFF", 2)))
        return "it begins like UTF-16: iconv -f UTF-16 -t UTF-8 may be what it needs";
    return "if the text is Korean, iconv -f CP949 -t UTF-8 may be what it needs";
}

static void note_line_ends(struct corpus *c, size_t lines, size_t crlf)
{
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
                 "characters; `compose` makes each syllable one character",
                 (long long)jamo);
}

/* --------------------------------------------------------- first pass: count */

/* Length of the byte order mark with which the characters of a text begin. */
static size_t bom_length(const unsigned char *s, size_t n)
{
    return n >= BOM_BYTES && memcmp(s, "\xEF\xBB\xBF", BOM_BYTES) == 0 ? BOM_BYTES : 0;
}

/* Counts characters from s[i] on; returns where they stop being valid, or n. */
static size_t tally_piece(struct tally *t, const unsigned char *s, size_t i, size_t n)
{
    while (i < n) {
        uint32_t symbol = s[i];
        int length = symbol < 0x80 ? 1 : utf8_decode(s + i, n - i, &symbol);
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

/* Counts the characters of one source, as far as they are valid. */
static int tally_source(struct load *l, size_t k, struct charnn_error *e)
{
    struct reader *r = &l->reader;
    struct tally *t = &l->tally;
    size_t before = 0;
    int got;
    if (reader_open(r, &l->sources[k], e) < 0)
        return -1;
    while ((got = reader_next(r, e)) > 0) {
        const size_t bom = before ? 0 : bom_length(r->piece, r->n);
        const size_t valid = tally_piece(t, r->piece, bom, r->n);
        t->boms += bom > 0;
        if (valid < r->n) {
            t->bad = &l->sources[k];
            t->bad_at = before + valid;
            t->remedy = utf8_remedy(r->piece, t->bad_at ? 0 : r->n);
            break;
        }
        before += r->n;
    }
    l->bytes[k] = before;
    reader_close(r);
    return got < 0 ? -1 : 0;
}

static int tally_chars(struct load *l, struct charnn_error *e)
{
    for (size_t k = 0; k < l->n && !l->tally.bad; k++)
        if (tally_source(l, k, e) < 0)
            return -1;
    return 0;
}

static int tally_bytes(struct load *l, struct charnn_error *e)
{
    struct reader *r = &l->reader;
    struct tally *t = &l->tally;
    memset(t->count, 0, t->limit * sizeof *t->count); /* characters may have been tried */
    t->n = 0;
    for (size_t k = 0; k < l->n; k++) {
        int got = reader_open(r, &l->sources[k], e);
        l->bytes[k] = 0;
        while (got >= 0 && (got = reader_next(r, e)) > 0) {
            for (size_t i = 0; i < r->n; i++)
                t->count[r->piece[i]]++; /* limit is at least 256 */
            l->bytes[k] += r->n;
        }
        if (got < 0)
            return -1;
        t->n += l->bytes[k];
    }
    return 0;
}

/* Which sources are to be composed: those that are UTF-8.  The others stay as they are, so
 * that messages have the right offset. */
static int choose_composed(struct load *l, struct charnn_error *e)
{
    struct reader *r = &l->reader;
    for (size_t k = 0; k < l->n; k++) {
        bool valid = true;
        int got = reader_open(r, &l->sources[k], e);
        while (got >= 0 && valid && (got = reader_next(r, e)) > 0)
            valid = utf8_check(r->piece, r->n) == r->n;
        reader_close(r);
        if (got < 0)
            return -1;
        l->sources[k].compose = valid;
    }
    return 0;
}

static int refuse_utf8(const struct tally *t, const char *consequence,
                       struct charnn_error *e)
{
    return err_set(e, "%s: byte %zu is not valid UTF-8%s (%s)", shown_name(t->bad->name),
                   t->bad_at, consequence, t->remedy);
}

/* Decides on the unit and counts the symbols in it. */
static int tally_text(struct load *l, struct charnn_error *e)
{
    const struct corpus_options *o = l->o;
    const struct tally *t = &l->tally;
    struct corpus *c = l->c;
    if (o->unit == CHARNN_UNIT_BYTE && o->min_count > 1)
        return err_usage(e, "`min-count` folds rare characters: it needs `unit` char");
    if (o->unit != CHARNN_UNIT_BYTE && tally_chars(l, e) < 0)
        return -1;
    if (t->bad && o->unit == CHARNN_UNIT_CHAR)
        return refuse_utf8(t, "", e);
    if (t->bad && o->min_count > 1)
        return refuse_utf8(t, ", and `min-count` needs characters", e);
    if (t->bad)
        buf_note(c->note, sizeof c->note,
                 "%s: byte %zu is not valid UTF-8: reading bytes instead of characters "
                 "(%s)",
                 shown_name(t->bad->name), t->bad_at, t->remedy);
    if (!t->bad && o->unit != CHARNN_UNIT_BYTE)
        return 0;
    c->vocab.unit = VOCAB_BYTE;
    return tally_bytes(l, e);
}

/* Moves the counts of rare symbols to U+FFFD, but for the separator of documents. */
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

/* Appends the ids of at most `most` symbols from *at on; returns how many there were. */
static size_t encode_block(struct corpus *c, const struct reader *r, size_t *at,
                           size_t most)
{
    uint16_t ids[BLOCK];
    size_t n =
        vocab_encode(&c->vocab, r->piece, r->n, at, ids, size_min(most, BLOCK), &c->folded);
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

static void count_line_ends(struct load *l, const struct reader *r, unsigned char last)
{
    const unsigned char *s = r->piece, *end = s + r->n;
    for (const unsigned char *p = s; p < end; p++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p)
            break;
        l->lines++;
        l->crlf += (p > s ? p[-1] : last) == '\r';
    }
}

static int refuse_change(const struct source *s, struct charnn_error *e)
{
    return err_set(e, "%s: changed while it was read", shown_name(s->name));
}

/* Encodes the present piece, which `before` bytes of the source precede. */
static int encode_piece(struct load *l, size_t before, struct charnn_error *e)
{
    const struct reader *r = &l->reader;
    struct corpus *c = l->c;
    const bool skips = before == 0 && c->vocab.unit == VOCAB_CHAR;
    size_t at = skips ? bom_length(r->piece, r->n) : 0;
    while (at < r->n) {
        if (encode_block(c, r, &at, l->tally.n - c->n) > 0)
            continue;
        if (!l->o->vocab || c->n == l->tally.n)
            return refuse_change(r->source, e);
        return vocab_fault_after(&c->vocab, r->source->name, before, r->piece, r->n, at, e);
    }
    return 0;
}

/* Ids, fingerprint and line ends of one source. */
static int encode_source(struct load *l, size_t k, struct charnn_error *e)
{
    struct reader *r = &l->reader;
    struct hash hash;
    size_t before = 0;
    unsigned char last = 0;
    int got = reader_open(r, &l->sources[k], e);
    hash_begin(&hash, l->c->fingerprint, l->bytes[k]);
    while (got >= 0 && (got = reader_next(r, e)) > 0) {
        if (encode_piece(l, before, e) < 0) {
            got = -1;
            break;
        }
        hash_add(&hash, r->piece, r->n);
        count_line_ends(l, r, last);
        before += r->n;
        last = r->piece[r->n - 1];
    }
    reader_close(r);
    if (got >= 0 && before != l->bytes[k])
        return refuse_change(&l->sources[k], e);
    l->c->fingerprint = hash_end(&hash);
    l->c->files++;
    l->c->bytes += r->at;
    return got < 0 ? -1 : 0;
}

/* tally.n is the number of ids. */
static int encode_text(struct load *l, struct charnn_error *e)
{
    struct corpus *c = l->c;
    if (l->tally.n == 0)
        return err_set(e, "%s is empty: there is no text to read",
                       l->n == 1 ? shown_name(l->sources[0].name) : "the corpus");
    if (reserve_ids(c, l->tally.n, e) != 0)
        return -1;
    c->fingerprint = HASH_BEGIN; /* of the lengths too */
    l->reader.last = true;
    for (size_t k = 0; k < l->n; k++)
        if (encode_source(l, k, e) < 0)
            return -1;
    return c->n == l->tally.n ? 0 : refuse_change(&l->sources[l->n - 1], e);
}

/* ---------------------------------------------------------------- together */

static int load_text(struct load *l, struct charnn_error *e)
{
    struct corpus *c = l->c;
    const struct vocab *v = l->o->vocab;
    l->tally =
        (struct tally){ .count = calloc(SYMBOLS, sizeof *l->tally.count), .limit = 256 };
    l->bytes = calloc(l->n, sizeof *l->bytes);
    if (!l->tally.count || !l->bytes)
        return err_set(e, "out of memory for counting characters");
    if (v && vocab_init(&c->vocab, v->unit, v->symbol, v->count, v->size, e) < 0)
        return -1;
    if (tally_text(l, e) < 0 || (l->o->min_count > 1 && fold_rare(&l->tally, l->o, e) < 0))
        return -1;
    if (!v && l->tally.n > 0 && collect_vocab(c, &l->tally, e) < 0)
        return -1;
    if (encode_text(l, e) < 0)
        return -1;
    if (c->vocab.unit == VOCAB_CHAR)
        note_characters(c, &l->tally);
    note_line_ends(c, l->lines, l->crlf);
    return 0;
}

static void release_load(struct load *l)
{
    for (size_t k = 0; k < l->n; k++)
        reader_release_source(&l->sources[k]);
    reader_release(&l->reader);
    folder_release(&l->found);
    free(l->sources);
    free(l->bytes);
    free(l->tally.count);
}

/* ---------------------------------------------------------------- interface */

int corpus_parse(struct corpus *c, const struct corpus_part *parts, size_t n_parts,
                 const struct corpus_options *options, struct charnn_error *e)
{
    struct load l = { .c = c, .o = options, .n = n_parts };
    *c = (struct corpus){ .vocab.unit = VOCAB_CHAR };
    l.sources = calloc(n_parts, sizeof *l.sources);
    if (!l.sources)
        return err_set(e, "out of memory for %zu texts", n_parts);
    for (size_t k = 0; k < n_parts; k++)
        l.sources[k] = (struct source){ .name = parts[k].name,
                                        .text = parts[k].text,
                                        .len = parts[k].len };
    const int status = load_text(&l, e);
    if (status < 0)
        corpus_release(c);
    release_load(&l);
    return status;
}

/* ------------------------------------------------------------------ folders */

/* Begins with a zero byte within SNIFFED bytes: 1, 0, or -1 where it cannot be read. */
static int is_binary(const char *path, struct charnn_error *e)
{
    struct buf head = { 0 };
    int found = file_head(path, SNIFFED, &head, e);
    if (found == 0)
        found = head.len > 0 && memchr(head.data, 0, head.len) != NULL;
    buf_release(&head);
    return found;
}

static void tell_skipped(const struct corpus_watch *w, const char *name, size_t n)
{
    struct buf note = { 0 };
    if (name)
        buf_printf(&note, "%s: binary, not a text: skipped", name);
    else
        buf_printf(&note, "%zu more binary file%s skipped", n, n == 1 ? "" : "s");
    if (!note.failed)
        w->skipped(w->arg, note.data);
    buf_release(&note);
}

/* Names the first few binary files of a folder, and counts the others. */
static void note_skipped(const struct load *l, const char *const *named, size_t n)
{
    const struct corpus_watch *w = l->o->watch;
    if (!w || !w->skipped)
        return;
    for (size_t i = 0; i < n && i < SKIPPED_NAMED; i++)
        tell_skipped(w, named[i], 0);
    if (n > SKIPPED_NAMED)
        tell_skipped(w, NULL, n - SKIPPED_NAMED);
}

static int add_source(struct load *l, struct source s, struct charnn_error *e)
{
    if (!array_room(&l->sources, l->n, sizeof *l->sources))
        return err_set(e, "out of memory for %zu files", l->n + 1);
    l->sources[l->n++] = s;
    return 0;
}

/* The files below a folder, as one source each. */
static int add_folder(struct load *l, const char *path, struct charnn_error *e)
{
    const size_t first = l->found.n, before = l->n;
    const char *named[SKIPPED_NAMED];
    size_t skipped = 0;
    if (folder_list(&l->found, path, e) < 0)
        return -1;
    for (size_t i = first; i < l->found.n; i++) {
        const char *name = l->found.name[i];
        const int binary = is_binary(name, e);
        if (binary < 0)
            return -1;
        if (binary && skipped < SKIPPED_NAMED)
            named[skipped] = name;
        skipped += (size_t)binary;
        if (!binary && add_source(l, (struct source){ .name = name, .path = name }, e) < 0)
            return -1;
    }
    l->c->skipped += skipped;
    if (l->n > before) {
        note_skipped(l, named, skipped);
        return 0;
    }
    return err_set(e,
                   skipped ? "%s: there is no text in this folder: %zu binary file%s"
                           : "%s: there is no file in this folder",
                   path, skipped, skipped == 1 ? "" : "s");
}

/* The text of a part, or of the file or the files in the folder that it names. */
static int add_part(struct load *l, struct corpus_part part, struct charnn_error *e)
{
    const bool is_stdin = !part.text && strcmp(part.name, "-") == 0;
    if (!part.text && !is_stdin && folder_exists(part.name))
        return add_folder(l, part.name, e);
    return add_source(l,
                      (struct source){ .name = is_stdin ? "standard input" : part.name,
                                       .path = part.name,
                                       .text = part.text,
                                       .len = part.len },
                      e);
}

/* ----------------------------------------------------------------- progress */

static void tell_progress(void *arg, size_t done)
{
    const struct load *l = arg;
    const struct corpus_watch *w = l->o->watch;
    w->progress(w->arg, size_min(done, l->total ? l->total : done), l->total);
}

/* The total is the bytes of all files, times the number of passes over them. */
static void begin_progress(struct load *l)
{
    const struct corpus_watch *w = l->o->watch;
    if (!w || !w->progress)
        return;
    for (size_t k = 0; k < l->n; k++) {
        const int64_t size = l->sources[k].text ? 0 : file_size(l->sources[k].path);
        if (size < 0) {
            l->total = 0;
            break;
        }
        l->total += (size_t)size * (l->o->compose ? 3 : 2);
    }
    l->reader.watch = tell_progress;
    l->reader.arg = l;
}

/* ------------------------------------------------------------------ reading */

/* Reads the sources of l, composed and divided into documents as the options say. */
static int read_sources(struct load *l, struct charnn_error *e)
{
    struct corpus *c = l->c;
    const struct corpus_options *o = l->o;
    c->vocab.unit = VOCAB_CHAR;
    l->reader.documents = o->documents;
    begin_progress(l);
    if ((o->compose && choose_composed(l, e) < 0) || load_text(l, e) < 0)
        return -1;
    c->vocab.compose = o->compose;
    c->vocab.documents = o->documents;
    return o->documents ? documents_arrange(c, vocab_separator(&c->vocab), e) : 0;
}

static int read_parts(struct load *l, const struct corpus_part *parts, size_t n,
                      struct charnn_error *e)
{
    int status = 0;
    *l->c = (struct corpus){ .n = 0 };
    for (size_t k = 0; status == 0 && k < n; k++)
        status = add_part(l, parts[k], e);
    if (status == 0)
        status = read_sources(l, e);
    if (status < 0)
        corpus_release(l->c);
    release_load(l);
    return status;
}

int corpus_read(struct corpus *c, const char *const *paths, size_t n_paths,
                const struct corpus_options *options, struct charnn_error *e)
{
    assert(n_paths > 0);
    struct load l = { .c = c, .o = options };
    struct corpus_part *parts = calloc(n_paths, sizeof *parts);
    *c = (struct corpus){ .n = 0 };
    if (!parts)
        return err_set(e, "out of memory for %zu files", n_paths);
    for (size_t k = 0; k < n_paths; k++)
        parts[k].name = paths[k];
    const int status = read_parts(&l, parts, n_paths, e);
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
    struct load l = { .c = c, .o = &alike };
    return read_parts(&l, &part, 1, e);
}

void corpus_release(struct corpus *c)
{
    vocab_release(&c->vocab);
    free(c->narrow);
    free(c->wide);
    *c = (struct corpus){ .n = 0 };
}
