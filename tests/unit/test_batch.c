/*
 * test_batch.c - cutting a text into streams.
 *
 * Most tests use a text whose characters are all different, so that an id is its position.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "charnn.h"
#include "text/batch.h"
#include "test.h"

enum { LONGEST = 60000 };

/* A text of n characters in which character i has id i. */
static struct corpus positions(size_t n)
{
    struct corpus c = { .n = n, .wide = malloc(n * sizeof(uint16_t)) };
    for (size_t i = 0; c.wide && i < n; i++)
        c.wide[i] = (uint16_t)i;
    return c;
}

static int32_t inputs[LONGEST], targets[LONGEST];

static struct batch_plan plan(size_t n, size_t B, size_t T, double valid, int split)
{
    struct batch_plan p;
    struct charnn_error e = { .usage = 0 };
    CHECK_MSG(batch_plan(&p, n, &(struct batch_options){ B, T, valid, split, 1 }, &e) == 0,
              "n %zu: %s", n, e.message);
    return p;
}

static void the_char_rnn_split_of_tinyshakespeare(void)
{
    struct batch_plan p = plan(1115394, 50, 50, 0.05, CHARNN_SPLIT_STREAMS);
    CHECK(p.B == 50 && p.T == 50);
    CHECK(p.stream == 446 * 50);
    CHECK_MSG(p.steps_per_epoch == 423, "%zu", p.steps_per_epoch);
    CHECK(p.valid_chunks == 23 && p.valid_chunks * p.B * p.T == 57500);
    CHECK_MSG(p.note[0] == 0, "%s", p.note);
}

static void the_last_target_of_the_streams_must_exist(void)
{
    CHECK(plan(5 * 4 * 3 + 1, 5, 4, 0, CHARNN_SPLIT_STREAMS).steps_per_epoch == 3);
    CHECK(plan(5 * 4 * 3, 5, 4, 0, CHARNN_SPLIT_STREAMS).steps_per_epoch == 2);
}

static void the_tail_is_held_out(void)
{
    struct batch_plan p = plan(1115394, 64, 64, 0.05, CHARNN_SPLIT_TAIL);
    CHECK(p.train_n == 1115394 - 55770);
    CHECK(p.valid_lo == p.train_n && p.valid_hi == 1115394);
    CHECK(p.steps_per_epoch == (p.train_n - 1) / (64 * 64));
    CHECK(p.valid_chunks == 0 && p.note[0] == 0);
}

static void valid_zero_trains_on_everything_and_says_nothing(void)
{
    for (int split = CHARNN_SPLIT_TAIL; split <= CHARNN_SPLIT_STREAMS; split++) {
        struct batch_plan p = plan(1000, 5, 10, 0, split);
        CHECK(p.train_n == 1000 && p.valid_lo == p.valid_hi && p.valid_chunks == 0);
        CHECK_MSG(p.note[0] == 0, "%s", p.note);
    }
}

static void hello_is_one_stream_of_four(void)
{
    for (int split = CHARNN_SPLIT_TAIL; split <= CHARNN_SPLIT_STREAMS; split++) {
        struct batch_plan p = plan(5, 50, 50, 0.05, split);
        CHECK(p.B == 1 && p.T == 4 && p.steps_per_epoch == 1);
        CHECK(p.valid_lo == p.valid_hi && p.valid_chunks == 0);
        CHECK_MSG(strstr(p.note, "no validation"), "%s", p.note);
        CHECK_MSG(strstr(p.note, "training with 1 stream of 4"), "%s", p.note);
        struct corpus c = positions(5);
        CHECK(batch_train(&p, &c, 7, inputs, targets) == 1);
        for (int i = 0; i < 4; i++)
            CHECK(inputs[i] == i && targets[i] == i + 1);
        free(c.wide);
    }
}

static void streams_go_before_the_sequence_length(void)
{
    struct batch_plan p = plan(201, 50, 50, 0, CHARNN_SPLIT_TAIL);
    CHECK(p.T == 50 && p.B == 4);
    p = plan(200, 50, 50, 0, CHARNN_SPLIT_TAIL);
    CHECK(p.T == 50 && p.B == 3);
    p = plan(30, 50, 50, 0, CHARNN_SPLIT_TAIL);
    CHECK(p.T == 29 && p.B == 1);
}

static void one_character_is_an_error(void)
{
    struct batch_plan p;
    struct charnn_error e = { .usage = 1 };
    CHECK(batch_plan(&p, 1, &(struct batch_options){ 1, 1, 0, CHARNN_SPLIT_TAIL, 1 }, &e) ==
          -1);
    CHECK_MSG(strstr(e.message, "1 character: nothing to predict"), "%s", e.message);
    CHECK(e.usage == 0);
}

static void too_little_held_out_text_is_dropped_and_said(void)
{
    struct batch_plan p =
        plan(300, 2, 5, 0.05, CHARNN_SPLIT_TAIL); /* would hold out 15 characters */
    CHECK(p.train_n == 300 && strstr(p.note, "no validation"));
    p = plan(320, 2, 5, 0.05, CHARNN_SPLIT_TAIL); /* would hold out 16 */
    CHECK(p.train_n == 304 && p.valid_hi == 320 && p.note[0] == 0);
    p = plan(30, 1, 4, 0.99, CHARNN_SPLIT_TAIL); /* would leave nothing to train on */
    CHECK(p.train_n == 30 && strstr(p.note, "no validation"));
    p = plan(100, 1, 50, 0.5, CHARNN_SPLIT_STREAMS); /* there is only one chunk */
    CHECK(p.steps_per_epoch == 1 && p.valid_chunks == 0 && strstr(p.note, "no validation"));
    p = plan(102, 1, 50, 0.5, CHARNN_SPLIT_STREAMS);
    CHECK(p.steps_per_epoch == 1 && p.valid_chunks == 1 && p.note[0] == 0);
}

/* Checks every chunk: targets are the inputs one later, and each stream continues where it
 * stopped. */
static void check_epochs(const struct batch_plan *p, const struct corpus *c, size_t epochs)
{
    static int32_t next[LONGEST];
    const size_t B = p->B, T = p->T, n = p->steps_per_epoch;
    for (uint64_t step = 0; step < epochs * n; step++) {
        int first = batch_train(p, c, step, inputs, targets);
        CHECK(first == (step % n == 0));
        for (size_t b = 0; b < B; b++)
            CHECK(first || inputs[b] == next[b]);
        for (size_t i = 0; i < T * B; i++) {
            CHECK(targets[i] == inputs[i] + 1);
            CHECK(i < B || inputs[i] == inputs[i - B] + 1);
            CHECK((size_t)targets[i] < p->train_n);
        }
        for (size_t b = 0; b < B; b++)
            next[b] = targets[(T - 1) * B + b];
    }
}

static void chunks_of_a_stream_are_contiguous(void)
{
    struct corpus c = positions(1009);
    for (int split = CHARNN_SPLIT_TAIL; split <= CHARNN_SPLIT_STREAMS; split++) {
        struct batch_plan p = plan(1009, 7, 13, 0.1, split);
        CHECK(p.steps_per_epoch > 5);
        check_epochs(&p, &c, 5);
    }
    free(c.wide);
}

static void streams_do_not_overlap(void)
{
    struct corpus c = positions(1009);
    for (int split = CHARNN_SPLIT_TAIL; split <= CHARNN_SPLIT_STREAMS; split++) {
        struct batch_plan p = plan(1009, 7, 13, 0.1, split);
        char seen[1009] = { 0 };
        for (uint64_t step = 0; step < p.steps_per_epoch; step++) {
            batch_train(&p, &c, step, inputs, targets);
            for (size_t i = 0; i < p.B * p.T; i++)
                CHECK(seen[inputs[i]]++ == 0);
        }
    }
    free(c.wide);
}

static void every_character_is_an_input_sooner_or_later(void)
{
    struct corpus c = positions(1009);
    static const size_t shapes[][2] = { { 7, 13 }, { 50, 17 }, { 1, 300 }, { 3, 400 } };
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        struct batch_plan p =
            plan(1009, shapes[k][0], shapes[k][1], 0.05, CHARNN_SPLIT_TAIL);
        char seen[1009] = { 0 };
        for (uint64_t step = 0; step < 4000 * p.steps_per_epoch; step++) {
            batch_train(&p, &c, step, inputs, targets);
            for (size_t i = 0; i < p.B * p.T; i++)
                seen[inputs[i]] = 1;
        }
        for (size_t i = 0; i + 1 < p.train_n; i++)
            CHECK_MSG(seen[i], "B %zu T %zu: character %zu", p.B, p.T, i);
    }
    free(c.wide);
}

static void training_never_touches_the_tail(void)
{
    struct corpus c = positions(1009);
    struct batch_plan p = plan(1009, 3, 20, 0.3, CHARNN_SPLIT_TAIL);
    CHECK(p.valid_lo == 1009 - 303);
    int32_t last = 0;
    for (uint64_t step = 0; step < 3000 * p.steps_per_epoch; step++) {
        batch_train(&p, &c, step, inputs, targets);
        for (size_t i = 0; i < p.B * p.T; i++)
            last = targets[i] > last ? targets[i] : last;
    }
    CHECK_MSG((size_t)last == p.train_n - 1, "last target %d", (int)last);
    free(c.wide);
}

static void held_out_chunks_are_the_ends_of_the_streams(void)
{
    struct corpus c = positions(1009);
    struct batch_plan p = plan(1009, 7, 13, 0.3, CHARNN_SPLIT_STREAMS);
    CHECK(p.steps_per_epoch + p.valid_chunks == 11 && p.steps_per_epoch == 7);
    char trained[1009] = { 0 };
    for (uint64_t step = 0; step < p.steps_per_epoch; step++) {
        batch_train(&p, &c, step, inputs, targets);
        for (size_t i = 0; i < p.B * p.T; i++)
            trained[targets[i]] = 1;
    }
    for (size_t k = 0; k < p.valid_chunks; k++) {
        batch_valid(&p, &c, k, inputs, targets);
        CHECK((size_t)inputs[1] == p.stream + (p.steps_per_epoch + k) * p.T);
        for (size_t i = 0; i < p.B * p.T; i++) {
            CHECK(targets[i] == inputs[i] + 1);
            CHECK(!trained[targets[i]]); /* no prediction is both for training and held
                                          * out */
        }
    }
    free(c.wide);
}

static void epochs_begin_at_offsets_that_seed_and_epoch_choose(void)
{
    struct corpus c = positions(1009);
    struct batch_plan p = plan(1009, 7, 50, 0, CHARNN_SPLIT_TAIL), q = p;
    q.seed = 2;
    int differ_by_epoch = 0, differ_by_seed = 0;
    for (uint64_t epoch = 0; epoch < 20; epoch++) {
        batch_train(&p, &c, epoch * p.steps_per_epoch, inputs, targets);
        int32_t one = inputs[0];
        batch_train(&p, &c, (epoch + 1) * p.steps_per_epoch, inputs, targets);
        differ_by_epoch += inputs[0] != one;
        batch_train(&q, &c, epoch * p.steps_per_epoch, inputs, targets);
        differ_by_seed += inputs[0] != one;
        batch_train(&p, &c, epoch * p.steps_per_epoch, inputs, targets);
        CHECK(inputs[0] == one);
    }
    CHECK(differ_by_epoch > 10 && differ_by_seed > 10);
    free(c.wide);
}

/* For any length of a text, any B and T, and any share held out, there is a training step,
 * which reads only the text. */
static void short_texts_always_train(void)
{
    static const double shares[] = { 0, 0.001, 0.05, 0.5, 0.95, 0.999 };
    static const size_t sizes[] = { 1, 2, 3, 7, 50, 199, 1000, SIZE_MAX };
    for (size_t n = 2; n <= 200; n++) {
        struct corpus c = positions(n); /* exactly n ids, so that a sanitizer detects reads
                                         * beyond them */
        for (size_t k = 0; k < 2 * 6 * 8 * 8; k++) {
            struct batch_plan p =
                plan(n, sizes[k % 8], sizes[k / 8 % 8], shares[k / 64 % 6], (int)(k / 384));
            CHECK(p.steps_per_epoch >= 1 && p.B >= 1 && p.T >= 1 && p.B * p.T < n);
            CHECK(p.valid_lo <= p.valid_hi && p.valid_hi <= n && p.train_n >= 2);
            check_epochs(&p, &c, 1);
            batch_train(&p, &c, UINT64_MAX, inputs, targets);
            if (p.valid_chunks > 0)
                batch_valid(&p, &c, p.valid_chunks - 1, inputs, targets);
        }
        free(c.wide);
    }
}

static void narrow_texts_read_the_same(void)
{
    struct corpus wide = positions(200), narrow = { .n = 200, .narrow = malloc(200) };
    for (int i = 0; narrow.narrow && i < 200; i++)
        narrow.narrow[i] = (uint8_t)i;
    struct batch_plan p = plan(200, 3, 5, 0.1, CHARNN_SPLIT_TAIL);
    int32_t other[2][15];
    for (uint64_t step = 0; step < 50; step++) {
        batch_train(&p, &wide, step, inputs, targets);
        batch_train(&p, &narrow, step, other[0], other[1]);
        CHECK(memcmp(inputs, other[0], sizeof other[0]) == 0);
        CHECK(memcmp(targets, other[1], sizeof other[1]) == 0);
    }
    free(wide.wide);
    free(narrow.narrow);
}

/* Checks the text to the right of a chunk, character by character; it must not go past
 * `end`. */
static void check_right(const struct batch_plan *p, size_t most, const int32_t *text,
                        const int32_t *n, size_t end, size_t stride)
{
    for (size_t b = 0; b < p->B; b++) {
        const size_t first = (size_t)targets[b] + 1, last = end + b * stride;
        const size_t there = last > first ? last - first : 0;
        CHECK_MSG((size_t)n[b] == (there < most ? there : most), "stream %zu: %d of %zu", b,
                  (int)n[b], there);
        for (size_t i = 0; i < (size_t)n[b]; i++)
            CHECK((size_t)text[i * p->B + b] == first + i);
    }
}

static void the_right_context_of_a_chunk_ends_with_the_training_text(void)
{
    enum { MOST = 40 };
    static int32_t text[MOST * 5], n[5];
    struct corpus c = positions(2000);
    for (int split = CHARNN_SPLIT_TAIL; split <= CHARNN_SPLIT_STREAMS; split++) {
        const struct batch_plan p = plan(c.n, 5, 10, 0.3, split);
        const bool tail = split == CHARNN_SPLIT_TAIL;
        const size_t border = p.steps_per_epoch * p.T;
        int cut = 0;
        for (size_t step = 0; step < 2 * p.steps_per_epoch; step++) {
            batch_train(&p, &c, step, inputs, targets);
            const struct batch_chunk chunk = batch_train_chunk(&p, step);
            batch_right(&p, &c, &chunk, MOST, text, n);
            check_right(&p, MOST, text, n, tail ? p.train_n : border + 1, p.stream);
            cut += n[4] < MOST;
        }
        CHECK_MSG(cut > 0, "split %d", split);
    }
    const struct batch_plan p = plan(c.n, 5, 10, 0.3, CHARNN_SPLIT_STREAMS);
    for (size_t k = 0; k < p.valid_chunks; k++) {
        batch_valid(&p, &c, k, inputs, targets);
        const struct batch_chunk chunk = batch_valid_chunk(&p, k);
        batch_right(&p, &c, &chunk, MOST, text, n);
        check_right(&p, MOST, text, n, p.stream + 1, p.stream);
    }
    free(c.wide);
}

int main(void)
{
    RUN(the_char_rnn_split_of_tinyshakespeare);
    RUN(the_last_target_of_the_streams_must_exist);
    RUN(the_tail_is_held_out);
    RUN(valid_zero_trains_on_everything_and_says_nothing);
    RUN(hello_is_one_stream_of_four);
    RUN(streams_go_before_the_sequence_length);
    RUN(one_character_is_an_error);
    RUN(too_little_held_out_text_is_dropped_and_said);
    RUN(chunks_of_a_stream_are_contiguous);
    RUN(streams_do_not_overlap);
    RUN(every_character_is_an_input_sooner_or_later);
    RUN(training_never_touches_the_tail);
    RUN(held_out_chunks_are_the_ends_of_the_streams);
    RUN(epochs_begin_at_offsets_that_seed_and_epoch_choose);
    RUN(short_texts_always_train);
    RUN(narrow_texts_read_the_same);
    RUN(the_right_context_of_a_chunk_ends_with_the_training_text);
    return test_end();
}
