/* survey.c - counts damage source by source; the first that has too few valid characters is
 * looked up among signatures and encodings. */
#include "text/survey.h"

#include "charnn.h"
#include "text/encoding.h"
#include "text/signature.h"

int survey_check_share(const struct damage *d, int damaged, const char *name,
                       struct charnn_error *e)
{
    if (damaged != CHARNN_DAMAGED_AUTO || d->damaged <= d->bytes / DAMAGE_SHARE)
        return 0;
    return err_set(
        e,
        "%s: damaged UTF-8: %zu of %zu bytes, more than one in %d (the first is "
        "byte %zu): `damaged` replace reads them as U+FFFD, drop leaves them out",
        name, d->damaged, d->bytes, DAMAGE_SHARE, d->first);
}

static void add_damage(struct survey *v, const struct source *s, const struct damage *d)
{
    if (d->sequences > 0 && !v->first) {
        v->first = s;
        v->damage.first = d->first;
    }
    v->damage.bytes += d->bytes;
    v->damage.sequences += d->sequences;
    v->damage.damaged += d->damaged;
}

/* Counts the damage of one source, or finds that it is not UTF-8. */
static int survey_source(struct survey *v, struct source *s, struct reader *r,
                         struct damage *d, struct charnn_error *e)
{
    const char *advice = NULL;
    bool wide = true;
    int got = reader_open(r, s, e);
    while (got >= 0 && (got = reader_next(r, e)) > 0) {
        if (d->bytes == 0)
            advice = signature_advice(r->piece, r->n, &wide);
        damage_count(d, r->piece, r->n);
    }
    reader_close(r);
    if (got < 0)
        return -1;
    if (d->sequences == 0 || (wide && v->trusts) || (!advice && damage_is_utf8(d)))
        return 0;
    v->no_text = !wide;
    v->foreign = s;
    v->foreign_at = d->first;
    if (advice)
        buf_str(&v->advice, advice);
    else
        encoding_advise((const unsigned char *)d->sample->data, d->sample->len, &v->advice);
    return 0;
}

int survey_sources(struct survey *v, struct sources *s, struct reader *r, int damaged,
                   struct charnn_error *e)
{
    const int documents = r->documents.kind;
    const int how = damaged == CHARNN_DAMAGED_DROP ? damaged : CHARNN_DAMAGED_REPLACE;
    int status = 0;
    v->trusts = damaged != CHARNN_DAMAGED_AUTO;
    r->documents.kind = 0; /* offsets are those of the file */
    for (size_t k = 0; k < s->n && !v->foreign && status == 0; k++) {
        struct buf sample = { 0 };
        struct damage d = { .sample = &sample };
        status = survey_source(v, &s->list[k], r, &d, e);
        if (status == 0 && (sample.failed || v->advice.failed))
            status = err_set(e, "%s: out of memory", s->list[k].name);
        add_damage(v, &s->list[k], &d);
        s->list[k].repair.damaged = d.sequences > 0 ? how : 0;
        buf_release(&sample);
    }
    for (size_t k = 0; k < s->n && v->foreign; k++)
        s->list[k].repair.damaged = 0;
    r->documents.kind = documents;
    return status;
}

void survey_release(struct survey *v)
{
    buf_release(&v->advice);
}
