/* serve.c - reads requests and writes answers. */
#include "sample/serve.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "cli/line.h"

struct request {
    struct charnn_sample_config config;
    struct charnn_limits limits;
    struct buf prime;
    struct buf stop[CHARNN_STOPS_MAX];
    struct charnn_stop
        stops[CHARNN_STOPS_MAX]; /* limits.stops, if the request has its own */
};

/* ------------------------------------------------------------------------ reading */

/* The numeric members of a request. */
static const struct request_member {
    const char *name;
    size_t offset; /* offset in struct request */
    bool whole;    /* true: an int64_t; false: a double */
    double lo, hi;
} request_members[] = {
    { "length", offsetof(struct request, limits.length), true, 1, SERVE_LENGTH_MAX },
    { "lines", offsetof(struct request, limits.lines), true, 0, 1e15 },
    { "seed", offsetof(struct request, config.seed), true, 0, 9.3e18 },
    { "top_k", offsetof(struct request, config.top_k), true, 0, 1 << 20 },
    { "temperature", offsetof(struct request, config.temperature), false, 0, 100 },
    { "top_p", offsetof(struct request, config.top_p), false, 1e-12, 1 },
    { "min_p", offsetof(struct request, config.min_p), false, 0, 1 },
};

static int read_request_number(struct json *j, const struct request_member *m,
                               struct request *r, struct charnn_error *e)
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

/* Reads a string to stop at. */
static int read_stop(struct json *j, struct request *r, struct charnn_error *e)
{
    const size_t k = r->limits.n_stops;
    if (k == CHARNN_STOPS_MAX)
        return err_usage(e, "stop has at most %d strings", CHARNN_STOPS_MAX);
    if (!json_string(j, &r->stop[k]))
        return -1;
    r->stops[k] = (struct charnn_stop){ r->stop[k].data, r->stop[k].len };
    r->limits.n_stops++;
    return r->stop[k].failed ? err_set(e, "out of memory for the request") : 0;
}

/* The member stop: a string, or an array of them. */
static int read_stops(struct json *j, struct request *r, struct charnn_error *e)
{
    int status = 0;
    r->limits.stops = r->stops;
    r->limits.n_stops = 0;
    if (json_peek(j) != '[')
        return read_stop(j, r, e);
    json_enter(j, '[');
    while (status == 0 && json_next(j))
        status = read_stop(j, r, e);
    return j->fault ? -1 : status;
}

/* If the JSON is wrong, returns -1 with j->fault set and e not filled. */
static int read_request_member(struct json *j, const struct buf *key, struct request *r,
                               struct charnn_error *e)
{
    if (strcmp(key->data, "prime") == 0)
        return json_string(j, &r->prime) ? 0 : -1;
    if (strcmp(key->data, "stop") == 0)
        return read_stops(j, r, e);
    for (size_t i = 0; i < sizeof request_members / sizeof *request_members; i++)
        if (key->len == strlen(request_members[i].name) &&
            strcmp(key->data, request_members[i].name) == 0)
            return read_request_number(j, &request_members[i], r, e);
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
        status = json_key(&j, &key) ? read_request_member(&j, &key, r, e) : -1;
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

static int on_answer_piece(const struct charnn_piece *piece, void *arg)
{
    struct answer *a = arg;
    buf_add(&a->text, piece->bytes, piece->n);
    a->last = *piece;
    return a->text.failed;
}

static int write_answer(const struct serve *s, struct request *r, struct answer *a,
                        struct charnn_error *e)
{
    if (charnn_sampler_set(s->sampler, &r->config, e) < 0 ||
        charnn_sampler_prime(s->sampler, r->prime.data, r->prime.len, e) < 0 ||
        charnn_sampler_write(s->sampler, 0, &r->limits, on_answer_piece, a, e) < 0)
        return -1;
    return a->text.failed ? err_set(e, "out of memory for the text") : 0;
}

static void add_answer_json(struct buf *out, const struct serve *s, const struct answer *a)
{
    struct json_out o = { out, true };
    json_open(&o, NULL, '{');
    json_put_string(&o, "text", a->text.data ? a->text.data : "", a->text.len);
    json_put_int(&o, "seed", (int64_t)charnn_sampler_seed(s->sampler));
    json_put_real(&o, "logprob", a->last.logprob);
    json_put_int(&o, "chars", a->last.chars);
    if (a->last.end == CHARNN_END_STUCK) /* --forbid-copy allowed no symbol */
        json_put_bool(&o, "stuck", true);
    json_close(&o, '}');
}

static void add_error_json(struct buf *out, const char *message)
{
    struct json_out o = { out, true };
    json_open(&o, NULL, '{');
    json_put_text(&o, "error", message);
    json_close(&o, '}');
}

static void answer_request(const struct serve *s, const struct buf *line, struct buf *out)
{
    struct request r = { .config = s->config, .limits = s->limits };
    struct answer a = { .text = { 0 } };
    struct charnn_error e;
    buf_add(&r.prime, s->prime, s->n_prime);
    int status = read_request(line, &r, &e);
    if (status == 0 && r.prime.failed)
        status = err_set(&e, "out of memory for the request");
    if (status == 0)
        status = write_answer(s, &r, &a, &e);
    if (status == 0 && *s->caught)
        status = err_set(&e, "interrupted");
    if (status == 0)
        add_answer_json(out, s, &a);
    else
        add_error_json(out, e.message);
    buf_release(&a.text);
    buf_release(&r.prime);
    for (size_t k = 0; k < CHARNN_STOPS_MAX; k++)
        buf_release(&r.stop[k]);
}

static bool send_answer(struct buf *out)
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
        if (got == LINE_FAILED && !*s->caught)
            line_die(&line);
        if (got == LINE_END || got == LINE_FAILED)
            break;
        if (got == LINE_LONG)
            add_error_json(&out, "the line is longer than 16 MB");
        else
            answer_request(s, &line, &out);
        open = send_answer(&out);
        buf_release(&out);
    }
    buf_release(&line);
}
