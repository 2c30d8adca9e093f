/*
 * fuzz_safetensors.c - reads arbitrary bytes as a safetensors file.
 *
 * In a file that is accepted, every tensor must be found by its name, its bytes must be
 * inside the file and as many as shape times type, and all tensors must fill the file.
 * Otherwise the program aborts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ckpt/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned sink;

static size_t check_tensor(const struct st_file *f, const struct st_tensor *t)
{
    size_t bytes = st_type_size(t->type), n;
    if (st_find(f, t->name) != t || t->n_dims > ST_DIMS)
        abort();
    for (int i = 0; i < t->n_dims; i++)
        bytes *= (size_t)t->shape[i];
    if (bytes != t->count * st_type_size(t->type))
        abort();
    for (n = 0; n < bytes; n++)
        sink += t->bytes[n];
    return bytes;
}

static void check_file(const struct st_file *f)
{
    size_t bytes = 0, header = 0;
    for (int i = 8; i-- > 0;)
        header = header << 8 | (unsigned char)f->raw.data[i];
    for (size_t i = 0; i < f->n_tensors; i++)
        bytes += check_tensor(f, &f->tensors[i]);
    if (8 + header + bytes != f->raw.len)
        abort();
    for (size_t i = 0; i < f->n_meta; i++)
        if (st_metadata(f, f->meta[i].key) != f->meta[i].value ||
            f->meta[i].value[f->meta[i].value_len] != '\0')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct st_file f;
    struct charnn_error e = { 0 };
    struct buf raw = { .data = malloc(size ? size : 1), .len = size, .cap = size };
    if (!raw.data)
        return 0;
    if (size)
        memcpy(raw.data, data, size);
    int status = st_parse(&f, "fuzz", &raw, &e);
    if (status < 0 && (!e.message[0] || strlen(e.message) >= sizeof e.message))
        abort();
    if (status == 0)
        check_file(&f);
    st_release(&f);
    return 0;
}
