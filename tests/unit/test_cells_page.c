/* test_cells_page.c - the data in the page of charnn cells (cells/cells_page.h). */
#include "cells/cells_page.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "test.h"

static const char odd[] =
    "</script><!-- \"quotes\" & 'more' --> tab\there \\\r\n"
    "\xED\x95\x9C\xEA\xB5\xAD e\xCC\x81 \xF0\x9F\x8E\x89 \xE2\x80\xA8.\n";

static char folder[] = "/tmp/charnn-cells-page.XXXXXX";

static char *in_folder(const char *name)
{
    static char paths[4][600];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_file(const char *path, const char *text, size_t n, int times)
{
    FILE *f = fopen(path, "w");
    for (int i = 0; i < times; i++)
        fwrite(text, 1, n, f);
    fclose(f);
}

/* Trains a model of two layers of five units for a few steps on unusual text, of which the
 * file "text" has two copies. */
static struct charnn_model *make_model(const char *cell, const char *unit)
{
    struct charnn_config c = charnn_config_default();
    struct charnn_error e = { 0 };
    enum charnn_status status;
    char *text = in_folder("corpus"), *model = in_folder("model.bin");
    write_file(text, odd, sizeof odd - 1, 40);
    write_file(in_folder("text"), odd, sizeof odd - 1, 2);
    const char *const settings[][2] = {
        { "cell", cell },
        { "unit", unit },
        { "layers", "2" },
        { "size", "5" },
        { "batch-size", "2" },
        { "steps", "3" },
        { "valid", "0" },
        { "output", model },
        { "seq-length", "10" },
        { "threads", "1" },
        { "activation", strcmp(cell, "rnn") ? "tanh" : "relu" },
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        charnn_config_set(&c, settings[i][0], settings[i][1], &e);
    c.overwrite = 1;
    struct charnn_trainer *t =
        charnn_trainer_new(&c, (const char *const *)&text, 1, NULL, NULL, &e);
    CHECK_MSG(t && charnn_trainer_run(t, &status, &e) == 0, "%s", e.message);
    charnn_trainer_free(t);
    struct charnn_model *m = charnn_model_load(model, CHARNN_WEIGHTS_FLOAT32, 1, &e);
    CHECK_MSG(m != NULL, "%s", e.message);
    return m;
}

static int write_page(struct charnn_model *m, int64_t excerpt, struct buf *page,
                      struct charnn_error *e)
{
    const struct cells_page config = {
        .model = m, .checkpoint = "a<b>.bin", .excerpt = excerpt, .text = in_folder("text")
    };
    *page = (struct buf){ 0 };
    const int status = cells_page_write(&config, in_folder("page.html"), e);
    if (status == 0)
        file_read(in_folder("page.html"), page, e);
    return status;
}

/* The content of the element <script id="NAME" ...>. */
static char *element(const struct buf *page, const char *name)
{
    char begin[64];
    snprintf(begin, sizeof begin, "<script id=\"%s\" ", name);
    const char *at = strchr(strstr(page->data, begin), '>') + 1;
    return strndup(at, (size_t)(strstr(at, "</script>") - at));
}

/* ------------------------------------------------------------------------ states */

/* A comparison of the numbers in the page with those of a trace. */
struct comparison {
    struct charnn_shape shape;
    char **lines;
    double worst; /* largest difference, in steps of about 1/255 */
};

static int digit(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return (int)(strchr(alphabet, c) - alphabet);
}

/* Byte t of a base64 text. */
static int decode(const char *code, size_t t)
{
    const char *group = code + t / 3 * 4;
    int bits = 0;
    for (int i = 0; i < 4; i++)
        bits = bits << 6 | (group[i] == '=' ? 0 : digit(group[i]));
    const int byte = bits >> (16 - 8 * (t % 3)) & 0xFF;
    return byte < 128 ? byte : byte - 256;
}

static void compare(struct comparison *c, size_t plane, size_t layer, size_t unit, size_t t,
                    float value)
{
    const struct charnn_shape *s = &c->shape;
    char *code, *line = c->lines[(plane * s->layers + layer) * s->size + unit];
    const double top = strtod(line, &code);
    const double step = top / 127;
    const double off = fabs(decode(code + 1, t) * step - (double)value) / (step + 1e-30);
    c->worst = fmax(c->worst, off);
}

static int compare_step(const struct charnn_trace_step *step, void *arg)
{
    struct comparison *c = arg;
    const struct charnn_shape *s = &c->shape;
    const size_t H = s->size, states = s->has_c ? 2 : 1;
    for (size_t l = 0; l < s->layers; l++)
        for (size_t j = 0; j < H; j++) {
            compare(c, 0, l, j, (size_t)step->at, step->h[l * H + j]);
            if (s->has_c)
                compare(c, 1, l, j, (size_t)step->at, step->c[l * H + j]);
            for (size_t g = 0; g < s->gates; g++)
                compare(c, states + g, l, j, (size_t)step->at,
                        step->gates[(l * s->gates + g) * H + j]);
        }
    return 0;
}

static void holds_all_states(const char *cell, size_t planes)
{
    enum { LINES = 60 };
    struct charnn_model *m = make_model(cell, "char");
    struct charnn_error e = { 0 };
    struct charnn_trace_config config = charnn_trace_default();
    struct charnn_traced traced;
    struct buf page;
    char *lines[LINES + 1];
    size_t n = 0;
    CHECK_MSG(write_page(m, 50, &page, &e) == 0, "%s", e.message);
    char *states = element(&page, "states");
    for (char *line = strtok(states, "\n"); line && n <= LINES; line = strtok(NULL, "\n"))
        lines[n++] = line;
    CHECK(n == planes * 2 * 5);
    struct comparison c = { .shape = charnn_model_shape(m), .lines = lines };
    config.limit = 50;
    CHECK(charnn_trace(m, in_folder("text"), &config, compare_step, &c, &traced, &e) == 0);
    CHECK(traced.chars == 50);
    CHECK_MSG(c.worst > 0.1 && c.worst < 0.501, "%g", c.worst);
    free(states);
    buf_release(&page);
    charnn_model_free(m);
}

static void the_states_and_gates_of_an_lstm_are_those_of_a_trace(void)
{
    holds_all_states("lstm", 6);
}

static void the_states_and_gates_of_a_gru_are_those_of_a_trace(void)
{
    holds_all_states("gru", 4);
}

static void the_states_of_an_rnn_are_those_of_a_trace(void)
{
    holds_all_states("rnn", 1);
}

/* -------------------------------------------------------------------------- data */

/* The parts of the data that the tests check. */
struct seen {
    struct buf text, unit;
    size_t n_nats, n_next, nulls;
    double nats;
};

static void see_next(struct json *j, struct seen *seen)
{
    struct buf symbol = { 0 };
    double p, before = 1;
    json_enter(j, '[');
    while (json_next(j)) {
        json_string(j, &symbol);
        json_next(j);
        json_number(j, &p);
        CHECK(p <= before && p >= 0);
        before = p;
    }
    seen->n_next++;
    buf_release(&symbol);
}

static void see(struct json *j, const char *key, struct seen *seen)
{
    double nats;
    if (!strcmp(key, "text")) {
        json_string(j, &seen->text);
    } else if (!strcmp(key, "unit")) {
        json_string(j, &seen->unit);
    } else if (!strcmp(key, "nats")) {
        for (json_enter(j, '['); json_next(j); seen->n_nats++)
            if (json_null(j))
                seen->nulls++;
            else if (json_number(j, &nats))
                seen->nats += nats;
    } else if (!strcmp(key, "next")) {
        for (json_enter(j, '['); json_next(j);)
            see_next(j, seen);
    } else {
        json_skip(j);
    }
}

static void see_data(const struct buf *page, struct seen *seen)
{
    char *data = element(page, "data");
    struct buf key = { 0 };
    struct json j;
    *seen = (struct seen){ .n_nats = 0 };
    json_init(&j, data, strlen(data));
    json_enter(&j, '{');
    while (json_next(&j) && json_key(&j, &key))
        see(&j, key.data, seen);
    CHECK_MSG(json_end(&j), "%s", j.fault);
    buf_release(&key);
    free(data);
}

static void forget(struct seen *seen)
{
    buf_release(&seen->text);
    buf_release(&seen->unit);
}

static void the_text_is_in_the_page_whatever_it_holds(void)
{
    struct charnn_model *m = make_model("gru", "char");
    struct charnn_error e = { 0 };
    struct charnn_score score;
    struct charnn_eval_config eval = charnn_eval_default();
    struct buf page;
    struct seen seen;
    CHECK(write_page(m, CHARNN_AUTO, &page, &e) == 0);
    see_data(&page, &seen);
    CHECK(!strcmp(seen.unit.data, "char"));
    CHECK(seen.text.len == 2 * (sizeof odd - 1) &&
          !memcmp(seen.text.data, odd, sizeof odd - 1));
    CHECK(charnn_evaluate(m, in_folder("text"), &eval, NULL, NULL, &score, &e) == 0);
    CHECK(seen.n_nats == (size_t)score.chars + 1 && seen.n_next == seen.n_nats);
    CHECK(seen.nulls == 1);
    const double mean = seen.nats / (double)score.chars;
    CHECK_MSG(fabs(mean - score.nats_per_char) < 1e-3, "%g %g", mean, score.nats_per_char);
    forget(&seen);
    buf_release(&page);
    charnn_model_free(m);
}

static int count(const struct buf *page, const char *what)
{
    int n = 0;
    for (const char *at = page->data; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static void nothing_in_the_text_ends_an_element(void)
{
    struct charnn_model *m = make_model("gru", "char");
    struct charnn_error e = { 0 };
    struct buf page;
    CHECK(write_page(m, CHARNN_AUTO, &page, &e) == 0);
    CHECK(strlen(page.data) == page.len);
    CHECK(count(&page, "<script") == 4 && count(&page, "</script>") == 4);
    CHECK(count(&page, "<!--") == 0);
    CHECK(count(&page, "a<b>.bin") == 0 && count(&page, "a&lt;b&gt;.bin") == 2);
    CHECK(count(&page, "http:") + count(&page, "https:") == 0);
    buf_release(&page);
    charnn_model_free(m);
}

static void a_model_of_bytes_shows_bytes(void)
{
    struct charnn_model *m = make_model("rnn", "byte");
    struct charnn_error e = { 0 };
    struct buf page;
    struct seen seen;
    CHECK(write_page(m, CHARNN_AUTO, &page, &e) == 0);
    see_data(&page, &seen);
    CHECK(!strcmp(seen.unit.data, "byte"));
    CHECK(seen.n_nats == 2 * (sizeof odd - 1));
    CHECK(strstr(seen.text.data, "\n\xC3\xAD\xC2\x95\xC2\x9C") !=
          NULL); /* bytes ED 95 9C */
    CHECK(strstr(page.data, "bytes of ") != NULL);
    forget(&seen);
    buf_release(&page);
    charnn_model_free(m);
}

/* --------------------------------------------------------------------------- size */

static void the_excerpt_is_what_was_asked_for(void)
{
    struct charnn_model *m = make_model("lstm", "char");
    struct charnn_error e = { 0 };
    struct buf page;
    struct seen seen;
    CHECK(write_page(m, 7, &page, &e) == 0);
    see_data(&page, &seen);
    CHECK(!strcmp(seen.text.data, "</scrip"));
    CHECK(strstr(page.data, "the first 7 of 118 characters of ") != NULL);
    forget(&seen);
    buf_release(&page);
    charnn_model_free(m);
}

/* Writes numbers of 4 bytes in the order of bytes that files have, the lowest first. */
static void write_words(FILE *f, const void *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t w;
        memcpy(&w, (const char *)words + i * sizeof w, sizeof w);
        for (int shift = 0; shift < 32; shift += 8)
            fputc((int)(w >> shift & 0xFF), f);
    }
}

/* Writes a model like one of another program: one unit h <- relu(1e30 h + 1), symbols a and
 * b. */
static void write_foreign(const char *path)
{
    static const char header[] =
        "{\"__metadata__\":{\"activation\":\"relu\"},"
        "\"rnn.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
        "\"rnn.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[8,12]},"
        "\"rnn.bias_ih_l0\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]},"
        "\"rnn.bias_hh_l0\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[16,20]},"
        "\"head.weight\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[20,28]},"
        "\"head.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[28,36]},"
        "\"vocab\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[36,44]}}";
    static const float weights[] = { 0, 0, 1e30f, 1, 0, 0, 0, 0, 0 };
    static const int32_t vocab[] = { 'a', 'b' };
    const uint32_t length[2] = { sizeof header - 1, 0 };
    FILE *f = fopen(path, "w");
    write_words(f, length, 2);
    fwrite(header, 1, sizeof header - 1, f);
    write_words(f, weights, sizeof weights / sizeof *weights);
    write_words(f, vocab, sizeof vocab / sizeof *vocab);
    fclose(f);
}

static void states_that_overflow_are_an_error(void)
{
    struct charnn_error e = { 0 };
    struct buf page;
    write_foreign(in_folder("model.bin"));
    struct charnn_model *m =
        charnn_model_load(in_folder("model.bin"), CHARNN_WEIGHTS_FLOAT32, 1, &e);
    CHECK_MSG(m != NULL, "%s", e.message);
    if (!m)
        return;
    write_file(in_folder("text"), "ab", 2, 1);
    CHECK(write_page(m, CHARNN_AUTO, &page, &e) == 0); /* the values of h are 1 and 1e30 */
    buf_release(&page);
    unlink(in_folder("page.html"));
    write_file(in_folder("text"), "ab", 2, 2);
    CHECK(write_page(m, CHARNN_AUTO, &page, &e) < 0 && !e.usage);
    CHECK_MSG(strstr(e.message, "not finite") != NULL, "%s", e.message);
    CHECK(!file_exists(in_folder("page.html")));
    charnn_model_free(m);
}

/* A character takes 60 numbers in base64, and 120 bytes for the rest. */
static void a_page_that_would_be_too_large_is_refused_with_what_fits(void)
{
    struct charnn_model *m = make_model("lstm", "char");
    struct charnn_error e = { 0 };
    struct buf page;
    CHECK(write_page(m, 320001, &page, &e) < 0 && e.usage);
    CHECK_MSG(strstr(e.message, "at most 320000 characters") != NULL, "%s", e.message);
    CHECK(write_page(m, 320000, &page, &e) == 0);
    buf_release(&page);
    charnn_model_free(m);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    RUN(the_states_and_gates_of_an_lstm_are_those_of_a_trace);
    RUN(the_states_and_gates_of_a_gru_are_those_of_a_trace);
    RUN(the_states_of_an_rnn_are_those_of_a_trace);
    RUN(the_text_is_in_the_page_whatever_it_holds);
    RUN(nothing_in_the_text_ends_an_element);
    RUN(a_model_of_bytes_shows_bytes);
    RUN(states_that_overflow_are_an_error);
    RUN(the_excerpt_is_what_was_asked_for);
    RUN(a_page_that_would_be_too_large_is_refused_with_what_fits);
    const char *const files[] = { "corpus",         "text",        "model.bin",
                                  "model.last.bin", "model.jsonl", "page.html" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(in_folder(files[i]));
    rmdir(folder);
    return test_end();
}
