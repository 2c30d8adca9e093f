/* example.c - the smallest program on charnn.h: 100 characters out of a checkpoint. */
#include <stdio.h>

#include "charnn.h"

static int fail(const struct charnn_error *e)
{
    fprintf(stderr, "example: %s\n", e->message);
    return e->usage ? 2 : 1;
}

int main(int argc, char **argv)
{
    struct charnn_error e;
    struct charnn_sample_config config = charnn_sample_default();
    char character[CHARNN_CHARACTER_MAX];
    if (argc != 2) {
        fprintf(stderr, "usage: example CHECKPOINT\n");
        return 2;
    }
    struct charnn_model *model = charnn_model_load(argv[1], CHARNN_WEIGHTS_FLOAT32, 0, &e);
    if (!model)
        return fail(&e);
    struct charnn_sampler *sampler = charnn_sampler_new(model, &config, &e);
    if (!sampler || charnn_sampler_prime(sampler, "", 0, &e) < 0)
        return fail(&e);
    for (int i = 0; i < 100; i++)
        fwrite(character, 1, (size_t)charnn_sampler_next(sampler, character), stdout);
    putchar('\n');
    charnn_sampler_free(sampler);
    charnn_model_free(model);
    return 0;
}
