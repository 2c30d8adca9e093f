/* run_line.c - reads one line of a log: a JSON object, by its keys. */
#include "runlog/run_line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"

/* The numbers in lines of all kinds.  Their keys are the names of the members, except for
 * rollbacks. */
// clang-format off
#define NUMBER(member) { #member, offsetof(struct run_line, member) }
static const struct {
    const char *key;
    size_t offset; /* offset of a double */
} numbers[] = {
    NUMBER(step), NUMBER(steps), NUMBER(epoch), NUMBER(seconds),
    NUMBER(train_loss), NUMBER(grad_norm), NUMBER(learning_rate), NUMBER(chars_per_second),
    NUMBER(valid_loss), NUMBER(exact_loss), NUMBER(skipped), { "rewinds", offsetof(struct run_line, rollbacks) },
    NUMBER(characters), NUMBER(symbols), NUMBER(parameters),
};
// clang-format on
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static bool read_ngram(struct json *j, struct run_line *l)
{
    int n = 0;
    double v;
    json_enter(j, '[');
    while (json_next(j) && json_real(j, &v))
        if (n < CHARNN_NGRAM_ORDERS)
            l->ngram[n++] = v;
    return !j->fault;
}

/* ----------------------------------------------------------------- gradients */

struct numbers {
    double *v; /* owned */
    size_t n;
    bool failed;
};

static void add_number(struct numbers *a, double v)
{
    if (array_room(&a->v, a->n, sizeof *a->v))
        a->v[a->n++] = v;
    else
        a->failed = true;
}

/* Reads an array of arrays of equal length, or null.  dh and dc must have the same
 * shape. */
static bool read_matrix(struct json *j, struct run_line *l, double **out)
{
    struct numbers a = { 0 };
    size_t layers = 0, depth = 0;
    bool even = *out == NULL; /* false if the key occurs twice */
    double v;
    if (json_peek(j) == 'n')
        return json_null(j);
    json_enter(j, '[');
    while (json_next(j) && json_enter(j, '[')) {
        const size_t before = a.n;
        while (json_next(j) && json_real(j, &v))
            add_number(&a, v);
        depth = layers++ == 0 ? a.n : depth;
        even = even && a.n - before == depth;
    }
    even = even && depth > 0;
    if (l->gradients.layers > 0)
        even = even && layers == l->gradients.layers && depth == l->gradients.depth;
    l->failed = l->failed || a.failed;
    if (j->fault || !even || a.failed) {
        free(a.v);
        return false;
    }
    l->gradients.layers = layers;
    l->gradients.depth = depth;
    *out = a.v;
    return true;
}

/* ------------------------------------------------------------------ settings */

void run_settings_free(struct run_setting *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(s[i].name);
        free(s[i].value);
    }
    free(s);
}

static bool add_run_setting(struct run_line *l, const struct buf *name,
                            const struct buf *value)
{
    l->failed = l->failed || name->failed || value->failed ||
                !array_room(&l->settings, l->n_settings, sizeof *l->settings);
    if (l->failed)
        return false;
    struct run_setting *s = &l->settings[l->n_settings++];
    *s = (struct run_setting){ strdup(name->data), strdup(value->data) };
    l->failed = !s->name || !s->value;
    return !l->failed;
}

/* Reads a value as text: a string without its quotes, anything else unchanged. */
static bool read_setting_value(struct json *j, struct buf *value)
{
    if (json_peek(j) == '"')
        return json_string(j, value);
    const size_t from = j->at;
    if (!json_skip(j))
        return false;
    value->len = 0;
    buf_add(value, j->s + from, j->at - from);
    return true;
}

static bool read_settings(struct json *j, struct run_line *l)
{
    struct buf name = { 0 }, value = { 0 };
    run_settings_free(l->settings, l->n_settings);
    l->settings = NULL;
    l->n_settings = 0;
    json_enter(j, '{');
    while (json_next(j) && json_key(j, &name) && read_setting_value(j, &value))
        if (!add_run_setting(l, &name, &value))
            break;
    buf_release(&name);
    buf_release(&value);
    return !j->fault && !l->failed;
}

/* ---------------------------------------------------------------------- line */

static bool read_string(struct json *j, struct run_line *l, struct buf *value)
{
    const bool good = json_peek(j) == 'n' ? json_null(j) : json_string(j, value);
    l->failed = l->failed || value->failed;
    return good;
}

/* Reads a member; skips unknown keys, which later versions may have. */
static bool read_member(struct json *j, struct run_line *l, const char *key)
{
    for (int i = 0; i < NUMBERS; i++)
        if (!strcmp(key, numbers[i].key))
            return json_real(j, (double *)((char *)l + numbers[i].offset));
    if (!strcmp(key, "event"))
        return json_string(j, &l->event);
    if (!strcmp(key, "sample"))
        return read_string(j, l, &l->sample);
    if (!strcmp(key, "status"))
        return read_string(j, l, &l->status);
    if (!strcmp(key, "note"))
        return read_string(j, l, &l->note);
    if (!strcmp(key, "ngram"))
        return read_ngram(j, l);
    if (!strcmp(key, "config"))
        return read_settings(j, l);
    if (!strcmp(key, "dh"))
        return read_matrix(j, l, &l->gradients.dh);
    if (!strcmp(key, "dc"))
        return read_matrix(j, l, &l->gradients.dc);
    return json_skip(j);
}

bool run_line_read(struct run_line *l, const char *text, size_t n)
{
    struct json j;
    struct buf key = { 0 };
    *l = (struct run_line){ .n_settings = 0 };
    for (int i = 0; i < NUMBERS; i++)
        *(double *)((char *)l + numbers[i].offset) = NAN;
    for (int k = 0; k < CHARNN_NGRAM_ORDERS; k++)
        l->ngram[k] = NAN;
    json_init(&j, text, n);
    json_enter(&j, '{');
    while (json_next(&j) && json_key(&j, &key) && !key.failed)
        if (!read_member(&j, l, key.data))
            break;
    l->failed = l->failed || key.failed || l->event.failed;
    buf_release(&key);
    return json_end(&j) && !l->failed && l->event.data && l->step >= 0;
}

void run_line_release(struct run_line *l)
{
    buf_release(&l->event);
    buf_release(&l->sample);
    buf_release(&l->status);
    buf_release(&l->note);
    free(l->gradients.dh);
    free(l->gradients.dc);
    run_settings_free(l->settings, l->n_settings);
}
