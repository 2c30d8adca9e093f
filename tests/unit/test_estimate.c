/* test_estimate.c - an estimate trains a few steps, and then restores the run. */
#include <math.h>
#include <string.h>

#include "charnn_inspect.h"
#include "test.h"
#include "train/trainer.h"

enum { STEPS = 6 };

static struct charnn_trainer *begin(int64_t optimizer)
{
    const char *text = "data/play.txt";
    struct charnn_config c = charnn_config_default();
    struct charnn_error e = { 0 };
    c.layers = 1;
    c.size = 16;
    c.batch_size = 4;
    c.seq_length = 8;
    c.steps = STEPS;
    c.threads = 1;
    c.learning_rate = 1e-2;
    c.dropout = 0.1;
    c.reset = 0.5;
    c.weight_decay = 0.1;
    c.input_range = 0;
    c.optimizer = optimizer;
    c.output = "estimate.bin"; /* not written, because of dry_run */
    c.dry_run = 1;
    struct charnn_trainer *t = charnn_trainer_new(&c, &text, 1, NULL, NULL, &e);
    CHECK_MSG(t, "%s", e.message);
    return t;
}

static void check_equal(const struct charnn_trainer *a, const struct charnn_trainer *b)
{
    const size_t bytes = a->model.set.total * sizeof(real);
    CHECK(a->progress.step == b->progress.step && a->progress.epoch == b->progress.epoch);
    CHECK(memcmp(a->model.weights, b->model.weights, bytes) == 0);
    for (size_t i = 0; i < a->optim.n_slots; i++)
        CHECK(memcmp(a->optim.slots[i].array, b->optim.slots[i].array, bytes) == 0);
}

static void a_run_after_an_estimate_is_the_run_without_it(void)
{
    static const int64_t optimizers[] = { CHARNN_OPTIMIZER_ADAMW, CHARNN_OPTIMIZER_SGD };
    struct charnn_estimate need;
    struct charnn_error e;
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        struct charnn_trainer *plain = begin(optimizers[i]), *tried = begin(optimizers[i]);
        if (!plain || !tried)
            return;
        CHECK(charnn_trainer_advance(plain, STEPS / 2, &e) == 0);
        CHECK(charnn_trainer_advance(tried, STEPS / 2, &e) == 0);
        CHECK(charnn_trainer_estimate(tried, &need, &e) == 0);
        CHECK(need.chars_per_second > 0 && need.seconds > 0 && need.bytes_of_disk > 0);
        check_equal(plain, tried);
        CHECK(charnn_trainer_advance(plain, STEPS, &e) == 0);
        CHECK(charnn_trainer_advance(tried, STEPS, &e) == 0);
        CHECK(tried->progress.step == STEPS);
        check_equal(plain, tried);
        charnn_trainer_free(plain);
        charnn_trainer_free(tried);
    }
}

int main(void)
{
    RUN(a_run_after_an_estimate_is_the_run_without_it);
    return test_end();
}
