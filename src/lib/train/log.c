/* log.c - writes events as lines of JSON. */
#include "train/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/lock.h"
#include "ckpt/ckpt.h"

/* The step of a line; -1 if it is not a complete line of a log. */
static int64_t line_step(const char *line, size_t n)
{
    struct json j;
    struct buf key = { 0 };
    int64_t step = -1;
    json_init(&j, line, n);
    json_enter(&j, '{');
    while (json_next(&j) && json_key(&j, &key))
        if (strcmp(key.data, "step") != 0 ? !json_skip(&j) : !json_int(&j, &step))
            break;
    if (!json_end(&j))
        step = -1;
    buf_release(&key);
    return step;
}

static bool has_gradients(const char *line, size_t n)
{
    static const char begin[] = "{\"event\":\"gradients\"";
    return n > sizeof begin && memcmp(line, begin, sizeof begin - 1) == 0;
}

/* Bytes before the first line that is incomplete or belongs to a later step.  Sets
 * l->gradients. */
static size_t length_up_to(struct log *l, const struct buf *b, int64_t step)
{
    size_t at = 0;
    while (at < b->len) {
        const char *end = memchr(b->data + at, '\n', b->len - at);
        const size_t n = end ? (size_t)(end - b->data) - at : 0;
        const int64_t line = end ? line_step(b->data + at, n) : -1;
        if (line < 0 || line > step)
            break;
        if (has_gradients(b->data + at, n))
            l->gradients = line;
        at += n + 1;
    }
    return at;
}

int log_open(struct log *l, const char *path, struct charnn_error *e)
{
    bool created;
    const int fd = lock_open(path, &created, e);
    *l = (struct log){ 0 };
    if (fd < 0)
        return -1;
    l->created = created;
    l->path = strdup(path);
    l->f = l->path ? fdopen(fd, "a+") : NULL;
    if (l->f)
        return 0;
    err_set(e, "%s: out of memory", path);
    if (created)
        unlink(path);
    close(fd);
    return -1;
}

bool log_is_empty(const struct log *l)
{
    struct stat st;
    return fstat(fileno(l->f), &st) == 0 && st.st_size == 0;
}

/* Uses the descriptor that is already open, because closing another descriptor of the same
 * file would release the lock. */
int log_begin(struct log *l, int64_t step, struct charnn_error *e)
{
    const int fd = fileno(l->f);
    size_t keep = 0;
    l->gradients = -1;
    if (step >= 0) {
        struct buf b = { 0 };
        lseek(fd, 0, SEEK_SET);
        const int status = file_read_fd(fd, l->path, &b, e);
        if (status == 0)
            keep = length_up_to(l, &b, step);
        buf_release(&b);
        if (status < 0)
            return -1;
    }
    if (ftruncate(fd, (off_t)keep) < 0)
        return err_sys(e, "%s: cannot write", l->path);
    l->begun = true;
    return 0;
}

/* Ends the object and writes the line. */
static void write_line(struct log *l, struct json_out *j)
{
    struct buf *b = j->b;
    json_close(j, '}');
    buf_char(b, '\n');
    if (l->begun &&
        (b->failed || fwrite(b->data, 1, b->len, l->f) != b->len || fflush(l->f)))
        l->failed = true;
    buf_release(b);
}

/* ------------------------------------------------------------------------ events */

enum { ANY_EVENT = -1 };
enum metric_type { INT, REAL, TEXT };

/* The fields of the log lines, by kind of event, in this order. */
// clang-format off
#define NAMED(event, type, member, name) \
    { event, type, name, offsetof(struct charnn_event, member) }
#define METRIC(event, type, member) NAMED(event, type, member, #member)
static const struct metric {
    int event;
    enum metric_type type; /* int64_t, double, const char * (NULL: left out) */
    const char *name;
    size_t offset;
} metrics[] = {
    METRIC(ANY_EVENT, INT, step),
    METRIC(ANY_EVENT, INT, steps),
    METRIC(ANY_EVENT, REAL, epoch),
    METRIC(ANY_EVENT, REAL, seconds),
    METRIC(ANY_EVENT, REAL, work),
    METRIC(CHARNN_EVENT_NOTE, TEXT, note),
    METRIC(CHARNN_EVENT_STEP, REAL, train_loss), /* mean since the last step line */
    METRIC(CHARNN_EVENT_STEP, REAL, grad_norm),
    METRIC(CHARNN_EVENT_STEP, REAL, learning_rate),
    METRIC(CHARNN_EVENT_STEP, REAL, chars_per_second),
    METRIC(CHARNN_EVENT_BASELINES, TEXT, split),
    METRIC(CHARNN_EVENT_VALID, REAL, valid_loss),
    METRIC(CHARNN_EVENT_VALID, REAL, best_loss),
    METRIC(CHARNN_EVENT_VALID, REAL, train_loss), /* mean since the last validation */
    METRIC(CHARNN_EVENT_VALID, TEXT, split),
    METRIC(CHARNN_EVENT_SAVE, TEXT, path),
    METRIC(CHARNN_EVENT_END, REAL, train_loss), /* of the last step alone */
    METRIC(CHARNN_EVENT_END, REAL, valid_loss),
    METRIC(CHARNN_EVENT_END, REAL, best_loss),
    METRIC(CHARNN_EVENT_END, REAL, exact_loss),
    METRIC(CHARNN_EVENT_END, INT, best_step),
    METRIC(CHARNN_EVENT_END, INT, skipped),
    NAMED(CHARNN_EVENT_END, INT, rollbacks, "rewinds"),
    METRIC(CHARNN_EVENT_END, TEXT, note),
};
// clang-format on
enum { METRICS = sizeof metrics / sizeof *metrics };

static const char *const statuses[] = { "done", "stopped", "interrupted", "failed" };

static void put_metric(struct json_out *j, const struct metric *m,
                       const struct charnn_event *ev)
{
    const void *at = (const char *)ev + m->offset;
    if (m->type == INT)
        json_put_int(j, m->name, *(const int64_t *)at);
    else if (m->type == REAL)
        json_put_real(j, m->name, *(const double *)at);
    else if (*(const char *const *)at)
        json_put_text(j, m->name, *(const char *const *)at);
}

static void put_metrics(struct json_out *j, int event, const struct charnn_event *ev)
{
    for (size_t i = 0; i < METRICS; i++)
        if (metrics[i].event == event)
            put_metric(j, &metrics[i], ev);
}

static void open_line(struct json_out *j, const char *event, const struct charnn_event *ev)
{
    json_open(j, NULL, '{');
    json_put_text(j, "event", event);
    put_metrics(j, ANY_EVENT, ev);
}

void log_start(struct log *l, const struct charnn_config *c, const struct charnn_summary *s,
               const struct charnn_event *ev)
{
    struct buf b = { 0 };
    struct json_out j = { .b = &b, .first = true };
    open_line(&j, "start", ev);
    json_put_int(&j, "steps_per_epoch", s->steps_per_epoch);
    json_put_int(&j, "characters", s->characters);
    json_put_int(&j, "symbols", s->symbols);
    json_put_int(&j, "parameters", s->parameters);
    json_put_int(&j, "threads", s->threads);
    json_put_text(&j, "isa", s->isa);
    ckpt_put_config(&j, "config", c);
    write_line(l, &j);
}

void log_event(struct log *l, const struct charnn_event *ev)
{
    static const char *const names[] = {
        [CHARNN_EVENT_START] = "start", [CHARNN_EVENT_NOTE] = "note",
        [CHARNN_EVENT_STEP] = "step",   [CHARNN_EVENT_BASELINES] = "baselines",
        [CHARNN_EVENT_VALID] = "valid", [CHARNN_EVENT_SAVE] = "save",
        [CHARNN_EVENT_END] = "end",
    };
    struct buf b = { 0 };
    struct json_out j = { .b = &b, .first = true };
    open_line(&j, names[ev->kind], ev);
    if (ev->kind == CHARNN_EVENT_END)
        json_put_text(&j, "status", statuses[ev->status]);
    put_metrics(&j, (int)ev->kind, ev);
    if (ev->kind == CHARNN_EVENT_VALID)
        json_put_string(&j, "sample", ev->text, ev->text_length);
    if (ev->kind == CHARNN_EVENT_BASELINES) {
        json_open(&j, "ngram", '[');
        for (int k = 0; k < CHARNN_NGRAM_ORDERS; k++)
            json_put_real(&j, NULL, ev->ngram[k]);
        json_close(&j, ']');
    }
    write_line(l, &j);
}

/* --------------------------------------------------------------------- gradients */

static void put_matrix(struct json_out *j, const char *key, const double *x, size_t L,
                       size_t T)
{
    json_open(j, key, '[');
    for (size_t i = 0; i < L; i++) {
        json_open(j, NULL, '[');
        for (size_t k = 0; k < T; k++)
            json_put_real(j, NULL, x[i * T + k]);
        json_close(j, ']');
    }
    json_close(j, ']');
}

void log_flow(struct log *l, const struct charnn_event *ev, const struct flow *f, size_t L)
{
    struct buf b = { 0 };
    struct json_out j = { .b = &b, .first = true };
    open_line(&j, "gradients", ev);
    put_matrix(&j, "dh", f->dh, L, f->T);
    if (f->dc)
        put_matrix(&j, "dc", f->dc, L, f->T);
    else
        json_put_real(&j, "dc", NAN);
    write_line(l, &j);
}

int log_close(struct log *l, struct charnn_error *e)
{
    bool bad = l->failed;
    if (l->created && !l->begun)
        unlink(l->path); /* while the lock is still held */
    if (l->f && fclose(l->f) != 0)
        bad = true;
    if (bad)
        err_set(e, "%s: the log could not be written completely", l->path);
    free(l->path);
    *l = (struct log){ 0 };
    return bad ? -1 : 0;
}
