/*
 * fuzz_json.c - reads arbitrary bytes as JSON.
 *
 * Text that json_skip accepts must be readable value by value; a copy, written by the JSON
 * writer, must be accepted too, and a copy of the copy must be the same.  Otherwise the
 * program aborts.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_value(struct json *in, struct json_out *out, const char *key);

/* A key ends at its first NUL, because the writer takes a string. */
static void copy_container(struct json *in, struct json_out *out, const char *key,
                           char open)
{
    json_enter(in, open);
    json_open(out, key, open);
    while (json_next(in)) {
        struct buf name = { 0 };
        if (open == '{' && !json_key(in, &name))
            abort();
        copy_value(in, out, open == '{' ? name.data : NULL);
        buf_release(&name);
    }
    json_close(out, open == '{' ? '}' : ']');
}

static void copy_number(struct json *in, struct json_out *out, const char *key)
{
    struct json again = *in;
    int64_t whole;
    double real;
    if (json_int(&again, &whole) && whole != 0) { /* -0 is not an integer */
        *in = again;
        json_put_int(out, key, whole);
    } else if (json_number(in, &real)) {
        json_put_real(out, key, real);
    }
}

static void copy_value(struct json *in, struct json_out *out, const char *key)
{
    struct buf text = { 0 };
    char c = json_peek(in);
    if (c == '{' || c == '[')
        copy_container(in, out, key, c);
    else if (c == '"' && json_string(in, &text))
        json_put_string(out, key, text.data, text.len);
    else if ((c == 't' || c == 'f') && json_skip(in))
        json_put_bool(out, key, c == 't');
    else if (c == 'n' && json_null(in))
        json_put_real(out, key, INFINITY);
    else
        copy_number(in, out, key);
    buf_release(&text);
}

/* Appends a copy of the value, which json_skip accepts, to out. */
static void copy_text(const char *s, size_t n, struct buf *out)
{
    struct json in;
    struct json_out o = { out, true };
    json_init(&in, s, n);
    copy_value(&in, &o, NULL);
    if (!json_end(&in) || out->failed)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json j;
    struct buf once = { 0 }, twice = { 0 };
    json_init(&j, (const char *)data, size);
    bool ok = json_skip(&j) && json_end(&j);
    if (j.at > size || ok == (j.fault != NULL))
        abort();
    if (!ok)
        return 0;
    copy_text((const char *)data, size, &once);
    copy_text(once.data, once.len, &twice);
    if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
        abort();
    buf_release(&once);
    buf_release(&twice);
    return 0;
}
