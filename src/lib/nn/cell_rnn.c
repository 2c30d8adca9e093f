/*
 * cell_rnn.c - h' = f(W_ih x + b_ih + W_hh h + b_hh), f = tanh, relu or sigmoid (Elman
 * 1990).  The derivative of each f is computed from its value.
 */
#include "charnn.h"
#include "math/vec.h"
#include "nn/cell.h"

static vf relu(vf x)
{
    return v_select(x < v_set(0), v_set(0), x); /* keeps NaN */
}

static vf tanh_slope(vf h)
{
    return v_set(1) - h * h;
}

static vf relu_slope(vf h)
{
    return v_select(h > v_set(0), v_set(1), v_set(0));
}

static vf sigmoid_slope(vf h)
{
    return h * (v_set(1) - h);
}

#define DEFINE_RNN(name, f, slope)                                                         \
    static void name##_forward(const struct cell_step *s)                                  \
    {                                                                                      \
        for (size_t i = 0; i < s->n; i += LANES)                                           \
            v_store(s->h + i, f(v_load(s->gates + i)));                                    \
    }                                                                                      \
    static void name##_backward(const struct cell_step *s)                                 \
    {                                                                                      \
        for (size_t i = 0; i < s->n; i += LANES)                                           \
            v_store(s->gates + i, v_load(s->dh + i) * slope(v_load(s->h + i)));            \
    }
DEFINE_RNN(tanh, v_tanh, tanh_slope)
DEFINE_RNN(relu, relu, relu_slope)
DEFINE_RNN(sigmoid, v_sigmoid, sigmoid_slope)

extern const struct cell_ops ISA_SUFFIXED(cell_rnn)[];
const struct cell_ops ISA_SUFFIXED(cell_rnn)[] = {
    [CHARNN_ACTIVATION_TANH] = { tanh_forward, tanh_backward, .bounded = true },
    [CHARNN_ACTIVATION_RELU] = { relu_forward, relu_backward, .bounded = false },
    [CHARNN_ACTIVATION_SIGMOID] = { sigmoid_forward, sigmoid_backward, .bounded = true,
                                    .clears_padding = true },
};
