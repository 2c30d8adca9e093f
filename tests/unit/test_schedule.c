/* test_schedule.c - learning rates against their formulas. */
#include <math.h>

#include "config/config.h"
#include "test.h"
#include "train/schedule.h"

static struct charnn_config config(int schedule, int64_t warmup)
{
    struct charnn_config c = config_plain();
    c.learning_rate = 2e-3;
    c.schedule = schedule;
    c.warmup = warmup;
    return c;
}

static int close_to(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

/* train.lua multiplies the rate after iteration i (1-based) if i is a multiple of the
 * iterations of an epoch and the epoch, i / iterations, is at least 10. */
static void char_rnn_decays_as_char_rnn_does(void)
{
    enum { EPOCH = 423 };
    const struct charnn_config c = config(CHARNN_SCHEDULE_CHAR_RNN, 0);
    double rate = 2e-3;
    int bad = 0;
    for (int64_t i = 1; i <= 50 * EPOCH; i++) {
        bad += !close_to(schedule_rate(&c, i - 1, 50 * EPOCH, EPOCH), rate);
        if (i % EPOCH == 0 && (double)i / EPOCH >= 10)
            rate *= 0.97;
    }
    CHECK_MSG(bad == 0, "%d steps", bad);
    CHECK(schedule_rate(&c, 10 * EPOCH - 1, 50 * EPOCH, EPOCH) == 2e-3);
    CHECK(close_to(schedule_rate(&c, 10 * EPOCH, 50 * EPOCH, EPOCH), 2e-3 * 0.97));
    CHECK(close_to(schedule_rate(&c, 49 * EPOCH, 50 * EPOCH, EPOCH), 2e-3 * pow(0.97, 40)));
}

static void constant_is_constant(void)
{
    const struct charnn_config c = config(CHARNN_SCHEDULE_CONSTANT, 0);
    for (int64_t i = 0; i < 1000; i++)
        CHECK(schedule_rate(&c, i, 1000, 7) == 2e-3);
}

static void cosine_falls_to_a_fiftieth(void)
{
    enum { STEPS = 1000 };
    const struct charnn_config c = config(CHARNN_SCHEDULE_COSINE, 0);
    double before = INFINITY;
    CHECK(schedule_rate(&c, 0, STEPS, 7) == 2e-3);
    CHECK(close_to(schedule_rate(&c, STEPS / 2, STEPS, 7), 0.51 * 2e-3));
    for (int64_t i = 0; i < STEPS; i++) {
        const double rate = schedule_rate(&c, i, STEPS, 7);
        CHECK(rate < before && rate > 0);
        before = rate;
    }
    CHECK_MSG(before < 0.0201 * 2e-3, "%g", before);
}

static void warm_up_rises_in_even_steps(void)
{
    for (int schedule = CHARNN_SCHEDULE_CONSTANT; schedule <= CHARNN_SCHEDULE_COSINE;
         schedule++) {
        const struct charnn_config c = config(schedule, 100);
        for (int64_t i = 0; i < 100; i++)
            CHECK(close_to(schedule_rate(&c, i, 5000, 1000), 2e-3 * (double)(i + 1) / 101));
        CHECK(schedule_rate(&c, 100, 5000, 1000) == 2e-3);
    }
}

static void warm_up_is_at_most_a_tenth_of_the_plan(void)
{
    const struct charnn_config c = config(CHARNN_SCHEDULE_COSINE, 100);
    CHECK(schedule_rate(&c, 5, 50, 10) == 2e-3);
    CHECK(schedule_rate(&c, 4, 50, 10) < 2e-3);
    CHECK(schedule_rate(&c, 0, 5, 1) == 2e-3);
}

static void the_shortest_plans_have_a_rate(void)
{
    for (int schedule = CHARNN_SCHEDULE_CONSTANT; schedule <= CHARNN_SCHEDULE_COSINE;
         schedule++)
        for (int64_t warmup = 0; warmup <= 100; warmup += 50)
            for (int64_t steps = 1; steps < 40; steps++)
                for (int64_t i = 0; i < steps; i++) {
                    const struct charnn_config c = config(schedule, warmup);
                    const double rate = schedule_rate(&c, i, steps, 1);
                    CHECK_MSG(rate > 0 && rate <= 2e-3, "schedule %d step %d of %d: %g",
                              schedule, (int)i, (int)steps, rate);
                }
}

int main(void)
{
    RUN(char_rnn_decays_as_char_rnn_does);
    RUN(constant_is_constant);
    RUN(cosine_falls_to_a_fiftieth);
    RUN(warm_up_rises_in_even_steps);
    RUN(warm_up_is_at_most_a_tenth_of_the_plan);
    RUN(the_shortest_plans_have_a_rate);
    return test_end();
}
