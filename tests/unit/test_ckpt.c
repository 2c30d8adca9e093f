/*
 * test_ckpt.c - checkpoints: everything comes back, and a file that lies or was damaged is
 * refused.  (The file format itself: test_safetensors.)
 */
#include "ckpt/ckpt.h"

#include <math.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "net.h"
#include "nn/config.h"
#include "test.h"

static char folder[512], path[600];

/* A run in memory: what a checkpoint is written from. */
struct run {
    struct net net;
    struct vocab vocab;
    struct charnn_config config;
    struct ckpt_slot slots[2];
    struct ckpt_out out;
};

static const char *const files[] = {
    "plain.txt", "\xFF\xFE odd\x01.txt", "back\\slash\\x41", "quote\"'\n\xED\x95\x9C", "",
};
enum { FILES = sizeof files / sizeof *files, T = 3, B = 4 };

static void make_vocab(struct vocab *v, size_t V)
{
    uint32_t symbol[64];
    int64_t count[64];
    for (size_t i = 0; i < V; i++) {
        symbol[i] = (uint32_t)(i == 0 ? 10 : 0xAC00 + i * i);
        count[i] = (int64_t)i * 1000000007 + 1;
    }
    if (vocab_init(v, VOCAB_CHAR, symbol, count, V, NULL) < 0)
        abort();
}

/* Random logical numbers in an array of the set; padding stays zero. */
static void fill_array(const struct model *m, real *array, struct rng *rng)
{
    for (size_t i = 0; i < m->set.n; i++)
        for (size_t r = 0; r < m->set.list[i].rows; r++)
            for (size_t c = 0; c < m->set.list[i].cols; c++)
                array[param_at(&m->set.list[i], r, c)] = (real)(float)rng_normal(rng);
}

static void start(struct run *r, const struct net_cell *cell, size_t layers, size_t H,
                  size_t E, size_t V, int resumable)
{
    const struct model_shape shape = { cell->cell, cell->activation, layers, H, E, V };
    struct rng rng;
    rng_init(&rng, 8);
    *r = (struct run){ .config = config_plain() };
    net_init(&r->net, &shape, ISA_ref, T, B, STACK_TRAIN);
    make_vocab(&r->vocab, V);
    r->config.cell = cell->cell;
    r->config.activation = cell->activation;
    r->config.layers = (int64_t)layers;
    r->config.size = (int64_t)H;
    r->config.embed = (int64_t)E;
    r->config.learning_rate = 0.1 + 0.2;  /* needs 17 digits */
    r->config.seed = 9007199254740992;
    r->config.output = "o\x80ut \\x.bin";
    r->config.valid_file = "v\xC3\x28";
    fill_array(&r->net.m, r->net.m.weights, &rng);
    for (size_t i = 0; i < 2; i++) {
        r->slots[i] =
            (struct ckpt_slot){ i ? "v" : "m", calloc(r->net.m.set.total, sizeof(real)) };
        fill_array(&r->net.m, r->slots[i].array, &rng);
    }
    float *state = malloc(B * H * sizeof *state);
    for (size_t l = 0; l < layers; l++)
        for (int kind = 0; kind < (int)r->net.m.cell->states; kind++) {
            for (size_t i = 0; i < B * H; i++)
                state[i] = (float)rng_normal(&rng);
            stack_set_state(&r->net.s, l, kind, state);
        }
    free(state);
    r->out = (struct ckpt_out){
        .config = &r->config,
        .files = files,
        .n_files = FILES,
        .vocab = &r->vocab,
        .fingerprint = 0xFEDCBA9876543210u,
        .model = &r->net.m,
        .history = "{\"step\":1},{\"step\":2}",
        .plans = "[0,9],[5,223456789012]",
        .progress = { .step = 123456789012, .steps = 223456789012, .epoch = 1.0 / 3,
                      .seconds = 1e6 + 0.1, .best_loss = NAN, .best_step = 77,
                      .planned_best = 0.1, .waited = 3, .loss = 1.25 },
    };
    if (resumable) {
        r->out.slots = r->slots;
        r->out.n_slots = 2;
        r->out.state = &r->net.s;
    }
}

static void save(struct run *r)
{
    struct charnn_error e = { 0 };
    CHECK_MSG(ckpt_write(path, &r->out, &e) == 0, "%s", e.message);
}

static void stop(struct run *r)
{
    net_release(&r->net);
    vocab_release(&r->vocab);
    free(r->slots[0].array);
    free(r->slots[1].array);
}

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
    CHECK(p->waited == q->waited && p->planned_best == q->planned_best);
    CHECK(p->loss == q->loss);
    CHECK(c->fingerprint == r->out.fingerprint);
    CHECK(strcmp(c->history, "[{\"step\":1},{\"step\":2}]") == 0);
    CHECK(c->vocab.size == r->vocab.size && c->vocab.unit == VOCAB_CHAR);
    for (size_t i = 0; i < r->vocab.size; i++)
        CHECK(c->vocab.symbol[i] == r->vocab.symbol[i] &&
              c->vocab.count[i] == r->vocab.count[i]);
}

/* Weights, slots and state of a fresh model are those of the run, to the bit. */
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
        const struct ckpt_slot slot = { r->slots[i].name, n.g };
        memset(n.g, 0, bytes);
        CHECK_MSG(ckpt_get_slot(c, &n.m, &slot, &e) == 0, "%s", e.message);
        CHECK(memcmp(n.g, r->slots[i].array, bytes) == 0);
    }
    float *a = malloc(B * H * sizeof *a), *b = malloc(B * H * sizeof *b);
    CHECK((ckpt_get_state(c, &n.s, &e) == 0) == c->resumable);
    for (size_t l = 0; c->resumable && l < c->shape.layers; l++)
        for (int kind = 0; kind < (int)n.m.cell->states; kind++) {
            stack_get_state(&n.s, l, kind, a);
            stack_get_state(&r->net.s, l, kind, b);
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
                start(&r, &net_cells[cell], 2, 17, E, 21, resumable);
                save(&r);
                CHECK_MSG(ckpt_read(&c, path, &e) == 0, "%s", e.message);
                CHECK(c.resumable == resumable);
                check_settings(&c, &r);
                check_numbers(&c, &r, 17);
                ckpt_release(&c);
                stop(&r);
            }
}

static void what_is_written_twice_is_the_same_file(void)
{
    struct run r;
    struct buf a = { 0 }, b = { 0 };
    start(&r, &net_cells[4], 1, 5, 0, 7, 1);
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
    start(&r, &net_cells[3], 1, 5, 0, 7, 0);
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0 && !c.resumable);
    CHECK(ckpt_get_slot(&c, &r.net.m, &r.slots[0], &e) == -1);
    CHECK_MSG(strstr(e.message, "optim.m."), "%s", e.message);
    CHECK(ckpt_get_state(&c, &r.net.s, &e) == -1);
    ckpt_release(&c);
    stop(&r);
}

static void a_state_of_another_batch_is_refused(void)
{
    struct run r;
    struct ckpt c;
    struct net other;
    struct charnn_error e = { 0 };
    start(&r, &net_cells[3], 1, 5, 0, 7, 1);
    save(&r);
    CHECK(ckpt_read(&c, path, &e) == 0);
    net_init(&other, &c.shape, ISA_ref, T, B + 1, STACK_TRAIN);
    CHECK(ckpt_get_state(&c, &other.s, &e) == -1 && strstr(e.message, "state.h"));
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

/* Whether the bytes are refused, as ckpt_read refuses: an error with the path, nothing
 * kept. */
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
    start(&r, &net_cells[4], 1, 3, 0, 5, 1);
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

/* Every bit of the checksum itself: also the one that turns a letter into a capital. */
static void a_changed_checksum_is_noticed(void)
{
    struct run r;
    struct buf b = { 0 };
    start(&r, &net_cells[0], 1, 3, 0, 5, 0);
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
    start(&r, &net_cells[0], 1, 3, 0, 5, 0);
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

/* Writes with safetensors what a checkpoint has, except for what `lie` says. */
struct lie {
    const char *skip_tensor, *rename_tensor, *retype_tensor, *reshape_tensor, *nan_tensor;
    const char *skip_meta, *meta, *value;  /* another value of a piece of metadata */
};

struct forger {
    const struct ckpt *from;
    const struct lie *lie;
    const struct st_tensor *tensors[64];
    size_t n;
};

static int is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static void forge_values(void *arg, size_t index, void *values)
{
    const struct forger *f = arg;
    const struct st_tensor *t = f->tensors[index];
    if (t->type == ST_I64)
        st_get_i64(t, values);
    else if (t->type == ST_I32)
        st_get_i32(t, values);
    else
        st_get_f32(t, values);
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

/* Reads all that a run would read; the message in *e. */
static int read_all(struct run *r, struct charnn_error *e)
{
    struct ckpt c;
    if (ckpt_read(&c, path, e) < 0)
        return -1;
    int status = 0;
    if (ckpt_get_weights(&c, &r->net.m, e) < 0 || ckpt_get_state(&c, &r->net.s, e) < 0)
        status = -1;
    for (size_t i = 0; i < 2 && status == 0; i++)
        status = ckpt_get_slot(&c, &r->net.m, &r->slots[i], e);
    ckpt_release(&c);
    return status;
}

/* As the run that is saved has it, but for the end. */
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
    start(&r, &net_cells[3], 1, 5, 0, 7, 1);
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

static void settings_of_a_later_version_are_passed_over(void)
{
    struct run r;
    struct ckpt c, d;
    struct charnn_error e = { 0 };
    start(&r, &net_cells[0], 1, 5, 0, 7, 1);
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

/* ------------------------------------------------------- files of other programs */

/* What PyTorch would save of the run's model: shapes may be wrong, tensors missing. */
struct foreign {
    const struct model *m;
    const char *cell, *activation, *unit; /* metadata; NULL: none */
    const char *skip, *extra, *flat;      /* tensors: left out, added, of one dimension */
    enum st_type vocab_type, count_type;
    size_t V;
    const int64_t *symbols; /* [V] */
    int counts, nan;
    const size_t *rows;     /* [V] where symbol i of the model is put, NULL: at i */
    const char *names[64];
    size_t n;
};

static void put_symbols(const struct foreign *f, enum st_type type, void *values)
{
    for (size_t i = 0; i < f->V; i++)
        if (type == ST_I64)
            ((int64_t *)values)[i] = f->symbols[i];
        else
            ((int32_t *)values)[i] = (int32_t)f->symbols[i];
}

static void foreign_values(void *arg, size_t index, void *values)
{
    const struct foreign *f = arg;
    const char *name = f->names[index];
    if (is("vocab", name))
        put_symbols(f, f->vocab_type, values);
    if (is("vocab.count", name))
        for (size_t i = 0; i < f->V; i++)
            ((int64_t *)values)[i] = 100 + (int64_t)i;
    for (size_t i = 0; i < f->m->set.n; i++) {
        const struct param *p = &f->m->set.list[i];
        if (!is(p->name, name))
            continue;
        const int by_row = !strncmp(name, "head.", 5) || !strncmp(name, "embed.", 6);
        const int by_col = !f->m->shape.embed && is("rnn.weight_ih_l0", name);
        for (size_t r = 0; r < p->rows; r++)
            for (size_t k = 0; k < p->cols; k++) {
                const size_t row = f->rows && by_row ? f->rows[r] : r;
                const size_t col = f->rows && by_col ? f->rows[k] : k;
                ((float *)values)[row * p->cols + col] =
                    (float)f->m->weights[param_at(p, r, k)];
            }
        if (f->nan && i == f->m->head)
            ((float *)values)[0] = NAN;
    }
}

static void add_foreign(struct st_writer *w, struct foreign *f, const char *name,
                        enum st_type type, int dims, size_t rows, size_t cols)
{
    if (is(f->skip, name))
        return;
    st_add(w, name, type, is(f->flat, name) ? 1 : dims,
           (int64_t[]){ (int64_t)(is(f->flat, name) ? rows * cols : rows), (int64_t)cols });
    f->names[f->n++] = name;
}

static void add_foreign_meta(struct st_writer *w, const char *key, const char *value)
{
    if (value)
        st_add_meta(w, key, value, strlen(value));
}

static void save_foreign(struct foreign *f)
{
    struct st_writer w = { 0 };
    struct charnn_error e = { 0 };
    f->n = 0;
    for (size_t i = 0; i < f->m->set.n; i++) {
        const struct param *p = &f->m->set.list[i];
        add_foreign(&w, f, p->name, ST_F32, p->dims, p->rows, p->cols);
    }
    add_foreign(&w, f, "vocab", f->vocab_type, 1, f->V, 1);
    if (f->counts)
        add_foreign(&w, f, "vocab.count", f->count_type, 1, f->V, 1);
    if (f->extra)
        add_foreign(&w, f, f->extra, ST_F32, 2, 0, 3);
    add_foreign_meta(&w, "cell", f->cell);
    add_foreign_meta(&w, "activation", f->activation);
    add_foreign_meta(&w, "unit", f->unit);
    CHECK_MSG(st_write(&w, path, foreign_values, f, &e) == 0, "%s", e.message);
    st_writer_release(&w);
}

enum { SYMBOLS = 7 };
static const int64_t alphabet[SYMBOLS] = { 10, 97, 98, 0x1F600, 99, 100, 32 };
/* where the ranks of these stand: '\n', ' ', a, b, c, d, U+1F600 */
static const size_t alphabet_rows[SYMBOLS] = { 0, 6, 1, 2, 4, 5, 3 };

static struct foreign of(const struct run *r)
{
    return (struct foreign){ .m = &r->net.m,
                             .vocab_type = ST_I32,
                             .count_type = ST_I64,
                             .V = SYMBOLS,
                             .symbols = alphabet,
                             .rows = alphabet_rows };
}

static void check_foreign(const struct ckpt *c, struct run *r)
{
    struct net n;
    struct charnn_error e = { 0 };
    CHECK(c->foreign && !c->resumable && c->n_files == 0 && isnan(c->progress.loss));
    CHECK(memcmp(&c->shape, &r->net.m.shape, sizeof c->shape) == 0);
    CHECK(c->vocab.unit == VOCAB_CHAR && c->vocab.size == SYMBOLS);
    CHECK(c->vocab.symbol[1] == ' ' && c->vocab.symbol[6] == 0x1F600);
    CHECK(c->vocab.count[1] == 106 && c->vocab.count[6] == 103);
    net_init(&n, &c->shape, ISA_ref, T, B, STACK_TRAIN);
    CHECK_MSG(ckpt_get_weights(c, &n.m, &e) == 0, "%s", e.message);
    CHECK(memcmp(n.m.weights, r->net.m.weights, n.m.set.total * sizeof(real)) == 0);
    net_release(&n);
}

static void a_model_of_another_program_is_read(void)
{
    static const char *const activations[] = { NULL, "relu", "sigmoid", NULL, NULL };
    for (size_t cell = 0; cell < NET_CELLS; cell++)
        for (size_t layers = 1; layers <= 3; layers++)
            for (size_t E = 0; E <= 9; E += 9) {
                struct run r;
                struct ckpt c;
                struct charnn_error e = { 0 };
                start(&r, &net_cells[cell], layers, 17, E, SYMBOLS, 0);
                struct foreign f = of(&r);
                f.activation = activations[cell];
                f.vocab_type = layers == 2 ? ST_I64 : ST_I32;
                f.counts = 1;
                save_foreign(&f);
                CHECK_MSG(ckpt_read(&c, path, &e) == 0, "%s", e.message);
                check_foreign(&c, &r);
                ckpt_release(&c);
                stop(&r);
            }
}

static void a_byte_model_says_so(void)
{
    static const int64_t bytes[SYMBOLS] = { 0, 10, 32, 97, 200, 254, 255 };
    struct run r;
    struct ckpt c;
    struct charnn_error e = { 0 };
    start(&r, &net_cells[4], 1, 5, 0, SYMBOLS, 0);
    struct foreign f = of(&r);
    f.unit = "byte";
    f.symbols = bytes;
    f.rows = NULL;
    save_foreign(&f);
    CHECK_MSG(ckpt_read(&c, path, &e) == 0, "%s", e.message);
    CHECK(c.vocab.unit == VOCAB_BYTE && c.vocab.symbol[6] == 255 && c.vocab.count[0] == 1);
    ckpt_release(&c);
    stop(&r);
}

static void check_foreign_refused(struct foreign f, const char *expected)
{
    struct charnn_error e = { 0 };
    struct ckpt c;
    struct net n;
    save_foreign(&f);
    int status = ckpt_read(&c, path, &e);
    if (status == 0) {
        net_init(&n, &c.shape, ISA_ref, T, B, STACK_TRAIN);
        status = ckpt_get_weights(&c, &n.m, &e);
        net_release(&n);
        ckpt_release(&c);
    }
    CHECK_MSG(status < 0 && !e.usage, "accepted, not: %s", expected);
    CHECK_MSG(strncmp(e.message, path, strlen(path)) == 0 && strstr(e.message, expected) &&
                  !strstr(e.message, "damaged"),
              "'%s', not '%s'", e.message, expected);
}

static void what_does_not_fit_a_foreign_model_is_refused(void)
{
    static const int64_t twice[] = { 10, 97, 98, 97, 99, 100, 101 };
    static const int64_t negative[] = { 10, 97, 98, -97, 99, 100, 101 };
    static const int64_t far[] = { 10, 97, 98, 0x110000, 99, 100, 101 };
    static const int64_t wrapped[] = { 10, 97, 98, ((int64_t)1 << 32) + 99, 99, 100, 101 };
    static const int64_t surrogate[] = { 10, 97, 98, 0xD800, 99, 100, 101 };
    struct run r;
    start(&r, &net_cells[3], 2, 5, 0, SYMBOLS, 0);
    const struct foreign good = of(&r);
    struct foreign f;
#define REFUSED(change, expected)                                                          \
    (f = good, change, check_foreign_refused(f, expected))
    REFUSED(f.skip = "vocab", "tensor vocab, I32 [V]");
    REFUSED(f.skip = "rnn.weight_hh_l0", "no rnn.weight_hh_l0");
    REFUSED(f.skip = "rnn.weight_hh_l1", "no use for tensor rnn.weight_ih_l1");
    REFUSED(f.skip = "rnn.bias_hh_l0", "rnn.bias_hh_l0 is missing: it should be [20]");
    REFUSED(f.skip = "head.bias", "head.bias is missing: it should be [7]");
    REFUSED(f.skip = "head.weight", "head.weight is missing: it should be [7, 5]");
    REFUSED(f.flat = "rnn.weight_hh_l0", "should be [G*H, H]");
    REFUSED(f.flat = "head.weight", "wrong shape or type: it should be [7, 5]");
    REFUSED(f.extra = "rnn.weight_ih_l0_reverse", "no use for tensor rnn.weight_ih_l0_rev");
    REFUSED(f.extra = "norm.weight", "no use for tensor norm.weight");
    REFUSED(f.extra = "embed.weight", "embed.weight is of the wrong shape");
    REFUSED(f.cell = "gru", "says gru");
    REFUSED(f.cell = "transformer", "transformer");
    REFUSED(f.activation = "gelu", "gelu");
    REFUSED(f.unit = "word", "neither char nor byte");
    REFUSED(f.unit = "byte", "not a byte");
    REFUSED(f.vocab_type = ST_F32, "tensor vocab should be");
    REFUSED((f.counts = 1, f.count_type = ST_F64), "vocab.count should be I64 [7]");
    REFUSED(f.V = 6, "rnn.weight_ih_l0 is of the wrong shape or type: it should be [20, 6]");
    REFUSED(f.V = 0, "tensor vocab should be");
    REFUSED(f.symbols = twice, "97 stands there twice");
    REFUSED(f.symbols = negative, "-97 is no code point");
    REFUSED(f.symbols = far, "1114112 is no code point");
    REFUSED((f.symbols = wrapped, f.vocab_type = ST_I64), "4294967395 is no code point");
    REFUSED(f.symbols = surrogate, "not a character");
    REFUSED(f.nan = 1, "head.weight has a value that is not finite");
#undef REFUSED
    stop(&r);
}

static void what_a_foreign_file_says_of_itself(void)
{
    struct run r;
    struct ckpt c;
    struct charnn_error e = { 0 };
    struct buf out = { 0 };
    start(&r, &net_cells[1], 2, 5, 3, SYMBOLS, 0);
    struct foreign f = of(&r);
    f.activation = "relu";
    save_foreign(&f);
    CHECK_MSG(ckpt_read(&c, path, &e) == 0, "%s", e.message);
    ckpt_describe(&c, &out);
    CHECK_MSG(strstr(out.data, ": weights that another program saved\n"), "%s", out.data);
    CHECK(strstr(out.data, "RNN, relu, 2 layers of 5 units, embedding of 3, "));
    CHECK(!strstr(out.data, "trained") && !strstr(out.data, "command"));
    out.len = 0;
    ckpt_json(&c, &out);
    CHECK(strstr(out.data, "\"foreign\":true") && strstr(out.data, "\"activation\":\"relu\""));
    CHECK(!strstr(out.data, "learning-rate") && !strstr(out.data, "\"step\""));
    buf_release(&out);
    ckpt_command(&c, &out);
    CHECK(!out.data);
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
    start(&r, &net_cells[4], 1, 5, 0, 7, 0);
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

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/charnn-ckpt.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/x.bin", folder);
    RUN(everything_comes_back);
    RUN(what_is_written_twice_is_the_same_file);
    RUN(a_file_of_weights_is_not_resumable);
    RUN(a_state_of_another_batch_is_refused);
    RUN(any_flipped_bit_is_noticed);
    RUN(a_changed_checksum_is_noticed);
    RUN(a_file_cut_anywhere_or_longer_is_refused);
    RUN(a_file_that_lies_is_refused);
    RUN(settings_of_a_later_version_are_passed_over);
    RUN(a_model_of_another_program_is_read);
    RUN(a_byte_model_says_so);
    RUN(what_does_not_fit_a_foreign_model_is_refused);
    RUN(what_a_foreign_file_says_of_itself);
    RUN(the_command_quotes_what_a_shell_would_eat);
    remove(path);
    CHECK(rmdir(folder) == 0);
    pool_free(net_pool());
    return test_end();
}
