/*
 * field.c - reads, prints and compares the members that a table of fields describes.
 *
 * A member is found by its offset and type.  Words ('_' counts as '-') are looked up in
 * lists of the form "a|b|c"; for an unknown word the nearest one is suggested.  The error
 * for a bad value says which values are accepted.
 */
#include "base/field.h"
#include "base/number.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 64, NOT_NEAR = 1000 };

/* ------------------------------------------------------------------ words */

struct word {
    const char *s;
    size_t n;
};

/* Takes the next word from an "a|b|c" list; false at its end.  The list may be NULL. */
static bool next_word(const char **list, struct word *w)
{
    if (!*list || !**list)
        return false;
    w->s = *list;
    w->n = strcspn(*list, "|");
    *list += w->n + (w->s[w->n] == '|');
    return true;
}

static char with_hyphen(char c)
{
    return c == '_' ? '-' : c;
}

static bool same_start(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (with_hyphen(a[i]) != with_hyphen(b[i]))
            return false;
    return true;
}

static bool same_word(struct word a, struct word b)
{
    return a.n == b.n && same_start(a.s, b.s, a.n);
}

static struct word word_of(const char *s)
{
    return (struct word){ s, strlen(s) };
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Edit distance with insertions, deletions, replacements, and swaps of neighbours. */
static int edit_distance(struct word a, struct word b)
{
    int rows[3][WORD_MAX + 1]; /* distances of the last three prefixes of a to those of b */
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= a.n; i++) {
        int *now = rows[i % 3];
        const int *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= b.n; j++) {
            int differs = with_hyphen(a.s[i - 1]) != with_hyphen(b.s[j - 1]);
            now[j] = smaller(before[j] + 1, now[j - 1] + 1);
            now[j] = smaller(now[j], before[j - 1] + differs);
            if (i > 1 && j > 1 && with_hyphen(a.s[i - 1]) == with_hyphen(b.s[j - 2]) &&
                with_hyphen(a.s[i - 2]) == with_hyphen(b.s[j - 1]))
                now[j] = smaller(now[j], two_before[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

/* The edit distance, or NOT_NEAR if `typed` is unlikely to be a misspelling of `word`. */
static int word_distance(struct word typed, struct word word)
{
    if (typed.n == 0 || typed.n > WORD_MAX || word.n > WORD_MAX)
        return NOT_NEAR;
    int limit = typed.n <= 3 ? 1 : typed.n < 9 ? 2 : (int)typed.n / 3;
    int d = edit_distance(typed, word);
    size_t shared = typed.n < word.n ? typed.n : word.n;
    if (shared >= 3 && same_start(typed.s, word.s, shared))
        d = smaller(d, limit); /* one word is a prefix of the other */
    return d <= limit ? d : NOT_NEAR;
}

const struct field *field_find(const struct field *table, size_t n, const char *name)
{
    struct word typed = word_of(name), w;
    for (size_t i = 0; i < n; i++) {
        if (table[i].type == FIELD_GROUP)
            continue;
        if (same_word(typed, word_of(table[i].name)))
            return &table[i];
        for (const char *list = table[i].synonyms; next_word(&list, &w);)
            if (same_word(typed, w))
                return &table[i];
    }
    return NULL;
}

const char *field_nearest(const struct field *table, size_t n, const char *name)
{
    const char *nearest = NULL;
    struct word typed = word_of(name), w;
    int best = NOT_NEAR;
    for (size_t i = 0; i < n; i++) {
        if (table[i].type == FIELD_GROUP)
            continue;
        int d = word_distance(typed, word_of(table[i].name));
        for (const char *list = table[i].synonyms; next_word(&list, &w);)
            d = smaller(d, word_distance(typed, w));
        if (d < best) {
            best = d;
            nearest = table[i].name;
        }
    }
    return nearest;
}

/* ----------------------------------------------------------------- refusal */

/* Whether a limit is so large that it means "no limit". */
static bool is_open_end(double end)
{
    return !(fabs(end) < 1e15);
}

/* Appends the range after a noun: " from 1 to 64", " of at least 0", " above 0", or
 * nothing. */
static void add_value_range(const struct field *f, struct buf *out)
{
    int above = f->lo > 0 && f->lo < 1e-30; /* a tiny positive `lo` means: above 0 */
    if (above)
        buf_str(out, " above 0");
    else if (!is_open_end(f->lo)) {
        buf_str(out, is_open_end(f->hi) ? " of at least " : " from ");
        buf_real(out, f->lo);
    }
    if (!is_open_end(f->hi)) {
        buf_str(out, above ? " and up to " : is_open_end(f->lo) ? " of at most " : " to ");
        buf_real(out, f->hi);
    }
}

/* Appends the choices, as "rnn, lstm or gru", and "; did you mean gru?" if a choice is close
 * to `text`. */
static void add_choices(const struct field *f, const char *text, struct buf *out)
{
    struct word typed = word_of(text), w, nearest = { NULL, 0 };
    int best = NOT_NEAR;
    const char *list = f->choices;
    for (size_t i = 0; next_word(&list, &w); i++) {
        if (i)
            buf_str(out, *list ? ", " : " or ");
        buf_add(out, w.s, w.n);
        int d = word_distance(typed, w);
        if (d < best) {
            best = d;
            nearest = w;
        }
    }
    if (nearest.s)
        buf_printf(out, "; did you mean %.*s?", (int)nearest.n, nearest.s);
}

/* Appends the values that the row accepts, in words. */
static void add_expected(const struct field *f, const char *text, struct buf *out)
{
    switch (f->type) {
    case FIELD_INT:
    case FIELD_REAL:
        buf_str(out, f->type == FIELD_INT ? "a whole number" : "a number");
        add_value_range(f, out);
        buf_str(out, f->flags & FIELD_AUTO ? ", or auto" : "");
        break;
    case FIELD_TIME:
        buf_str(out, "a time like 90s, 10m or 1.5h");
        if (!is_open_end(f->lo) || !is_open_end(f->hi)) {
            buf_char(out, ',');
            add_value_range(f, out);
            buf_str(out, " seconds");
        }
        break;
    case FIELD_WORK: buf_str(out, "floating-point operations like 30T, 500G or 1P"); break;
    case FIELD_CHOICE: add_choices(f, text, out); break;
    default: buf_str(out, "0 or 1"); break;
    }
}

static int refuse_value(const struct field *f, const char *text, struct charnn_error *e)
{
    struct buf expected = { 0 };
    add_expected(f, text, &expected);
    err_usage(e, "`%s` %.60s%s: expected %s", f->name, *text ? text : "''",
              strlen(text) > 60 ? "..." : "",
              expected.failed ? "another value" : expected.data);
    buf_release(&expected);
    return -1;
}

/* ----------------------------------------------------------------- parsing */

static int parse_int(const struct field *f, const char *text, int64_t *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (!*digits || digits[strspn(digits, "0123456789")])
        return -1;
    errno = 0;
    long long v = strtoll(text, NULL, 10);
    if (errno || (double)v < f->lo || (double)v > f->hi)
        return -1;
    *value = v;
    return 0;
}

/* How many seconds a unit of time has; an empty unit means seconds.  0 if it is not a unit. */
static double unit_seconds(const char *unit)
{
    if (*unit && unit[1])
        return 0;
    return *unit == 'h' ? 3600 : *unit == 'm' ? 60 : *unit == 's' || !*unit;
}

/* How many Tflop a unit of work has; an empty unit means Tflop.  0 if it is not a unit. */
static double unit_teraflops(const char *unit)
{
    if (*unit && unit[1])
        return 0;
    return *unit == 'P' ? 1000 : *unit == 'G' ? 1e-3 : *unit == 'T' || !*unit;
}

/* The factor by which the unit after a number multiplies it.  0 if the field has no such
 * unit. */
static double unit_of(const struct field *f, const char *unit)
{
    switch (f->type) {
    case FIELD_TIME: return unit_seconds(unit);
    case FIELD_WORK: return unit_teraflops(unit);
    default: return !*unit;
    }
}

/* A decimal number: no hex, no inf, no nan. */
static int parse_real(const struct field *f, const char *text, double *value)
{
    char *end;
    const double v = number_parse(text, &end);
    const double unit = unit_of(f, end);
    const bool decimal =
        end > text && (size_t)(end - text) <= strspn(text, "0123456789+-.eE");
    if (!decimal || unit == 0 || !isfinite(v * unit) || v * unit < f->lo ||
        v * unit > f->hi)
        return -1;
    *value = v * unit;
    return 0;
}

static int parse_choice(const struct field *f, const char *text, int64_t *value)
{
    struct word w;
    int64_t index = 0;
    for (const char *list = f->choices; next_word(&list, &w); index++) {
        if (same_word(word_of(text), w)) {
            *value = index;
            return 0;
        }
    }
    return -1;
}

static int parse_flag(const char *text, int64_t *value)
{
    int on = !text || !strcmp(text, "1") || !strcmp(text, "true");
    if (!on && strcmp(text, "0") && strcmp(text, "false"))
        return -1;
    *value = on;
    return 0;
}

static void set_to_auto(const struct field *f, void *member)
{
    if (f->type == FIELD_INT)
        *(int64_t *)member = -1;
    else
        *(double *)member = -1;
}

bool field_is_auto(const struct field *f, const void *object)
{
    const char *member = (const char *)object + f->offset;
    if (!(f->flags & FIELD_AUTO))
        return false;
    return f->type == FIELD_INT ? *(const int64_t *)member == -1
                                : *(const double *)member < 0;
}

static int append_text(const struct field *f, const char *text, struct field_texts *member,
                       struct charnn_error *e)
{
    if (member->n == FIELD_TEXTS_MOST)
        return err_usage(e, "`%s` may be given at most %d times", f->name,
                         FIELD_TEXTS_MOST);
    member->text[member->n++] = text;
    return 0;
}

int field_set(const struct field *f, void *object, const char *text, struct charnn_error *e)
{
    void *member = (char *)object + f->offset;
    int status = 0;
    assert(f->type != FIELD_GROUP);
    if (!text && f->type != FIELD_FLAG && f->type != FIELD_TEXT)
        return err_usage(e, "`%s` needs a value", f->name);
    if ((f->flags & FIELD_AUTO) && text && !strcmp(text, "auto")) {
        set_to_auto(f, member);
        return 0;
    }
    switch (f->type) {
    case FIELD_INT: status = parse_int(f, text, member); break;
    case FIELD_REAL:
    case FIELD_TIME:
    case FIELD_WORK: status = parse_real(f, text, member); break;
    case FIELD_CHOICE: status = parse_choice(f, text, member); break;
    case FIELD_FLAG: status = parse_flag(text, member); break;
    case FIELD_TEXT: *(const char **)member = text; break;
    case FIELD_TEXTS: return append_text(f, text, member, e);
    case FIELD_GROUP: break;
    }
    return status < 0 ? refuse_value(f, text, e) : 0;
}

/* ------------------------------------------------------ printing, comparing */

static const void *member_of(const struct field *f, const void *object)
{
    return (const char *)object + f->offset;
}

const char *field_choice(const struct field *f, int64_t index, char word[FIELD_WORD])
{
    struct word w = { "?", 1 };
    const char *list = f->choices;
    while (next_word(&list, &w) && index > 0)
        index--;
    if (index != 0)
        w = (struct word){ "?", 1 };
    assert(w.n < FIELD_WORD);
    memcpy(word, w.s, w.n);
    word[w.n] = '\0';
    return word;
}

void field_print(const struct field *f, const void *object, struct buf *out)
{
    const void *member = member_of(f, object);
    const char *text;
    char word[FIELD_WORD];
    if (field_is_auto(f, object)) {
        buf_str(out, "auto");
        return;
    }
    switch (f->type) {
    case FIELD_INT:
    case FIELD_FLAG: buf_printf(out, "%lld", (long long)*(const int64_t *)member); break;
    case FIELD_REAL:
    case FIELD_TIME:
    case FIELD_WORK: buf_real(out, *(const double *)member); break;
    case FIELD_CHOICE: buf_str(out, field_choice(f, *(const int64_t *)member, word)); break;
    case FIELD_TEXT:
        text = *(const char *const *)member;
        buf_str(out, text ? text : "");
        break;
    case FIELD_TEXTS:
    case FIELD_GROUP: break;
    }
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_texts(const struct field_texts *a, const struct field_texts *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!same_text(a->text[i], b->text[i]))
            return false;
    return true;
}

bool field_equal(const struct field *f, const void *a, const void *b)
{
    const void *x = member_of(f, a), *y = member_of(f, b);
    switch (f->type) {
    case FIELD_INT:
    case FIELD_FLAG:
    case FIELD_CHOICE: return *(const int64_t *)x == *(const int64_t *)y;
    case FIELD_REAL:
    case FIELD_TIME:
    case FIELD_WORK: return *(const double *)x == *(const double *)y;
    case FIELD_TEXT: return same_text(*(const char *const *)x, *(const char *const *)y);
    case FIELD_TEXTS: return same_texts(x, y);
    case FIELD_GROUP: break;
    }
    return true;
}
