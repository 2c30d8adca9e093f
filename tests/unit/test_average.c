/* test_average.c - the average of the weights (--ema) during a run. */
#include <math.h>
#include <stdlib.h>

#include "charnn_inspect.h"
#include "test.h"
#include "train/recovery.h"
#include "train/trainer.h"

enum { STEPS = 40 };
static const double decay = 0.7;

static struct charnn_trainer *begin(double ema, int64_t threads)
{
    const char *text = "data/play.txt";
    struct charnn_config c = charnn_config_default();
    struct charnn_error e = { 0 };
    c.layers = 2;
    c.size = 20;
    c.batch_size = 12;
    c.seq_length = 8;
    c.steps = STEPS;
    c.threads = threads;
    c.learning_rate = 1e-2;
    c.dropout = 0.1;
    c.weight_drop = 0.2;
    c.ema = ema;
    c.output = "average.bin"; /* not written, because of dry_run */
    c.dry_run = 1;
    struct charnn_trainer *t = charnn_trainer_new(&c, &text, 1, NULL, NULL, &e);
    if (!t) {
        printf("Bail out! %s\n", e.message);
        exit(1);
    }
    return t;
}

static void advance(struct charnn_trainer *t, int64_t steps)
{
    struct charnn_error e = { 0 };
    CHECK_MSG(charnn_trainer_advance(t, steps, &e) == 0, "%s", e.message);
}

static int same(const struct charnn_trainer *t, const real *a, const real *b)
{
    return memcmp(a, b, t->model.set.total * sizeof *a) == 0;
}

/* Computes the average again, in double, by its definition. */
static void the_average_is_that_of_the_weights_after_each_step(void)
{
    struct charnn_trainer *t = begin(decay, 1);
    const size_t n = t->model.set.total;
    double *sum = malloc(n * sizeof *sum), worst = 0;
    CHECK(same(t, t->average.weights, t->model.weights));
    for (size_t i = 0; i < n; i++)
        sum[i] = (double)t->model.weights[i];
    for (int step = 1; step <= STEPS; step++) {
        const double d = fmin(decay, (1.0 + step) / (10.0 + step));
        advance(t, 1);
        for (size_t i = 0; i < n; i++) {
            sum[i] = d * sum[i] + (1 - d) * (double)t->model.weights[i];
            worst = fmax(worst, fabs(sum[i] - (double)t->average.weights[i]));
        }
    }
    CHECK_MSG(worst < 1e-6, "%g", worst);
    CHECK(!same(t, t->average.weights, t->model.weights));
    free(sum);
    charnn_trainer_free(t);
}

static void the_run_is_the_same_with_an_average_and_without(void)
{
    struct charnn_trainer *with = begin(decay, 2), *without = begin(0, 2);
    advance(with, STEPS);
    advance(without, STEPS);
    CHECK(same(with, with->model.weights, without->model.weights));
    for (size_t i = 0; i < with->optim.n_slots; i++)
        CHECK(same(with, with->optim.slots[i].array, without->optim.slots[i].array));
    CHECK(!without->average.weights);
    charnn_trainer_free(with);
    charnn_trainer_free(without);
}

static void threads_do_not_change_the_average(void)
{
    struct charnn_trainer *one = begin(decay, 1), *three = begin(decay, 3);
    advance(one, STEPS);
    advance(three, STEPS);
    CHECK(same(one, one->average.weights, three->average.weights));
    charnn_trainer_free(one);
    charnn_trainer_free(three);
}

static void an_estimate_leaves_the_average_as_it_was(void)
{
    struct charnn_trainer *t = begin(decay, 1), *plain = begin(decay, 1);
    struct charnn_estimate need;
    struct charnn_error e;
    advance(t, STEPS / 2);
    advance(plain, STEPS / 2);
    CHECK(charnn_trainer_estimate(t, &need, &e) == 0);
    CHECK(same(t, t->average.weights, plain->average.weights));
    CHECK(same(t, t->model.weights, plain->model.weights));
    charnn_trainer_free(t);
    charnn_trainer_free(plain);
}

static void after_a_rollback_the_average_begins_again(void)
{
    struct charnn_trainer *t = begin(decay, 1), *fresh = begin(decay, 1);
    struct charnn_error e = { 0 };
    advance(t, STEPS / 2);
    t->model.weights[0] = NAN;
    CHECK_MSG(recovery_check_weights(t, &e) == 0, "%s", e.message);
    CHECK(same(t, t->average.weights, fresh->average.weights));
    CHECK(same(t, t->model.weights, fresh->model.weights));
    CHECK(t->progress.optim_start == STEPS / 2);
    charnn_trainer_free(t);
    charnn_trainer_free(fresh);
}

int main(void)
{
    RUN(the_average_is_that_of_the_weights_after_each_step);
    RUN(the_run_is_the_same_with_an_average_and_without);
    RUN(threads_do_not_change_the_average);
    RUN(an_estimate_leaves_the_average_as_it_was);
    RUN(after_a_rollback_the_average_begins_again);
    return test_end();
}
