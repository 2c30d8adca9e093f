/*
 * corpus.c - makes ids from texts, in two passes.
 *
 * The first pass (text/tally.h) decides between characters and bytes, counts every symbol
 * and gives the exact length; the second encodes.  There are more passes if a text turns
 * out not to be UTF-8, if it has byte order marks inside, and if Hangul is composed, which
 * is done only in valid UTF-8.  The text comes in pieces (text/reader.h) and is never in
 * memory as a whole, unless it comes from a pipe.  Invariant: narrow or wide holds exactly
 * n ids, all below vocab.size.
 */
#include "text/corpus.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charnn.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "text/decomposed.h"
#include "text/documents.h"
#include "text/sources.h"
#include "text/survey.h"
#include "text/tally.h"

enum {
    BLOCK = 4096,     /* ids encoded at a time, before they are narrowed */
    NAME_SHOWN = 120, /* bytes of a file name in a note, so that the rest has room */
};

/* The state of reading a corpus. */
struct load {
    struct corpus *c;
    const struct corpus_options *o;
    struct sources sources;
    size_t total; /* bytes to be read in all passes, 0 if not known */
    struct reader reader;
    struct tally tally;
    struct vocab_unknown unknown;
    struct survey survey; /* of a text that is not valid UTF-8 */
    size_t boms;          /* byte order marks inside texts that were dropped */
    struct decomposed decomposed;
    bool cr_only;       /* lines end with CR alone */
    size_t lines, crlf; /* how many lines there are, and how many of them end with CRLF */
};

/* ------------------------------------------------------------------- notes */

/* The last NAME_SHOWN bytes of a long path, beginning with a whole character. */
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

static void note_line_ends(const struct load *l)
{
    struct corpus *c = l->c;
    if (l->cr_only)
        buf_note(c->note, sizeof c->note,
                 "line ends are CR without LF, kept as text: convert them first, with tr "
                 "'\\r' '\\n'%s",
                 l->o->documents.kind == DOCUMENTS_LINE ? "; each file is one line" : "");
    else if (l->crlf > 0 && l->crlf == l->lines)
        buf_note(c->note, sizeof c->note, "line ends are CRLF, kept as text");
    else if (l->crlf > 0)
        buf_note(c->note, sizeof c->note, "%zu of %zu line ends are CRLF, kept as text",
                 l->crlf, l->lines);
}

static void note_characters(const struct load *l)
{
    const struct tally *t = &l->tally;
    struct corpus *c = l->c;
    if (t->boms == 1)
        buf_note(c->note, sizeof c->note, "a leading byte order mark was dropped");
    else if (t->boms > 1)
        buf_note(c->note, sizeof c->note, "%zu leading byte order marks were dropped",
                 t->boms);
    if (l->boms > 0)
        buf_note(c->note, sizeof c->note,
                 "%zu byte order mark%s inside the text %s dropped", l->boms,
                 l->boms == 1 ? "" : "s", l->boms == 1 ? "was" : "were");
    if (t->odd)
        buf_note(c->note, sizeof c->note, "%s: %s", shown_name(t->odd->name), t->advice);

    int64_t jamo = 0;
    for (uint32_t symbol = 0x1100; symbol <= 0x11FF; symbol++)
        jamo += t->count[symbol];
    const struct decomposed *d = &l->decomposed;
    if (d->pairs > 0) {
        char letter[32], sign[32];
        buf_note(c->note, sizeof c->note,
                 "letters are decomposed (NFD): %s and %s are two characters; uconv -x nfc "
                 "makes them one",
                 utf8_name(d->letter, letter), utf8_name(d->mark, sign));
    }
    if (jamo > 0)
        buf_note(c->note, sizeof c->note,
                 "the Hangul is decomposed (NFD): %lld conjoining jamo count as "
                 "characters; `compose` makes each syllable one character",
                 (long long)jamo);
}

/* --------------------------------------------------- first pass: count (tally.h) */

/* Chooses the sources to compose: all that are UTF-8.  Any other source stays as it is, so that
 * the offsets in messages are right. */
static int choose_composed(struct load *l, struct charnn_error *e)
{
    struct reader *r = &l->reader;
    for (size_t k = 0; k < l->sources.n; k++) {
        bool valid = true;
        int got = reader_open(r, &l->sources.list[k], e);
        while (got >= 0 && valid && (got = reader_next(r, e)) > 0)
            valid = utf8_check(r->piece, r->n) == r->n;
        reader_close(r);
        if (got < 0)
            return -1;
        l->sources.list[k].compose = valid;
    }
    return 0;
}

static int refuse_change(const struct source *s, struct charnn_error *e)
{
    return err_set(e, "%s: changed while it was read", shown_name(s->name));
}

static int refuse_utf8(const struct load *l, const char *consequence,
                       struct charnn_error *e)
{
    return err_set(e, "%s: byte %zu is not valid UTF-8%s (%s)",
                   shown_name(l->tally.bad->name), l->tally.bad_at, consequence,
                   l->survey.advice.data);
}

/* Refuses a source that is not a text in any encoding. */
static int refuse_format(const struct load *l, const struct source *s, const char *advice,
                         struct charnn_error *e)
{
    return err_set(e, "%s: %s%s", shown_name(s->name), advice,
                   l->o->vocab ? "" : " (`unit` byte reads its bytes as they are)");
}

static void note_damage(const struct load *l)
{
    const struct damage *d = &l->survey.damage;
    const bool one = d->damaged == 1, drops = l->o->damaged == CHARNN_DAMAGED_DROP;
    buf_note(l->c->note, sizeof l->c->note, "%s: damaged UTF-8: %zu byte%s byte %zu, %s%s",
             shown_name(l->survey.first->name), d->damaged, one ? " at" : "s, the first at",
             d->first, drops ? "left out" : "read as U+FFFD (`damaged` drop leaves ",
             drops ? ""
             : one ? "it out)"
                   : "them out)");
}

/* Sets damaged sources to be repaired, and counts again.  If a source is not UTF-8, sets
 * tally.bad to this source and counts nothing. */
static int repair_damage(struct load *l, struct charnn_error *e)
{
    struct survey *v = &l->survey;
    if (survey_sources(v, &l->sources, &l->reader, l->o->damaged, e) < 0)
        return -1;
    if (v->foreign) {
        l->tally.bad = v->foreign;
        l->tally.bad_at = v->foreign_at;
        return 0;
    }
    if (!v->first)
        return refuse_change(l->tally.bad, e);
    if (survey_check_share(&v->damage, l->o->damaged, shown_name(v->first->name), e) < 0)
        return -1;
    note_damage(l);
    for (size_t k = 0; k < l->sources.n; k++)
        if (l->sources.list[k].repair.damaged)
            l->sources.list[k].compose = l->o->compose;
    return tally_chars(&l->tally, &l->sources, &l->reader, e);
}

/* Counts again without the byte order marks inside texts.  Such marks come from files that
 * began with a mark and were joined. */
static int drop_boms(struct load *l, struct charnn_error *e)
{
    l->boms = (size_t)l->tally.count[UTF8_BOM];
    for (size_t k = 0; k < l->sources.n; k++)
        l->sources.list[k].repair.drop_boms = true;
    return tally_chars(&l->tally, &l->sources, &l->reader, e);
}

static int count_chars(struct load *l, struct charnn_error *e)
{
    const struct tally *t = &l->tally;
    const struct vocab *v = l->o->vocab;
    if (tally_chars(&l->tally, &l->sources, &l->reader, e) < 0 ||
        (t->bad && repair_damage(l, e) < 0))
        return -1;
    return !t->bad && t->count[UTF8_BOM] > 0 && !(v && vocab_known(v, UTF8_BOM) >= 0)
               ? drop_boms(l, e)
               : 0;
}

/* Looks for line ends that are CR, and for decomposed letters, which the user may not know of.
 * It must be called before rare characters are replaced. */
static int look_for_surprises(struct load *l, struct charnn_error *e)
{
    const struct tally *t = &l->tally;
    /* newlines that were added, one at the end of each file */
    const size_t added = l->o->documents.kind == DOCUMENTS_LINE ? l->sources.n : 0;
    l->cr_only = t->count['\r'] > 0 && (size_t)t->count['\n'] <= added;
    for (uint32_t c = 0x300; c < t->limit && l->c->vocab.unit == VOCAB_CHAR; c++)
        if (t->count[c] > 0 && decomposed_mark(c))
            return decomposed_find(&l->decomposed, &l->sources, &l->reader, e);
    return 0;
}

/* Decides whether symbols are characters or bytes, and counts them. */
static int tally_text(struct load *l, struct charnn_error *e)
{
    const struct corpus_options *o = l->o;
    const struct tally *t = &l->tally;
    struct corpus *c = l->c;
    if (o->unit == CHARNN_UNIT_BYTE && o->min_count > 1)
        return err_usage(e, "`min-count` replaces rare characters: it needs `unit` char");
    if (o->unit != CHARNN_UNIT_BYTE && count_chars(l, e) < 0)
        return -1;
    if (t->odd && t->no_text)
        return refuse_format(l, t->odd, t->advice, e);
    if (t->bad && l->survey.no_text)
        return refuse_format(l, t->bad, l->survey.advice.data, e);
    if (t->bad && o->unit == CHARNN_UNIT_CHAR)
        return refuse_utf8(l, "", e);
    if (t->bad && o->min_count > 1)
        return refuse_utf8(l, ", and `min-count` needs characters", e);
    if (t->bad)
        buf_note(c->note, sizeof c->note,
                 "%s: byte %zu is not valid UTF-8: reading bytes instead of characters "
                 "(%s)",
                 shown_name(t->bad->name), t->bad_at, l->survey.advice.data);
    if (!t->bad && o->unit != CHARNN_UNIT_BYTE)
        return 0;
    c->vocab.unit = VOCAB_BYTE;
    return tally_bytes(&l->tally, &l->sources, &l->reader, e);
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

size_t corpus_drop_empty(const struct corpus *c, uint16_t *ids, size_t n)
{
    const int separator = vocab_separator(&c->vocab);
    int last = corpus_at(c, c->n - 1);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (ids[i] != separator || last != separator)
            last = ids[kept++] = ids[i];
    return kept;
}

/* Appends the ids of at most `most` symbols from *at on; returns whether *at moved. */
static bool encode_block(struct load *l, size_t *at, size_t most)
{
    uint16_t ids[BLOCK];
    struct corpus *c = l->c;
    const struct reader *r = &l->reader;
    const size_t before = *at;
    size_t n = vocab_encode(&c->vocab, r->piece, r->n, at, ids, size_min(most, BLOCK),
                            &l->unknown);
    if (l->o->in_order && c->vocab.documents.kind) {
        const size_t kept = corpus_drop_empty(c, ids, n);
        l->unknown.lost += n - kept;
        n = kept;
    }
    if (c->wide) {
        memcpy(c->wide + c->n, ids, n * sizeof *ids);
    } else {
        uint8_t *out = c->narrow + c->n;
        for (size_t i = 0; i < n; i++)
            out[i] = (uint8_t)ids[i];
    }
    c->n += n;
    return *at > before;
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

/* Encodes the current piece, which `before` bytes of the source precede. */
static int encode_piece(struct load *l, size_t before, struct charnn_error *e)
{
    const struct reader *r = &l->reader;
    struct corpus *c = l->c;
    const bool skips = before == 0 && c->vocab.unit == VOCAB_CHAR;
    size_t at = skips ? utf8_bom(r->piece, r->n) : 0;
    while (at < r->n) {
        if (encode_block(l, &at, l->tally.n - c->n))
            continue;
        if (!l->o->vocab || c->n == l->tally.n)
            return refuse_change(r->source, e);
        return vocab_fault_after(&c->vocab, r->source->name, before, r->piece, r->n, at, e);
    }
    return 0;
}

/* Adds the ids of one source; also hashes its bytes and counts line ends. */
static int encode_source(struct load *l, size_t k, struct charnn_error *e)
{
    struct reader *r = &l->reader;
    struct hash hash;
    size_t before = 0;
    unsigned char last = 0;
    int got = reader_open(r, &l->sources.list[k], e);
    hash_begin(&hash, l->c->fingerprint, l->tally.bytes[k]);
    while (got >= 0 && (got = reader_next(r, e)) > 0) {
        if (encode_piece(l, before, e) < 0) {
            got = -1;
            break;
        }
        if (l->o->lines && r->line_ended && !corpus_end_line(l->c)) {
            got = err_set(e, "out of memory for %zu lines", l->c->n_lines);
            break;
        }
        hash_add(&hash, r->piece, r->n);
        count_line_ends(l, r, last);
        before += r->n;
        last = r->n > 0 ? r->piece[r->n - 1] : last;
    }
    reader_close(r);
    if (got >= 0 && before != l->tally.bytes[k])
        return refuse_change(&l->sources.list[k], e);
    l->c->fingerprint = hash_end(&hash);
    l->c->files++;
    l->c->bytes += r->at;
    return got < 0 ? -1 : 0;
}

/* For the option in_order: puts the separator before the first document. */
static void begin_documents(struct load *l)
{
    struct corpus *c = l->c;
    const int separator = vocab_separator(&c->vocab);
    if (c->narrow)
        c->narrow[0] = (uint8_t)separator;
    else
        c->wide[0] = (uint16_t)separator;
    c->n = 1;
}

/* Encodes the tally.n symbols that were counted. */
static int encode_text(struct load *l, struct charnn_error *e)
{
    struct corpus *c = l->c;
    const bool in_order = l->o->in_order && l->o->documents.kind;
    c->vocab.documents = l->o->documents;
    if (l->tally.n == 0)
        return err_set(e, "%s is empty: there is no text to read",
                       l->sources.n == 1 ? shown_name(l->sources.list[0].name)
                                         : "the corpus");
    l->tally.n += in_order; /* the separator before the first document */
    if (reserve_ids(c, l->tally.n, e) != 0)
        return -1;
    if (in_order)
        begin_documents(l);
    c->fingerprint = HASH_BEGIN; /* the hash covers the lengths of the texts too */
    l->reader.last = true;
    l->reader.by_line = l->o->lines;
    for (size_t k = 0; k < l->sources.n; k++)
        if (encode_source(l, k, e) < 0)
            return -1;
    if (c->n + l->unknown.lost != l->tally.n)
        return refuse_change(&l->sources.list[l->sources.n - 1], e);
    c->unknown = l->unknown.n;
    c->folded = l->unknown.n.folded;
    if (in_order && c->n == 1)
        return documents_refuse_empty(e);
    return c->n > 0
               ? 0
               : err_set(e, "%s: the model knows none of its characters: nothing is left",
                         shown_name(l->sources.list[0].name));
}

/* ---------------------------------------------------------------- together */

/* The peak memory of reading.  Bytes kept from a pipe are freed while ids replace them, so
 * only the larger of the two counts. */
static size_t peak_bytes(const struct load *l)
{
    const size_t ids = l->c->n * (l->c->narrow ? sizeof *l->c->narrow : sizeof *l->c->wide);
    size_t kept = 0;
    for (size_t k = 0; k < l->sources.n; k++)
        kept += l->sources.list[k].kept.len;
    return (kept > ids ? kept : ids) + l->tally.limit * sizeof *l->tally.count +
           sources_memory(&l->sources);
}

/* Fails if the STRING of `documents` does not occur in a text that makes a new vocabulary. */
static int check_borders(const struct load *l, struct charnn_error *e)
{
    const struct documents_rule *rule = &l->o->documents;
    const uint32_t mark = documents_separator(DOCUMENTS_FILE); /* each file ends with one */
    if (!*rule->border || l->o->vocab || l->tally.count[mark] > (int64_t)l->sources.n)
        return 0;
    return err_set(e, "`documents`: %s does not occur in the text", rule->border);
}

static int load_text(struct load *l, struct charnn_error *e)
{
    struct corpus *c = l->c;
    const struct vocab *v = l->o->vocab;
    const int kind = l->o->documents.kind;
    const int kept = kind ? (int)documents_separator(kind) : -1;
    if (tally_init(&l->tally, l->sources.n, e) < 0)
        return -1;
    if (v && vocab_init(&c->vocab, v->unit, v->symbol, v->count, v->size, e) < 0)
        return -1;
    if (v && kept >= 0 && vocab_known(&c->vocab, (uint32_t)kept) < 0)
        return err_usage(e, "the vocabulary has no %s, which `documents` needs",
                         kept == '\n' ? "newline" : "U+001E");
    if (tally_text(l, e) < 0 || check_borders(l, e) < 0 || look_for_surprises(l, e) < 0 ||
        (l->o->min_count > 1 &&
         tally_replace_rare(&l->tally, l->o->min_count, kept, e) < 0))
        return -1;
    if (!v && l->tally.n > 0 && tally_vocab(&l->tally, &c->vocab, e) < 0)
        return -1;
    if (encode_text(l, e) < 0)
        return -1;
    if (c->vocab.unit == VOCAB_CHAR)
        note_characters(l);
    note_line_ends(l);
    c->peak = peak_bytes(l);
    return 0;
}

static void release_load(struct load *l)
{
    sources_release(&l->sources);
    reader_release(&l->reader);
    tally_release(&l->tally);
    survey_release(&l->survey);
}

/* ----------------------------------------------------------------- progress */

static void report_progress(void *arg, size_t done)
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
    l->total = sources_bytes(&l->sources) * (l->o->compose ? 3 : 2);
    l->reader.watch = report_progress;
    l->reader.arg = l;
}

/* ------------------------------------------------------------------ reading */

/* Reads the sources of l; composes them and divides them into documents, as the options
 * say. */
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
    c->vocab.damaged = o->damaged;
    return o->documents.kind && !o->in_order
               ? documents_shuffle(c, vocab_separator(&c->vocab), e)
               : 0;
}

static int add_parts(struct load *l, const struct corpus_part *parts, size_t n,
                     struct charnn_error *e)
{
    for (size_t k = 0; k < n; k++) {
        const struct source text = { .name = parts[k].name,
                                     .text = parts[k].text,
                                     .len = parts[k].len };
        if (sources_add(&l->sources, &text, e) < 0)
            return -1;
    }
    return 0;
}

int corpus_read_parts(struct corpus *c, const struct corpus_part *parts, size_t n,
                      const struct corpus_options *options, struct charnn_error *e)
{
    const struct corpus_watch *w = options->watch;
    struct load l = { .c = c,
                      .o = options,
                      .unknown.policy =
                          options->vocab ? options->unknown : CHARNN_UNKNOWN_REPLACE };
    if (w) {
        l.sources.skipped = w->skipped;
        l.sources.arg = w->arg;
    }
    *c = (struct corpus){ .n = 0 };
    const int added = add_parts(&l, parts, n, e);
    c->skipped = l.sources.binary;
    const int status = added < 0 ? -1 : read_sources(&l, e);
    if (status < 0)
        corpus_release(c);
    release_load(&l);
    return status;
}

int corpus_read(struct corpus *c, const char *const *paths, size_t n_paths,
                const struct corpus_options *options, struct charnn_error *e)
{
    assert(n_paths > 0);
    struct corpus_part *parts = calloc(n_paths, sizeof *parts);
    *c = (struct corpus){ .n = 0 };
    if (!parts)
        return err_set(e, "out of memory for %zu files", n_paths);
    for (size_t k = 0; k < n_paths; k++)
        parts[k].name = paths[k];
    const int status = corpus_read_parts(c, parts, n_paths, options, e);
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
        .unknown = CHARNN_UNKNOWN_REPLACE,
        .damaged = v->damaged,
    };
}

int corpus_read_part(struct corpus *c, struct corpus_part part, const struct vocab *v,
                     int unknown, struct charnn_error *e)
{
    struct corpus_options alike = corpus_options_of(v);
    alike.unknown = unknown;
    return corpus_read_parts(c, &part, 1, &alike, e);
}

bool corpus_end_line(struct corpus *c)
{
    if (!array_room(&c->line_ends, c->n_lines, sizeof *c->line_ends))
        return false;
    c->line_ends[c->n_lines++] = c->n;
    return true;
}

size_t corpus_line_of(const struct corpus *c, size_t n)
{
    size_t low = 0, high = c->n_lines;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->line_ends[middle] < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void corpus_release(struct corpus *c)
{
    vocab_release(&c->vocab);
    free(c->line_ends);
    free(c->narrow);
    free(c->wide);
    *c = (struct corpus){ .n = 0 };
}
