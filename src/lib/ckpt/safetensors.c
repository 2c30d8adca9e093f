/*
 * safetensors.c - reads and writes the safetensors format.
 *
 * The reader checks the length word, then the header (st_header.c), then the size of the
 * file, and last the checksum, if there is one; each check relies only on the checks before
 * it.  The writer parses its own header before it opens a file, so that every file that it
 * writes can be read.
 */
#include "ckpt/safetensors.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "ckpt/st_header.h"

/* ----------------------------------------------------------------- reading */

static uint64_t load_little(const void *raw, size_t n_bytes)
{
    const unsigned char *bytes = raw;
    uint64_t n = 0;
    while (n_bytes-- > 0)
        n = n << 8 | bytes[n_bytes];
    return n;
}

/* Whether a file begins like a text: its first bytes have no control characters other than
 * white space, and no 0xFF, which is in no UTF-8 and hardly ever in other encodings. */
static bool begins_like_text(const struct buf *raw)
{
    enum { LOOKED_AT = 256 };
    for (size_t i = 0; i < raw->len && i < LOOKED_AT; i++) {
        const unsigned char byte = (unsigned char)raw->data[i];
        if (byte == 0xFF || (byte < ' ' && !(byte >= '\t' && byte <= '\r')))
            return false;
    }
    return true;
}

/* The error for a file that does not begin with a header: says what the file seems to
 * be. */
static int err_no_checkpoint(const struct st_file *f, struct charnn_error *e)
{
    /* The first bytes of a zip file, of an empty zip file, and of a pickle as torch.save
     * wrote it before version 1.6. */
    static const char *const torch[] = { "PK\3\4", "PK\5\6", "\x80\2\x8a\n" };
    static const char *const wide[] = { "\xff\xfe", "\xfe\xff" }; /* UTF-16 or UTF-32 */
    const char *kind =
        begins_like_text(&f->raw) ? " but a text" : ": it does not begin with a header";
    for (size_t i = 0; i < sizeof torch / sizeof *torch; i++)
        if (memcmp(f->raw.data, torch[i], 4) == 0)
            return err_set(e,
                           "%s: not a checkpoint but a %s, as torch.save writes it: save "
                           "the tensors with safetensors.torch.save_file instead",
                           f->path, i < 2 ? "zip file" : "pickle");
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (memcmp(f->raw.data, wide[i], 2) == 0)
            kind = " but a text in UTF-16 or UTF-32";
    return err_set(e, "%s: not a checkpoint%s", f->path, kind);
}

/* Reads the length of the header; fails if the header would not fit into the file. */
static int header_length(const struct st_file *f, size_t *n, struct charnn_error *e)
{
    size_t have = f->raw.len;
    if (have < ST_WORD)
        return err_set(e, "%s: not a checkpoint: it has only %zu bytes", f->path, have);
    uint64_t length = load_little(f->raw.data, ST_WORD);
    if (length > ST_HEADER)
        return err_no_checkpoint(f, e);
    if (length > have - ST_WORD)
        return err_set(e, "%s: truncated: %llu bytes of the header are missing", f->path,
                       (unsigned long long)(length - (have - ST_WORD)));
    *n = (size_t)length;
    return 0;
}

/* ---------------------------------------------------------------- checksum */

/* The member "checksum" of __metadata__ is the hash of the file, in which the digits of the
 * checksum count as zeros.  hash_bytes is called for the header, and then for each tensor in turn. */
static const char MEMBER[] = "\"checksum\":\"";

/* Finds the checksum's digits in a header; NULL: there are none.  MEMBER contains unescaped
 * quotes, so it cannot match inside a string. */
static char *checksum_digits(char *header, size_t n)
{
    char *found = memmem(header, n, MEMBER, sizeof MEMBER - 1);
    if (!found || (size_t)(header + n - found) < sizeof MEMBER - 1 + HASH_DIGITS)
        return NULL;
    return found + sizeof MEMBER - 1;
}

/* A file without a checksum, such as one of another program, is accepted. */
static int verify_checksum(struct st_file *f, size_t header, struct charnn_error *e)
{
    char *digits = checksum_digits(f->raw.data + ST_WORD, header), there[HASH_DIGITS];
    char due[HASH_DIGITS + 1];
    if (!st_metadata(f, "checksum"))
        return 0;
    if (digits) {
        memcpy(there, digits, HASH_DIGITS);
        memcpy(digits, ST_ZEROS, HASH_DIGITS);
        uint64_t h = hash_bytes(HASH_BEGIN, f->raw.data, ST_WORD + header);
        for (size_t i = 0; i < f->n_tensors; i++)
            h = hash_bytes(h, f->tensors[i].bytes, st_bytes(&f->tensors[i]));
        snprintf(due, sizeof due, "%016" PRIx64, h);
        memcpy(digits, there, HASH_DIGITS);
    }
    if (digits && memcmp(there, due, HASH_DIGITS) == 0)
        return 0;
    return err_set(e, "%s: damaged: its checksum does not match", f->path);
}

static int parse_file(struct st_file *f, struct charnn_error *e)
{
    size_t n = 0, end = 0;
    if (header_length(f, &n, e) < 0 ||
        st_header_read(f, f->raw.data + ST_WORD, n, &end, e) < 0)
        return -1;
    size_t have = f->raw.len - ST_WORD - n;
    if (have < end)
        return err_set(e, "%s: truncated: %zu of %zu bytes of tensors are missing", f->path,
                       end - have, end);
    if (have > end)
        return err_set(e, "%s: %zu bytes follow the last tensor", f->path, have - end);
    for (size_t i = 0; i < f->n_tensors; i++)
        f->tensors[i].bytes =
            (const unsigned char *)f->raw.data + ST_WORD + n + f->tensors[i].offset;
    return verify_checksum(f, n, e);
}

int st_parse(struct st_file *f, const char *path, struct buf *raw, struct charnn_error *e)
{
    *f = (struct st_file){ .raw = *raw, .path = strdup(path) };
    *raw = (struct buf){ 0 };
    int status = f->path ? parse_file(f, e) : err_set(e, "%s: out of memory", path);
    if (status < 0)
        st_release(f);
    return status;
}

int st_read(struct st_file *f, const char *path, struct charnn_error *e)
{
    struct buf raw = { 0 };
    *f = (struct st_file){ 0 };
    if (file_is_device(path))
        return err_set(e, "%s: a device, not a checkpoint", path);
    if (file_read(path, &raw, e) < 0) {
        buf_release(&raw);
        return -1;
    }
    return st_parse(f, path, &raw, e);
}

void st_release(struct st_file *f)
{
    for (size_t i = 0; i < f->n_meta; i++) {
        free(f->meta[i].key);
        free(f->meta[i].value);
    }
    free(f->meta);
    free(f->tensors);
    free(f->by_name);
    free(f->path);
    buf_release(&f->raw);
    *f = (struct st_file){ 0 };
}

static int compare_to_name(const void *name, const void *tensor)
{
    return strcmp(name, (*(struct st_tensor *const *)tensor)->name);
}

const struct st_tensor *st_find(const struct st_file *f, const char *name)
{
    struct st_tensor *const *found =
        bsearch(name, f->by_name, f->n_tensors, sizeof *f->by_name, compare_to_name);
    return found ? *found : NULL;
}

static int compare_to_key(const void *key, const void *meta)
{
    return strcmp(key, ((const struct st_meta *)meta)->key);
}

const char *st_metadata(const struct st_file *f, const char *key)
{
    const struct st_meta *found =
        f->n_meta ? bsearch(key, f->meta, f->n_meta, sizeof *f->meta, compare_to_key)
                  : NULL;
    return found ? found->value : NULL;
}

/* Converts from little-endian to this machine's byte order, or back. */
static void swap_to_little(void *values, size_t count, size_t each)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (unsigned char *v = values; count--; v += each) {
        for (size_t i = 0; i < each / 2; i++) {
            unsigned char b = v[i];
            v[i] = v[each - 1 - i];
            v[each - 1 - i] = b;
        }
    }
#else
    (void)values, (void)count, (void)each;
#endif
}

void st_get(const struct st_tensor *t, enum st_type type, void *out)
{
    assert(t->type == type);
    if (t->count == 0)
        return;
    memcpy(out, t->bytes, st_bytes(t));
    swap_to_little(out, t->count, st_type_size(type));
}

/* IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction. */
static float f16_to_float(uint32_t bits)
{
    const int exponent = bits >> 10 & 31;
    const float fraction = (float)(bits & 1023);
    const float x = exponent == 31  ? (fraction > 0 ? NAN : INFINITY)
                    : exponent == 0 ? ldexpf(fraction, -24)
                                    : ldexpf(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -x : x;
}

/* bfloat16: the upper half of a float. */
static float bf16_to_float(uint32_t bits)
{
    bits <<= 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float f64_to_float(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return fabs(x) > (double)FLT_MAX ? copysignf(INFINITY, x < 0 ? -1 : 1) : (float)x;
}

void st_get_f32(const struct st_tensor *t, float *out)
{
    const size_t each = st_type_size(t->type);
    if (t->type == ST_F32) {
        st_get(t, ST_F32, out);
        return;
    }
    assert(st_is_real(t->type));
    for (size_t i = 0; i < t->count; i++) {
        const uint64_t bits = load_little(t->bytes + i * each, each);
        out[i] = t->type == ST_F64   ? f64_to_float(bits)
                 : t->type == ST_F16 ? f16_to_float((uint32_t)bits)
                                     : bf16_to_float((uint32_t)bits);
    }
}

/* ----------------------------------------------------------------- writing */

void st_add(struct st_writer *w, const char *name, enum st_type type, int n_dims,
            const int64_t *shape)
{
    size_t n = strlen(name);
    assert(n < ST_NAME && n_dims >= 0 && n_dims <= ST_DIMS);
    if (!array_room(&w->tensors, w->n_tensors, sizeof *w->tensors)) {
        w->failed = true;
        return;
    }
    struct st_tensor *t = &w->tensors[w->n_tensors];
    *t = (struct st_tensor){ .type = type };
    memcpy(t->name, name, n);
    if (st_set_shape(t, n_dims, shape))
        w->n_tensors++;
    else
        w->failed = true;
}

void st_add_meta(struct st_writer *w, const char *key, const char *value, size_t n)
{
    struct json_out o = { &w->meta, w->meta.len == 0 };
    json_put_string(&o, key, value, n);
}

/* Fails if st_read would refuse this header; path is for the message only. */
static int check_header(const struct buf *header, const char *path, struct charnn_error *e)
{
    size_t end = 0, n = header->len - ST_WORD;
    if (n > ST_HEADER)
        return err_set(e,
                       "%s: cannot write: its header would be %zu bytes; the limit is %d",
                       path, n, ST_HEADER);
    struct st_file f = { .path = strdup(path) };
    int status = f.path ? st_header_read(&f, header->data + ST_WORD, n, &end, e)
                        : err_set(e, "%s: out of memory", path);
    st_release(&f);
    return status;
}

/* Writes the values of every tensor, with `values` as a buffer, and adds them to the hash h,
 * which it returns. */
static uint64_t write_values(const struct st_writer *w, struct file_out *out, void *values,
                             st_fill *fill, void *arg, uint64_t h)
{
    for (size_t i = 0; i < w->n_tensors && !out->failed; i++) {
        const struct st_tensor *t = &w->tensors[i];
        if (t->count > 0) {
            fill(arg, i, values);
            swap_to_little(values, t->count, st_type_size(t->type));
            file_out_write(out, values, st_bytes(t));
        }
        h = hash_bytes(h, values, st_bytes(t));
    }
    return h;
}

static void write_file(const struct st_writer *w, const struct buf *header,
                       struct file_out *out, void *values, st_fill *fill, void *arg)
{
    char digits[HASH_DIGITS + 1];
    const char *place = checksum_digits(header->data, header->len);
    uint64_t h = hash_bytes(HASH_BEGIN, header->data, header->len);
    file_out_write(out, header->data, header->len);
    h = write_values(w, out, values, fill, arg, h);
    snprintf(digits, sizeof digits, "%016" PRIx64, h);
    file_out_patch(out, (size_t)(place - header->data), digits, HASH_DIGITS);
}

static void *alloc_largest_tensor(const struct st_writer *w)
{
    size_t most = 1;
    for (size_t i = 0; i < w->n_tensors; i++)
        if (st_bytes(&w->tensors[i]) > most)
            most = st_bytes(&w->tensors[i]);
    return malloc(most);
}

int st_write(struct st_writer *w, const char *path, st_fill *fill, void *arg,
             struct charnn_error *e)
{
    struct buf header = { 0 };
    struct file_out out;
    int status = -1;
    void *values = alloc_largest_tensor(w);
    st_header_make(w, &header);
    if (!values || w->failed || w->meta.failed || header.failed)
        err_set(e, "%s: out of memory", path);
    else if (check_header(&header, path, e) == 0 && file_out_open(&out, path, e) == 0) {
        write_file(w, &header, &out, values, fill, arg);
        status = file_out_commit(&out, e);
    }
    buf_release(&header);
    free(values);
    return status;
}

void st_writer_release(struct st_writer *w)
{
    free(w->tensors);
    buf_release(&w->meta);
    *w = (struct st_writer){ 0 };
}
