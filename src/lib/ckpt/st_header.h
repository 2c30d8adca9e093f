/* st_header.h - reads and makes the JSON header of a safetensors file, for safetensors.c. */
#ifndef CHARNN_CKPT_ST_HEADER_H
#define CHARNN_CKPT_ST_HEADER_H

#include <stdbool.h>

#include "ckpt/safetensors.h"

/* Bytes of the length word; alignment of the tensors. */
enum { ST_WORD = 8, ST_ALIGN = 64 };

/* Sets the shape and the count; returns false if the size in bytes does not fit in a
 * size_t. */
bool st_set_shape(struct st_tensor *t, int n_dims, const int64_t *shape);

/* The size in bytes of a tensor whose shape was set. */
size_t st_bytes(const struct st_tensor *t);

/* Fills the tensors (except `bytes`) and the metadata of f from a header of n bytes;
 * f->path must be set.  Sets *end to the total size of the tensors in bytes.  f needs
 * st_release even after an error. */
int st_header_read(struct st_file *f, const char *s, size_t n, size_t *end,
                   struct charnn_error *e);

/* What the header has in place of the checksum until the checksum is known. */
#define ST_ZEROS "0000000000000000"

/* Appends the length word, the header and its padding to the empty *out. */
void st_header_make(const struct st_writer *w, struct buf *out);

#endif
