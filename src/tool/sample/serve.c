/* serve.c - reads a request, writes a text, answers. */
#include "sample/serve.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "cli/line.h"

struct request {
    struct charnn_sample_config config;
    struct charnn_limits limits;
    struct buf prime, stop;
};

/* ------------------------------------------------------------------------ reading */

/* Members of a request that are numbers. */
static const struct member {
    const char *name;
    size_t offset; /* in struct request */
    int whole;     /* an int64_t; else a double */
    double lo, hi;
} members[] = {
    { "length", offsetof(struct request, limits.length), 1, 1, SERVE_LENGTH_MOST },
    { "lines", offsetof(struct request, limits.lines), 1, 0, 1e15 },
    { "seed", offsetof(struct request, config.seed), 1, 0, 9.3e18 },
    { "top_k", offsetof(struct request, config.top_k), 1, 0, 1 << 20 },
    { "temperature", offsetof(struct request, config.temperature), 0, 0, 100 },
    { "top_p", offsetof(struct request, config.top_p), 0, 1e-12, 1 },
    { "min_p", offsetof(struct request, config.min_p), 0, 0, 1 },
};

static int read_number(struct json *j, const struct member *m, struct request *r,
                       struct charnn_error *e)
{
    char *at = (char *)r + m->offset;
    int64_t whole = 0;
    double value = 0;
    if (m->whole ? !json_int(j, &whole) : !json_number(j, &value))
        return -1;
    if (m->whole)
        value = (double)whole;
    if (!(value >= m->lo && value <= m->hi))
        return err_usage(e, "%s must be from %.0f to %.0f", m->name, m->lo, m->hi);
    memcpy(at, m->whole ? (void *)&whole : (void *)&value, sizeof whole);
    return 0;
}

/* A fault of the JSON itself is left to the caller. */
static int read_member(struct json *j, const struct buf *key, struct request *r,
                       struct charnn_error *e)
{
    if (strcmp(key->data, "prime") == 0)
        return json_string(j, &r->prime) ? 0 : -1;
    if (strcmp(key->data, "stop") == 0)
        return json_string(j, &r->stop) ? 0 : -1;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (key->len == strlen(members[i].name) && strcmp(key->data, members[i].name) == 0)
            return read_number(j, &members[i], r, e);
    return err_usage(e,
                     "unknown member \"%.40s\": a request has prime, length, lines, stop, "
                     "temperature, top_k, top_p, min_p, seed",
                     key->data);
}

static int read_request(const struct buf *line, struct request *r, struct charnn_error *e)
{
    struct json j;
    struct buf key = { 0 };
    int status = 0;
    json_init(&j, line->data, line->len);
    json_enter(&j, '{');
    while (status == 0 && json_next(&j))
        status = json_key(&j, &key) ? read_member(&j, &key, r, e) : -1;
    if (status == 0)
        json_end(&j);
    buf_release(&key);
    if (j.fault)
        return err_usage(e, "byte %zu of the line: %s", j.at, j.fault);
    return status;
}

/* ---------------------------------------------------------------------- answering */

struct answer {
    struct buf text;
    struct charnn_piece last;
};

static int collect(const struct charnn_piece *piece, void *arg)
{
    struct answer *a = arg;
    buf_add(&a->text, piece->bytes, piece->n);
    a->last = *piece;
    return a->text.failed;
}

static int write_text(const struct serve *s, struct request *r, struct answer *a,
                      struct charnn_error *e)
{
    r->limits.stop = r->stop.data;
    r->limits.stop_length = r->stop.len;
    if (charnn_sampler_set(s->sampler, &r->config, e) < 0 ||
        charnn_sampler_prime(s->sampler, r->prime.data, r->prime.len, e) < 0 ||
        charnn_sampler_write(s->sampler, 0, &r->limits, collect, a, e) < 0)
        return -1;
    return a->text.failed ? err_set(e, "out of memory for the text") : 0;
}

static void put_answer(struct buf *out, const struct serve *s, const struct answer *a)
{
    struct json_out o = { out, true };
    json_open(&o, NULL, '{');
    json_put_string(&o, "text", a->text.data ? a->text.data : "", a->text.len);
    json_put_int(&o, "seed", (int64_t)charnn_sampler_seed(s->sampler));
    json_put_real(&o, "logprob", a->last.logprob);
    json_put_int(&o, "chars", a->last.chars);
    if (a->last.stuck) /* --forbid-copy left nothing to draw */
        json_put_bool(&o, "stuck", true);
    json_close(&o, '}');
}

static void put_error(struct buf *out, const char *message)
{
    struct json_out o = { out, true };
    json_open(&o, NULL, '{');
    json_put_string(&o, "error", message, strlen(message));
    json_close(&o, '}');
}

static void answer(const struct serve *s, const struct buf *line, struct buf *out)
{
    struct request r = { .config = s->config, .limits = s->limits };
    struct answer a = { .text = { 0 } };
    struct charnn_error e;
    buf_add(&r.prime, s->prime, s->n_prime);
    buf_add(&r.stop, s->limits.stop, s->limits.stop_length);
    int status = read_request(line, &r, &e);
    if (status == 0 && (r.prime.failed || r.stop.failed))
        status = err_set(&e, "out of memory for the request");
    if (status == 0)
        status = write_text(s, &r, &a, &e);
    if (status == 0 && *s->caught)
        status = err_set(&e, "interrupted");
    if (status == 0)
        put_answer(out, s, &a);
    else
        put_error(out, e.message);
    buf_release(&a.text);
    buf_release(&r.prime);
    buf_release(&r.stop);
}

static bool send(struct buf *out)
{
    static const char poor[] = "{\"error\":\"out of memory\"}";
    buf_char(out, '\n');
    const bool sent =
        out->failed ? puts(poor) >= 0 : fwrite(out->data, 1, out->len, stdout) == out->len;
    return fflush(stdout) == 0 && sent;
}

void serve_run(const struct serve *s)
{
    struct buf line = { 0 };
    bool open = true;
    while (open && !*s->caught) {
        struct buf out = { 0 };
        const enum line got = line_read(&line);
        if (got == LINE_END)
            break;
        if (got == LINE_LONG)
            put_error(&out, "the line is longer than 16 MB");
        else
            answer(s, &line, &out);
        open = send(&out);
        buf_release(&out);
    }
    buf_release(&line);
}
