/*
 * test_int8.c - int8 weights: compares the int8 GEMM with integer sums on every instruction
 * set, and whole models with the same models in float.
 */
#include <math.h>

#include "net.h"
#include "test.h"

static struct rng rng;

static enum isa best_isa(void)
{
    enum isa best = ISA_ref;
    for (int i = 0; i < ISA_COUNT; i++)
        if (isa_present((enum isa)i))
            best = (enum isa)i;
    return best;
}

static void *room(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    return p ? memset(p, 0, (bytes + 63) / 64 * 64) : (abort(), NULL);
}

/* ---------------------------------------------------------------------- products */

struct shape {
    size_t steps, rows, blocks, panels;
};

/* Numbers of panels near the width of the widest tile; numbers of blocks of k near the
 * longest exact sum (32). */
static const struct shape shapes[] = {
    { 1, 1, 1, 1 },  { 1, 1, 2, 2 },  { 1, 1, 3, 3 },  { 1, 1, 31, 4 },
    { 1, 1, 32, 5 }, { 1, 1, 33, 8 }, { 2, 3, 5, 6 },  { 3, 2, 64, 1 },
    { 1, 5, 65, 4 }, { 2, 1, 7, 9 },  { 4, 7, 2, 12 }, { 1, 2, 96, 3 },
};

struct operands {
    struct gemm_int8 p;
    int16_t *a;
    int8_t *b;
    real *absmax, *scale, *c;
    size_t c_size;
};

/* Strides are larger than necessary, so that a wrong one is noticed. */
static void operands_init(struct operands *o, const struct shape *s, int extreme)
{
    struct gemm_int8 *p = &o->p;
    *p = (struct gemm_int8){
        .steps = s->steps, .rows = s->rows, .blocks = s->blocks, .panels = s->panels
    };
    p->a_panel = (s->rows + 1) * PANEL;
    p->a_stride = s->blocks * p->a_panel + PANEL;
    p->absmax_stride = s->rows + 2;
    p->b_panel = s->blocks * PANEL * PANEL + 32;
    p->scale_panel = 2 * PANEL;
    p->c_panel = (s->rows + 3) * PANEL;
    p->c_stride = s->panels * p->c_panel + PANEL;
    const size_t na = s->steps * p->a_stride, nb = s->panels * p->b_panel;
    o->c_size = s->steps * p->c_stride;
    p->a = o->a = room(na * sizeof *o->a);
    p->b = o->b = room(nb);
    p->absmax = o->absmax = room(s->steps * p->absmax_stride * sizeof(real));
    p->scale = o->scale = room(s->panels * p->scale_panel * sizeof(real));
    p->c = o->c = room(o->c_size * sizeof(real));
    for (size_t i = 0; i < na; i++)
        o->a[i] = extreme ? -32768 : (int16_t)rng_next(&rng);
    for (size_t i = 0; i < nb; i++)
        o->b[i] = extreme ? 127 : (int8_t)(rng_next(&rng) % 255 - 127);
    for (size_t i = 0; i < s->steps * p->absmax_stride; i++)
        o->absmax[i] = (real)(1 + i % 3) * Q16_MAX;
    for (size_t i = 0; i < s->panels * p->scale_panel; i++)
        o->scale[i] = (real)(1 + i % 5) / 4;
}

static void operands_release(struct operands *o)
{
    free(o->a), free(o->b), free(o->absmax), free(o->scale), free(o->c);
}

static double exact(const struct gemm_int8 *p, size_t s, size_t q, size_t r, size_t j)
{
    int64_t sum = 0;
    for (size_t k = 0; k < p->blocks * PANEL; k++)
        sum += (int64_t)
                   p->a[s * p->a_stride + k / PANEL * p->a_panel + r * PANEL + k % PANEL] *
               p->b[q * p->b_panel + k / 2 * 2 * PANEL + j * 2 + k % 2];
    return (double)sum * (double)p->absmax[s * p->absmax_stride + r] / Q16_MAX *
           (double)p->scale[q * p->scale_panel + j];
}

/* The exact integer sums of chunks of k are added in float; that is the only rounding
 * error. */
static void check_product(const struct kernels *k, const struct shape *s, int extreme)
{
    struct operands o;
    operands_init(&o, s, extreme);
    k->gemm_int8(&o.p);
    size_t bad = 0, touched = 0;
    for (size_t g = 0; g < s->steps; g++)
        for (size_t q = 0; q < s->panels; q++)
            for (size_t r = 0; r < s->rows; r++)
                for (size_t j = 0; j < PANEL; j++) {
                    real *c = o.c + g * o.p.c_stride + q * o.p.c_panel + r * PANEL + j;
                    const double x = exact(&o.p, g, q, r, j);
                    bad += !(fabs((double)*c - x) <= 500 + 3e-7 * fabs(x));
                    *c = 0;
                }
    for (size_t i = 0; i < o.c_size; i++)
        touched += o.c[i] != 0;
    CHECK_MSG(bad == 0 && touched == 0, "%s %zu %zu %zu %zu: %zu wrong, %zu elsewhere",
              k->name, s->steps, s->rows, s->blocks, s->panels, bad, touched);
    operands_release(&o);
}

/* The sum of one chunk is an exact integer, so the result is bit for bit that of ref. */
static void check_bits(const struct kernels *k, const struct shape *s)
{
    struct operands o;
    operands_init(&o, s, 0);
    for (size_t i = 0; i < s->steps * o.p.absmax_stride; i++)
        o.absmax[i] = Q16_MAX;
    for (size_t i = 0; i < s->panels * o.p.scale_panel; i++)
        o.scale[i] = 1;
    k->gemm_int8(&o.p);
    real *got = room(o.c_size * sizeof *got);
    memcpy(got, o.c, o.c_size * sizeof *got);
    memset(o.c, 0, o.c_size * sizeof *got);
    kernels_of(ISA_ref)->gemm_int8(&o.p);
    CHECK_MSG(memcmp(got, o.c, o.c_size * sizeof *got) == 0, "%s %zu %zu %zu %zu", k->name,
              s->steps, s->rows, s->blocks, s->panels);
    free(got);
    operands_release(&o);
}

static void int8_products_are_exact_sums_on_every_instruction_set(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            if (isa_present((enum isa)isa)) {
                check_product(kernels_of((enum isa)isa), &shapes[i], 0);
                check_product(kernels_of((enum isa)isa), &shapes[i], 1);
                check_bits(kernels_of((enum isa)isa), &shapes[i]);
            }
}

static void check_quantize(const struct kernels *k)
{
    enum { ROWS = 5 };
    _Alignas(64) real x[ROWS * PANEL];
    const real absmax[ROWS] = { 1, (real)0.37, 250, 0, (real)1e-35 };
    int16_t q[ROWS * PANEL + 1], ref[ROWS * PANEL];
    q[ROWS * PANEL] = 7;
    for (size_t i = 0; i < ROWS * PANEL; i++) /* some are slightly beyond absmax */
        x[i] = (real)(2.2 * rng_uniform(&rng) - 1.1) * absmax[i / PANEL];
    x[3] = 1;
    x[4] = -1;
    k->quantize(x, absmax, q, ROWS);
    kernels_of(ISA_ref)->quantize(x, absmax, ref, ROWS);
    size_t bad = 0;
    for (size_t i = 0; i < 3 * PANEL; i++) {
        const double y = (double)x[i] / (double)absmax[i / PANEL];
        const double held = y > 1 ? 1 : y < -1 ? -1 : y;
        bad += !(fabs(q[i] - held * Q16_MAX) <= (fabs(y) < 1 ? 0.51 : 1.01));
        bad += q[i] != ref[i] && fabs(y) < 1;
    }
    for (size_t i = 3 * PANEL; i < ROWS * PANEL; i++)
        bad += q[i] != 0;
    CHECK_MSG(bad == 0 && q[3] == Q16_MAX && q[4] == -Q16_MAX && q[ROWS * PANEL] == 7,
              "%s: %zu", k->name, bad);
    x[PANEL + 5] = -77;
    CHECK(k->absmax(x, PANEL, 2) == 77);
    CHECK(k->absmax(x + PANEL, 2 * PANEL, 1) == 77);
}

static void numbers_are_rounded_to_the_nearest(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++)
        if (isa_present((enum isa)isa))
            check_quantize(kernels_of((enum isa)isa));
}

/* ------------------------------------------------------------------------- models */

/* Makes an int8 model with the weights of n, and a stack of the same size with the same
 * text. */
static void net_int8(struct net *q, const struct net *n, enum isa isa, int restart)
{
    struct charnn_error e = { 0 };
    *q = (struct net){ .pool = net_pool(), .ids = n->ids, .targets = n->targets };
    if (model_init_int8(&q->m, &n->m.shape, isa, &e) < 0 || model_alloc(&q->m, &e) < 0) {
        printf("Bail out! %s\n", e.message);
        exit(1);
    }
    q->m.reset_id = restart;
    for (size_t i = 0; i < n->m.set.n; i++) {
        const struct param *p = &n->m.set.list[i];
        float *x = room(p->rows * p->cols * sizeof *x);
        param_export(p, n->m.weights, x);
        model_import(&q->m, i, x);
        free(x);
    }
    pool_run(q->pool, 3, net_pack_job, q);
    if (network_init(&q->net, &q->m, n->net.T, n->net.B, STACK_FORWARD, "a test", &e) < 0)
        exit(1);
}

static void int8_release(struct net *q)
{
    network_release(&q->net);
    model_release(&q->m);
}

static const struct odd {
    size_t H, B, embed, layers, V;
    int skip;
} odd[] = {
    { 1, 1, 0, 1, 2, 0 },
    { 17, 5, 16, 2, 65, 0 },
    { 31, 9, 33, 1, 15, 0 },
    { 40, 1, 0, 3, 64, 0 },
    { 70, 23, 12, 2, 96, 0 },
    { 128, 2, 0, 2, 33, 0 },
    { 17, 5, 16, 3, 65, CHARNN_SKIP_RESIDUAL },
    { 31, 2, 0, 4, 20, CHARNN_SKIP_RESIDUAL },
    { 17, 5, 16, 3, 65, CHARNN_SKIP_DENSE },
    { 31, 2, 0, 4, 20, CHARNN_SKIP_DENSE },
};
enum { ODD = sizeof odd / sizeof *odd, T = 7 };

static void logits_job(void *arg, const struct team *team)
{
    struct net *n = arg;
    network_forward(&n->net, n->ids, team);
    network_loss(&n->net, n->targets, team);
    network_logits(&n->net, team);
}

/* Runs two chunks; keeps the losses and the last logits of the second. */
static void two_chunks(struct net *n, int threads)
{
    stack_reset(&n->net.forward);
    pool_run(n->pool, threads, logits_job, n);
    stack_carry(&n->net.forward);
    pool_run(n->pool, threads, logits_job, n);
}

static void net_of(struct net *n, const struct net_cell *cell, const struct odd *o,
                   enum isa isa, int restart)
{
    const struct model_shape shape = { cell->cell,     cell->activation, o->layers,
                                       o->H,           o->embed,         o->V,
                                       .skip = o->skip };
    net_init(n, &shape, isa, T, o->B, STACK_FORWARD);
    n->m.reset_id = restart;
    network_release(&n->net);
    struct charnn_error e;
    if (network_init(&n->net, &n->m, T, o->B, STACK_FORWARD, "a test", &e) < 0)
        exit(1);
}

/* The largest difference of logits; 1e9 if one is NaN. */
static double distance(const struct net *a, const struct net *b)
{
    double most = 0;
    for (size_t i = 0; i < a->net.B * padded(a->m.shape.symbols); i++) {
        const double d =
            fabs((double)a->net.head.logits[i] - (double)b->net.head.logits[i]);
        most = isnan(d) ? 1e9 : fmax(most, d);
    }
    return most;
}

static void check_model(const struct net_cell *cell, const struct odd *o, enum isa isa,
                        int restart)
{
    struct net n, q;
    net_of(&n, cell, o, isa, restart);
    net_int8(&q, &n, isa, restart);
    two_chunks(&n, 2);
    two_chunks(&q, 2);
    CHECK_MSG(distance(&n, &q) < 0.02, "%s %s H %zu restart %d: %g", isa_name(isa),
              cell->name, o->H, restart, distance(&n, &q));
    CHECK_MSG(q.m.set.packed_total == 0 && q.m.set.total < n.m.set.total, "a float copy");
    net_release(&n);
    int8_release(&q);
}

static void logits_are_within_two_hundredths_of_those_of_float_weights(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (size_t c = 0; c < NET_CELLS && isa_present((enum isa)isa); c++)
            for (size_t i = 0; i < ODD; i++)
                check_model(net_cell(c), &odd[i], (enum isa)isa, i % 2 ? -1 : 1);
}

static void check_threads(const struct net_cell *cell, const struct odd *o)
{
    static const int teams[] = { 2, 3, 5 };
    struct net n, q;
    net_of(&n, cell, o, best_isa(), 1);
    net_int8(&q, &n, best_isa(), 1);
    two_chunks(&q, 1);
    const size_t logits = o->B * padded(o->V) * sizeof(real),
                 loss = T * o->B * sizeof(real);
    real *z = memcpy(room(logits), q.net.head.logits, logits);
    real *l = memcpy(room(loss), q.net.loss, loss);
    for (size_t i = 0; i < sizeof teams / sizeof *teams; i++) {
        two_chunks(&q, teams[i]);
        CHECK_MSG(memcmp(z, q.net.head.logits, logits) == 0 &&
                      memcmp(l, q.net.loss, loss) == 0,
                  "%s H %zu B %zu: %d threads", cell->name, o->H, o->B, teams[i]);
    }
    free(z), free(l);
    net_release(&n);
    int8_release(&q);
}

static void any_number_of_threads_gives_the_same_bits(void)
{
    for (size_t c = 0; c < NET_CELLS; c++)
        for (size_t i = 0; i < ODD; i++)
            check_threads(net_cell(c), &odd[i]);
}

static void int8_weights_count_when_threads_are_chosen(void)
{
    const struct model_shape shape = {
        .cell = CHARNN_CELL_LSTM, .layers = 2, .size = 512, .symbols = 65
    };
    struct charnn_error e = { 0 };
    struct model m;
    CHECK(model_init_int8(&m, &shape, best_isa(), &e) == 0);
    const struct network n = { .m = &m, .T = 1, .B = 1 };
    CHECK(network_team(&n) > 1);
    model_release(&m);
}

int main(void)
{
    rng_init(&rng, 3);
    RUN(int8_products_are_exact_sums_on_every_instruction_set);
    RUN(numbers_are_rounded_to_the_nearest);
    RUN(logits_are_within_two_hundredths_of_those_of_float_weights);
    RUN(any_number_of_threads_gives_the_same_bits);
    RUN(int8_weights_count_when_threads_are_chosen);
    pool_free(net_pool());
    return test_end();
}
