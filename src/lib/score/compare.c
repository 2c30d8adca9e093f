/* compare.c - implements charnn_copied: indexes all samples, then reads the corpus once. */
#include "charnn.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "score/copied.h"
#include "text/sources.h"

struct sample {
    const char *path;
    struct buf text;
    struct copied index;
};

struct comparison {
    struct sample *samples; /* [n] */
    size_t n;
    size_t corpus_bytes;
};

static void read_corpus_piece(void *arg, const unsigned char *piece, size_t n)
{
    struct comparison *c = arg;
    c->corpus_bytes += n;
    for (size_t i = 0; i < c->n; i++)
        copied_read(&c->samples[i].index, piece, n);
}

static int index_sample(struct sample *s, struct charnn_error *e)
{
    if (file_read(s->path, &s->text, e) < 0)
        return -1;
    if (s->text.len == 0)
        return err_set(e, "%s is empty: there is nothing to compare", s->path);
    return copied_init(&s->index, s->path, (const unsigned char *)s->text.data, s->text.len,
                       e);
}

static int report_sample(struct sample *s, struct charnn_copied *out,
                         struct charnn_error *e)
{
    size_t from, to;
    if (copied_end(&s->index) < 0)
        return err_set(e, "%s: out of memory", s->path);
    copied_longest(&s->index, (const unsigned char *)s->text.data, s->text.len, &from, &to);
    out->chars = (int64_t)s->index.length;
    out->longest = (int64_t)s->index.longest;
    for (int i = 0; i < CHARNN_COPIED_SIZES; i++) {
        out->size[i] = 8 << i;
        out->share[i] = copied_share(&s->index, (size_t)out->size[i]);
    }
    out->run_bytes = to - from;
    out->run = malloc(to - from + 1);
    if (!out->run)
        return err_set(e, "%s: out of memory", s->path);
    memcpy(out->run, s->text.data + from, to - from);
    return 0;
}

/* Reads a file, or all text files below a folder one after the other, in the same order as
 * training. */
static int read_whole_corpus(struct comparison *c, const char *corpus,
                             struct charnn_error *e)
{
    struct sources s = { 0 };
    int status = sources_add(&s, &(struct source){ .name = corpus }, e);
    for (size_t k = 0; k < s.n && status == 0; k++)
        status = file_pieces(s.list[k].path, read_corpus_piece, c, e);
    sources_release(&s);
    return status;
}

static int compare_samples(struct comparison *c, const char *corpus,
                           struct charnn_copied *found, struct charnn_error *e)
{
    for (size_t i = 0; i < c->n; i++)
        if (index_sample(&c->samples[i], e) < 0)
            return -1;
    if (read_whole_corpus(c, corpus, e) < 0)
        return -1;
    if (c->corpus_bytes == 0)
        return err_set(e, "%s is empty: there is nothing to compare with", corpus);
    for (size_t i = 0; i < c->n; i++)
        if (report_sample(&c->samples[i], &found[i], e) < 0)
            return -1;
    return 0;
}

static int check_stdin_once(const char *corpus, const char *const *samples, size_t n,
                            struct charnn_error *e)
{
    int uses = strcmp(corpus, "-") == 0;
    for (size_t i = 0; i < n; i++)
        uses += strcmp(samples[i], "-") == 0;
    return uses > 1 ? err_usage(e, "standard input (-) can be read only once") : 0;
}

int charnn_copied(const char *corpus, const char *const *samples, size_t n,
                  struct charnn_copied *copied, struct charnn_error *e)
{
    if (n == 0)
        return err_usage(e, "no sample to compare with %s", corpus);
    struct comparison c = { .samples = calloc(n, sizeof *c.samples), .n = n };
    if (!c.samples)
        return err_set(e, "out of memory");
    memset(copied, 0, n * sizeof *copied);
    for (size_t i = 0; i < n; i++)
        c.samples[i].path = samples[i];
    const int status = check_stdin_once(corpus, samples, n, e) < 0
                           ? -1
                           : compare_samples(&c, corpus, copied, e);
    for (size_t i = 0; i < n; i++) {
        buf_release(&c.samples[i].text);
        copied_release(&c.samples[i].index);
        if (status < 0)
            free(copied[i].run);
    }
    free(c.samples);
    return status;
}
