/*
 * json.h - the parts of JSON (RFC 8259) that checkpoints and logs need.
 *
 * The reader is a pull parser over a range of bytes.  It refuses trailing commas, invalid
 * UTF-8 or escapes, and more than 32 levels.  After the first fault every call fails, and
 * `at` stays at the fault.  The writer appends to a struct buf and adds the commas.
 */
#ifndef CHARNN_BASE_JSON_H
#define CHARNN_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { JSON_DEPTH = 32 };

struct json {
    const char *s; /* borrowed */
    size_t n, at;
    const char *fault; /* the fault at `at`; NULL: none so far */
    int depth;
    uint32_t objects; /* bit d: the container at depth d + 1 is an object */
    bool first;       /* nothing read yet in the innermost container */
};

void json_init(struct json *j, const char *s, size_t n);

/* To read a container, call json_enter('{' or '['), then json_next before each element
 * until it returns false: either at the closing bracket, which it consumes, or at a fault
 * (see j->fault).  In an object, call json_key after json_next.  A key or string replaces
 * the content of the buffer and may contain NUL bytes; with a NULL buffer it is only
 * checked. */
bool json_enter(struct json *j, char open);
bool json_next(struct json *j);
bool json_key(struct json *j, struct buf *key);
bool json_string(struct json *j, struct buf *value);
bool json_int(struct json *j, int64_t *value); /* a fault if it is not an integer */
bool json_number(struct json *j, double *value);
bool json_real(struct json *j, double *value); /* a number, or null as NaN */
bool json_null(struct json *j);                /* consumes a null if it is next */
bool json_skip(struct json *j);                /* skips any value */
bool json_end(struct json *j);                 /* a fault if more than space is left */
char json_peek(struct json *j); /* first byte of the next value, 0 at a fault */

/* The writer adds no spaces or newlines; initialise it as {&buf, true}.  In strings, bytes
 * that are not valid UTF-8 become U+FFFD.  Reals are written as the shortest text that
 * reads back as the same number, or as null when not finite. */
struct json_out {
    struct buf *b;
    bool first; /* nothing written yet in the innermost container */
};

/* key is NULL in arrays and at the top level. */
void json_open(struct json_out *o, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json_out *o, char bracket);                 /* '}' or ']' */
void json_put_string(struct json_out *o, const char *key, const char *s, size_t n);
void json_put_text(struct json_out *o, const char *key,
                   const char *s); /* s ends with NUL */
void json_put_int(struct json_out *o, const char *key, int64_t v);
void json_put_real(struct json_out *o, const char *key, double v);
void json_put_bool(struct json_out *o, const char *key, bool v);

#endif
