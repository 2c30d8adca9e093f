/*
 * test_forged.c - checkpoints whose checksum is right but whose content is not: tensors
 * that are missing or of another shape, and metadata with odd values, are refused with one
 * line or are harmless.
 */
#include "ckpt_run.h"

/* ------------------------------------------------------------------ forged files */

/* How a forged file differs from the checkpoint that it is made from. */
struct lie {
    const char *skip_tensor, *rename_tensor, *retype_tensor, *reshape_tensor, *nan_tensor;
    const char *skip_meta, *meta, *value; /* metadata to leave out; metadata to change, and
                                           * its value */
};

struct forger {
    const struct ckpt *from;
    const struct lie *lie;
    const struct st_tensor *tensors[64];
    size_t n;
};

static void forge_values(void *arg, size_t index, void *values)
{
    const struct forger *f = arg;
    const struct st_tensor *t = f->tensors[index];
    st_get(t, t->type, values);
    if (is(f->lie->nan_tensor, t->name))
        ((float *)values)[t->count - 1] = NAN;
}

static void forge(const struct ckpt *from, const struct lie *lie)
{
    struct st_writer w = { 0 };
    struct forger f = { .from = from, .lie = lie };
    struct charnn_error e = { 0 };
    for (size_t i = 0; i < from->file.n_tensors && i < 64; i++) {
        const struct st_tensor *t = &from->file.tensors[i];
        int64_t shape[ST_DIMS];
        memcpy(shape, t->shape, sizeof shape);
        if (is(lie->skip_tensor, t->name))
            continue;
        if (is(lie->reshape_tensor, t->name))
            shape[0] = t->shape[1], shape[1] = t->shape[0];
        st_add(&w, is(lie->rename_tensor, t->name) ? "other.name" : t->name,
               is(lie->retype_tensor, t->name) ? ST_I32 : t->type, t->n_dims, shape);
        f.tensors[f.n++] = t;
    }
    for (size_t i = 0; i < from->file.n_meta; i++) {
        const struct st_meta *m = &from->file.meta[i];
        const char *value = is(lie->meta, m->key) ? lie->value : m->value;
        if (!is(lie->skip_meta, m->key) && strcmp(m->key, "checksum") != 0)
            st_add_meta(&w, m->key, value, strlen(value));
    }
    CHECK_MSG(st_write(&w, path, forge_values, &f, &e) == 0, "%s", e.message);
    st_writer_release(&w);
}

/* Reads everything that a run would read; *e has the message. */
static int read_all(struct run *r, struct charnn_error *e)
{
    struct ckpt c;
    if (ckpt_read(&c, path, e) < 0)
        return -1;
    int status = 0;
    if (ckpt_get_weights(&c, &r->net.m, e) < 0 ||
        ckpt_get_state(&c, &r->net.net.forward, e) < 0)
        status = -1;
    for (size_t i = 0; i < 2 && status == 0; i++)
        status = ckpt_get_slot(&c, &r->net.m, &r->slots[i], e);
    ckpt_release(&c);
    return status;
}

/* The progress of the saved run, without the end of the JSON object. */
#define SO_FAR "{\"step\":123456789012,\"steps\":223456789012"

static const struct lie lies[] = {
    { .skip_tensor = "rnn.weight_hh_l0" },
    { .rename_tensor = "head.bias" },
    { .skip_tensor = "vocab" },
    { .rename_tensor = "vocab.count" },
    { .skip_tensor = "optim.v.head.weight" },
    { .rename_tensor = "optim.m.rnn.bias_ih_l0" },
    { .skip_tensor = "state.c" },
    { .rename_tensor = "rnn.weight_ih_l0" },
    { .retype_tensor = "rnn.weight_hh_l0" },
    { .retype_tensor = "head.bias" },
    { .reshape_tensor = "rnn.weight_hh_l0" },
    { .reshape_tensor = "head.weight" },
    { .nan_tensor = "rnn.weight_hh_l0" },
    { .nan_tensor = "optim.m.head.bias" },
    { .nan_tensor = "state.h" },
    { .skip_meta = "format" },
    { .skip_meta = "version" },
    { .skip_meta = "config" },
    { .skip_meta = "files" },
    { .skip_meta = "progress" },
    { .skip_meta = "history" },
    { .skip_meta = "unit" },
    { .skip_meta = "fingerprint" },
    { .meta = "format", .value = "pt" },
    { .meta = "config", .value = "{" },
    { .meta = "config", .value = "{}" },
    { .meta = "config", .value = "[1]" },
    { .meta = "config", .value = "{\"size\":-1}" },
    { .meta = "config", .value = "{\"layers\":64,\"size\":1073741824}" },
    { .meta = "config", .value = "{\"cell\":\"transformer\"}" },
    { .meta = "files", .value = "[1]" },
    { .meta = "files", .value = "\"x\"" },
    { .meta = "progress", .value = "{\"step\":5,\"steps\":4}" },
    { .meta = "progress", .value = "{\"step\":-1}" },
    { .meta = "progress", .value = "{\"step\":\"1\"}" },
    { .meta = "progress", .value = SO_FAR ",\"rewinds\":10001}" },
    { .meta = "progress", .value = SO_FAR ",\"strikes\":123456789013}" },
    { .meta = "progress", .value = SO_FAR ",\"skipped\":123456789013}" },
    { .meta = "progress", .value = SO_FAR ",\"waited\":-1}" },
    { .meta = "progress", .value = SO_FAR ",\"slots_from\":123456789013}" },
    { .meta = "progress", .value = SO_FAR ",\"best_step\":123456789013}" },
    { .meta = "progress", .value = SO_FAR ",\"best_missing\":2}" },
    { .meta = "progress", .value = SO_FAR ",\"epoch\":null}" },
    { .meta = "progress", .value = SO_FAR ",\"seconds\":-1}" },
    { .meta = "fingerprint", .value = "xyz" },
};

static void a_file_with_forged_metadata_is_refused(void)
{
    struct run r;
    struct ckpt c;
    struct charnn_error e = { 0 };
    start(&r, net_cell(3), 1, 5, 0, 7, 1);
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0);
    forge(&c, &(struct lie){ 0 });
    CHECK_MSG(read_all(&r, &e) == 0, "an honest copy: %s", e.message);
    forge(&c, &(struct lie){ .meta = "progress", .value = SO_FAR ",\"rewinds\":9}" });
    CHECK_MSG(read_all(&r, &e) == 0, "an honest progress: %s", e.message);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        e = (struct charnn_error){ 0 };
        forge(&c, &lies[i]);
        CHECK_MSG(read_all(&r, &e) == -1, "lie %zu", i);
        CHECK_MSG(strncmp(e.message, path, strlen(path)) == 0 && !e.usage, "lie %zu: '%s'",
                  i, e.message);
    }
    ckpt_release(&c);
    stop(&r);
}

/* If a file does not have the setting `skip`, the default applies.  A file whose tensors do not
 * fit the setting is refused. */
static void skips_that_the_tensors_contradict_are_refused(void)
{
    static const char plain[] = "{\"cell\":\"lstm\",\"layers\":2,\"size\":5";
    struct run r;
    struct ckpt c, d;
    struct charnn_error e = { 0 };
    char config[200];
    start(&r, net_cell(3), 2, 5, 0, 7, 1);
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0);
    snprintf(config, sizeof config, "%s}", plain);
    forge(&c, &(struct lie){ .meta = "config", .value = config });
    CHECK_MSG(ckpt_read(&d, path, &e) == 0 && d.shape.skip == CHARNN_SKIP_NONE, "%s",
              e.message);
    ckpt_release(&d);
    snprintf(config, sizeof config, "%s,\"skip\":\"dense\"}", plain);
    forge(&c, &(struct lie){ .meta = "config", .value = config });
    CHECK(ckpt_read(&d, path, &e) == -1);
    CHECK_MSG(strstr(e.message, "head.weight") && strstr(e.message, "[7, 10]"), "%s",
              e.message);
    snprintf(config, sizeof config, "%s,\"skip\":\"highway\"}", plain);
    forge(&c, &(struct lie){ .meta = "config", .value = config });
    CHECK(ckpt_read(&d, path, &e) == -1);
    ckpt_release(&c);
    stop(&r);
    start_skip(&r, net_cell(3), 2, CHARNN_SKIP_DENSE, 5, 0, 7, 1);
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0);
    snprintf(config, sizeof config, "%s}", plain);
    forge(&c, &(struct lie){ .meta = "config", .value = config });
    CHECK_MSG(ckpt_read(&d, path, &e) == -1, "dense tensors, plain settings");
    ckpt_release(&c);
    stop(&r);
}

static void settings_of_a_later_version_are_passed_over(void)
{
    struct run r;
    struct ckpt c, d;
    struct charnn_error e = { 0 };
    start(&r, net_cell(0), 1, 5, 0, 7, 1);
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0);
    forge(&c, &(struct lie){ .meta = "config",
                             .value = "{\"cell\":\"rnn\",\"layers\":1,\"size\":5,"
                                      "\"of-the-future\":[1,{\"x\":null}]}" });
    CHECK_MSG(ckpt_read(&d, path, &e) == 0, "%s", e.message);
    CHECK(d.shape.size == 5);
    ckpt_release(&d);
    ckpt_release(&c);
    stop(&r);
}

/* ------------------------------------------------------------- odd metadata */

static const char *const odd_values[] = {
    "-1",    "0",        "1",    "2147483648", "9007199254740993", "-1e300",
    "1e300", "null",     "true", "\"\"",       "\"x\\u0000y\"",    "[]",
    "{}",    "[[[[]]]]",
};
enum { ODD_VALUES = sizeof odd_values / sizeof *odd_values };

/* The length of the JSON number, string or word at s; 0: something else begins there. */
static size_t scalar_length(const char *s)
{
    size_t n = 1;
    if (*s != '"')
        return strcspn(s, ",:]}[{\" \n");
    while (s[n] && s[n] != '"')
        n += s[n] == '\\' && s[n + 1] ? 2 : 1;
    return n + (s[n] == '"');
}

/* Opens the file in every way there is: each fails with one line, or succeeds. */
static void open_in_all_ways(const char *what)
{
    struct charnn_error e = { 0 };
    struct ckpt c;
    struct buf text = { 0 };
    struct charnn_config resume = charnn_config_default();
    if (ckpt_read(&c, path, &e) == 0) {
        ckpt_describe(&c, &text);
        ckpt_json(&c, &text);
        ckpt_command(&c, &text);
        ckpt_release(&c);
    }
    struct charnn_model *m = charnn_model_load(path, 0, 1, &e);
    charnn_model_free(m);
    resume.resume = path;
    resume.dry_run = 1;
    resume.threads = 1;
    struct charnn_trainer *t = charnn_trainer_new(&resume, NULL, 0, NULL, NULL, &e);
    CHECK_MSG(t || (*e.message && !strchr(e.message, '\n')), "%s: '%s'", what, e.message);
    charnn_trainer_free(t);
    buf_release(&text);
}

/* Replaces, one after another, every number, string and word in a piece of metadata. */
static size_t spoil(const struct ckpt *from, const struct st_meta *m)
{
    size_t n = 0;
    forge(from, &(struct lie){ .meta = m->key, .value = "[]" }); /* such as no files */
    open_in_all_ways(m->key);
    for (size_t i = 0; m->value[i]; i++) {
        const size_t length = scalar_length(m->value + i);
        struct buf value = { 0 };
        if (length == 0)
            continue;
        const char *odd = odd_values[n++ % ODD_VALUES];
        buf_printf(&value, "%.*s%s%s", (int)i, m->value, odd, m->value + i + length);
        forge(from, &(struct lie){ .meta = m->key, .value = value.data });
        open_in_all_ways(m->key);
        buf_release(&value);
        i += length - 1;
    }
    return n;
}

static void odd_metadata_is_refused_or_harmless(void)
{
    char text[700], output[700], last[700];
    const char *const texts[] = { text };
    struct charnn_config config = charnn_config_default();
    struct charnn_error e = { 0 };
    struct ckpt from;
    size_t n = 0;
    snprintf(text, sizeof text, "%s/text.txt", folder);
    snprintf(output, sizeof output, "%s/odd.bin", folder);
    snprintf(last, sizeof last, "%s/odd.last.bin", folder);
    FILE *f = fopen(text, "w");
    for (int i = 0; f && i < 300; i++)
        fprintf(f, "line %d of a text\n", i);
    CHECK(f && fclose(f) == 0);
    config.output = output;
    config.size = 4;
    config.layers = config.threads = 1;
    config.batch_size = config.seq_length = 4;
    config.steps = 4;
    struct charnn_trainer *t = charnn_trainer_new(&config, texts, 1, NULL, NULL, &e);
    CHECK_MSG(t && charnn_trainer_run(t, NULL, &e) == 0, "%s", e.message);
    charnn_trainer_free(t);
    CHECK_MSG(ckpt_read(&from, last, &e) == 0, "%s", e.message);
    forge(&from, &(struct lie){ 0 });
    open_in_all_ways("an honest copy");
    for (size_t i = 0; i < from.file.n_meta; i++)
        if (strcmp(from.file.meta[i].key, "checksum") != 0)
            n += spoil(&from, &from.file.meta[i]);
    CHECK_MSG(n > 150, "%zu", n);
    ckpt_release(&from);
    unlink(text);
    unlink(output);
    unlink(last);
    snprintf(text, sizeof text, "%s/odd.jsonl", folder);
    unlink(text);
}

int main(void)
{
    if (enter_folder() < 0)
        return 1;
    RUN(a_file_with_forged_metadata_is_refused);
    RUN(skips_that_the_tensors_contradict_are_refused);
    RUN(settings_of_a_later_version_are_passed_over);
    RUN(odd_metadata_is_refused_or_harmless);
    leave_folder();
    return test_end();
}
