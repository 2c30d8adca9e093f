/* ckpt_write.c - writes a checkpoint. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ckpt/ckpt.h"

/* st_write asks for tensors by number, in the order of the file: vocab.count, vocab, the
 * weights of all parameters, each slot of all parameters, the states. */

static void tensor_to_write(void *arg, size_t index, void *values)
{
    const struct ckpt_out *o = arg;
    const struct model *m = o->model;
    if (index == 0) {
        memcpy(values, o->vocab->count, o->vocab->size * sizeof *o->vocab->count);
        return;
    }
    if (index == 1) {
        memcpy(values, o->vocab->symbol, o->vocab->size * sizeof *o->vocab->symbol);
        return;
    }
    const size_t set = (index - 2) / m->set.n, which = (index - 2) % m->set.n;
    if (set <= o->n_slots) {
        const real *weights = o->weights ? o->weights : m->weights;
        param_export(&m->set.list[which], set == 0 ? weights : o->slots[set - 1].array,
                     values);
        return;
    }
    for (size_t l = 0; l < m->shape.layers; l++)
        stack_get_state(o->state, l, (int)which,
                        (float *)values + l * o->state->B * m->shape.size);
}

static void add_params(struct st_writer *w, const struct model *m, const char *prefix)
{
    for (size_t i = 0; i < m->set.n; i++) {
        const struct param *p = &m->set.list[i];
        char name[ST_NAME];
        snprintf(name, sizeof name, "%s%s", prefix, p->name);
        st_add(w, name, ST_F32, p->dims,
               (const int64_t[]){ (int64_t)p->rows, (int64_t)p->cols });
    }
}

static void add_tensors(struct st_writer *w, const struct ckpt_out *o)
{
    const struct model *m = o->model;
    const int64_t V[] = { (int64_t)o->vocab->size };
    st_add(w, "vocab.count", ST_I64, 1, V);
    st_add(w, "vocab", ST_I32, 1, V);
    add_params(w, m, "");
    for (size_t i = 0; i < o->n_slots; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "optim.%s.", o->slots[i].name);
        add_params(w, m, prefix);
    }
    if (!o->state)
        return;
    const int64_t shape[] = { (int64_t)m->shape.layers, (int64_t)o->state->B,
                              (int64_t)m->shape.size };
    st_add(w, "state.h", ST_F32, 3, shape);
    if (m->cell->states == 2)
        st_add(w, "state.c", ST_F32, 3, shape);
}

/* ---------------------------------------------------------------------- metadata */

static void put_name(struct json_out *j, const char *key, const char *name)
{
    struct buf text = { 0 };
    bytes_escape(name, &text);
    json_put_string(j, key, text.data, text.len);
    if (text.failed)
        j->b->failed = true;
    buf_release(&text);
}

void ckpt_put_setting(struct json_out *j, const struct field *f,
                      const struct charnn_config *c)
{
    const void *at = (const char *)c + f->offset;
    const char *name;
    char word[FIELD_WORD];
    switch (f->type) {
    case FIELD_GROUP:
    case FIELD_TEXTS: /* no setting is a list */ break;
    case FIELD_INT:
    case FIELD_FLAG: json_put_int(j, f->name, *(const int64_t *)at); break;
    case FIELD_REAL:
    case FIELD_TIME:
    case FIELD_WORK: json_put_real(j, f->name, *(const double *)at); break;
    case FIELD_CHOICE:
        json_put_text(j, f->name, field_choice(f, *(const int64_t *)at, word));
        break;
    case FIELD_TEXT:
        name = *(const char *const *)at;
        if (name)
            put_name(j, f->name, name);
    }
}

void ckpt_put_config(struct json_out *j, const char *key, const struct charnn_config *c)
{
    json_open(j, key, '{');
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_stored(&config_fields[i]))
            ckpt_put_setting(j, &config_fields[i], c);
    json_close(j, '}');
}

void ckpt_put_plan(struct buf *plans, int64_t step, int64_t steps,
                   const struct charnn_config *c)
{
    struct json_out j = { .b = plans, .first = plans->len == 0 };
    json_open(&j, NULL, '[');
    json_put_int(&j, NULL, step);
    json_put_int(&j, NULL, steps);
    json_open(&j, NULL, '{');
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_replanned(&config_fields[i]))
            ckpt_put_setting(&j, &config_fields[i], c);
    json_close(&j, '}');
    json_close(&j, ']');
}

static void put_chosen(struct buf *b, const struct charnn_config *c)
{
    struct json_out j = { .b = b, .first = true };
    json_open(&j, NULL, '[');
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_chosen(c, &config_fields[i]))
            json_put_text(&j, NULL, config_fields[i].name);
    json_close(&j, ']');
}

static void put_files(struct buf *b, const char *const *files, size_t n)
{
    struct json_out j = { .b = b, .first = true };
    json_open(&j, NULL, '[');
    for (size_t i = 0; i < n; i++)
        put_name(&j, NULL, files[i]);
    json_close(&j, ']');
}

static void add_meta_text(struct st_writer *w, const char *key, struct buf *b)
{
    if (b->failed)
        w->failed = 1;
    else
        st_add_meta(w, key, b->data ? b->data : "", b->len);
    buf_release(b);
}

static void add_metadata(struct st_writer *w, const struct ckpt_out *o)
{
    struct buf b = { 0 };
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)o->fingerprint);
    st_add_meta(w, "format", "charnn", 6);
    st_add_meta(w, "version", CHARNN_VERSION, strlen(CHARNN_VERSION));
    st_add_meta(w, "unit", o->vocab->unit == VOCAB_CHAR ? "char" : "byte", 4);
    st_add_meta(w, "fingerprint", fingerprint, 16);
    ckpt_put_config(&(struct json_out){ .b = &b, .first = true }, NULL, o->config);
    add_meta_text(w, "config", &b);
    put_chosen(&b, o->config);
    add_meta_text(w, "chosen", &b);
    put_files(&b, o->files, o->n_files);
    add_meta_text(w, "files", &b);
    progress_write(&o->progress, &b);
    add_meta_text(w, "progress", &b);
    buf_printf(&b, "[%s]", o->history ? o->history : "");
    add_meta_text(w, "history", &b);
    buf_printf(&b, "[%s]", o->plans ? o->plans : "");
    add_meta_text(w, "plans", &b);
}

int ckpt_write(const char *path, const struct ckpt_out *out, struct charnn_error *e)
{
    struct st_writer w = { 0 };
    add_tensors(&w, out);
    add_metadata(&w, out);
    const int status = st_write(&w, path, tensor_to_write, (void *)out, e);
    st_writer_release(&w);
    return status;
}
