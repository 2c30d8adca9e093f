/*
 * fuzz_serve.c - reads any bytes as the requests of `charnn sample --serve`.
 *
 * Every line must have an answer, which is one line of JSON.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "sample/serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LENGTH_MOST = 1000 };
static const char model_file[] = "tests/fuzz/inputs/model/lstm";

static void require(int condition)
{
    if (!condition)
        abort();
}

static struct charnn_sampler *sampler(const struct charnn_sample_config *config)
{
    static struct charnn_sampler *s;
    struct charnn_error e;
    if (!s) {
        struct charnn_model *m =
            charnn_model_load(model_file, CHARNN_WEIGHTS_FLOAT32, 1, &e);
        s = m ? charnn_sampler_new(m, config, &e) : NULL;
    }
    require(s != NULL);
    return s;
}

/* A stream of a temporary file, in place of stdin or stdout. */
static FILE *stream_with(const uint8_t *data, size_t size)
{
    FILE *f = tmpfile();
    require(f && fwrite(data, 1, size, f) == size);
    rewind(f);
    return f;
}

/* A request for a long text would take longer than all others together. */
static int asks_for_much(const uint8_t *data, size_t size)
{
    size_t digits = 0;
    for (size_t i = 0; i < size; i++) {
        digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
        if (digits > 3)
            return 1;
    }
    return size > LENGTH_MOST;
}

/* Counts lines; blank ones get no answer. */
static size_t requests_in(const uint8_t *data, size_t size)
{
    size_t n = 0;
    bool blank = true;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n')
            blank = true;
        else if (blank && (!data[i] || !strchr(" \t\r", data[i]))) {
            blank = false;
            n++;
        }
    }
    return n;
}

/* Returns the number of answers. */
static size_t check_answers(FILE *f)
{
    char *line = NULL;
    size_t room = 0, n = 0;
    ssize_t length;
    rewind(f);
    while ((length = getline(&line, &room, f)) > 0) {
        struct json j;
        json_init(&j, line, (size_t)length);
        require(line[0] == '{' && json_skip(&j) && json_end(&j));
        n++;
    }
    free(line);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const volatile sig_atomic_t caught;
    struct serve s = { .config = charnn_sample_default(),
                       .limits = { .length = 5 },
                       .prime = "",
                       .caught = &caught };
    if (asks_for_much(data, size))
        return 0;
    s.config.seed = 1;
    s.sampler = sampler(&s.config);
    FILE *const in = stdin, *const out = stdout;
    FILE *const requests = stream_with(data, size), *const answers = stream_with(data, 0);
    stdin = requests;
    stdout = answers;
    serve_run(&s);
    stdin = in;
    stdout = out;
    require(check_answers(answers) == requests_in(data, size));
    fclose(requests);
    fclose(answers);
    return 0;
}
