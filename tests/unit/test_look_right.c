/*
 * test_look_right.c - the text to the right of a chunk when a bidirectional model is
 * trained: it ends at a random place in the next four chunks, different in each row.
 */
#include <unistd.h>

#include "charnn_inspect.h"
#include "test.h"
#include "train/trainer.h"

enum { T = 16, B = 32, CHUNKS = 4, STEPS = 40 };

static struct charnn_trainer *begin(const char *text)
{
    struct charnn_config c = charnn_config_default();
    struct charnn_error e = { 0 };
    c.bidirectional = 1;
    c.layers = 1;
    c.size = 3;
    c.batch_size = B;
    c.seq_length = T;
    c.steps = STEPS;
    c.valid = 0;
    c.threads = 1;
    c.learning_rate = 1e-3;
    c.dropout = c.reset = c.weight_decay = c.input_range = 0;
    c.output = "look-right.bin"; /* not written, because of dry_run */
    c.dry_run = 1;
    struct charnn_trainer *t = charnn_trainer_new(&c, &text, 1, NULL, NULL, &e);
    CHECK_MSG(t, "%s", e.message);
    return t;
}

static void the_right_side_ends_in_each_of_the_next_chunks(void)
{
    struct charnn_error e;
    struct charnn_trainer *t = begin("data/play.txt");
    int ends[CHUNKS] = { 0 };
    for (int step = 0; t && step < STEPS; step++) {
        CHECK(charnn_trainer_advance(t, 1, &e) == 0);
        for (size_t b = 0; b < B; b++) {
            const int32_t n = t->net.bidir.n[b];
            CHECK(n >= 0 && n < CHUNKS * T);
            ends[n / T % CHUNKS]++;
        }
    }
    for (int i = 0; i < CHUNKS; i++)
        CHECK_MSG(ends[i] > STEPS * B / CHUNKS * 3 / 4, "chunk %d: %d of %d", i, ends[i],
                  STEPS * B);
    charnn_trainer_free(t);
}

int main(void)
{
    RUN(the_right_side_ends_in_each_of_the_next_chunks);
    return test_end();
}
