/*
 * fuzz_model.c - reads arbitrary bytes as a checkpoint and uses it as `charnn sample`, `info` and
 * `export` do.
 *
 * A file that is refused must give a message; a model that loads must generate text, whatever
 * its weights are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "charnn.h"
#include "charnn_inspect.h"
#include "seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void use_model(struct charnn_model *m)
{
    struct charnn_error e = { 0 };
    struct charnn_sample_config config = charnn_sample_default();
    char text[40 * CHARNN_CHARACTER_MAX];
    size_t n = 0;
    config.seed = 1;
    struct charnn_sampler *s = charnn_sampler_new(m, &config, &e);
    if (s && charnn_sampler_prime(s, "", 0, &e) == 0)
        for (int i = 0; i < 40 && !charnn_sampler_ended(s); i++)
            n += (size_t)charnn_sampler_next(s, text + n);
    require(s || e.message[0] != 0);
    require(n <= sizeof text);
    charnn_sampler_free(s);
}

static void count_bytes(const void *bytes, size_t n, void *arg)
{
    (void)bytes;
    *(size_t *)arg += n;
}

static void describe(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/charnn-fuzz.XXXXXX";
    struct charnn_error e = { 0 };
    const int fd = mkstemp(path);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
    char *text = charnn_info_text(path, &e), *json = charnn_info_json(path, &e);
    require((text != NULL) == (json != NULL));
    free(text), free(json);
    for (int format = CHARNN_EXPORT_C; format <= CHARNN_EXPORT_HTML; format++) {
        size_t n = 0;
        require(charnn_export(path, &(struct charnn_export_config){ format, 0, "model" },
                              count_bytes, &n, &e) == 0
                    ? n > 0
                    : e.message[0] != 0);
    }
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct charnn_error e = { 0 };
    uint8_t *model = sealed(data, size);
    struct charnn_model *m =
        charnn_model_load_memory(model, size, CHARNN_WEIGHTS_FLOAT32, 1, &e);
    require(m || e.message[0] != 0);
    if (m)
        use_model(m);
    charnn_model_free(m);
    describe(model, size);
    free(model);
    return 0;
}
