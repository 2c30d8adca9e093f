/*
 * test_ckpt.c - checkpoints: they are read back as written, and inconsistent or damaged
 * files are refused. (The file format itself: test_safetensors.c; checkpoints of other
 * programs: test_torch_import.c.)
 */
#include "ckpt_run.h"

/* -------------------------------------------------------------------- round trips */

static void check_settings(const struct ckpt *c, const struct run *r)
{
    for (size_t i = 0; i < config_n_fields; i++)
        CHECK_MSG(!config_stored(&config_fields[i]) ||
                      field_equal(&config_fields[i], &c->config, &r->config),
                  "--%s", config_fields[i].name);
    CHECK(strcmp(c->config.valid_file, r->config.valid_file) == 0);
    CHECK(strcmp(c->config.output, r->config.output) == 0);
    CHECK(c->n_files == FILES);
    for (size_t i = 0; i < c->n_files; i++)
        CHECK_MSG(strcmp(c->files[i], files[i]) == 0, "file %zu", i);
    const struct progress *p = &c->progress, *q = &r->out.progress;
    CHECK(p->step == q->step && p->steps == q->steps && p->epoch == q->epoch);
    CHECK(p->seconds == q->seconds && isnan(p->best_loss) && p->best_step == q->best_step);
    CHECK(p->since_best == q->since_best && p->planned_best == q->planned_best);
    CHECK(p->loss == q->loss);
    CHECK(c->fingerprint == r->out.fingerprint);
    CHECK(strcmp(c->history, "[{\"step\":1},{\"step\":2}]") == 0);
    CHECK(c->vocab.size == r->vocab.size && c->vocab.unit == VOCAB_CHAR);
    for (size_t i = 0; i < r->vocab.size; i++)
        CHECK(c->vocab.symbol[i] == r->vocab.symbol[i] &&
              c->vocab.count[i] == r->vocab.count[i]);
}

/* Checks that weights, slots and state of a new model are bit for bit those of the run. */
static void check_numbers(const struct ckpt *c, struct run *r, size_t H)
{
    struct net n;
    struct charnn_error e = { 0 };
    const size_t bytes = r->net.m.set.total * sizeof(real);
    net_init(&n, &c->shape, ISA_ref, T, B, STACK_TRAIN);
    memset(n.m.weights, 0, bytes);
    CHECK_MSG(ckpt_get_weights(c, &n.m, &e) == 0, "%s", e.message);
    CHECK(memcmp(n.m.weights, r->net.m.weights, bytes) == 0);
    for (size_t i = 0; i < r->out.n_slots; i++) {
        const struct param_slot slot = { r->slots[i].name, n.g };
        memset(n.g, 0, bytes);
        CHECK_MSG(ckpt_get_slot(c, &n.m, &slot, &e) == 0, "%s", e.message);
        CHECK(memcmp(n.g, r->slots[i].array, bytes) == 0);
    }
    float *a = malloc(B * H * sizeof *a), *b = malloc(B * H * sizeof *b);
    CHECK((ckpt_get_state(c, &n.net.forward, &e) == 0) == c->resumable);
    for (size_t l = 0; c->resumable && l < c->shape.layers; l++)
        for (int kind = 0; kind < (int)n.m.cell->states; kind++) {
            stack_get_state(&n.net.forward, l, kind, a);
            stack_get_state(&r->net.net.forward, l, kind, b);
            CHECK(memcmp(a, b, B * H * sizeof *a) == 0);
        }
    free(a), free(b);
    net_release(&n);
}

static void everything_comes_back(void)
{
    for (size_t cell = 0; cell < NET_CELLS; cell++)
        for (int resumable = 0; resumable <= 1; resumable++)
            for (size_t E = 0; E <= 9; E += 9) {
                struct run r;
                struct ckpt c;
                struct charnn_error e = { 0 };
                start(&r, net_cell(cell), 2, 17, E, 21, resumable);
                save(&r);
                CHECK_MSG(ckpt_read(&c, path, &e) == 0, "%s", e.message);
                CHECK(c.resumable == resumable);
                check_settings(&c, &r);
                check_numbers(&c, &r, 17);
                ckpt_release(&c);
                stop(&r);
            }
}

static void skips_come_back(void)
{
    for (int skip = CHARNN_SKIP_RESIDUAL; skip <= CHARNN_SKIP_DENSE; skip++) {
        struct run r;
        struct ckpt c;
        struct charnn_error e = { 0 };
        start_skip(&r, net_cell(4), 3, skip, 17, 9, 21, 1);
        save(&r);
        CHECK_MSG(ckpt_read(&c, path, &e) == 0, "%s", e.message);
        CHECK(c.shape.skip == skip);
        check_settings(&c, &r);
        check_numbers(&c, &r, 17);
        const struct st_tensor *head = st_find(&c.file, "head.weight");
        CHECK(head && head->shape[1] == (skip == CHARNN_SKIP_DENSE ? 3 * 17 : 17));
        ckpt_release(&c);
        stop(&r);
    }
}

static void what_is_written_twice_is_the_same_file(void)
{
    struct run r;
    struct buf a = { 0 }, b = { 0 };
    start(&r, net_cell(4), 1, 5, 0, 7, 1);
    save(&r);
    CHECK(file_read(path, &a, NULL) == 0);
    save(&r);
    CHECK(file_read(path, &b, NULL) == 0);
    CHECK(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
    buf_release(&a), buf_release(&b);
    stop(&r);
}

static void a_file_of_weights_is_not_resumable(void)
{
    struct run r;
    struct ckpt c;
    struct charnn_error e = { 0 };
    start(&r, net_cell(3), 1, 5, 0, 7, 0);
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0 && !c.resumable);
    CHECK(ckpt_get_slot(&c, &r.net.m, &r.slots[0], &e) == -1);
    CHECK_MSG(strstr(e.message, "optim.m."), "%s", e.message);
    CHECK(ckpt_get_state(&c, &r.net.net.forward, &e) == -1);
    ckpt_release(&c);
    stop(&r);
}

static void a_state_of_another_batch_is_refused(void)
{
    struct run r;
    struct ckpt c;
    struct net other;
    struct charnn_error e = { 0 };
    start(&r, net_cell(3), 1, 5, 0, 7, 1);
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0);
    net_init(&other, &c.shape, ISA_ref, T, B + 1, STACK_TRAIN);
    CHECK(ckpt_get_state(&c, &other.net.forward, &e) == -1 && strstr(e.message, "state.h"));
    net_release(&other);
    ckpt_release(&c);
    stop(&r);
}

/* ------------------------------------------------------------------------- damage */

static void write_file(const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        abort();
}

/* Whether ckpt_read refuses the bytes, with an error that names the path, and keeps nothing. */
static int refused(const void *bytes, size_t n)
{
    struct ckpt c;
    struct charnn_error e = { 0 };
    write_file(bytes, n);
    const int status = ckpt_read(&c, path, &e);
    if (status == 0)
        ckpt_release(&c);
    else
        CHECK_MSG(strncmp(e.message, path, strlen(path)) == 0, "%s", e.message);
    return status < 0;
}

static void any_flipped_bit_is_noticed(void)
{
    struct run r;
    struct rng rng;
    struct buf b = { 0 };
    start(&r, net_cell(4), 1, 3, 0, 5, 1);
    save(&r);
    CHECK(file_read(path, &b, NULL) == 0);
    rng_init(&rng, 1);
    CHECK(!refused(b.data, b.len));
    size_t missed = 0, tried = 0;
    for (size_t i = 0; i < b.len; i += b.len / 1500 + 1, tried++) {
        const char bit = (char)(1 << rng_next(&rng) % 8);
        b.data[i] ^= bit;
        if (!refused(b.data, b.len)) {
            missed++;
            printf("# bit %d of byte %zu of %zu\n", bit, i, b.len);
        }
        b.data[i] ^= bit;
    }
    CHECK_MSG(missed == 0 && tried >= 400, "%zu of %zu", missed, tried);
    buf_release(&b);
    stop(&r);
}

/* Flips every bit of the checksum itself, also those that turn a letter into a capital. */
static void a_changed_checksum_is_noticed(void)
{
    struct run r;
    struct buf b = { 0 };
    start(&r, net_cell(0), 1, 3, 0, 5, 0);
    save(&r);
    CHECK(file_read(path, &b, NULL) == 0);
    char *at = memmem(b.data, b.len, "\"checksum\":\"", 12);
    CHECK(at);
    for (size_t i = 0; at && i < 12 + 16 + 1; i++)
        for (int bit = 0; bit < 8; bit++) {
            at[i] ^= (char)(1 << bit);
            CHECK_MSG(refused(b.data, b.len), "bit %d of byte %zu", bit, i);
            at[i] ^= (char)(1 << bit);
        }
    buf_release(&b);
    stop(&r);
}

static void a_file_cut_anywhere_or_longer_is_refused(void)
{
    struct run r;
    struct buf b = { 0 };
    start(&r, net_cell(0), 1, 3, 0, 5, 0);
    save(&r);
    CHECK(file_read(path, &b, NULL) == 0);
    for (size_t n = 0; n < b.len; n += n < 200 ? 1 : 37)
        CHECK_MSG(refused(b.data, n), "%zu of %zu", n, b.len);
    buf_char(&b, 0);
    CHECK(refused(b.data, b.len));
    buf_release(&b);
    stop(&r);
}

/* ------------------------------------------------------------------ files that lie */

/* Writes what a checkpoint contains, except for what `lie` changes. */
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
    { .meta = "fingerprint", .value = "xyz" },
};

static void a_file_that_lies_is_refused(void)
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

/* Files without the setting have the default; files whose tensors belong to another model
 * are refused. */
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

/* ------------------------------------------------------------------- descriptions */

static void the_command_quotes_what_a_shell_would_eat(void)
{
    struct run r;
    struct ckpt c;
    struct charnn_error e = { 0 };
    struct buf out = { 0 };
    static const char *const odd[] = { "a b.txt", "-dash.txt", "it's", "-", "$HOME" };
    start(&r, net_cell(4), 1, 5, 0, 7, 0);
    r.out.files = odd;
    r.out.n_files = sizeof odd / sizeof *odd;
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0);
    ckpt_command(&c, &out);
    CHECK_MSG(strstr(out.data, " 'a b.txt' ./-dash.txt 'it'\\''s' - '$HOME'"), "%s",
              out.data);
    CHECK(strncmp(out.data, "charnn train ", 13) == 0 && strstr(out.data, " --cell gru "));
    CHECK(strstr(out.data, " --steps 223456789012"));
    out.len = 0;
    ckpt_json(&c, &out);
    CHECK(out.data[0] == '{' && strstr(out.data, "\"resumable\":false"));
    CHECK(strstr(out.data, "\"history\":[{\"step\":1},{\"step\":2}]"));
    out.len = 0;
    ckpt_describe(&c, &out);
    CHECK(strstr(out.data, "GRU, 1 layer of 5 units"));
    buf_release(&out);
    ckpt_release(&c);
    stop(&r);
}

static void a_text_that_is_no_text_is_refused(void)
{
    struct charnn_error e;
    char empty[700];
    snprintf(empty, sizeof empty, "%s/empty.txt", folder);
    FILE *f = fopen(empty, "w");
    CHECK(f && fclose(f) == 0);
    CHECK(ckpt_check_text(empty, &e) == -1 && strstr(e.message, "is empty"));
    CHECK(ckpt_check_text("/dev/zero", &e) == -1 && strstr(e.message, "device"));
    CHECK(ckpt_check_text(folder, &e) == 0);
    unlink(empty);
}

static void a_run_without_texts_is_not_resumed(void)
{
    struct run r;
    struct charnn_error e = { 0 };
    struct charnn_config c = charnn_config_default();
    start(&r, net_cell(4), 1, 5, 0, 7, 1);
    r.config.valid_file = NULL;
    r.out.n_files = 0;
    save(&r);
    CHECK(charnn_config_set(&c, "resume", path, &e) == 0);
    CHECK(charnn_trainer_new(&c, NULL, 0, NULL, NULL, &e) == NULL);
    CHECK_MSG(strstr(e.message, "not name the text"), "%s", e.message);
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
    RUN(everything_comes_back);
    RUN(skips_come_back);
    RUN(what_is_written_twice_is_the_same_file);
    RUN(a_file_of_weights_is_not_resumable);
    RUN(a_state_of_another_batch_is_refused);
    RUN(any_flipped_bit_is_noticed);
    RUN(a_changed_checksum_is_noticed);
    RUN(a_file_cut_anywhere_or_longer_is_refused);
    RUN(a_file_that_lies_is_refused);
    RUN(odd_metadata_is_refused_or_harmless);
    RUN(skips_that_the_tensors_contradict_are_refused);
    RUN(settings_of_a_later_version_are_passed_over);
    RUN(the_command_quotes_what_a_shell_would_eat);
    RUN(a_text_that_is_no_text_is_refused);
    RUN(a_run_without_texts_is_not_resumed);
    leave_folder();
    return test_end();
}
