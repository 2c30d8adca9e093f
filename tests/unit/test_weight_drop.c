/* test_weight_drop.c - masks of recurrent weights, and a network trained with them. */
#include "nn/weight_drop.h"

#include <math.h>

#include "nn/dropout.h"
#include "chance.h"
#include "test.h"
#include "net.h"

enum { T = 6, B = 5 };
static const struct weight_drop drop = { .p = 0.3, .key = 0x123456789ABCDEF };

static enum isa best_isa(void)
{
    return (enum isa)isa_choose();
}

static struct model_shape shape_of(size_t i, size_t layers, size_t H)
{
    const struct net_cell *c = net_cell(i);
    return (struct model_shape){ c->cell, c->activation, layers, H, 0, 20, .skip = 0 };
}

/* A training network with weight drop. */
static void init(struct net *n, const struct model_shape *shape, enum isa isa,
                 struct weight_drop d)
{
    net_init(n, shape, isa, T, B,
             (enum stack_mode)(STACK_TRAIN_DROPOUT | STACK_TRAIN_WEIGHT_DROP));
    n->net.forward.weight_drop = d;
}

/* The mask of a matrix of ones, row by row; the caller frees it. */
static float *mask_of(const struct net *n, size_t layer, const struct weight_drop *d,
                      size_t pieces)
{
    const struct param *w = model_param(&n->m, layer, W_HH);
    const size_t panels = w->padded_rows / PANEL;
    real *x = calloc(n->m.set.total, sizeof *x);
    float *ones = malloc(w->rows * w->cols * sizeof *ones);
    for (size_t i = 0; i < w->rows * w->cols; i++)
        ones[i] = 1;
    param_import(w, x, ones);
    for (size_t i = 0; i < pieces; i++)
        weight_drop_rows(d, n->m.k, layer, w, i * panels / pieces,
                         (i + 1) * panels / pieces, x + w->offset, x + w->offset);
    param_export(w, x, ones);
    free(x);
    return ones;
}

static size_t weights_of(const struct net *n)
{
    const struct param *w = model_param(&n->m, 0, W_HH);
    return w->rows * w->cols;
}

/* ------------------------------------------------------------------------- masks */

static void the_share_dropped_is_p_and_the_rest_is_scaled(void)
{
    static const double ps[] = { 0.01, 0.25, 0.5, 0.9 };
    const struct model_shape shape = shape_of(3, 1, 50);
    struct net n;
    init(&n, &shape, ISA_ref, drop);
    const size_t size = weights_of(&n);
    for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
        double kept = 0;
        for (uint64_t key = 0; key < 20; key++) {
            float *mask = mask_of(&n, 0, &(struct weight_drop){ ps[i], key << key }, 1);
            for (size_t j = 0; j < size; j++) {
                CHECK(mask[j] == 0 || mask[j] == (float)(1 / (1 - ps[i])));
                kept += mask[j] != 0;
            }
            free(mask);
        }
        CHECK_MSG(likely(kept, 20.0 * (double)size, 1 - ps[i]), "p %g: kept %g", ps[i],
                  kept / (20.0 * (double)size));
    }
    net_release(&n);
}

static void check_unrelated(const float *a, const float *b, size_t n, const char *what)
{
    CHECK_MSG(likely((double)differing(a, b, n), (double)n, 0.5), "%s: %zu of %zu differ",
              what, differing(a, b, n), n);
}

static void masks_depend_on_key_and_layer(void)
{
    const struct model_shape shape = shape_of(3, 2, 40);
    const struct weight_drop half = { 0.5, 99 };
    struct net n;
    init(&n, &shape, ISA_ref, half);
    float *mask = mask_of(&n, 0, &half, 1), *other = mask_of(&n, 1, &half, 1);
    check_unrelated(mask, other, weights_of(&n), "layer");
    free(other);
    for (int bit = 0; bit < 64; bit++) {
        other = mask_of(&n, 0, &(struct weight_drop){ 0.5, 99 ^ (uint64_t)1 << bit }, 1);
        check_unrelated(mask, other, weights_of(&n), "key");
        free(other);
    }
    free(mask);
    net_release(&n);
}

static void rows_columns_and_gates_have_masks_of_their_own(void)
{
    enum { H = 40 };
    const struct model_shape shape = shape_of(3, 1, H);
    const struct weight_drop half = { 0.5, 7 };
    struct net n;
    init(&n, &shape, ISA_ref, half);
    const size_t size = weights_of(&n), cut = size - (size_t)H * H;
    float *mask = mask_of(&n, 0, &half, 1);
    check_unrelated(mask, mask + 1, size - 1, "columns");
    check_unrelated(mask, mask + H, size - H, "rows");
    check_unrelated(mask, mask + (size_t)H * H, cut, "gates");
    free(mask);
    net_release(&n);
}

static void every_instruction_set_and_every_division_has_the_same_mask(void)
{
    const struct model_shape shape = shape_of(4, 1, 37);
    struct net n, other;
    init(&n, &shape, ISA_ref, drop);
    float *mask = mask_of(&n, 0, &drop, 1);
    for (int isa = 0; isa < ISA_COUNT; isa++)
        if (isa_present((enum isa)isa)) {
            init(&other, &shape, (enum isa)isa, drop);
            float *same = mask_of(&other, 0, &drop, (size_t)isa + 1);
            CHECK_MSG(!differing(mask, same, weights_of(&n)), "%s", other.m.k->name);
            free(same);
            net_release(&other);
        }
    free(mask);
    net_release(&n);
}

/* ----------------------------------------------------------------------- networks */

/* Multiplies an array of the set by the masks of all layers. */
static void mask_array(const struct net *n, const struct weight_drop *d, real *array)
{
    for (size_t l = 0; l < model_layers(&n->m); l++) {
        const struct param *w = model_param(&n->m, l, W_HH);
        real *at = array + w->offset;
        weight_drop_rows(d, n->m.k, l, w, 0, w->padded_rows / PANEL, at, at);
    }
}

static void set_right(struct net *n)
{
    const struct bidir *b = &n->net.bidir;
    if (!n->net.reverse)
        return;
    for (size_t row = 0; row < B; row++)
        b->n[row] = T + 2;
    for (size_t i = 0; i < b->most * B; i++)
        b->text[i] = (int32_t)(i % n->m.shape.symbols);
    network_begin_reverse(&n->net);
}

static int same(const real *a, const real *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

/* By definition, a network with weight drop is a network with masked weights and a masked
 * gradient. */
static void check_network(const struct model_shape *shape, int threads)
{
    struct net n, plain;
    init(&n, shape, best_isa(), drop);
    net_init(&plain, shape, best_isa(), T, B, STACK_TRAIN);
    n.net.forward.dropout = plain.net.forward.dropout =
        (struct dropout){ .p = 0.2, .key = 5 };
    mask_array(&plain, &drop, plain.m.weights);
    pool_run(plain.pool, 1, net_pack_job, &plain);
    set_right(&n);
    set_right(&plain);
    net_train(&n, threads);
    net_train(&plain, 1);
    mask_array(&plain, &drop, plain.g);
    CHECK_MSG(same(n.net.loss, plain.net.loss, T * B), "cell %d, %d threads", shape->cell,
              threads);
    CHECK_MSG(same(n.g, plain.g, n.m.set.total), "cell %d, %d threads", shape->cell,
              threads);
    net_release(&n);
    net_release(&plain);
}

static void a_network_with_weight_drop_is_one_with_masked_weights(void)
{
    for (size_t i = 0; i < NET_CELLS; i++)
        for (int both = 0; both <= 1; both++)
            for (int threads = 1; threads <= 3; threads++) {
                struct model_shape shape = shape_of(i, 2, 20 + 7 * i);
                shape.bidirectional = both;
                check_network(&shape, threads);
            }
}

static void without_a_probability_nothing_changes(void)
{
    const struct model_shape shape = shape_of(3, 2, 24);
    struct net n, plain;
    init(&n, &shape, best_isa(), (struct weight_drop){ 0 });
    net_init(&plain, &shape, best_isa(), T, B, STACK_TRAIN);
    net_train(&n, 2);
    net_train(&plain, 1);
    CHECK(same(n.net.loss, plain.net.loss, T * B) && same(n.g, plain.g, n.m.set.total));
    net_release(&n);
    net_release(&plain);
}

/* Weight drop changes neither the weights nor their packed copies, which validation and
 * samples read. */
static void the_weights_and_their_packed_copies_stay(void)
{
    const struct model_shape shape = shape_of(4, 2, 24);
    struct net n, plain;
    init(&n, &shape, best_isa(), drop);
    net_init(&plain, &shape, best_isa(), T, B, STACK_FORWARD);
    net_train(&n, 2);
    CHECK(same(n.m.weights, plain.m.weights, n.m.set.total));
    CHECK(same(n.m.packed, plain.m.packed, n.m.set.packed_total));
    net_release(&n);
    net_release(&plain);
}

static void the_measured_memory_is_what_is_taken(void)
{
    const struct model_shape shape = shape_of(3, 2, 24);
    struct net n;
    init(&n, &shape, ISA_ref, drop);
    CHECK(network_bytes(&n.m, T, B, n.net.forward.mode) == n.net.arena.size);
    CHECK(network_bytes(&n.m, T, B, STACK_TRAIN_DROPOUT) +
              2 * 2 * model_param(&n.m, 0, W_HH)->size * sizeof(real) ==
          n.net.arena.size);
    net_release(&n);
}

int main(void)
{
    RUN(the_share_dropped_is_p_and_the_rest_is_scaled);
    RUN(masks_depend_on_key_and_layer);
    RUN(rows_columns_and_gates_have_masks_of_their_own);
    RUN(every_instruction_set_and_every_division_has_the_same_mask);
    RUN(a_network_with_weight_drop_is_one_with_masked_weights);
    RUN(without_a_probability_nothing_changes);
    RUN(the_weights_and_their_packed_copies_stay);
    RUN(the_measured_memory_is_what_is_taken);
    return test_end();
}
