/*
 * json.c - reads and writes JSON (RFC 8259).
 *
 * In the reader, j->at only moves forward, and stops at the first fault; every public
 * function checks j->fault first.  An open container takes one bit of j->objects, so nothing
 * is allocated and the depth is limited.
 */
#include "base/json.h"
#include "base/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { NUMBER_MAX = 512 };

/* ------------------------------------------------------------------ reader */

void json_init(struct json *j, const char *s, size_t n)
{
    *j = (struct json){ .s = s, .n = n };
}

static bool set_fault(struct json *j, const char *what)
{
    if (!j->fault)
        j->fault = what;
    return false;
}

/* Skips white space and returns the next byte without consuming it; 0 at the end (no token
 * begins with NUL). */
static char next_token(struct json *j)
{
    while (j->at < j->n && j->s[j->at] && strchr(" \t\n\r", j->s[j->at]))
        j->at++;
    return j->at < j->n ? j->s[j->at] : 0;
}

static bool in_object(const struct json *j)
{
    return j->depth && (j->objects >> (j->depth - 1) & 1);
}

bool json_enter(struct json *j, char open)
{
    if (j->fault)
        return false;
    if (next_token(j) != open)
        return set_fault(j, open == '{' ? "expected an object" : "expected an array");
    if (j->depth == JSON_DEPTH)
        return set_fault(j, "nested too deeply");
    uint32_t bit = (uint32_t)1 << j->depth++;
    j->objects = open == '{' ? j->objects | bit : j->objects & ~bit;
    j->first = true;
    j->at++;
    return true;
}

bool json_next(struct json *j)
{
    if (j->fault)
        return false;
    if (j->depth == 0)
        return set_fault(j, "not inside an object or array");
    char c = next_token(j);
    bool first = j->first;
    j->first = false;
    if (c == (in_object(j) ? '}' : ']')) {
        j->at++;
        j->depth--;
        return false;
    }
    if (first)
        return true;
    if (c != ',')
        return set_fault(j, in_object(j) ? "expected ',' or '}'" : "expected ',' or ']'");
    j->at++;
    return true;
}

/* Reads four hexadecimal digits; -1 if there are fewer. */
static long read_hex4(struct json *j)
{
    long value = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        char c = j->at < j->n ? j->s[j->at] : 0;
        const char *digit = c ? strchr(digits, c) : NULL;
        if (!digit)
            return -1;
        value = value << 4 | ((digit - digits) & 15);
        j->at++;
    }
    return value;
}

/* Reads the digits after "\u": one UTF-16 unit, or both units of a surrogate pair. */
static bool read_unicode_escape(struct json *j, struct buf *out)
{
    long c = read_hex4(j);
    if (c >= 0xd800 && c < 0xdc00 && j->n - j->at >= 2 && j->s[j->at] == '\\' &&
        j->s[j->at + 1] == 'u') {
        j->at += 2;
        long low = read_hex4(j);
        bool pair = low >= 0xdc00 && low < 0xe000;
        c = pair ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : -1;
    }
    char bytes[UTF8_MAX];
    int len = c < 0 ? 0 : utf8_encode((uint32_t)c, bytes);
    if (len == 0)
        return set_fault(j, "bad \\u escape");
    if (out)
        buf_add(out, bytes, (size_t)len);
    return true;
}

/* Reads the rest of an escape, after the backslash. */
static bool read_escape(struct json *j, struct buf *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char c = j->at < j->n ? j->s[j->at] : 0;
    if (c == 'u') {
        j->at++;
        return read_unicode_escape(j, out);
    }
    const char *name = c ? strchr(names, c) : NULL;
    if (!name)
        return set_fault(j, "bad escape");
    j->at++;
    if (out)
        buf_char(out, values[name - names]);
    return true;
}

/* Skips characters that need no unescaping. */
static bool skip_plain_run(struct json *j)
{
    while (j->at < j->n && j->s[j->at] != '"' && j->s[j->at] != '\\') {
        uint32_t c;
        int len = utf8_decode((const unsigned char *)j->s + j->at, j->n - j->at, &c);
        if (len == 0)
            return set_fault(j, "not valid UTF-8");
        if (c < 0x20)
            return set_fault(j, "control character in a string");
        j->at += (size_t)len;
    }
    return j->at < j->n ? true : set_fault(j, "string without an end");
}

bool json_string(struct json *j, struct buf *value)
{
    if (j->fault)
        return false;
    if (next_token(j) != '"')
        return set_fault(j, "expected a string");
    if (value)
        value->len = 0;
    j->at++;
    for (;;) {
        size_t start = j->at;
        if (!skip_plain_run(j))
            return false;
        if (value)
            buf_add(value, j->s + start, j->at - start);
        if (j->s[j->at++] == '"')
            break;
        if (!read_escape(j, value))
            return false;
    }
    return value && value->failed ? set_fault(j, "out of memory") : true;
}

bool json_key(struct json *j, struct buf *key)
{
    if (!json_string(j, key))
        return false;
    if (next_token(j) != ':')
        return set_fault(j, "expected ':'");
    j->at++;
    return true;
}

static size_t count_digits(const struct json *j, size_t at)
{
    size_t n = 0;
    while (at + n < j->n && j->s[at + n] >= '0' && j->s[at + n] <= '9')
        n++;
    return n;
}

static bool stands_at(const struct json *j, size_t at, const char *any)
{
    return at < j->n && j->s[at] && strchr(any, j->s[at]);
}

/* Returns the length of the number at j->at, 0 if there is none; sets *whole if it has
 * neither '.' nor 'e'. */
static size_t number_length(const struct json *j, bool *whole)
{
    size_t at = j->at + stands_at(j, j->at, "-"), n = count_digits(j, at);
    if (n == 0 || (n > 1 && j->s[at] == '0'))
        return 0;
    at += n;
    *whole = true;
    if (stands_at(j, at, ".")) {
        *whole = false;
        n = count_digits(j, at + 1);
        if (n == 0)
            return 0;
        at += 1 + n;
    }
    if (stands_at(j, at, "eE")) {
        *whole = false;
        at += 1 + stands_at(j, at + 1, "+-");
        n = count_digits(j, at);
        if (n == 0)
            return 0;
        at += n;
    }
    return at - j->at;
}

/* Reads a number into *real, or into *whole if that is not NULL. */
static bool read_number(struct json *j, double *real, int64_t *whole)
{
    char text[NUMBER_MAX];
    bool is_whole;
    if (j->fault)
        return false;
    next_token(j);
    const size_t n = number_length(j, &is_whole);
    if (n == 0 || n >= NUMBER_MAX)
        return set_fault(j, n ? "number is too long" : "expected a number");
    if (whole && !is_whole)
        return set_fault(j, "expected a whole number");
    memcpy(text, j->s + j->at, n);
    text[n] = '\0';
    errno = 0;
    const long long v = whole ? strtoll(text, NULL, 10) : 0;
    const double x = whole ? 0 : number_parse(text, NULL);
    if (whole ? errno != 0 : !isfinite(x))
        return set_fault(j, "number out of range");
    if (whole)
        *whole = v;
    else
        *real = x;
    j->at += n;
    return true;
}

bool json_number(struct json *j, double *value)
{
    return read_number(j, value, NULL);
}

bool json_int(struct json *j, int64_t *value)
{
    return read_number(j, NULL, value);
}

bool json_real(struct json *j, double *value)
{
    if (json_peek(j) != 'n')
        return json_number(j, value);
    *value = NAN;
    return json_null(j);
}

/* Consumes `word` if it is next. */
static bool read_literal(struct json *j, const char *word)
{
    size_t n = strlen(word);
    next_token(j);
    if (j->n - j->at < n || memcmp(j->s + j->at, word, n) != 0)
        return false;
    j->at += n;
    return true;
}

bool json_null(struct json *j)
{
    return !j->fault && read_literal(j, "null");
}

char json_peek(struct json *j)
{
    if (j->fault)
        return 0;
    char c = next_token(j);
    if (c && strchr("{[\"-0123456789tfn", c))
        return c;
    set_fault(j, j->at < j->n ? "expected a value" : "unexpected end");
    return 0;
}

/* Recursive; json_enter limits the depth. */
static bool skip_container(struct json *j, char open)
{
    if (!json_enter(j, open))
        return false;
    while (json_next(j))
        if ((open == '{' && !json_key(j, NULL)) || !json_skip(j))
            return false;
    return !j->fault;
}

bool json_skip(struct json *j)
{
    double number;
    char c = json_peek(j);
    switch (c) {
    case 0: return false;
    case '{':
    case '[': return skip_container(j, c);
    case '"': return json_string(j, NULL);
    case 't':
    case 'f':
    case 'n':
        return read_literal(j, c == 't'   ? "true"
                               : c == 'f' ? "false"
                                          : "null") ||
               set_fault(j, "expected a value");
    default: return json_number(j, &number);
    }
}

bool json_end(struct json *j)
{
    if (j->fault)
        return false;
    next_token(j);
    return j->depth == 0 && j->at == j->n ? true
                                          : set_fault(j, "unexpected text at the end");
}

/* ------------------------------------------------------------------ writer */

static void add_escaped(struct buf *b, uint32_t c)
{
    static const char codes[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
    const char *code = c && c < 0x80 ? strchr(codes, (int)c) : NULL;
    if (code)
        buf_printf(b, "\\%c", names[code - codes]);
    else
        buf_printf(b, "\\u%04x", (unsigned)c);
}

static void add_quoted(struct buf *b, const char *s, size_t n)
{
    size_t start = 0, at = 0; /* s[start..at) needs no escapes and has not been added yet */
    buf_char(b, '"');
    while (at < n) {
        uint32_t c = 0;
        int len = utf8_decode((const unsigned char *)s + at, n - at, &c);
        if (len && c >= 0x20 && c != '"' && c != '\\') {
            at += (size_t)len;
            continue;
        }
        buf_add(b, s + start, at - start);
        if (len)
            add_escaped(b, c);
        else
            buf_str(b, "\xef\xbf\xbd"); /* U+FFFD */
        start = ++at;
    }
    buf_add(b, s + start, at - start);
    buf_char(b, '"');
}

/* Writes the comma before a member or element, and its key. */
static void begin_value(struct json_out *o, const char *key)
{
    if (!o->first)
        buf_char(o->b, ',');
    o->first = false;
    if (key) {
        add_quoted(o->b, key, strlen(key));
        buf_char(o->b, ':');
    }
}

void json_open(struct json_out *o, const char *key, char bracket)
{
    begin_value(o, key);
    buf_char(o->b, bracket);
    o->first = true;
}

void json_close(struct json_out *o, char bracket)
{
    buf_char(o->b, bracket);
    o->first = false;
}

void json_put_string(struct json_out *o, const char *key, const char *s, size_t n)
{
    begin_value(o, key);
    add_quoted(o->b, s, n);
}

void json_put_text(struct json_out *o, const char *key, const char *s)
{
    json_put_string(o, key, s, strlen(s));
}

void json_put_int(struct json_out *o, const char *key, int64_t v)
{
    begin_value(o, key);
    buf_printf(o->b, "%lld", (long long)v);
}

void json_put_real(struct json_out *o, const char *key, double v)
{
    begin_value(o, key);
    if (isfinite(v))
        buf_real(o->b, v);
    else
        buf_str(o->b, "null");
}

void json_put_bool(struct json_out *o, const char *key, bool v)
{
    begin_value(o, key);
    buf_str(o->b, v ? "true" : "false");
}
