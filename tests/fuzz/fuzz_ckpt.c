/*
 * fuzz_ckpt.c - reads arbitrary bytes as a checkpoint.
 *
 * A checkpoint that is accepted must give the weights of its model (unless a value is not
 * finite) and describe itself.
 */
#include <stdlib.h>
#include <string.h>

#include "ckpt/ckpt.h"
#include "seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_weights(const struct ckpt *c)
{
    struct model m;
    struct charnn_error e = { 0 };
    if (model_init(&m, &c->shape, ISA_ref, &e) < 0)
        abort();
    if (model_alloc(&m, &e) == 0 && ckpt_get_weights(c, &m, &e) < 0 && !e.message[0])
        abort();
    model_release(&m);
}

static void use(const struct ckpt *c)
{
    struct buf out = { 0 };
    use_weights(c);
    ckpt_describe(c, &out);
    ckpt_json(c, &out);
    ckpt_command(c, &out);
    if (!out.data || out.failed)
        abort();
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ckpt c;
    struct charnn_error e = { 0 };
    struct buf raw = { .data = (char *)sealed(data, size), .len = size, .cap = size };
    const int status = ckpt_parse(&c, "fuzz", &raw, &e);
    if (status < 0 && strncmp(e.message, "fuzz: ", 6) != 0)
        abort();
    if (status == 0) {
        use(&c);
        ckpt_release(&c);
    }
    return 0;
}
