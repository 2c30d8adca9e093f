/*
 * cell_lstm.c - long short-term memory (Hochreiter and Schmidhuber 1997; forget gate by
 * Gers et al. 2000), gates in PyTorch's order:
 *
 *     i = sigmoid(.)  f = sigmoid(.)  g = tanh(.)  o = sigmoid(.)
 *     c' = f c + i g
 *     h' = o tanh(c')
 */
#include "math/vec.h"
#include "nn/cell.h"

/* Three short loops instead of one: each activation function is a long dependency chain,
 * and the core can overlap more elements when a loop body is short. */
static void lstm_forward(const struct cell_step *s)
{
    real *gi = s->gates, *gf = gi + s->plane, *gg = gf + s->plane, *go = gg + s->plane;
    for (size_t k = 0; k < s->n; k += LANES) {
        v_store(gi + k, v_sigmoid(v_load(gi + k)));
        v_store(gf + k, v_sigmoid(v_load(gf + k)));
    }
    for (size_t k = 0; k < s->n; k += LANES) {
        vf g = v_tanh(v_load(gg + k));
        v_store(gg + k, g);
        v_store(s->c + k, v_load(gf + k) * v_load(s->c_in + k) + v_load(gi + k) * g);
    }
    for (size_t k = 0; k < s->n; k += LANES) {
        vf o = v_sigmoid(v_load(go + k));
        v_store(go + k, o);
        v_store(s->h + k, o * v_tanh(v_load(s->c + k)));
    }
}

static void lstm_backward(const struct cell_step *s)
{
    const vf one = v_set(1);
    real *gi = s->gates, *gf = gi + s->plane, *gg = gf + s->plane, *go = gg + s->plane;
    for (size_t k = 0; k < s->n; k += LANES) {
        vf i = v_load(gi + k), f = v_load(gf + k), g = v_load(gg + k), o = v_load(go + k);
        vf dh = v_load(s->dh + k), tc = v_tanh(v_load(s->c + k));
        vf dc = v_load(s->dc + k) + dh * o * (one - tc * tc);
        v_store(gi + k, dc * g * i * (one - i));
        v_store(gf + k, dc * v_load(s->c_in + k) * f * (one - f));
        v_store(gg + k, dc * i * (one - g * g));
        v_store(go + k, dh * tc * o * (one - o));
        v_store(s->dc + k, dc * f);
        if (s->dc_all)
            v_store(s->dc_all + k, dc);
    }
}

extern const struct cell_ops ISA_SUFFIXED(cell_lstm)[];
const struct cell_ops ISA_SUFFIXED(cell_lstm)[] = { { lstm_forward, lstm_backward,
                                                      .bounded = true } };
