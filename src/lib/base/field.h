/*
 * field.h - a setting described once: name, type, range, help.
 *
 * A table of fields describes a plain struct.  Options, --help, the metadata of a
 * checkpoint and `charnn info` are loops over such a table; the defaults are an instance of
 * the struct.
 */
#ifndef CHARNN_BASE_FIELD_H
#define CHARNN_BASE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum field_type {
    FIELD_GROUP,  /* a heading in --help; only `name` is set */
    FIELD_INT,    /* int64_t */
    FIELD_REAL,   /* double */
    FIELD_CHOICE, /* int64_t: an index into `choices` */
    FIELD_TEXT,   /* const char *, borrowed; NULL is "not set" */
    FIELD_TEXTS,  /* struct field_texts; the option may be repeated */
    FIELD_FLAG,   /* int64_t 0 or 1; takes no value on the command line */
    FIELD_TIME,   /* double seconds; text like 90, 90s, 10m, 1.5h */
    FIELD_WORK,   /* double Tflop (1e12 operations); text like 30, 30T, 500G, 2P */
};

enum {
    FIELD_RESUME = 1,  /* a resumed run may change it */
    FIELD_SESSION = 2, /* concerns this process only; not stored with the run */
    FIELD_AUTO = 4,    /* INT, REAL: accepts the word "auto", which is stored as -1 */
    FIELD_SHAPE = 8,   /* part of the model's shape */
    FIELD_KEEP = 16,   /* no preset changes it */
    FIELD_LENGTH = 32, /* a length of the run; a value with a leading + is added to what the
                        * run has done already */
};

enum { FIELD_TEXTS_MOST = 16 };
enum { FIELD_WORD = 16 }; /* bytes for the longest choice, with the NUL */
struct field_texts {
    const char *text[FIELD_TEXTS_MOST]; /* borrowed */
    size_t n;
};

struct field {
    char key;         /* short option letter, 0 for none */
    const char *name; /* long name, with hyphens; for a GROUP, the heading */
    const char *arg;  /* placeholder in --help: "N", "X", "FILE" */
    const char *help; /* one line */
    enum field_type type;
    size_t offset;        /* in the struct described */
    double lo, hi;        /* inclusive range of numbers; lo >= 0 with FIELD_AUTO */
    const char *choices;  /* "rnn|lstm|gru" */
    const char *synonyms; /* other spellings: "rnn-size|hidden-size" */
    int flags;
};

/* Macros for the rows of a table.  Rarely used members come last, with their names:
 * .synonyms = "...", .flags = FIELD_AUTO. */
// clang-format off
#define FIELD_ROW(type_, key_, name_, arg_, offset_, help_, ...)                           \
    { .type = type_, .key = key_, .name = name_, .arg = arg_, .offset = offset_,           \
      .help = help_, __VA_ARGS__ }
#define ROW_GROUP(title) { .type = FIELD_GROUP, .name = title }
#define ROW_FLAG(key, name, offset, help, ...)                                             \
    FIELD_ROW(FIELD_FLAG, key, name, NULL, offset, help, __VA_ARGS__)
#define ROW_TEXT(key, name, arg, offset, help, ...)                                        \
    FIELD_ROW(FIELD_TEXT, key, name, arg, offset, help, __VA_ARGS__)
#define ROW_CHOICE(key, name, arg, offset, choices_, help, ...)                            \
    FIELD_ROW(FIELD_CHOICE, key, name, arg, offset, help, .choices = choices_, __VA_ARGS__)
#define ROW_INT(key, name, offset, lo_, hi_, help, ...)                                    \
    FIELD_ROW(FIELD_INT, key, name, "N", offset, help, .lo = lo_, .hi = hi_, __VA_ARGS__)
#define ROW_REAL(key, name, offset, lo_, hi_, help, ...)                                   \
    FIELD_ROW(FIELD_REAL, key, name, "X", offset, help, .lo = lo_, .hi = hi_, __VA_ARGS__)
// clang-format on

/* The row whose name or synonym is `name` ('_' counts as '-'); NULL if there is none. */
const struct field *field_find(const struct field *table, size_t n, const char *name);

/* The name in the table nearest to `name` by edit distance; NULL if none is close. */
const char *field_nearest(const struct field *table, size_t n, const char *name);

/* Parses text into the member of *object that row f describes; for TEXTS it appends the text.
 * A NULL text means no value, and is allowed only for FLAG and TEXT.  If the text is not
 * accepted, the usage error names the setting and what it accepts, and the member is
 * unchanged.  In messages a tiny `lo` becomes "above 0", and an infinite limit is left
 * out. */
int field_set(const struct field *f, void *object, const char *text,
              struct charnn_error *e);

/* Appends the member's value in a form that field_set reads back; nothing for TEXTS. */
void field_print(const struct field *f, const void *object, struct buf *out);

/* The word for the index of a CHOICE; "?" when it is out of range. */
const char *field_choice(const struct field *f, int64_t index, char word[FIELD_WORD]);

/* Whether the value is "auto": to be chosen by the program. */
bool field_is_auto(const struct field *f, const void *object);

/* Whether two objects hold the same value in this member. */
bool field_equal(const struct field *f, const void *a, const void *b);

#endif
