/*
 * safetensors.h - the file format: a JSON header and raw little-endian tensors.
 *
 *     8 bytes   length of the header, little-endian
 *     header    {"__metadata__": {...}, "name": {"dtype", "shape", "data_offsets"}, ...},
 *               padded with spaces so that the tensors begin at a multiple of 64
 *     tensors   back to back, without gaps or a tail
 *
 * The reader trusts nothing: the header is one object of at most 16 MiB, names are unique,
 * every range is as long as shape times type, and the ranges cover the rest of the file
 * exactly.  charnn itself writes F32, I32 and I64.  The whole file is in memory while it is
 * open.
 */
#ifndef CHARNN_CKPT_SAFETENSORS_H
#define CHARNN_CKPT_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum st_type { ST_F64, ST_F32, ST_F16, ST_BF16, ST_I64, ST_I32, ST_U8 };
enum { ST_DIMS = 4, ST_NAME = 128, ST_HEADER = 16 << 20 };

size_t st_type_size(enum st_type type);
bool st_is_real(enum st_type type);

struct st_tensor {
    char name[ST_NAME];
    enum st_type type;
    int n_dims;
    int64_t shape[ST_DIMS];
    size_t count;               /* product of the dimensions */
    size_t offset;              /* offset of its first byte from the beginning of the
                                 * tensors */
    const unsigned char *bytes; /* little-endian, borrowed from the file; unaligned */
};

struct st_meta {
    char *key, *value; /* owned */
    size_t value_len;
};

struct st_file {
    char *path; /* owned, for messages */
    struct buf raw;
    struct st_tensor *tensors;  /* in file order */
    struct st_tensor **by_name; /* the same tensors, sorted by name */
    size_t n_tensors;
    struct st_meta *meta; /* sorted by key */
    size_t n_meta;
};

int st_read(struct st_file *f, const char *path, struct charnn_error *e);
/* Like st_read, from bytes in memory (moved out of *raw). */
int st_parse(struct st_file *f, const char *path, struct buf *raw, struct charnn_error *e);
void st_release(struct st_file *f);

/* Both return NULL if there is none of this name. */
const struct st_tensor *st_find(const struct st_file *f, const char *name);
const char *st_metadata(const struct st_file *f, const char *key);

/* Copies the t->count values of a tensor, in the byte order of this machine.  The caller
 * has checked its type: `type` for st_get, any real type for st_get_f32, which turns a
 * value too large for a float into infinity. */
void st_get(const struct st_tensor *t, enum st_type type, void *out);
void st_get_f32(const struct st_tensor *t, float *out);

/* Writing.  Tensors are described first; their values are requested one tensor at a time
 * while the file is written, so that a large model is never copied as a whole. */
typedef void st_fill(void *arg, size_t index, void *values);

struct st_writer {
    struct st_tensor *tensors;
    size_t n_tensors;
    struct buf meta; /* the members of __metadata__ */
    bool failed;     /* out of memory: st_write will report it */
};

/* Start with a zeroed struct st_writer.  Tensors are written in the order in which they are
 * added; all are aligned if those with the widest type come first. */
void st_add(struct st_writer *w, const char *name, enum st_type type, int n_dims,
            const int64_t *shape);
void st_add_meta(struct st_writer *w, const char *key, const char *value, size_t n);
/* Writes atomically (base/file.h). fill(arg, i, values) supplies the values of tensor i, in
 * this machine's byte order; it is not called for an empty tensor.  A header that st_read
 * would refuse (a repeated name, more than 16 MiB) is an error, and nothing is written. */
int st_write(struct st_writer *w, const char *path, st_fill *fill, void *arg,
             struct charnn_error *e);
void st_writer_release(struct st_writer *w);

#endif
