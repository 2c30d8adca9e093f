/* reader.c - reads bytes from a file or from memory and passes them through up to three
 * filters, each of which writes to the buffer of the next one. */
#include "text/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "text/hangul.h"

enum { BLOCK = 1 << 17 };

/* --------------------------------------------------------------------- opening */

static int fault(struct reader *r, struct charnn_error *e)
{
    return err_sys(e, "%s: cannot read", r->source->name);
}

static ssize_t read_again(int fd, void *to, size_t n)
{
    ssize_t got;
    do
        got = read(fd, to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

static void count_bytes(struct reader *r, size_t n)
{
    r->done += n;
    if (r->watch)
        r->watch(r->arg, r->done);
}

/* Reads a pipe to its end and keeps the bytes in memory. */
static int keep_all(struct reader *r, struct charnn_error *e)
{
    struct source *s = r->source;
    ssize_t got = 1;
    while (got > 0) {
        if (!buf_reserve(&s->kept, BLOCK))
            return err_set(e, "%s: out of memory", s->name);
        got = read_again(r->fd, s->kept.data + s->kept.len, BLOCK);
        if (got > 0) {
            s->kept.len += (size_t)got;
            count_bytes(r, (size_t)got);
        }
    }
    if (got < 0)
        return fault(r, e);
    s->text = (const unsigned char *)s->kept.data;
    s->len = s->kept.len;
    return 0;
}

/* Returns a descriptor of the source, or -1. */
static int open_source(struct source *s, struct charnn_error *e)
{
    int fd;
    if (strcmp(s->path, "-") == 0)
        return STDIN_FILENO;
    do
        fd = open(s->path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? err_sys(e, "%s: cannot open", s->name) : fd;
}

/* Seeks to the place where standard input was when it was first read. */
static int seek_to_start(struct reader *r, struct charnn_error *e)
{
    struct source *s = r->source;
    if (!s->is_started)
        s->start = lseek(r->fd, 0, SEEK_CUR);
    s->is_started = true;
    return s->start < 0 || lseek(r->fd, s->start, SEEK_SET) < 0 ? fault(r, e) : 0;
}

static int begin_file(struct reader *r, struct charnn_error *e)
{
    struct stat st;
    r->fd = open_source(r->source, e);
    if (r->fd < 0)
        return -1;
    if (fstat(r->fd, &st) < 0)
        return fault(r, e);
    if (S_ISDIR(st.st_mode))
        return err_set(e, "%s: is a directory", r->source->name);
    if (!S_ISREG(st.st_mode))
        return r->once ? 0 : keep_all(r, e);
    return r->fd == STDIN_FILENO ? seek_to_start(r, e) : 0;
}

int reader_open(struct reader *r, struct source *s, struct charnn_error *e)
{
    r->source = s;
    r->fd = -1;
    r->at = r->repaired = r->n = 0;
    r->torn.len = r->raw.len = r->out.len = r->ahead.len = 0;
    r->ahead_at = 0;
    r->ended = r->in_line = r->line_ended = false;
    r->marker = (struct documents_marker){ .rule = &r->documents, .name = s->name };
    if (s->text || begin_file(r, e) == 0)
        return 0;
    reader_close(r);
    return -1;
}

void reader_close(struct reader *r)
{
    if (r->fd > STDIN_FILENO)
        close(r->fd);
    r->fd = -1;
    documents_release(&r->marker);
}

void reader_release(struct reader *r)
{
    buf_release(&r->torn);
    buf_release(&r->raw);
    buf_release(&r->out);
    buf_release(&r->ahead);
}

void reader_release_source(struct source *s)
{
    buf_release(&s->kept);
}

/* --------------------------------------------------------------------- reading */

/* Gives whole pages of memory that are no longer needed back to the system. */
static void forget(const char *bytes, size_t n)
{
#ifdef MADV_DONTNEED
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = ((uintptr_t)bytes + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)bytes + n) / page * page;
    if (first < end)
        (void)madvise((void *)first, end - first, MADV_DONTNEED);
#else
    (void)bytes;
    (void)n;
#endif
}

/* Reads up to BLOCK bytes into the free room of b; returns how many, 0 at the end, or
 * -1. */
static ssize_t read_block(struct reader *r, struct buf *b)
{
    const struct source *s = r->source;
    if (!s->text)
        return read_again(r->fd, b->data + b->len, BLOCK);
    const size_t n = size_min(s->len - r->at, BLOCK);
    memcpy(b->data + b->len, s->text + r->at, n);
    if (r->last &&
        s->kept.data) /* this block, and the page in which the block before it ended */
        forget(s->kept.data + (r->at > BLOCK ? r->at - BLOCK : 0),
               size_min(r->at, BLOCK) + n);
    return (ssize_t)n;
}

/* Reads up to the end of a line, or less, into the free room of b, which is at least BLOCK;
 * returns the same as read_block. */
static ssize_t read_line(struct reader *r, struct buf *b)
{
    struct buf *a = &r->ahead;
    if (r->ahead_at == a->len) {
        a->len = r->ahead_at = 0;
        const ssize_t got = buf_reserve(a, BLOCK) ? read_block(r, a) : 0;
        b->failed |= a->failed;
        if (got <= 0)
            return got;
        a->len = (size_t)got;
    }
    const char *from = a->data + r->ahead_at, *end;
    end = memchr(from, '\n', a->len - r->ahead_at);
    const size_t n = end ? (size_t)(end - from) + 1 : a->len - r->ahead_at;
    memcpy(b->data + b->len, from, n);
    r->ahead_at += n;
    return (ssize_t)n;
}

bool reader_is_dry(const struct reader *r)
{
    return r->ahead_at == r->ahead.len;
}

/* Sets line_ended after `got` bytes were read to the end of b; the end of the text ends a
 * line too. */
static void find_line_end(struct reader *r, const struct buf *b, size_t got)
{
    const bool newline = got > 0 && b->data[b->len - 1] == '\n';
    r->line_ended = newline || (got == 0 && r->in_line);
    r->in_line = got > 0 && !newline;
}

/* Length of an incomplete character at the end of the text, 0 if there is none. */
static size_t unfinished(const unsigned char *s, size_t n)
{
    for (size_t k = 1; k <= n && k < UTF8_MAX; k++)
        if ((s[n - k] & 0xC0) != 0x80)
            return s[n - k] >= 0x80 && utf8_is_begun(s + n - k, k) ? k : 0;
    return 0;
}

static bool needs_repair(const struct source *s)
{
    return s->repair.damaged || s->repair.drop_boms;
}

/* Repairs r->torn into *to, except for an incomplete character at its end. */
static void repair_block(struct reader *r, struct buf *to)
{
    unsigned char *s = (unsigned char *)r->torn.data;
    const size_t cut = r->ended ? 0 : unfinished(s, r->torn.len), whole = r->torn.len - cut;
    damage_repair(&r->source->repair, r->repaired, s, whole, to);
    if (r->damage)
        damage_count(r->damage, s, whole);
    r->repaired += whole;
    memmove(s, s + whole, cut);
    r->torn.len = cut;
}

/* Adds r->raw, divided into documents, to r->out. */
static int divide_block(struct reader *r, struct charnn_error *e)
{
    const unsigned char *raw = (const unsigned char *)r->raw.data;
    if (r->raw.len > 0 && documents_add(&r->marker, raw, r->raw.len, &r->out, e) < 0)
        return -1;
    if (r->ended)
        documents_end(&r->marker, &r->out);
    r->raw.len = 0;
    return 0;
}

/* Adds one block, repaired and divided into documents, to r->out. */
static int add_block(struct reader *r, struct charnn_error *e)
{
    struct buf *last = r->documents.kind ? &r->raw : &r->out;
    struct buf *b = needs_repair(r->source) ? &r->torn : last;
    const ssize_t got = !buf_reserve(b, BLOCK) ? 0
                        : r->by_line           ? read_line(r, b)
                                               : read_block(r, b);
    if (got < 0)
        return fault(r, e);
    b->len += (size_t)got;
    if (r->by_line)
        find_line_end(r, b, (size_t)got);
    r->at += (size_t)got;
    r->ended = got == 0;
    if (!r->source->text)
        count_bytes(r, (size_t)got);
    if (b == &r->torn && !b->failed)
        repair_block(r, last);
    const int status = r->documents.kind ? divide_block(r, e) : 0;
    if (status == 0 && (r->torn.failed || r->raw.failed || r->out.failed))
        return err_set(e, "%s: out of memory", r->source->name);
    return status;
}

/* Composes the text in r->out; returns the length of the piece in it. */
static size_t finish_piece(struct reader *r)
{
    unsigned char *s = (unsigned char *)r->out.data;
    const size_t cut = r->ended ? 0 : unfinished(s, r->out.len), whole = r->out.len - cut;
    if (!r->source->compose)
        return whole;
    const size_t n = hangul_compose(s, whole);
    memmove(s + n, s + whole, cut);
    r->out.len = n + cut;
    return r->ended ? n : n - hangul_open(s, n);
}

int reader_next(struct reader *r, struct charnn_error *e)
{
    struct buf *out = &r->out;
    if (r->n > 0)
        memmove(out->data, out->data + r->n, out->len - r->n);
    out->len -= r->n;
    r->n = 0;
    r->line_ended = false;
    while (r->n == 0 && !r->ended && !r->line_ended) {
        if (add_block(r, e) < 0) {
            reader_close(r);
            return -1;
        }
        r->n = out->len ? finish_piece(r) : 0;
    }
    r->piece = (const unsigned char *)out->data;
    if (r->n > 0 || r->line_ended)
        return 1;
    reader_close(r);
    return 0;
}
