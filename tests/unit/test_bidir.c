/*
 * test_bidir.c - bidirectional networks: the characters that a prediction depends on; the
 * same bits for any number of threads and any division into chunks. (Gradients:
 * tests/double; PyTorch: test_golden.c.)
 */

#include "net.h"
#include "test.h"

enum { T = 6, B = 3, V = 13, AHEAD = 9, N = T + 1 + AHEAD };

/* Rows of text x_0 ... x_(N-1).  The chunk predicts x_1 ... x_T, and row b ends `less[b]`
 * characters before N. */
struct text {
    int32_t x[N][B];
    int32_t less[B];
};

static struct text random_rows(uint64_t seed)
{
    struct text text = { .less = { 0, 3, AHEAD } };
    struct rng rng;
    rng_init(&rng, seed);
    for (size_t i = 0; i < N; i++)
        for (size_t b = 0; b < B; b++)
            text.x[i][b] = (int32_t)(rng_next(&rng) % V);
    return text;
}

static void start(struct net *n, const struct net_cell *cell, size_t layers, size_t H,
                  size_t embed, enum stack_mode mode)
{
    const struct model_shape shape = {
        .cell = cell->cell,
        .activation = cell->activation,
        .layers = layers,
        .size = H,
        .embed = embed,
        .symbols = V,
        .bidirectional = 1,
    };
    net_init(n, &shape, (enum isa)isa_choose(), T, B, mode);
}

/* Fills in steps [from, from + n->net.T) of the text; the targets are the next characters
 * of `wanted`. */
static void put(struct net *n, const struct text *text, const struct text *wanted,
                size_t from)
{
    const struct bidir *bidir = &n->net.bidir;
    const size_t steps = n->net.T;
    for (size_t t = 0; t < steps; t++)
        for (size_t b = 0; b < B; b++) {
            n->ids[t * B + b] = text->x[from + t][b];
            n->targets[t * B + b] = wanted->x[from + t + 1][b];
        }
    for (size_t b = 0; b < B; b++) {
        bidir->n[b] = N - 2 - (int32_t)from - text->less[b];
        for (size_t i = 0; (int32_t)i < bidir->n[b]; i++)
            bidir->text[i * B + b] = text->x[from + 2 + i][b];
    }
    network_begin_reverse(&n->net);
}

/* Computes the losses of the chunk in loss[T][B]. */
static void losses(struct net *n, const struct text *text, const struct text *wanted,
                   real loss[T * B])
{
    put(n, text, wanted, 0);
    stack_reset(&n->net.forward);
    net_loss(n, 1);
    memcpy(loss, n->net.loss, T * B * sizeof *loss);
}

/* Whether changing the character `at` in row b changes the loss at step t of that row. */
static int sees(struct net *n, size_t t, size_t at, size_t b)
{
    const struct text text = random_rows(1);
    struct text other = text;
    real before[T * B], after[T * B];
    losses(n, &text, &text, before);
    other.x[at][b] = (other.x[at][b] + 1) % V;
    losses(n, &other, &text, after);
    return before[t * B + b] != after[t * B + b];
}

static void a_prediction_sees_what_is_around_it_but_not_itself(void)
{
    for (size_t c = 0; c < NET_CELLS; c++)
        for (size_t layers = 1; layers <= 3; layers++) {
            struct net n;
            start(&n, net_cell(c), layers, 17, 5 * (layers % 2), STACK_FORWARD);
            for (size_t t = 0; t < T; t++)
                for (size_t at = t > 0 ? t - 1 : 0; at < t + 4;
                     at++) /* the influence fades with distance */
                    CHECK_MSG(sees(&n, t, at, 0) == (at != t + 1),
                              "%s, %zu layers: prediction %zu, character %zu",
                              net_cell(c)->name, layers, t + 1, at);
            net_release(&n);
        }
}

static void a_prediction_sees_nothing_past_the_end_of_its_row(void)
{
    struct net n;
    start(&n, net_cell(4), 1, 9, 0, STACK_FORWARD);
    for (size_t t = 0; t < T; t++) {
        CHECK(sees(&n, t, N - 4, 1) && !sees(&n, t, N - 3, 1));
        CHECK(sees(&n, t, T, 2) == (t + 1 != T) && !sees(&n, t, T + 1, 2));
    }
    net_release(&n);
}

static void the_last_prediction_of_a_text_is_made_from_the_left_alone(void)
{
    const struct text text = random_rows(2);
    real loss[T * B], alone[T * B];
    struct net n;
    start(&n, net_cell(3), 2, 20, 0, STACK_FORWARD);
    losses(&n, &text, &text, loss);
    for (size_t l = 2; l < 4; l++) /* layers of the reverse stack */
        for (int which = 0; which < LAYER_PARAMS; which++) {
            const struct param *p = model_param(&n.m, l, which);
            memset(n.m.weights + p->offset, 0, p->size * sizeof(real));
        }
    pool_run(n.pool, 1, net_pack_job, &n);
    losses(&n, &text, &text, alone);
    CHECK(loss[(T - 1) * B + 2] == alone[(T - 1) * B + 2]);
    CHECK(loss[(T - 2) * B + 2] != alone[(T - 2) * B + 2]);
    net_release(&n);
}

static void chunks_one_after_another_give_the_same_bits(void)
{
    const struct text text = random_rows(3);
    real loss[T * B];
    for (size_t c = 0; c < NET_CELLS; c++) {
        struct net n;
        start(&n, net_cell(c), 2, 18, 0, STACK_FORWARD);
        losses(&n, &text, &text, loss);
        stack_reset(&n.net.forward);
        network_shorten(&n.net, T / 2);
        for (size_t from = 0; from < T; from += T / 2) {
            put(&n, &text, &text, from);
            net_loss(&n, 1);
            stack_carry(&n.net.forward);
            CHECK_MSG(memcmp(n.net.loss, loss + from * B, T / 2 * B * sizeof *loss) == 0,
                      "%s from %zu", net_cell(c)->name, from);
        }
        net_release(&n);
    }
}

static void the_bits_are_the_same_for_any_number_of_threads(void)
{
    const struct text text = random_rows(4);
    const size_t sizes[] = { 1, 16, 33 };
    for (size_t c = 0; c < NET_CELLS; c++)
        for (size_t i = 0; i < 3; i++) {
            struct net n;
            start(&n, net_cell(c), 1 + i, sizes[i], 7 * (i % 2), STACK_TRAIN);
            n.net.forward.dropout = (struct dropout){ .p = 0.3, .key = 99 };
            put(&n, &text, &text, 0);
            net_train(&n, 1);
            real *g = malloc(n.m.set.total * sizeof *g);
            memcpy(g, n.g, n.m.set.total * sizeof *g);
            for (int threads = 2; threads <= 5; threads++) {
                net_train(&n, threads);
                CHECK_MSG(memcmp(n.g, g, n.m.set.total * sizeof *g) == 0,
                          "%s, %d threads, size %zu", net_cell(c)->name, threads, sizes[i]);
            }
            free(g);
            net_release(&n);
        }
}

/* How many units are dropped in step k, row 0, of a stack's output.  *same: how many of
 * these are also dropped in another stack. */
static size_t dropped(const struct stack *s, const struct stack *other, size_t k,
                      size_t *same)
{
    const struct dense x = stack_output(s), y = stack_output(other);
    size_t n = 0;
    *same = 0;
    for (size_t j = 0; j < s->m->shape.size; j++) {
        const size_t at = j / PANEL * s->B * PANEL + j % PANEL;
        n += x.x[k * x.stride + at] == 0;
        *same += x.x[k * x.stride + at] == 0 && y.x[k * y.stride + at] == 0;
    }
    return n;
}

static void dropout_has_masks_of_its_own_on_either_side(void)
{
    enum { H = 64 };
    const struct text text = random_rows(6);
    struct net n;
    start(&n, net_cell(3), 1, H, 0, STACK_TRAIN);
    n.net.forward.dropout = (struct dropout){ .p = 0.5, .key = 3 };
    put(&n, &text, &text, 0);
    net_train(&n, 1);
    for (size_t k = 0; k < T; k++) {
        size_t same;
        const size_t left = dropped(&n.net.forward, n.net.reverse, k, &same);
        const size_t right = dropped(n.net.reverse, &n.net.forward, k, &same);
        CHECK_MSG(left > H / 4 && right > H / 4 && same < right, "step %zu: %zu, %zu, %zu",
                  k, left, right, same);
    }
    net_release(&n);
}

static void padding_stays_zero(void)
{
    const struct text text = random_rows(5);
    struct net n;
    start(&n, net_cell(2), 2, 17, 0, STACK_TRAIN); /* sigmoid(0) is 0.5, not 0 */
    put(&n, &text, &text, 0);
    net_train(&n, 2);
    const struct param *head = &n.m.set.list[n.m.head];
    for (size_t r = 0; r < head->rows; r++)
        for (size_t c = 0; c < head->cols; c++)
            n.g[param_at(head, r, c)] = 0;
    for (size_t i = 0; i < head->size; i++)
        CHECK(n.g[head->offset + i] == 0);
    net_release(&n);
}

static void the_bytes_said_are_those_taken(void)
{
    struct net n;
    start(&n, net_cell(3), 2, 20, 4, STACK_TRAIN);
    CHECK(network_bytes(&n.m, T, B, STACK_TRAIN_DROPOUT) == n.net.arena.size);
    net_release(&n);
}

int main(void)
{
    RUN(a_prediction_sees_what_is_around_it_but_not_itself);
    RUN(a_prediction_sees_nothing_past_the_end_of_its_row);
    RUN(the_last_prediction_of_a_text_is_made_from_the_left_alone);
    RUN(chunks_one_after_another_give_the_same_bits);
    RUN(the_bits_are_the_same_for_any_number_of_threads);
    RUN(dropout_has_masks_of_its_own_on_either_side);
    RUN(padding_stays_zero);
    RUN(the_bytes_said_are_those_taken);
    return test_end();
}
