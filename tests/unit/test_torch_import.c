/* test_torch_import.c - checkpoints of other programs: some are read, others are
 * refused. */
#include "ckpt_run.h"

/* The run's model as PyTorch would save it, optionally with wrong shapes or missing
 * tensors. */
struct foreign {
    const struct model *m;
    const char *cell, *activation, *unit; /* metadata to write; NULL: none */
    const char *skip, *extra, *flat;      /* names of tensors: one to omit, one to add, one
                                           * to give a single dimension */
    enum st_type vocab_type, count_type;
    size_t V;
    const int64_t *symbols; /* [V] */
    int counts, nan;
    const size_t *rows; /* [V] the row for symbol i of the model; NULL: row i */
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
        const int by_col = !f->m->shape.embed &&
                           (is("rnn.weight_ih_l0", name) || is("back.weight_ih_l0", name));
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
/* rows of the symbols '\n', ' ', a, b, c, d, U+1F600 in the file */
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
    CHECK(c->imported && !c->resumable && c->n_files == 0 && isnan(c->progress.loss));
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
    static const char *const activations[NET_CELLS] = { NULL, "relu", "sigmoid" };
    for (size_t cell = 0; cell < NET_CELLS; cell++)
        for (size_t layers = 1; layers <= 3 && cell_kinds[net_cell(cell)->cell].in_torch;
             layers++)
            for (size_t E = 0; E <= 9; E += 9) {
                struct run r;
                struct ckpt c;
                struct charnn_error e = { 0 };
                start(&r, net_cell(cell), layers, 17, E, SYMBOLS, 0);
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

static void a_second_stack_called_back_reads_from_the_right(void)
{
    for (size_t E = 0; E <= 9; E += 9) {
        struct run r;
        struct ckpt c;
        struct charnn_error e = { 0 };
        struct rng rng;
        start(&r, net_cell(4), 2, 17, E, SYMBOLS, 0);
        struct model_shape shape = r.net.m.shape;
        shape.bidirectional = 1;
        net_release(&r.net);
        net_init(&r.net, &shape, ISA_ref, T, B, STACK_TRAIN);
        rng_init(&rng, 9);
        fill_array(&r.net.m, r.net.m.weights, &rng);
        struct foreign f = of(&r);
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
    start(&r, net_cell(4), 1, 5, 0, SYMBOLS, 0);
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
    start(&r, net_cell(3), 2, 5, 0, SYMBOLS, 0);
    const struct foreign good = of(&r);
    struct foreign f;
#define REFUSED(change, expected) (f = good, change, check_foreign_refused(f, expected))
    REFUSED(f.skip = "vocab", "tensor vocab, a vector of I32 or I64");
    REFUSED(f.skip = "rnn.weight_hh_l0", "no rnn.weight_hh_l0");
    REFUSED(f.skip = "rnn.weight_hh_l1", "tensor rnn.weight_ih_l1");
    REFUSED(f.skip = "rnn.bias_hh_l0", "rnn.bias_hh_l0 is missing: it should be [20]");
    REFUSED(f.skip = "head.bias", "head.bias is missing: it should be [7]");
    REFUSED(f.skip = "head.weight", "head.weight is missing: it should be [7, 5]");
    REFUSED(f.flat = "rnn.weight_hh_l0", "should be [G*H, H]");
    REFUSED(f.flat = "head.weight", "wrong shape or type: it should be [7, 5]");
    REFUSED(f.extra = "rnn.weight_ih_l0_reverse", "tensor rnn.weight_ih_l0_rev");
    REFUSED(f.extra = "norm.weight", "tensor norm.weight");
    REFUSED(f.extra = "embed.weight", "embed.weight is of the wrong shape");
    REFUSED(f.cell = "gru", "says gru");
    REFUSED(f.cell = "transformer", "transformer");
    REFUSED(f.activation = "gelu", "gelu");
    REFUSED(f.unit = "word", "neither char nor byte");
    REFUSED(f.unit = "byte", "not a byte");
    REFUSED(f.vocab_type = ST_F32, "tensor vocab should be");
    REFUSED((f.counts = 1, f.count_type = ST_F64), "vocab.count should be I64 [7]");
    REFUSED(f.V = 6,
            "rnn.weight_ih_l0 is of the wrong shape or type: it should be [20, 6]");
    REFUSED(f.V = 0, "tensor vocab should be");
    REFUSED(f.symbols = twice, "97 occurs twice");
    REFUSED(f.symbols = negative, "-97 is not a code point");
    REFUSED(f.symbols = far, "1114112 is not a code point");
    REFUSED((f.symbols = wrapped, f.vocab_type = ST_I64), "4294967395 is not a code point");
    REFUSED(f.symbols = surrogate, "not a character");
    REFUSED(f.nan = 1, "head.weight has a value that is not finite");
#undef REFUSED
    stop(&r);
}

static void info_describes_a_foreign_file(void)
{
    struct run r;
    struct ckpt c;
    struct charnn_error e = { 0 };
    struct buf out = { 0 };
    start(&r, net_cell(1), 2, 5, 3, SYMBOLS, 0);
    struct foreign f = of(&r);
    f.activation = "relu";
    save_foreign(&f);
    CHECK_MSG(ckpt_read(&c, path, &e) == 0, "%s", e.message);
    ckpt_describe(&c, &out);
    CHECK_MSG(strstr(out.data, ": weights saved by another program\n"), "%s", out.data);
    CHECK(strstr(out.data, "RNN, relu, 2 layers of 5 units, embedding of 3, "));
    CHECK(!strstr(out.data, "trained") && !strstr(out.data, "command"));
    out.len = 0;
    ckpt_json(&c, &out);
    CHECK(strstr(out.data, "\"foreign\":true") &&
          strstr(out.data, "\"activation\":\"relu\""));
    CHECK(!strstr(out.data, "learning-rate") && !strstr(out.data, "\"step\""));
    buf_release(&out);
    ckpt_command(&c, &out);
    CHECK(!out.data);
    ckpt_release(&c);
    stop(&r);
}

int main(void)
{
    if (enter_folder() < 0)
        return 1;
    RUN(a_model_of_another_program_is_read);
    RUN(a_second_stack_called_back_reads_from_the_right);
    RUN(a_byte_model_says_so);
    RUN(what_does_not_fit_a_foreign_model_is_refused);
    RUN(info_describes_a_foreign_file);
    leave_folder();
    return test_end();
}
