/*
 * test_give_up.c - a run that is asked to stop abandons its current step or validation,
 * after a small part of its work, as if it had never begun.
 *
 * The kernels are replaced by others, which count their multiply-adds and ask for the stop
 * after a given number.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "charnn_inspect.h"
#include "test.h"
#include "train/trainer.h"
#include "train/weights.h"

static struct {
    struct kernels counting;
    void (*gemm)(const struct gemm *p);
    void (*gemm_tn)(const struct gemm_tn *p);
    void (*broadcast)(real *c, const real *bias, size_t rows);
    size_t broadcasts;        /* calls of broadcast after t was asked to stop */
    struct charnn_trainer *t; /* NULL: only counts */
    size_t limit;             /* multiply-adds after which t is asked to stop */
    size_t asked; /* multiply-adds when it was asked, with those of the product just
                               * begun */
    atomic_size_t done;
} work;

static void count(size_t multiply_adds)
{
    const size_t before = atomic_fetch_add(&work.done, multiply_adds);
    if (!work.t || before + multiply_adds < work.limit)
        return;
    if (before < work.limit)
        work.asked = before + multiply_adds;
    charnn_trainer_interrupt(work.t, 0);
}

static void counting_gemm(const struct gemm *p)
{
    count(p->steps * p->rows * p->K * p->panels * PANEL);
    work.gemm(p);
}

static void counting_gemm_tn(const struct gemm_tn *p)
{
    count(p->steps * p->rows * p->a_columns * p->b_panels * PANEL);
    work.gemm_tn(p);
}

/* Every layer, including the output layer, begins with this kernel, which copies the bias. */
static void counting_broadcast(real *c, const real *bias, size_t rows)
{
    if (work.t && atomic_load(&work.done) >= work.limit)
        work.broadcasts++;
    work.broadcast(c, bias, rows);
}

static void count_stack(struct stack *s)
{
    for (size_t i = 0; i < s->m->shape.layers; i++)
        s->layers[i].k = &work.counting;
}

static void count_network(struct network *n)
{
    work.counting = *n->m->k;
    work.gemm = work.counting.gemm;
    work.gemm_tn = work.counting.gemm_tn;
    work.counting.gemm = counting_gemm;
    work.counting.gemm_tn = counting_gemm_tn;
    work.broadcast = work.counting.broadcast;
    work.counting.broadcast = counting_broadcast;
    count_stack(&n->forward);
    if (n->reverse)
        count_stack(n->reverse);
    n->head.k = &work.counting;
}

/* Starts counting at 0; t will be asked to stop after this many multiply-adds. */
static void ask_after(struct charnn_trainer *t, size_t multiply_adds)
{
    work.t = t;
    work.limit = multiply_adds;
    work.broadcasts = 0;
    atomic_store(&work.done, 0);
}

static void ask_no_more(struct charnn_trainer *t)
{
    work.t = NULL;
    atomic_store(&t->stop_asked, false);
}

static struct charnn_config base_config(void)
{
    struct charnn_config c = charnn_config_default();
    c.layers = 2;
    c.size = 64;
    c.batch_size = 16;
    c.seq_length = 32;
    c.steps = 1000;
    c.threads = 1;
    c.reset = 0.5;
    c.dropout = 0.1;
    c.output = "give_up.bin"; /* not written, because of dry_run */
    c.dry_run = 1;
    return c;
}

static struct charnn_trainer *begin_with(const struct charnn_config *c, const char *text)
{
    struct charnn_error e = { 0 };
    struct charnn_trainer *t = charnn_trainer_new(c, &text, 1, NULL, NULL, &e);
    CHECK_MSG(t, "%s", e.message);
    return t;
}

static struct charnn_trainer *begin(const struct charnn_config *c)
{
    return begin_with(c, "data/play.txt");
}

/* Trains a step; returns its multiply-adds. */
static size_t step(struct charnn_trainer *t)
{
    struct charnn_error e;
    atomic_store(&work.done, 0);
    CHECK(charnn_trainer_advance(t, 1, &e) == 0);
    return atomic_load(&work.done);
}

static void check_states(const struct charnn_trainer *a, const struct charnn_trainer *b)
{
    float x[16 * 64], y[16 * 64];
    for (size_t layer = 0; layer < 2; layer++)
        for (int kind = 0; kind < (int)a->model.cell->states; kind++) {
            stack_get_state(&a->net.forward, layer, kind, x);
            stack_get_state(&b->net.forward, layer, kind, y);
            CHECK(memcmp(x, y, sizeof x) == 0);
        }
}

static void check_equal(const struct charnn_trainer *a, const struct charnn_trainer *b)
{
    const size_t bytes = a->model.set.total * sizeof(real);
    CHECK(a->progress.step == b->progress.step);
    CHECK(memcmp(a->model.weights, b->model.weights, bytes) == 0);
    for (size_t i = 0; i < a->optim.n_slots; i++)
        CHECK(memcmp(a->optim.slots[i].array, b->optim.slots[i].array, bytes) == 0);
    check_states(a, b);
}

/* Trains two runs for `steps` steps.  The second run is first asked to stop at several moments of
 * each step, and gives the step up every time; after it has done the step, both runs must be
 * equal. */
static void compare_runs(const struct charnn_config *c, int steps)
{
    enum { PARTS = 9 };
    struct charnn_trainer *whole = begin(c), *broken = begin(c);
    if (!whole || !broken)
        return;
    count_network(&whole->net);
    count_network(&broken->net);
    for (int i = 0; i < steps; i++) {
        const size_t all = step(whole);
        for (size_t k = 0; k < PARTS; k++) {
            ask_after(broken, k * all / PARTS + 1);
            step(broken);
            ask_no_more(broken);
            CHECK_MSG(broken->progress.step == i, "part %zu of step %d", k, i);
        }
        step(broken);
        check_equal(whole, broken);
    }
    charnn_trainer_free(whole);
    charnn_trainer_free(broken);
}

static void a_step_that_is_given_up_changes_nothing(void)
{
    for (int threads = 1; threads <= 3; threads++) {
        struct charnn_config c = base_config();
        c.threads = threads;
        compare_runs(&c, 4);
        c.cell = CHARNN_CELL_GRU;
        c.bidirectional = 1;
        c.weight_drop = 0.2;
        c.embed = 16;
        compare_runs(&c, 3);
    }
}

static void a_state_is_not_reset_by_a_step_that_is_given_up(void)
{
    struct charnn_config c = base_config();
    struct charnn_trainer *a = begin(&c), *b = begin(&c);
    if (!a || !b)
        return;
    for (int i = 0; i < 3; i++) {
        step(a);
        step(b);
    }
    charnn_trainer_interrupt(b, 0);
    step(b);
    check_equal(a, b);
    charnn_trainer_free(a);
    charnn_trainer_free(b);
}

/* Checks that little is done after the stop: each member may finish what it computes before
 * its next check. */
static void check_rest(size_t limit, size_t all, int threads)
{
    const size_t rest = atomic_load(&work.done) - limit;
    CHECK_MSG(rest < ((size_t)threads << 28) + all / 50,
              "%zu after %zu of %zu multiply-adds", rest, limit, all);
}

static void a_large_step_is_given_up_soon(void)
{
    enum { PARTS = 20 };
    for (int threads = 1; threads <= 2; threads++) {
        struct charnn_config c = base_config();
        c.size = 256;
        c.batch_size = c.seq_length = 64;
        c.threads = threads;
        struct charnn_trainer *t = begin(&c);
        if (!t)
            return;
        count_network(&t->net);
        const size_t all = step(t);
        CHECK(all > (size_t)6 << 30);
        for (size_t k = 0; k < PARTS; k++) {
            const size_t limit = k * all / PARTS + 1;
            ask_after(t, limit);
            step(t);
            ask_no_more(t);
            CHECK(t->progress.step == 1);
            check_rest(limit, all, threads);
        }
        charnn_trainer_free(t);
    }
}

/* Writes a text of 505 symbols, which need a large output layer. */
static void write_wide_text(const char *path)
{
    FILE *f = fopen(path, "w");
    CHECK(f);
    for (unsigned i = 0; f && i < 40000; i++) {
        const unsigned c = 0x4E00 + i * i % 1009; /* squares modulo 1009 have 505 values */
        fprintf(f, "%c%c%c", (int)(0xE0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3F)),
                (int)(0x80 | (c & 0x3F)));
    }
    CHECK(f && fclose(f) == 0);
}

/* The output layer does half of the work of this step, in two blocks. */
static void a_large_output_is_given_up_soon(void)
{
    enum { PARTS = 24 };
    char path[] = "/tmp/charnn-give-up.XXXXXX";
    const int fd = mkstemp(path);
    CHECK(fd >= 0 && close(fd) == 0);
    write_wide_text(path);
    struct charnn_config c = base_config();
    c.layers = 1;
    c.size = 128;
    c.batch_size = 32;
    c.seq_length = 64;
    c.min_count = 1;
    struct charnn_trainer *t = begin_with(&c, path);
    unlink(path);
    if (!t)
        return;
    count_network(&t->net);
    CHECK(t->model.shape.symbols > 500);
    CHECK(t->net.head.block < t->net.T);
    const size_t all = step(t);
    for (size_t k = 0; k < PARTS; k++) {
        const size_t limit = k * all / PARTS + 1;
        ask_after(t, limit);
        step(t);
        ask_no_more(t);
        const size_t rest = atomic_load(&work.done) - work.asked;
        CHECK_MSG(rest < all / 20, "%zu after %zu of %zu multiply-adds", rest, limit, all);
    }
    charnn_trainer_free(t);
}

/* A layer that uses its memory for the first time is slow even before it multiplies, so none may
 * begin after the stop. */
static void no_layer_begins_after_a_stop(void)
{
    for (int both = 0; both < 2; both++) {
        struct charnn_config c = base_config();
        c.embed = 16;
        c.bidirectional = both;
        struct charnn_trainer *t = begin(&c);
        if (!t)
            return;
        count_network(&t->net);
        ask_after(t, 1);
        step(t);
        CHECK_MSG(t->progress.step == 0 && work.broadcasts == 0, "%zu", work.broadcasts);
        ask_no_more(t);
        charnn_trainer_free(t);
    }
}

static void unused_slots_are_not_read(void)
{
    struct charnn_config c = base_config();
    struct charnn_trainer *t = begin(&c);
    if (!t)
        return;
    real *slot = t->optim.slots[0].array;
    slot[0] = NAN;
    CHECK(weights_finite(t)); /* reading unused slots would allocate their pages */
    slot[0] = 0;
    step(t);
    CHECK(weights_finite(t));
    slot[0] = NAN;
    CHECK(!weights_finite(t));
    charnn_trainer_free(t);
}

/* Makes the reverse stack read as much as it can. */
static void look_far(struct evaluator *v)
{
    const struct bidir *b = &v->net.bidir;
    memset(b->text, 0, b->most * v->net.B * sizeof *b->text);
    for (size_t row = 0; row < v->net.B; row++)
        b->n[row] = (int32_t)b->most;
    network_begin_reverse(&v->net);
}

static void a_chunk_of_a_validation_is_given_up_soon(void)
{
    enum { PARTS = 8 };
    for (int both = 0; both < 2; both++) {
        struct charnn_config c = base_config();
        c.bidirectional = both;
        struct charnn_trainer *t = begin(&c);
        if (!t)
            return;
        struct evaluator *v = &t->valid.evaluator;
        if (both)
            look_far(v);
        count_network(&v->net);
        atomic_store(&work.done, 0);
        CHECK(isfinite(evaluator_run(v)));
        const size_t all = atomic_load(&work.done);
        for (size_t k = 0; k < PARTS; k++) {
            ask_after(t, k * all / PARTS + 1);
            CHECK(isnan(evaluator_run(v)));
            ask_no_more(t);
            const size_t rest = atomic_load(&work.done) - k * all / PARTS;
            CHECK_MSG(rest < all / 3, "part %zu: %zu of %zu", k, rest, all);
        }
        charnn_trainer_free(t);
    }
}

int main(void)
{
    RUN(a_step_that_is_given_up_changes_nothing);
    RUN(a_state_is_not_reset_by_a_step_that_is_given_up);
    RUN(a_large_step_is_given_up_soon);
    RUN(a_large_output_is_given_up_soon);
    RUN(no_layer_begins_after_a_stop);
    RUN(unused_slots_are_not_read);
    RUN(a_chunk_of_a_validation_is_given_up_soon);
    return test_end();
}
