/* test_validate.c - the exact loss, which is computed at the end of a run. */
#include "train/validate.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"
#include "train/trainer.h"

static void ignore(const struct charnn_event *event, void *arg)
{
    (void)event, (void)arg;
}

static void a_stop_ends_the_exact_loss(void)
{
    const char *text = "data/play.txt";
    struct charnn_config c = charnn_config_default();
    struct charnn_error e = { 0 };
    c.layers = 1;
    c.size = 16;
    c.steps = 5;
    c.threads = 1;
    c.dry_run = 1;
    struct charnn_trainer *t = charnn_trainer_new(&c, &text, 1, ignore, NULL, &e);
    CHECK_MSG(t, "%s", e.message);
    if (!t)
        return;
    CHECK(isfinite(validate_exact(t, &e)));
    charnn_trainer_interrupt(t, 0);
    CHECK(isnan(validate_exact(t, &e)));
    charnn_trainer_free(t);
}

int main(void)
{
    RUN(a_stop_ends_the_exact_loss);
    return test_end();
}
