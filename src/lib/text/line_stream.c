/* line_stream.c - reads a text by lines, in one pass, and encodes what each line decides. */
#include "text/line_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "charnn.h"
#include "text/encoding.h"
#include "text/signature.h"
#include "text/survey.h"

enum { BLOCK = 4096 }; /* ids encoded at a time */

/* A stream cannot be read again to see whether its damage is rare, so it is repaired as if
 * it were; a byte order mark inside the text is dropped, as in other texts. */
static void set_repair(struct line_stream *s, const struct vocab *v)
{
    if (v->unit != VOCAB_CHAR)
        return;
    s->source.repair.damaged =
        s->damaged == CHARNN_DAMAGED_DROP ? CHARNN_DAMAGED_DROP : CHARNN_DAMAGED_REPLACE;
    s->source.repair.drop_boms = vocab_known(v, UTF8_BOM) < 0;
    s->damage.sample = &s->sample;
    s->reader.damage = &s->damage;
}

/* Makes room for n more ids. */
static int grow_ids(struct line_stream *s, size_t n, struct charnn_error *e)
{
    struct corpus *c = &s->corpus;
    if (s->room - c->n >= n)
        return 0;
    const size_t room = 2 * (c->n + n);
    uint16_t *wide = realloc(c->wide, room * sizeof *wide);
    if (!wide)
        return err_set(e, "%s: out of memory for %zu characters", s->source.name, room);
    c->wide = wide;
    s->room = room;
    return 0;
}

int line_stream_open(struct line_stream *s, const char *path,
                     const struct corpus_options *o, struct charnn_error *e)
{
    const struct vocab *v = o->vocab;
    *s = (struct line_stream){ .damaged = o->damaged, .unknown.policy = o->unknown };
    s->source.name = strcmp(path, "-") == 0 ? "standard input" : path;
    s->source.path = path;
    s->source.compose = o->compose && v->unit == VOCAB_CHAR;
    s->reader.documents = o->documents;
    s->reader.by_line = s->reader.once = true;
    set_repair(s, v);
    if (vocab_init(&s->corpus.vocab, v->unit, v->symbol, v->count, v->size, e) < 0)
        return -1;
    s->corpus.vocab.documents = o->documents;
    if (o->documents.kind) {
        if (grow_ids(s, 1, e) < 0)
            return -1;
        s->corpus.wide[s->corpus.n++] = (uint16_t)vocab_separator(&s->corpus.vocab);
    }
    return reader_open(&s->reader, &s->source, e);
}

/* Encodes the piece that the reader has read; `before` bytes come before it. */
static int append_piece(struct line_stream *s, size_t before, struct charnn_error *e)
{
    const struct reader *r = &s->reader;
    struct corpus *c = &s->corpus;
    size_t at = before == 0 && c->vocab.unit == VOCAB_CHAR ? utf8_bom(r->piece, r->n) : 0;
    while (at < r->n) {
        if (grow_ids(s, BLOCK, e) < 0)
            return -1;
        const size_t from = at;
        uint16_t *ids = c->wide + c->n;
        size_t n = vocab_encode(&c->vocab, r->piece, r->n, &at, ids, BLOCK, &s->unknown);
        if (at == from)
            return vocab_fault_after(&c->vocab, s->source.name, before, r->piece, r->n, at,
                                     e);
        if (c->vocab.documents.kind)
            n = corpus_drop_empty(c, ids, n);
        c->n += n;
    }
    return 0;
}

/* Refuses what is no text, by its first bytes. */
static int check_beginning(const struct line_stream *s, struct charnn_error *e)
{
    const struct reader *r = &s->reader;
    bool wide;
    const char *advice =
        s->corpus.vocab.unit == VOCAB_CHAR
            ? signature_advice((const unsigned char *)r->ahead.data, r->ahead.len, &wide)
            : NULL;
    return advice && !wide ? err_set(e, "%s: %s", s->source.name, advice) : 0;
}

/* Judges the whole text, as it is judged before another text is encoded. */
static int check_end(const struct line_stream *s, struct charnn_error *e)
{
    const struct damage *d = &s->damage;
    const char *name = s->source.name;
    struct buf advice = { 0 };
    if (s->reader.at == 0)
        return err_set(e, "%s is empty: there is no text to read", name);
    if (d->sequences == 0)
        return 0;
    if (s->damaged != CHARNN_DAMAGED_AUTO || damage_is_utf8(d))
        return survey_check_share(d, s->damaged, name, e);
    encoding_advise((const unsigned char *)s->sample.data, s->sample.len, &advice);
    err_set(e, "%s: byte %zu is not valid UTF-8 (%s)", name, d->first,
            advice.failed ? "out of memory" : advice.data);
    buf_release(&advice);
    return -1;
}

static int end_text(struct line_stream *s, struct charnn_error *e)
{
    const struct corpus *c = &s->corpus;
    if (check_end(s, e) < 0)
        return -1;
    if (c->vocab.documents.kind && c->n == 1)
        return documents_refuse_empty(e);
    return c->n > 0
               ? 0
               : err_set(e, "%s: the model knows none of its characters: nothing is left",
                         s->source.name);
}

int line_stream_next(struct line_stream *s, struct charnn_error *e)
{
    struct reader *r = &s->reader;
    do {
        const size_t before = s->read;
        const int got = reader_next(r, e);
        if (got <= 0)
            return got < 0 ? -1 : end_text(s, e);
        if (before == 0 && check_beginning(s, e) < 0)
            return -1;
        s->read += r->n;
        if (append_piece(s, before, e) < 0)
            return -1;
        if (r->line_ended && !corpus_end_line(&s->corpus))
            return err_set(e, "%s: out of memory", s->source.name);
    } while (!reader_is_dry(r));
    s->corpus.unknown = s->unknown.n;
    return 1;
}

void line_stream_close(struct line_stream *s)
{
    reader_close(&s->reader);
    reader_release(&s->reader);
    corpus_release(&s->corpus);
    buf_release(&s->sample);
}
