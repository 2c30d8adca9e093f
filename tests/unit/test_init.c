/* test_init.c - initial weights: the properties of each kind of initialisation. */
#include <math.h>

#include "net.h"
#include "test.h"

enum { H = 19, V = 23, B = 3, T = 50, CHUNKS = 20 };

/* Makes a model with initial weights. */
static void draw(struct model *m, const struct model_shape *shape, enum isa isa,
                 const char *how)
{
    struct rng rng;
    struct charnn_error e;
    rng_init(&rng, 4);
    if (model_init(m, shape, isa, &e) < 0 || model_alloc(m, &e) < 0 ||
        model_init_weights(m, &(struct weight_init){ how, 0, 0 }, &rng, &e) < 0)
        abort();
}

static double weight(const struct model *m, size_t layer, int which, size_t r, size_t c)
{
    return (double)m->weights[param_at(model_param(m, layer, which), r, c)];
}

static void identity_is_ones_on_the_diagonal_and_zero_biases(void)
{
    const struct model_shape shape = { .cell = CHARNN_CELL_RNN,
                                       .activation = CHARNN_ACTIVATION_RELU,
                                       .layers = 2,
                                       .size = H,
                                       .symbols = V };
    struct model m;
    draw(&m, &shape, ISA_ref, "identity");
    for (size_t l = 0; l < 2; l++) {
        size_t bad = 0, inputs = 0;
        for (size_t r = 0; r < H; r++) {
            for (size_t c = 0; c < H; c++)
                bad += weight(&m, l, W_HH, r, c) != (r == c);
            bad += weight(&m, l, B_IH, r, 0) != 0 || weight(&m, l, B_HH, r, 0) != 0;
            inputs += weight(&m, l, W_IH, r, r) != 0;
        }
        CHECK_MSG(bad == 0, "layer %zu: %zu", l, bad);
        CHECK(inputs > H / 2);
    }
    model_release(&m);
}

static void orthogonal_rows_are_orthonormal_in_each_gate(void)
{
    const struct model_shape shape = {
        .cell = CHARNN_CELL_LSTM, .layers = 1, .size = H, .symbols = V
    };
    struct model m;
    draw(&m, &shape, ISA_ref, "orthogonal");
    double worst = 0;
    for (size_t g = 0; g < 4; g++)
        for (size_t i = 0; i < H; i++)
            for (size_t j = 0; j < H; j++) {
                double dot = 0;
                for (size_t k = 0; k < H; k++)
                    dot += weight(&m, 0, W_HH, g * H + i, k) *
                           weight(&m, 0, W_HH, g * H + j, k);
                worst = fmax(worst, fabs(dot - (i == j)));
            }
    CHECK_MSG(worst < 1e-3, "%g", worst);
    model_release(&m);
}

static void xavier_of_a_dense_layer_counts_all_that_it_reads(void)
{
    const struct model_shape shape = { .cell = CHARNN_CELL_RNN,
                                       .layers = 4,
                                       .size = H,
                                       .symbols = V,
                                       .skip = CHARNN_SKIP_DENSE };
    struct model m;
    draw(&m, &shape, ISA_ref, "xavier");
    const double limit = sqrt(6.0 / (H + 3 * H));
    double most = 0;
    for (size_t r = 0; r < H; r++)
        for (size_t c = 0; c < 3 * H; c++)
            most = fmax(most, fabs(weight(&m, 3, W_IH, r, c)));
    CHECK_MSG(most <= limit * 1.0001 && most > 0.95 * limit, "%g of %g", most, limit);
    model_release(&m);
}

static void forget_gates_begin_open_in_every_layer_of_both_stacks(void)
{
    const struct model_shape shape = {
        .cell = CHARNN_CELL_LSTM, .layers = 2, .size = H, .symbols = V, .bidirectional = 1
    };
    const struct weight_init how = { "auto", 0, 2.5 };
    struct model m;
    struct rng rng;
    struct charnn_error e;
    draw(&m, &shape, ISA_ref, "auto");
    rng_init(&rng, 4);
    CHECK(model_init_weights(&m, &how, &rng, &e) == 0);
    for (size_t l = 0; l < model_layers(&m); l++)
        for (size_t i = 0; i < 4 * H; i++)
            CHECK((weight(&m, l, B_IH, i, 0) == 2.5) == (i / H == 1));
    model_release(&m);
}

/* ------------------------------------------------------------------------- memory */

static void forget_inputs(struct model *m)
{
    for (size_t l = 0; l < m->shape.layers; l++) {
        const struct param *w = model_param(m, l, W_IH);
        memset(m->weights + w->offset, 0, w->size * sizeof *m->weights);
    }
}

/* Runs an IRNN (Le et al. 2015) for a thousand steps without input. */
static void check_memory(enum isa isa, int skip)
{
    const struct model_shape shape = { .cell = CHARNN_CELL_RNN,
                                       .activation = CHARNN_ACTIVATION_RELU,
                                       .layers = 2,
                                       .size = H,
                                       .symbols = V,
                                       .skip = skip };
    struct net n;
    float in[B * H], out[B * H];
    struct rng rng;
    struct charnn_error e;
    rng_init(&rng, 6);
    net_init(&n, &shape, isa, T, B, STACK_FORWARD);
    if (model_init_weights(&n.m, &(struct weight_init){ "identity", 0, 0 }, &rng, &e) < 0)
        abort();
    forget_inputs(&n.m);
    pool_run(n.pool, 1, net_pack_job, &n);
    for (size_t i = 0; i < B * H; i++)
        in[i] = (float)(100 * rng_uniform(&rng));
    for (size_t l = 0; l < 2; l++)
        stack_set_state(&n.net.forward, l, 0, in);
    for (int i = 0; i < CHUNKS; i++) {
        net_loss(&n, i % 3 + 1);
        stack_carry(&n.net.forward);
    }
    for (size_t l = 0; l < 2; l++) {
        stack_get_state(&n.net.forward, l, 0, out);
        CHECK_MSG(memcmp(in, out, sizeof in) == 0, "%s layer %zu skip %d", isa_name(isa), l,
                  skip);
    }
    net_release(&n);
}

static void an_identity_relu_rnn_that_hears_nothing_keeps_its_state_to_the_bit(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (int skip = CHARNN_SKIP_NONE; skip <= CHARNN_SKIP_DENSE; skip++)
            if (isa_present((enum isa)isa))
                check_memory((enum isa)isa, skip);
}

int main(void)
{
    RUN(identity_is_ones_on_the_diagonal_and_zero_biases);
    RUN(orthogonal_rows_are_orthonormal_in_each_gate);
    RUN(xavier_of_a_dense_layer_counts_all_that_it_reads);
    RUN(forget_gates_begin_open_in_every_layer_of_both_stacks);
    RUN(an_identity_relu_rnn_that_hears_nothing_keeps_its_state_to_the_bit);
    pool_free(net_pool());
    return test_end();
}
