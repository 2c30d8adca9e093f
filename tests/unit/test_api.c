/* test_api.c - the handles of charnn.h: models from memory, texts in memory, NULL. */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "charnn.h"
#include "test.h"

static char folder[64] = "/tmp/charnn-api.XXXXXX", corpus[80], path[80], last[80],
            log_path[80];
static const char text[] =
    "the cat sat on the mat and the rat sat on the cat, and that was that\n";
static struct buf bytes; /* the bytes of a checkpoint */

/* Makes a model that was trained for a few steps. */
static void set_up(void)
{
    struct charnn_error e;
    struct charnn_config c = charnn_config_default();
    if (!mkdtemp(folder))
        abort();
    snprintf(corpus, sizeof corpus, "%s/c.txt", folder);
    snprintf(path, sizeof path, "%s/m.bin", folder);
    snprintf(last, sizeof last, "%s/m.last.bin", folder);
    snprintf(log_path, sizeof log_path, "%s/m.jsonl", folder);
    FILE *f = fopen(corpus, "w");
    for (int i = 0; f && i < 20; i++)
        fputs(text, f);
    if (!f || fclose(f) != 0)
        abort();
    c.output = path;
    c.size = 8;
    c.layers = 1;
    c.steps = 5;
    c.batch_size = 2;
    c.seq_length = 16;
    const char *const files[] = { corpus };
    struct charnn_trainer *t = charnn_trainer_new(&c, files, 1, NULL, NULL, &e);
    if (!t || charnn_trainer_run(t, NULL, &e) < 0 || file_read(path, &bytes, &e) < 0)
        abort();
    charnn_trainer_free(t);
}

static void tear_down(void)
{
    buf_release(&bytes);
    unlink(corpus);
    unlink(path);
    unlink(last);
    unlink(log_path);
    rmdir(folder);
}

static struct charnn_model *load_memory(size_t n, struct charnn_error *e)
{
    return charnn_model_load_memory(bytes.data, n, CHARNN_WEIGHTS_FLOAT32, 1, e);
}

static void a_text_in_memory_scores_like_the_file(void)
{
    struct charnn_error e;
    struct charnn_score file, memory;
    struct buf whole = { 0 };
    struct charnn_model *m = charnn_model_load(path, CHARNN_WEIGHTS_FLOAT32, 1, &e);
    CHECK(m && file_read(corpus, &whole, &e) == 0);
    CHECK(charnn_evaluate(m, corpus, NULL, NULL, NULL, &file, &e) == 0);
    CHECK(charnn_evaluate_text(m, whole.data, whole.len, NULL, NULL, NULL, &memory, &e) ==
          0);
    CHECK(file.chars == memory.chars && file.bytes == memory.bytes);
    CHECK(file.nats_per_char == memory.nats_per_char && file.nats_per_char > 0);
    struct charnn_eval_config valid = charnn_eval_default();
    valid.part = CHARNN_EVAL_VALID;
    CHECK(charnn_evaluate(m, corpus, &valid, NULL, NULL, &file, &e) == 0);
    CHECK(charnn_evaluate_text(m, whole.data, whole.len, &valid, NULL, NULL, &memory, &e) ==
          0);
    CHECK(file.nats_per_char == memory.nats_per_char && file.chars == memory.chars);
    buf_release(&whole);
    charnn_model_free(m);
}

static void what_cannot_be_scored_is_an_error(void)
{
    struct charnn_error e;
    struct charnn_score score;
    struct charnn_model *m = load_memory(bytes.len, &e);
    CHECK(charnn_evaluate_text(m, NULL, 0, NULL, NULL, NULL, &score, &e) < 0);
    CHECK_MSG(strstr(e.message, "the text") != NULL, "%s", e.message);
    CHECK(charnn_evaluate_text(m, "a", 1, NULL, NULL, NULL, &score, &e) < 0);
    CHECK(charnn_evaluate_text(m, "a\xFF", 2, NULL, NULL, NULL, &score, &e) < 0);
    struct charnn_eval_config c = charnn_eval_default();
    c.window = -1;
    CHECK(charnn_evaluate_text(m, "and", 3, &c, NULL, NULL, &score, &e) < 0);
    CHECK(e.usage == 1 && strcmp(e.setting, "window") == 0);
    charnn_model_free(m);
}

static void a_model_in_memory_writes_like_the_file(void)
{
    struct charnn_error e;
    struct charnn_sample_config config = charnn_sample_default();
    char out[2][CHARNN_CHARACTER_MAX] = { { 0 } };
    config.seed = 7;
    struct charnn_model *m[] = { charnn_model_load(path, CHARNN_WEIGHTS_FLOAT32, 1, &e),
                                 load_memory(bytes.len, &e) };
    struct charnn_sampler *s[] = { charnn_sampler_new(m[0], &config, &e),
                                   charnn_sampler_new(m[1], &config, &e) };
    for (int k = 0; k < 2; k++)
        CHECK(s[k] && charnn_sampler_prime(s[k], "the", 3, &e) == 0);
    for (int i = 0; i < 50; i++) {
        const int n = charnn_sampler_next(s[0], out[0]);
        CHECK(n == 1 && charnn_sampler_next(s[1], out[1]) == n && out[0][0] == out[1][0]);
    }
    CHECK(!charnn_sampler_ended(s[0]));
    for (int k = 0; k < 2; k++) {
        charnn_sampler_free(s[k]);
        charnn_model_free(m[k]);
    }
}

static void null_means_the_defaults(void)
{
    struct charnn_model *m = load_memory(bytes.len, NULL);
    struct charnn_sampler *s = charnn_sampler_new(m, NULL, NULL);
    CHECK(s && charnn_sampler_prime(s, NULL, 0, NULL) == 0);
    charnn_sampler_free(s);
    charnn_model_free(m);
    charnn_sampler_free(NULL);
    charnn_model_free(NULL);
    charnn_trainer_free(NULL);
}

static void wrong_sampling_names_the_setting(void)
{
    struct charnn_error e;
    struct charnn_model *m = load_memory(bytes.len, &e);
    struct charnn_sample_config c = charnn_sample_default();
    c.top_p = 0;
    CHECK(!charnn_sampler_new(m, &c, &e) && e.usage && strcmp(e.setting, "top-p") == 0);
    c.top_p = 1;
    c.forbid_copy = 5;
    CHECK(!charnn_sampler_new(m, &c, &e) && strcmp(e.setting, "forbid-copy") == 0);
    charnn_model_free(m);
}

static void the_version_is_one(void)
{
    char numbers[32];
    snprintf(numbers, sizeof numbers, "%d.%d.%d", CHARNN_VERSION_MAJOR,
             CHARNN_VERSION_MINOR, CHARNN_VERSION_PATCH);
    CHECK(strcmp(numbers, CHARNN_VERSION) == 0 && strcmp(charnn_version(), numbers) == 0);
}

static void damaged_bytes_are_refused(void)
{
    struct charnn_error e;
    for (size_t n = 0; n < bytes.len; n += bytes.len / 100 + 1) {
        CHECK(!load_memory(n, &e) && e.message[0]);
        bytes.data[n] ^= 1;
        CHECK(!load_memory(bytes.len, &e) && e.message[0]);
        bytes.data[n] ^= 1;
    }
    CHECK(!charnn_model_load_memory(NULL, 0, CHARNN_WEIGHTS_FLOAT32, 1, &e));
}

int main(void)
{
    set_up();
    RUN(a_text_in_memory_scores_like_the_file);
    RUN(what_cannot_be_scored_is_an_error);
    RUN(a_model_in_memory_writes_like_the_file);
    RUN(null_means_the_defaults);
    RUN(wrong_sampling_names_the_setting);
    RUN(the_version_is_one);
    RUN(damaged_bytes_are_refused);
    tear_down();
    return test_end();
}
