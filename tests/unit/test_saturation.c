/* test_saturation.c - which gates count as closed and as open. */
#include "cells/saturation.h"

#include "test.h"

enum { H = 2 };

static const struct charnn_shape lstm = { .cell = CHARNN_CELL_LSTM,
                                          .layers = 1,
                                          .size = H,
                                          .gates = 4,
                                          .letters = "ifgo",
                                          .tanh_gates = "g",
                                          .has_c = 1 };

/* The gates i, f, g and o of two units, for two characters. */
static struct saturation two_characters(void)
{
    static const float first[4 * H] = { 0.09F, 0.11F,  0.89F, 0.91F,
                                        0.05F, -0.91F, 0.91F, 0.5F };
    static const float second[4 * H] = { 0.09F,  0.5F,  0.91F, 0.95F,
                                         -0.89F, 0.95F, 0.5F,  0.01F };
    struct saturation s;
    CHECK(saturation_init(&s, &lstm) == 0);
    saturation_add(&s, first);
    saturation_add(&s, second);
    return s;
}

static void gates_are_closed_below_a_tenth_and_open_above_nine(void)
{
    static const uint32_t low[4 * H] = { 2, 0, 0, 0, 0, 1, 0, 1 };
    static const uint32_t high[4 * H] = { 0, 0, 1, 2, 0, 1, 1, 0 };
    struct saturation s = two_characters();
    CHECK(s.chars == 2);
    CHECK(!memcmp(s.low, low, sizeof low));
    CHECK(!memcmp(s.high, high, sizeof high));
    saturation_release(&s);
}

static void candidates_are_closed_at_the_other_end_of_tanh(void)
{
    struct saturation s = two_characters();
    struct buf out = { 0 };
    saturation_json(&out, &s, 0);
    CHECK(
        strstr(out.data, "\"gate\":\"g\",\"shut_below\":-0.9,\"shut\":0.25,\"open\":0.25"));
    CHECK(strstr(out.data, "\"gate\":\"i\",\"shut_below\":0.1,\"shut\":0.5,\"open\":0,"
                           "\"always_shut\":[1],\"always_open\":[]"));
    buf_release(&out);
    saturation_release(&s);
}

int main(void)
{
    RUN(gates_are_closed_below_a_tenth_and_open_above_nine);
    RUN(candidates_are_closed_at_the_other_end_of_tanh);
    return test_end();
}
