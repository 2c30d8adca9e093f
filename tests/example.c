#include <charnn.h>
#include <stdio.h>

int main(void)
{
    struct charnn_error e;
    struct charnn_sample_config config = charnn_sample_default();
    config.seed = 1;
    struct charnn_model *m = charnn_model_load("ckpt.bin", CHARNN_WEIGHTS_FLOAT32, 0, &e);
    struct charnn_sampler *s = m ? charnn_sampler_new(m, &config, &e) : NULL;
    if (!s || charnn_sampler_prime(s, "", 0, &e) < 0) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    char character[CHARNN_CHARACTER_MAX];
    for (int i = 0; i < 200 && !charnn_sampler_ended(s); i++)
        fwrite(character, 1, (size_t)charnn_sampler_next(s, character), stdout);
    charnn_sampler_free(s);
    charnn_model_free(m);
}
