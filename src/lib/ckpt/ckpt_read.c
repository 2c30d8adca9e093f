/*
 * ckpt_read.c - reads a checkpoint and trusts nothing in it: the type and shape of every
 * tensor are compared with the settings before any memory is allocated for the model.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/json.h"
#include "ckpt/ckpt.h"
#include "ckpt/torch_import.h"

/* A fault means damage in charnn's own format, but not in a file of another program. */
static const char *damage_prefix(const struct ckpt *c)
{
    return c->imported ? "" : "damaged checkpoint: ";
}

static int err_damaged(const struct ckpt *c, struct charnn_error *e, const char *what)
{
    return err_set(e, "%s: %s%s", c->file.path, damage_prefix(c), what);
}

/* ---------------------------------------------------------------------- metadata */

/* Unescapes a string into a copy that is freed with the checkpoint; NULL when out of
 * memory. */
static const char *keep_name(struct ckpt *c, const struct buf *b)
{
    if (!array_room(&c->strings, c->n_strings, sizeof *c->strings))
        return NULL;
    char *s = strdup(b->data ? b->data : "");
    if (!s)
        return NULL;
    bytes_unescape(s);
    return c->strings[c->n_strings++] = s;
}

/* Reads the next value as a text that field_set accepts. */
static bool read_value_text(struct json *j, struct buf *text)
{
    if (json_peek(j) == '"')
        return json_string(j, text);
    const size_t from = j->at;
    if (!json_skip(j))
        return false;
    text->len = 0;
    buf_add(text, j->s + from, j->at - from);
    return true;
}

static int read_setting(struct ckpt *c, const char *name, struct buf *text)
{
    const struct field *f = field_find(config_fields, config_n_fields, name);
    const char *value = text->data ? text->data : "";
    if (!f)
        return 0; /* a setting of a later version */
    if (f->type == FIELD_TEXT && !(value = keep_name(c, text)))
        return -1;
    const bool set = field_set(f, &c->config, value, NULL) == 0;
    return set && !field_is_auto(f, &c->config) ? 0 : -1;
}

static int read_config(struct ckpt *c, const char *text)
{
    struct json j;
    struct buf key = { 0 }, value = { 0 };
    c->config = config_plain();
    json_init(&j, text, strlen(text));
    json_enter(&j, '{');
    while (json_next(&j))
        if (!json_key(&j, &key) || !read_value_text(&j, &value) || value.failed ||
            read_setting(c, key.data, &value) < 0)
            break;
    buf_release(&key);
    buf_release(&value);
    return json_end(&j) ? 0 : -1;
}

/* Marks the settings that were chosen automatically.  Checkpoints of older versions do not
 * name them. */
static int read_chosen(struct ckpt *c, const char *text)
{
    struct json j;
    struct buf name = { 0 };
    json_init(&j, text ? text : "[]", text ? strlen(text) : 2);
    json_enter(&j, '[');
    while (json_next(&j) && json_string(&j, &name)) {
        const struct field *f =
            name.data ? field_find(config_fields, config_n_fields, name.data) : NULL;
        if (f)
            config_set_chosen(&c->config, f, true);
    }
    buf_release(&name);
    return json_end(&j) ? 0 : -1;
}

static int read_files(struct ckpt *c, const char *text)
{
    struct json j;
    struct buf name = { 0 };
    json_init(&j, text, strlen(text));
    json_enter(&j, '[');
    while (json_next(&j) && json_string(&j, &name)) {
        const char *file = keep_name(c, &name);
        if (!file || !array_room(&c->files, c->n_files, sizeof *c->files))
            break;
        c->files[c->n_files++] = file;
    }
    buf_release(&name);
    return json_end(&j) ? 0 : -1;
}

/* Whether the first and last byte are the brackets, and there is no white space.  The trainer
 * removes these two bytes and appends to the rest. */
static bool is_bare_array(const char *text)
{
    const size_t n = strlen(text);
    return n >= 2 && text[0] == '[' && text[n - 1] == ']' && !strpbrk(text, " \t\r\n");
}

/* Whether the text is an array of objects whose members are numbers.  No key may have a '}',
 * by which the trainer finds the end of an object. */
static bool is_valid_history(const char *text)
{
    struct json j;
    struct buf key = { 0 };
    double x;
    bool ok = true;
    json_init(&j, text, strlen(text));
    json_enter(&j, '[');
    while (ok && json_next(&j)) {
        ok = json_enter(&j, '{');
        while (ok && json_next(&j))
            ok = json_key(&j, &key) && !memchr(key.data, '}', key.len) && json_real(&j, &x);
    }
    ok = ok && json_end(&j) && is_bare_array(text);
    buf_release(&key);
    return ok;
}

/* Reads the settings of a plan; skips members that this version does not know. */
static bool read_plan_settings(struct json *j, struct charnn_config *c)
{
    struct buf key = { 0 }, value = { 0 };
    bool ok = json_enter(j, '{');
    while (ok && json_next(j)) {
        ok = json_key(j, &key) && read_value_text(j, &value) && !value.failed;
        const struct field *f =
            ok ? field_find(config_fields, config_n_fields, key.data) : NULL;
        if (f && config_replanned(f))
            ok = value.data && field_set(f, c, value.data, NULL) == 0 &&
                 !field_is_auto(f, c);
    }
    buf_release(&key);
    buf_release(&value);
    return ok;
}

bool ckpt_next_plan(struct json *j, int64_t *step, int64_t *steps, struct charnn_config *c)
{
    if (!json_next(j) || !json_enter(j, '[') || !json_next(j) || !json_int(j, step) ||
        !json_next(j) || !json_int(j, steps))
        return false;
    return !json_next(j) || (read_plan_settings(j, c) && !json_next(j));
}

/* Whether the text is an array of plans that begins at step 0 and ends with the current
 * plan. */
static bool is_valid_plans(const char *text, const struct charnn_config *c,
                           const struct progress *p)
{
    struct json j;
    struct charnn_config settings = *c;
    int64_t step, steps, before = -1, last = -1;
    json_init(&j, text, strlen(text));
    json_enter(&j, '[');
    while (ckpt_next_plan(&j, &step, &steps, &settings)) {
        if ((before < 0 && step != 0) || step < before || steps < step)
            return false;
        before = step;
        last = steps;
    }
    return json_end(&j) && is_bare_array(text) && last == p->steps;
}

static int read_metadata(struct ckpt *c, struct charnn_error *e)
{
    const char *config = st_metadata(&c->file, "config");
    const char *files = st_metadata(&c->file, "files");
    const char *progress = st_metadata(&c->file, "progress");
    const char *fingerprint = st_metadata(&c->file, "fingerprint");
    if (!st_metadata(&c->file, "checksum"))
        return err_damaged(c, e, "the checksum is missing");
    c->history = st_metadata(&c->file, "history");
    c->plans = st_metadata(&c->file, "plans");
    if (!config || !files || !progress || !fingerprint || !c->history || !c->plans ||
        !st_metadata(&c->file, "version"))
        return err_damaged(c, e, "metadata is missing");
    if (read_config(c, config) < 0 || read_chosen(c, st_metadata(&c->file, "chosen")) < 0 ||
        config_check(&c->config, NULL) < 0)
        return err_damaged(c, e, "its settings cannot be read");
    if (!is_valid_history(c->history) || read_files(c, files) < 0 ||
        progress_read(&c->progress, progress) < 0 ||
        !is_valid_plans(c->plans, &c->config, &c->progress) ||
        sscanf(fingerprint, "%16" SCNx64, &c->fingerprint) != 1)
        return err_damaged(c, e, "its files or progress cannot be read");
    return 0;
}

/* ----------------------------------------------------------------------- tensors */

static const struct st_tensor *find_tensor(const struct ckpt *c, const char *name,
                                           enum st_type type, int dims,
                                           const int64_t *shape, struct charnn_error *e)
{
    const struct st_tensor *t = st_find(&c->file, name);
    bool fits =
        t && t->n_dims == dims &&
        (t->type == type || (c->imported && st_is_real(type) && st_is_real(t->type)));
    char due[64] = "";
    for (int d = 0, n = 0; d < dims; d++) {
        fits = fits && t->shape[d] == shape[d];
        n += snprintf(due + n, sizeof due - (size_t)n, "%s%lld", d ? ", " : "",
                      (long long)shape[d]);
    }
    if (fits)
        return t;
    err_set(e, "%s: %stensor %s is %s: it should be [%s]", c->file.path, damage_prefix(c),
            name, t ? "of the wrong shape or type" : "missing", due);
    return NULL;
}

static int read_vocab(struct ckpt *c, struct charnn_error *e)
{
    const struct st_tensor *t = st_find(&c->file, "vocab");
    const char *unit = st_metadata(&c->file, "unit");
    if (!t || t->type != ST_I32 || t->n_dims != 1 || t->count < 1 || t->count > VOCAB_MAX ||
        !unit)
        return err_damaged(c, e, "it has no vocabulary");
    const int64_t V[] = { (int64_t)t->count };
    const struct st_tensor *n = find_tensor(c, "vocab.count", ST_I64, 1, V, e);
    if (!n)
        return -1;
    int32_t *symbol = malloc(t->count * sizeof *symbol);
    int64_t *count = malloc(t->count * sizeof *count);
    int status = -1;
    struct charnn_error why;
    if (symbol && count) {
        st_get(t, ST_I32, symbol);
        st_get(n, ST_I64, count);
        status = vocab_init(&c->vocab, !strcmp(unit, "byte") ? VOCAB_BYTE : VOCAB_CHAR,
                            (const uint32_t *)symbol, count, t->count, &why);
        if (status < 0)
            err_damaged(c, e, why.message);
    } else {
        err_set(e, "%s: out of memory", c->file.path);
    }
    free(symbol);
    free(count);
    c->vocab.compose = c->config.compose != 0;
    c->vocab.damaged = (int)c->config.damaged;
    c->vocab.documents = documents_rule_of(c->config.documents);
    if (status == 0 && c->vocab.documents.kind && vocab_separator(&c->vocab) < 0)
        status = err_damaged(c, e, "its vocabulary has no document separator");
    return status;
}

static const struct st_tensor *find_param_tensor(const struct ckpt *c,
                                                 const struct param *p, const char *prefix,
                                                 struct charnn_error *e)
{
    const int64_t shape[] = { (int64_t)p->rows, (int64_t)p->cols };
    char name[ST_NAME];
    snprintf(name, sizeof name, "%s%s", prefix, p->name);
    return find_tensor(c, name, ST_F32, p->dims, shape, e);
}

/* Compares the tensors with those of the model that the settings describe. */
static int check_param_tensors(struct ckpt *c, struct charnn_error *e)
{
    struct model m;
    c->shape = config_shape(&c->config, c->vocab.size);
    if (model_init(&m, &c->shape, ISA_ref, NULL) < 0)
        return err_damaged(c, e,
                           "its settings describe a model that is too large for memory");
    int status = 0;
    for (size_t i = 0; i < m.set.n && status == 0; i++)
        status = find_param_tensor(c, &m.set.list[i], "", e) ? 0 : -1;
    if (status == 0 && c->imported)
        status = torch_import_check_rest(c, &m.set, e);
    model_release(&m);
    return status;
}

static int read_description(struct ckpt *c, struct charnn_error *e)
{
    const char *format = st_metadata(&c->file, "format");
    c->imported = !format || strcmp(format, "charnn") != 0;
    if (c->imported)
        return torch_import_settings(c, e) < 0 ? -1 : torch_import_vocab(c, e);
    return read_metadata(c, e) < 0 ? -1 : read_vocab(c, e);
}

/* Fills the other members from c->file; releases everything after an error. */
static int check_content(struct ckpt *c, struct charnn_error *e)
{
    if (read_description(c, e) < 0 || check_param_tensors(c, e) < 0) {
        ckpt_release(c);
        return -1;
    }
    c->resumable = st_find(&c->file, "state.h") != NULL;
    return 0;
}

int ckpt_read(struct ckpt *c, const char *path, struct charnn_error *e)
{
    *c = (struct ckpt){ .progress = progress_none() };
    return st_read(&c->file, path, e) < 0 ? -1 : check_content(c, e);
}

int ckpt_parse(struct ckpt *c, const char *path, struct buf *raw, struct charnn_error *e)
{
    *c = (struct ckpt){ .progress = progress_none() };
    return st_parse(&c->file, path, raw, e) < 0 ? -1 : check_content(c, e);
}

void ckpt_release(struct ckpt *c)
{
    for (size_t i = 0; i < c->n_strings; i++)
        free(c->strings[i]);
    free(c->strings);
    free(c->files);
    free(c->rows);
    vocab_release(&c->vocab);
    st_release(&c->file);
    *c = (struct ckpt){ 0 };
}

/* The values of a tensor as floats, allocated; a value that is not finite is an error. */
static float *tensor_values(const struct ckpt *c, const struct st_tensor *t,
                            struct charnn_error *e)
{
    float *x = malloc((t->count ? t->count : 1) * sizeof *x);
    if (!x) {
        err_set(e, "%s: out of memory", c->file.path);
        return NULL;
    }
    st_get_f32(t, x);
    for (size_t i = 0; i < t->count; i++)
        if (!isfinite(x[i])) {
            err_set(e, "%s: %s%s has a value that is not finite", c->file.path,
                    damage_prefix(c), t->name);
            free(x);
            return NULL;
        }
    if (c->rows && torch_import_sort(c, t, x, e) < 0) {
        free(x);
        return NULL;
    }
    return x;
}

int ckpt_check_text(const char *path, struct charnn_error *e)
{
    const bool special = file_is_special(path);
    if (!special && file_size(path) != 0)
        return 0;
    return err_set(e, "%s, which the checkpoint names as its text, is %s", path,
                   special ? "a device or a pipe" : "empty");
}

float *ckpt_tensor(const struct ckpt *c, const char *name, struct charnn_error *e)
{
    return tensor_values(c, st_find(&c->file, name), e);
}

/* Reads all parameters into the array of a slot or, if array is NULL, into the weights. */
static int read_params(const struct ckpt *c, const struct model *m, const char *prefix,
                       real *array, struct charnn_error *e)
{
    for (size_t i = 0; i < m->set.n; i++) {
        const struct st_tensor *t = find_param_tensor(c, &m->set.list[i], prefix, e);
        float *x = t ? tensor_values(c, t, e) : NULL;
        if (!x)
            return -1;
        if (array)
            param_import(&m->set.list[i], array, x);
        else
            model_import(m, i, x);
        free(x);
    }
    return 0;
}

int ckpt_get_weights(const struct ckpt *c, struct model *m, struct charnn_error *e)
{
    return read_params(c, m, "", NULL, e);
}

int ckpt_get_model(const struct ckpt *c, struct model *m, bool int8, enum isa isa,
                   struct charnn_error *e)
{
    if (int8 && c->shape.bidirectional)
        return err_usage(e, "%s: a bidirectional model cannot be used in int8",
                         c->file.path);
    const int status =
        int8 ? model_init_int8(m, &c->shape, isa, e) : model_init(m, &c->shape, isa, e);
    if (status < 0 || model_alloc(m, e) < 0)
        return -1;
    m->reset_id = vocab_separator(&c->vocab);
    return ckpt_get_weights(c, m, e);
}

int ckpt_get_slot(const struct ckpt *c, const struct model *m,
                  const struct param_slot *slot, struct charnn_error *e)
{
    char prefix[32];
    snprintf(prefix, sizeof prefix, "optim.%s.", slot->name);
    return read_params(c, m, prefix, slot->array, e);
}

int ckpt_get_state(const struct ckpt *c, const struct stack *s, struct charnn_error *e)
{
    static const char *const names[] = { "state.h", "state.c" };
    const struct model_shape *m = &c->shape;
    const int64_t shape[] = { (int64_t)m->layers, (int64_t)s->B, (int64_t)m->size };
    for (int kind = 0; kind < (int)s->m->cell->states; kind++) {
        const struct st_tensor *t = find_tensor(c, names[kind], ST_F32, 3, shape, e);
        float *x = t ? tensor_values(c, t, e) : NULL;
        if (!x)
            return -1;
        for (size_t l = 0; l < m->layers; l++)
            stack_set_state(s, l, kind, x + l * s->B * m->size);
        free(x);
    }
    return 0;
}
