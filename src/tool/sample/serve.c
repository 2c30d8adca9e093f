/* serve.c - reads requests and writes answers. */
#include "sample/serve.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/err.h"
#include "base/field.h"
#include "base/json.h"
#include "cli/line.h"
#include "sample/answer.h"
#include "sample/best.h"

struct request {
    struct charnn_sample_config config;
    struct charnn_limits limits;
    int64_t best_of;
    struct buf prime;
    struct buf stop[CHARNN_STOPS_MAX];
    struct charnn_stop
        stops[CHARNN_STOPS_MAX]; /* limits.stops, if the request has its own */
    struct buf id;               /* as JSON; empty: none */
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
    { "best_of", offsetof(struct request, best_of), true, 1, BEST_OF_MAX },
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

/* Reads the member id, and keeps it as JSON for the answer. */
static int read_id(struct json *j, struct request *r)
{
    struct json_out id = { &r->id, true };
    struct buf text = { 0 };
    int64_t number = 0;
    r->id.len = 0;
    const bool is_text = json_peek(j) == '"';
    if (is_text ? json_string(j, &text) : json_int(j, &number)) {
        if (is_text)
            json_put_string(&id, NULL, text.data, text.len);
        else
            json_put_int(&id, NULL, number);
    }
    r->id.failed |= text.failed;
    buf_release(&text);
    return j->fault ? -1 : 0;
}

/* Reads the member prime_base64 into the prime. */
static int read_prime_base64(struct json *j, struct request *r, struct charnn_error *e)
{
    struct buf text = { 0 };
    int status = -1;
    if (json_string(j, &text)) {
        r->prime.len = 0;
        status = text.failed || base64_decode(&r->prime, text.data, text.len)
                     ? 0
                     : err_usage(e, "prime_base64 is not base64");
        r->prime.failed |= text.failed;
    }
    buf_release(&text);
    return status;
}

/* Reads the member unknown, which has the values of --unknown. */
static int read_unknown(struct json *j, struct request *r, struct charnn_error *e)
{
    static const struct field row =
        ROW_CHOICE(0, "unknown", NULL, offsetof(struct request, config.unknown),
                   "error|skip|nearest|replace", NULL);
    struct buf word = { 0 };
    int status = -1;
    if (json_string(j, &word))
        status = word.failed ? err_set(e, "out of memory for the request")
                             : field_set(&row, r, word.data, e);
    buf_release(&word);
    return status;
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

/* Reads the member stop: a string, or an array of strings. */
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
    if (strcmp(key->data, "prime_base64") == 0)
        return read_prime_base64(j, r, e);
    if (strcmp(key->data, "id") == 0)
        return read_id(j, r);
    if (strcmp(key->data, "unknown") == 0)
        return read_unknown(j, r, e);
    if (strcmp(key->data, "stop") == 0)
        return read_stops(j, r, e);
    for (size_t i = 0; i < sizeof request_members / sizeof *request_members; i++)
        if (key->len == strlen(request_members[i].name) &&
            strcmp(key->data, request_members[i].name) == 0)
            return read_request_number(j, &request_members[i], r, e);
    return err_usage(
        e,
        "unknown member \"%.40s\": a request has id, prime, prime_base64, "
        "unknown, length, lines, stop, temperature, top_k, top_p, min_p, seed, "
        "best_of",
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

/* The text generated so far; with best_of, the best text so far is in `best`. */
struct answer {
    struct buf text;
    struct charnn_piece last;
    struct best best;
};

static int on_answer_piece(const struct charnn_piece *piece, void *arg)
{
    struct answer *a = arg;
    buf_add(&a->text, piece->bytes, piece->n);
    a->last = *piece;
    return a->text.failed;
}

/* The charnn_piece_fn with best_of, which gets whole texts. */
static int on_answer_candidate(const struct charnn_piece *piece, void *arg)
{
    struct answer *a = arg;
    best_offer(&a->best, piece);
    return 0;
}

static int write_best_answer(const struct serve *s, const struct request *r,
                             struct answer *a, struct charnn_error *e)
{
    if (charnn_sampler_texts(s->sampler, r->best_of, &r->limits, on_answer_candidate, a,
                             e) < 0)
        return -1;
    buf_add(&a->text, a->best.piece.bytes, a->best.piece.n);
    a->last = a->best.piece;
    return 0;
}

static int write_answer(const struct serve *s, struct request *r, struct answer *a,
                        struct charnn_error *e)
{
    if (charnn_sampler_set(s->sampler, &r->config, e) < 0 ||
        charnn_sampler_prime(s->sampler, r->prime.data, r->prime.len, e) < 0)
        return -1;
    const int status =
        r->best_of > 1 || s->config.new_only
            ? write_best_answer(s, r, a, e)
            : charnn_sampler_write(s->sampler, 0, &r->limits, on_answer_piece, a, e);
    if (status < 0)
        return -1;
    return a->text.failed ? err_set(e, "out of memory for the text") : 0;
}

/* Begins an answer, with the id of the request if there is one. */
static struct json_out begin_answer(struct buf *out, const struct buf *id)
{
    struct json_out o = { out, true };
    json_open(&o, NULL, '{');
    if (id && id->len > 0) {
        buf_str(out, "\"id\":");
        buf_add(out, id->data, id->len);
        o.first = false;
    }
    return o;
}

static void add_answer_json(struct buf *out, const struct serve *s, const struct request *r,
                            const struct answer *a)
{
    struct json_out o = begin_answer(out, &r->id);
    const struct charnn_unknown unknown = charnn_sampler_unknown(s->sampler);
    answer_put_text(&o, a->text.data, a->text.len, (int64_t)charnn_sampler_seed(s->sampler),
                    &a->last);
    if (a->last.end == CHARNN_END_STUCK) /* for older programs, which do not know `end` */
        json_put_bool(&o, "stuck", true);
    if (unknown.met > 0)
        json_put_int(&o, "unknown", unknown.met);
    json_close(&o, '}');
}

static void add_error_json(struct buf *out, const struct buf *id, const char *message)
{
    struct json_out o = begin_answer(out, id);
    json_put_text(&o, "error", message);
    json_close(&o, '}');
}

static void answer_request(const struct serve *s, const struct buf *line, struct buf *out)
{
    struct request r = { .config = s->config, .limits = s->limits, .best_of = s->best_of };
    struct answer a = { .text = { 0 } };
    struct charnn_error e;
    buf_add(&r.prime, s->prime, s->n_prime);
    int status = read_request(line, &r, &e);
    if (status == 0 && (r.prime.failed || r.id.failed))
        status = err_set(&e, "out of memory for the request");
    if (status == 0)
        status = write_answer(s, &r, &a, &e);
    if (status == 0 && *s->caught)
        status = err_set(&e, "interrupted");
    if (status == 0)
        add_answer_json(out, s, &r, &a);
    else
        add_error_json(out, &r.id, e.message);
    buf_release(&a.text);
    buf_release(&a.best.text);
    buf_release(&r.prime);
    buf_release(&r.id);
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

static bool is_blank(const struct buf *line)
{
    for (size_t i = 0; i < line->len; i++)
        if (!strchr(" \t\r\n", line->data[i]) || !line->data[i])
            return false;
    return true;
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
        if (got == LINE_READ && is_blank(&line))
            continue;
        if (got == LINE_LONG)
            add_error_json(&out, NULL, "the line is longer than 16 MB");
        else
            answer_request(s, &line, &out);
        open = send_answer(&out);
        buf_release(&out);
    }
    buf_release(&line);
}
