/*
 * test_ckpt.c - checkpoints: they are read back as written, and damaged files are
 * refused.  (Wrong content with a right checksum: test_forged.c; the file format itself:
 * test_safetensors.c; checkpoints of other programs: test_torch_import.c.)
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
    RUN(the_command_quotes_what_a_shell_would_eat);
    RUN(a_text_that_is_no_text_is_refused);
    RUN(a_run_without_texts_is_not_resumed);
    leave_folder();
    return test_end();
}
