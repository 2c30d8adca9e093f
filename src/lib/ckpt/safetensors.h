/*
 * safetensors.h - the file format: a JSON header and raw little-endian tensors.
 *
 *     8 bytes   length of the header, little-endian
 *     header    {"__metadata__": {...}, "name": {"dtype", "shape", "data_offsets"}, ...},
 *               padded with spaces so that the tensors begin at a multiple of 64
 *     tensors   one after another, without gaps, up to the end of the file
 *
 * The reader checks everything: the header is one object of at most 16 MiB, names are unique,
 * the length of every range agrees with the shape and the type, and the ranges cover the rest
 * of the file exactly.  charnn itself writes F32, I32 and I64.  The whole file is in memory
 * while it is open.
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

/* Reads and checks a file.  Errors begin with the path; after one, *f needs no release. */
int st_read(struct st_file *f, const char *path, struct charnn_error *e);
/* Like st_read, from the bytes in *raw, which it takes over; `path` is for messages. */
int st_parse(struct st_file *f, const char *path, struct buf *raw, struct charnn_error *e);
void st_release(struct st_file *f);

/* The tensor of this name, and the metadata of this key; NULL if there is none. */
const struct st_tensor *st_find(const struct st_file *f, const char *name);
const char *st_metadata(const struct st_file *f, const char *key);

/* Copy the t->count values of a tensor to `out`, in the byte order of this machine.  The
 * caller has checked the tensor's type: for st_get it is `type`; for st_get_f32 it is any
 * real type, and a value too large for a float becomes infinity. */
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

/* Describe a tensor or a member of the metadata; start with a zeroed struct st_writer.
 * Tensors are written in the order in which they are added.  Every tensor is aligned to its
 * type if no tensor comes after one of a narrower type. */
void st_add(struct st_writer *w, const char *name, enum st_type type, int n_dims,
            const int64_t *shape);
void st_add_meta(struct st_writer *w, const char *key, const char *value, size_t n);
/* Writes the file atomically (base/file.h).  fill(arg, i, values) supplies the values of
 * tensor i, in this machine's byte order; it is not called for an empty tensor.  If st_read
 * would refuse the header (a repeated name, more than 16 MiB), st_write fails and writes
 * nothing. */
int st_write(struct st_writer *w, const char *path, st_fill *fill, void *arg,
             struct charnn_error *e);
void st_writer_release(struct st_writer *w);

#endif
