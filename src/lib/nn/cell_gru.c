/*
 * cell_gru.c - gated recurrent unit (Cho et al. 2014) with the reset gate applied after the
 * recurrent product, as in PyTorch and cuDNN, so that one product suffices:
 *
 *     r = sigmoid(.)  z = sigmoid(.)
 *     n = tanh(x_n + r h_n)      x_n = W_in x + b_in,  h_n = W_hn h + b_hn
 *     h' = (1 - z) n + z h
 *
 * Planes: x_n, r, z, h_n.  So the input half is in the order n r z (PyTorch's r z n rotated
 * by one), the recurrent half r z n.
 */
#include "math/vec.h"
#include "nn/cell.h"

/* The loops are short, so that the core can overlap more elements (see cell_lstm.c). */
static void gru_forward(const struct cell_step *s)
{
    real *xn = s->gates, *gr = xn + s->plane, *gz = gr + s->plane, *hn = gz + s->plane;
    for (size_t k = 0; k < s->n; k += LANES) {
        v_store(gr + k, v_sigmoid(v_load(gr + k)));
        v_store(gz + k, v_sigmoid(v_load(gz + k)));
    }
    for (size_t k = 0; k < s->n; k += LANES) {
        vf n = v_tanh(v_load(xn + k) + v_load(gr + k) * v_load(hn + k));
        v_store(xn + k, n);
        v_store(s->h + k, n + v_load(gz + k) * (v_load(s->h_in + k) - n));
    }
}

static void gru_backward(const struct cell_step *s)
{
    const vf one = v_set(1);
    real *xn = s->gates, *gr = xn + s->plane, *gz = gr + s->plane, *hn = gz + s->plane;
    for (size_t k = 0; k < s->n; k += LANES) {
        vf n = v_load(xn + k), r = v_load(gr + k), z = v_load(gz + k),
           dh = v_load(s->dh + k);
        vf dn = dh * (one - z) * (one - n * n);
        v_store(gz + k, dh * (v_load(s->h_in + k) - n) * z * (one - z));
        v_store(gr + k, dn * v_load(hn + k) * r * (one - r));
        v_store(xn + k, dn);
        v_store(hn + k, dn * r);
        v_store(s->dh_in + k, v_load(s->dh_in + k) + dh * z);
    }
}

extern const struct cell_ops ISA_SUFFIXED(cell_gru)[];
const struct cell_ops ISA_SUFFIXED(cell_gru)[] = { { gru_forward, gru_backward,
                                                     .bounded = true } };
