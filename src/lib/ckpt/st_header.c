/*
 * st_header.c - reads and makes the JSON header of a safetensors file.
 *
 * After a successful read, names (and keys of the metadata) are unique, the length of every
 * range agrees with the shape and the type, and the ranges cover the bytes from 0 on without
 * gaps or overlaps.  safetensors.c checks that the file is long enough.
 */
#include "ckpt/st_header.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [ST_F64] = { "F64", 8 },   [ST_F32] = { "F32", 4 }, [ST_F16] = { "F16", 2 },
    [ST_BF16] = { "BF16", 2 }, [ST_I64] = { "I64", 8 }, [ST_I32] = { "I32", 4 },
    [ST_U8] = { "U8", 1 },
};
enum { N_TYPES = sizeof types / sizeof types[0] };

size_t st_type_size(enum st_type type)
{
    return types[type].size;
}

bool st_is_real(enum st_type type)
{
    return type == ST_F64 || type == ST_F32 || type == ST_F16 || type == ST_BF16;
}

size_t st_bytes(const struct st_tensor *t)
{
    return t->count * st_type_size(t->type); /* st_set_shape has checked for overflow */
}

bool st_set_shape(struct st_tensor *t, int n_dims, const int64_t *shape)
{
    size_t count = 1, bytes;
    for (int i = 0; i < n_dims; i++) {
        if ((uint64_t)shape[i] > SIZE_MAX || !size_mul(count, (size_t)shape[i], &count))
            return false;
        t->shape[i] = shape[i];
    }
    t->n_dims = n_dims;
    t->count = count;
    return size_mul(count, st_type_size(t->type), &bytes);
}

/* ----------------------------------------------------------------- reading */

/* The state of the parser.  A function that fails because of j.fault does not fill the error;
 * st_header_read does. */
struct header {
    struct st_file *f;
    struct json j;
    struct buf key, text;
    struct charnn_error *e;
};

static int err_no_memory(const struct header *h)
{
    return err_set(h->e, "%s: out of memory", h->f->path);
}

static int err_tensor(const struct header *h, const struct st_tensor *t, const char *what)
{
    return err_set(h->e, "%s: tensor '%s': %s", h->f->path, t->name, what);
}

static bool has_nul(const struct buf *b)
{
    return memchr(b->data, 0, b->len) != NULL;
}

static bool is_word(const struct buf *b, const char *word)
{
    return !has_nul(b) && strcmp(b->data, word) == 0;
}

static int read_type(struct header *h, struct st_tensor *t)
{
    if (!json_string(&h->j, &h->text))
        return -1;
    for (t->type = 0; (int)t->type < N_TYPES; t->type++)
        if (is_word(&h->text, types[t->type].name))
            return 0;
    return err_set(h->e,
                   "%s: tensor '%s': type '%.20s' is not one of F64, F32, F16, BF16, I64, "
                   "I32, U8",
                   h->f->path, t->name, h->text.data);
}

/* Reads an array of at most `max` nonnegative integers. */
static int read_sizes(struct header *h, const struct st_tensor *t, int64_t *sizes, int max,
                      int *n)
{
    json_enter(&h->j, '[');
    for (*n = 0; json_next(&h->j); ++*n) {
        if (*n == max)
            return err_tensor(h, t, "too many dimensions or offsets");
        if (!json_int(&h->j, &sizes[*n]))
            return -1;
        if (sizes[*n] < 0)
            return err_tensor(h, t, "a size or offset is negative");
    }
    return h->j.fault ? -1 : 0;
}

/* The members of a tensor's object, which may come in any order. */
struct entry {
    bool type, shape, offsets; /* whether the member was seen */
    int n_dims;
    int64_t dims[ST_DIMS], range[2];
};

static int read_tensor_member(struct header *h, struct st_tensor *t, struct entry *in)
{
    const char *key = has_nul(&h->key) ? "" : h->key.data;
    int n;
    if (strcmp(key, "dtype") == 0 && !in->type) {
        in->type = true;
        return read_type(h, t);
    }
    if (strcmp(key, "shape") == 0 && !in->shape) {
        in->shape = true;
        return read_sizes(h, t, in->dims, ST_DIMS, &in->n_dims);
    }
    if (strcmp(key, "data_offsets") == 0 && !in->offsets) {
        in->offsets = true;
        if (read_sizes(h, t, in->range, 2, &n) < 0)
            return -1;
        return n == 2 ? 0 : err_tensor(h, t, "data_offsets are not two numbers");
    }
    return err_set(h->e, "%s: tensor '%s': unknown or repeated member '%.40s'", h->f->path,
                   t->name, key);
}

static int read_tensor(struct header *h, struct st_tensor *t)
{
    struct entry in = { 0 };
    json_enter(&h->j, '{');
    while (json_next(&h->j))
        if (!json_key(&h->j, &h->key) || read_tensor_member(h, t, &in) < 0)
            return -1;
    if (h->j.fault)
        return -1;
    if (!in.type || !in.shape || !in.offsets)
        return err_tensor(h, t, "dtype, shape or data_offsets is missing");
    if (!st_set_shape(t, in.n_dims, in.dims))
        return err_tensor(h, t, "the product of its shape is too large");
    if (in.range[1] < in.range[0] ||
        (uint64_t)(in.range[1] - in.range[0]) != (uint64_t)st_bytes(t))
        return err_tensor(
            h, t, "the length given by data_offsets is not that of its shape and dtype");
    t->offset = (size_t)in.range[0];
    if ((uint64_t)in.range[1] > SIZE_MAX)
        return err_tensor(h, t, "its data_offsets are too large");
    return 0;
}

/* Reads the tensor named h->key. */
static int add_tensor(struct header *h)
{
    struct st_file *f = h->f;
    if (h->key.len >= ST_NAME || has_nul(&h->key))
        return err_set(h->e, "%s: tensor name '%.60s' is longer than %d bytes or has a NUL",
                       f->path, h->key.data, ST_NAME - 1);
    if (!array_room(&f->tensors, f->n_tensors, sizeof *f->tensors))
        return err_no_memory(h);
    struct st_tensor *t = &f->tensors[f->n_tensors];
    *t = (struct st_tensor){ 0 };
    memcpy(t->name, h->key.data, h->key.len);
    f->n_tensors++;
    return read_tensor(h, t);
}

/* Reads the value of a member of __metadata__, whose key is in h->key. */
static int add_meta(struct header *h)
{
    struct st_file *f = h->f;
    if (has_nul(&h->key))
        return err_set(h->e, "%s: a key in __metadata__ contains NUL", f->path);
    if (!json_string(&h->j, &h->text))
        return -1;
    if (!array_room(&f->meta, f->n_meta, sizeof *f->meta))
        return err_no_memory(h);
    f->meta[f->n_meta++] = (struct st_meta){ h->key.data, h->text.data, h->text.len };
    h->key = h->text = (struct buf){ 0 }; /* f->meta now owns their bytes */
    return 0;
}

static int read_all_meta(struct header *h)
{
    json_enter(&h->j, '{');
    while (json_next(&h->j))
        if (!json_key(&h->j, &h->key) || add_meta(h) < 0)
            return -1;
    return h->j.fault ? -1 : 0;
}

static int read_header(struct header *h)
{
    bool meta = false;
    json_enter(&h->j, '{');
    while (json_next(&h->j)) {
        if (!json_key(&h->j, &h->key))
            return -1;
        const bool is_meta = is_word(&h->key, "__metadata__");
        if (is_meta && meta)
            return err_set(h->e, "%s: __metadata__ occurs twice", h->f->path);
        meta |= is_meta;
        if ((is_meta ? read_all_meta(h) : add_tensor(h)) < 0)
            return -1;
    }
    return json_end(&h->j) ? 0 : -1;
}

/* ------------------------------------------------------------- whole header */

static int compare_meta(const void *a, const void *b)
{
    return strcmp(((const struct st_meta *)a)->key, ((const struct st_meta *)b)->key);
}

static int compare_names(const void *a, const void *b)
{
    struct st_tensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* Compares by offset; an empty tensor comes before another one with the same offset. */
static int compare_offsets(const void *a, const void *b)
{
    const struct st_tensor *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->count > 0) - (y->count > 0);
}

static int sort_meta(struct header *h)
{
    struct st_file *f = h->f;
    if (f->n_meta)
        qsort(f->meta, f->n_meta, sizeof *f->meta, compare_meta);
    for (size_t i = 1; i < f->n_meta; i++)
        if (strcmp(f->meta[i - 1].key, f->meta[i].key) == 0)
            return err_set(h->e, "%s: '%.60s' occurs twice in __metadata__", f->path,
                           f->meta[i].key);
    return 0;
}

/* Sorts the tensors into file order; *end is where the last one ends. */
static int sort_tensors(struct header *h, size_t *end)
{
    struct st_file *f = h->f;
    *end = 0;
    if (f->n_tensors)
        qsort(f->tensors, f->n_tensors, sizeof *f->tensors, compare_offsets);
    for (size_t i = 0; i < f->n_tensors; i++) {
        const struct st_tensor *t = &f->tensors[i];
        if (t->offset != *end)
            return err_tensor(h, t,
                              t->offset > *end ? "there is a gap before its data"
                                               : "its data overlaps another tensor's");
        *end += st_bytes(t);
    }
    return 0;
}

static int index_names(struct header *h)
{
    struct st_file *f = h->f;
    size_t n = f->n_tensors;
    f->by_name = malloc((n ? n : 1) * sizeof *f->by_name);
    if (!f->by_name)
        return err_no_memory(h);
    for (size_t i = 0; i < n; i++)
        f->by_name[i] = &f->tensors[i];
    qsort(f->by_name, n, sizeof *f->by_name, compare_names);
    for (size_t i = 1; i < n; i++)
        if (strcmp(f->by_name[i - 1]->name, f->by_name[i]->name) == 0)
            return err_tensor(h, f->by_name[i], "occurs twice");
    return 0;
}

int st_header_read(struct st_file *f, const char *s, size_t n, size_t *end,
                   struct charnn_error *e)
{
    struct header h = { .f = f, .e = e };
    json_init(&h.j, s, n);
    if (n == 0 || s[0] != '{')
        return err_set(e, "%s: bad header: it does not begin with '{'", f->path);
    const bool ok = read_header(&h) == 0 && sort_meta(&h) == 0 &&
                    sort_tensors(&h, end) == 0 && index_names(&h) == 0;
    if (h.j.fault)
        err_set(e, "%s: bad header: %s at byte %zu", f->path, h.j.fault, h.j.at + ST_WORD);
    buf_release(&h.key);
    buf_release(&h.text);
    return ok ? 0 : -1;
}

/* ------------------------------------------------------------------ making */

static void put_tensor_entry(struct json_out *o, const struct st_tensor *t, size_t offset)
{
    json_open(o, t->name, '{');
    json_put_text(o, "dtype", types[t->type].name);
    json_open(o, "shape", '[');
    for (int i = 0; i < t->n_dims; i++)
        json_put_int(o, NULL, t->shape[i]);
    json_close(o, ']');
    json_open(o, "data_offsets", '[');
    json_put_int(o, NULL, (int64_t)offset);
    json_put_int(o, NULL, (int64_t)(offset + st_bytes(t)));
    json_close(o, ']');
    json_close(o, '}');
}

void st_header_make(const struct st_writer *w, struct buf *out)
{
    struct json_out o = { out, true };
    size_t offset = 0;
    buf_add(out, "\0\0\0\0\0\0\0", ST_WORD);
    json_open(&o, NULL, '{');
    json_open(&o, "__metadata__", '{');
    buf_add(out, w->meta.data, w->meta.len);
    o.first = w->meta.len == 0;
    json_put_text(&o, "checksum", ST_ZEROS);
    json_close(&o, '}');
    for (size_t i = 0; i < w->n_tensors; i++) {
        put_tensor_entry(&o, &w->tensors[i], offset);
        offset += st_bytes(&w->tensors[i]);
    }
    json_close(&o, '}');
    while (out->len % ST_ALIGN && !out->failed)
        buf_char(out, ' ');
    uint64_t n = out->len - ST_WORD;
    for (int i = 0; i < ST_WORD && !out->failed; i++, n >>= 8)
        out->data[i] = (char)(n & 0xff);
}
