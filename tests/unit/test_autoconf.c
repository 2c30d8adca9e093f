/* test_autoconf.c - the automatic settings. */
#include <math.h>

#include "config/config.h"
#include "test.h"
#include "train/autoconf.h"

static const double work[] = { 1e10, 1e12, 1e13, 1e14, 1e15, 1e16 };
static const size_t lengths[] = { 2, 100, 100000, 1000000, 100000000 };
enum { WORK = sizeof work / sizeof *work, LENGTHS = sizeof lengths / sizeof *lengths };

static struct charnn_config settled(size_t characters, size_t symbols, double flops)
{
    struct charnn_config c = charnn_config_default();
    autoconf_settings(&c, characters, symbols, flops / 1e12);
    return c;
}

static void every_automatic_setting_is_chosen(void)
{
    struct charnn_error e;
    for (size_t n = 0; n < LENGTHS; n++)
        for (size_t i = 0; i < WORK; i++)
            for (size_t V = 1; V <= 60000; V = V * 7 + 1) {
                const struct charnn_config c = settled(lengths[n], V, work[i]);
                for (size_t f = 0; f < config_n_fields; f++)
                    CHECK_MSG(!field_is_auto(&config_fields[f], &c), "%s",
                              config_fields[f].name);
                CHECK_MSG(config_check(&c, &e) == 0, "%s", e.message);
                CHECK(c.steps > 0);
            }
}

static void what_is_given_stays(void)
{
    struct charnn_config c = charnn_config_default();
    c.size = 77;
    c.learning_rate = 0.5;
    c.dropout = 0;
    c.steps = 13;
    autoconf_settings(&c, 1000000, 65, 10);
    CHECK(c.size == 77 && c.learning_rate == 0.5 && c.dropout == 0 && c.steps == 13);
    c = charnn_config_default();
    c.epochs = 3;
    autoconf_settings(&c, 1000000, 65, 10);
    CHECK(c.epochs == 3 && c.steps == 0);
}

static void more_work_buys_more_weights(void)
{
    double before = 0;
    for (size_t i = 0; i < WORK; i++) {
        const struct charnn_config c = settled(100000000, 65, work[i]);
        const double size = autoconf_step_flops(&c, 65);
        CHECK_MSG(size >= before, "%g", work[i]);
        before = size;
    }
}

static void the_plan_costs_what_was_offered_or_less(void)
{
    for (size_t i = 1; i < WORK; i++) {
        const struct charnn_config c = settled(1000000, 65, work[i]);
        const double step = autoconf_step_flops(&c, 65);
        CHECK((double)(c.steps - 1) * step <= work[i]);
    }
}

static void a_text_read_often_gets_more_dropout(void)
{
    const struct charnn_config once = settled(100000000, 65, 1e13);
    const struct charnn_config often = settled(100000, 65, 1e13);
    CHECK_MSG(often.dropout > once.dropout && once.dropout >= 0, "%g %g", often.dropout,
              once.dropout);
    CHECK(often.dropout <= 0.5);
}

static void each_of_many_layers_gets_less_dropout(void)
{
    static const int64_t sizes[] = { 0, 300, 180, 140 }; /* [layers] units for models with
                                                          * about the same number of
                                                          * weights */
    double before = 1;
    for (int64_t layers = 1; layers <= 3; layers++) {
        struct charnn_config c = charnn_config_default();
        c.layers = layers;
        c.size = sizes[layers];
        c.epochs = 20;
        autoconf_settings(&c, 1000000, 65, 0);
        CHECK_MSG(c.dropout > 0 && c.dropout < before, "%g", c.dropout);
        before = c.dropout;
    }
}

static void only_long_runs_on_little_text_drop_weights(void)
{
    CHECK(settled(1000000, 65, 1e13).weight_drop == 0);
    const double long_run = settled(80000, 65, 5e12).weight_drop;
    CHECK_MSG(fabs(long_run - 0.24) < 0.02, "%g", long_run); /* in experiments, 0.25 was the
                                                              * best for such a run */
    CHECK(settled(5000, 65, 5e12).weight_drop <= 0.4);
}

/* Overfitting depends on the work and the text, not on the size of the model. */
static void the_plan_ends_before_it_overfits(void)
{
    double before = 0;
    for (size_t i = 0; i < WORK; i++) {
        const struct charnn_config c = settled(60000, 65, work[i]);
        const double planned = (double)c.steps * autoconf_step_flops(&c, 65);
        CHECK_MSG(planned <= fmax(work[i], 9e12) * 1.01, "%g", work[i]);
        CHECK_MSG(planned >= before, "%g", work[i]);
        before = planned * 0.99; /* because steps are whole */
    }
    CHECK(settled(5000, 65, 1e16).steps == settled(5000, 65, 0).steps);
    struct charnn_config c = charnn_config_default();
    c.steps = 100000000;
    autoconf_settings(&c, 60000, 65, 10);
    CHECK(c.steps == 100000000);
}

static void the_weights_of_skips_are_counted(void)
{
    struct charnn_config c = config_plain();
    c.cell = CHARNN_CELL_GRU;
    c.layers = 3;
    c.size = 10;
    c.batch_size = c.seq_length = 1;
    CHECK(autoconf_step_flops(&c, 7) == 6 * (3 * 10 * (3 + 2) * 10 + 7 * 10));
    c.skip = CHARNN_SKIP_RESIDUAL;
    CHECK(autoconf_step_flops(&c, 7) == 6 * (3 * 10 * (3 + 2) * 10 + 7 * 10));
    c.skip = CHARNN_SKIP_DENSE;
    CHECK(autoconf_step_flops(&c, 7) == 6 * (3 * 10 * (3 + 1 + 2) * 10 + 7 * 3 * 10));
}

static void skips_get_a_layer_to_pass_by(void)
{
    for (size_t i = 0; i < WORK; i++)
        for (int skip = CHARNN_SKIP_RESIDUAL; skip <= CHARNN_SKIP_DENSE; skip++) {
            struct charnn_config c = charnn_config_default();
            c.skip = skip;
            autoconf_settings(&c, 100000, 65, work[i] / 1e12);
            CHECK_MSG(c.layers >= 2 && config_check(&c, NULL) == 0, "%g", work[i]);
        }
}

int main(void)
{
    RUN(every_automatic_setting_is_chosen);
    RUN(what_is_given_stays);
    RUN(more_work_buys_more_weights);
    RUN(the_plan_costs_what_was_offered_or_less);
    RUN(a_text_read_often_gets_more_dropout);
    RUN(each_of_many_layers_gets_less_dropout);
    RUN(only_long_runs_on_little_text_drop_weights);
    RUN(the_plan_ends_before_it_overfits);
    RUN(the_weights_of_skips_are_counted);
    RUN(skips_get_a_layer_to_pass_by);
    return test_end();
}
