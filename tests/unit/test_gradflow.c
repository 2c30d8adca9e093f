/* test_gradflow.c - profiles of gradients through time that can be computed by hand. */
#include <math.h>
#include <stdlib.h>

#include "charnn.h"
#include "inspect/gradflow.h"
#include "inspect/spectrum.h"
#include "nn/network.h"
#include "test.h"

enum { H = 20, V = 5 };

struct net {
    struct model m;
    struct corpus corpus;
    struct pool *pool;
    struct charnn_gradflow flow;
};

static struct pool *pool(void)
{
    static struct pool *p;
    if (!p)
        p = pool_new(3);
    return p;
}

static void pack_job(void *arg, const struct team *team)
{
    model_pack(arg, team);
}

/* Makes the text "abcde", repeated. */
static void read_text(struct corpus *c, size_t n)
{
    unsigned char *text = malloc(n);
    struct charnn_error e;
    for (size_t i = 0; text && i < n; i++)
        text[i] = (unsigned char)('a' + i % V);
    const struct corpus_part part = { "text", text, n };
    if (!text ||
        corpus_read_parts(c, &part, 1, &(struct corpus_options){ .unit = CHARNN_UNIT_CHAR },
                          &e) < 0)
        abort();
    free(text);
}

static void draw(struct model *m, int cell, size_t layers)
{
    const struct model_shape shape = {
        .cell = cell, .layers = layers, .size = H, .symbols = V
    };
    struct charnn_error e;
    struct rng rng;
    rng_init(&rng, 1);
    if (model_init(m, &shape, isa_choose(), &e) < 0 || model_alloc(m, &e) < 0 ||
        model_init_weights(m, &(struct weight_init){ "auto", 0, 0 }, &rng, &e) < 0)
        abort();
}

static void set_bias(struct model *m, size_t gate, float value)
{
    for (size_t j = 0; j < H; j++)
        m->weights[param_at(model_param(m, 0, B_IH), gate * H + j, 0)] = value;
}

static void measure(struct net *n, int64_t length, int64_t rows, double radius)
{
    const struct charnn_gradflow_config config = { .length = length,
                                                   .rows = rows,
                                                   .radius = radius };
    struct charnn_error e = { 0 };
    pool_run(pool(), POOL_ALL, pack_job, &n->m);
    const int status =
        gradflow_measure(&n->m, pool(), &n->corpus, "text", &config, &n->flow, &e);
    CHECK_MSG(status == 0, "%s", e.message);
    if (status < 0)
        exit(1);
}

static void release(struct net *n)
{
    charnn_gradflow_free(&n->flow);
    corpus_release(&n->corpus);
    model_release(&n->m);
}

/* sigmoid(1000) is exactly 1 and sigmoid(-1000) is exactly 0.  The output gate ignores h
 * (its W_hh is zero), so gradients flow back only through c. */
static void an_lstm_that_only_remembers_keeps_c_and_its_gradient_bit_for_bit(void)
{
    struct net n;
    struct network s;
    struct charnn_error e;
    const struct team alone = { .n = 1 };
    const size_t steps = 1000;
    float before[H], after[H];
    int32_t *ids = calloc(steps, sizeof *ids);
    draw(&n.m, CHARNN_CELL_LSTM, 1);
    set_bias(&n.m, 0, -1000);
    set_bias(&n.m, 1, 1000);
    for (size_t r = 3 * H; r < 4 * H; r++)
        for (size_t c = 0; c < H; c++)
            n.m.weights[param_at(model_param(&n.m, 0, W_HH), r, c)] = 0;
    model_pack(&n.m, &alone);
    if (!ids || network_init(&s, &n.m, steps, 1, STACK_TRAIN, "test", &e) < 0)
        abort();
    for (size_t i = 0; i < steps; i++)
        ids[i] = (int32_t)(i * i % V);
    for (size_t j = 0; j < H; j++)
        before[j] = (float)sin((double)j + 1);
    stack_set_state(&s.forward, 0, 1, before);
    network_forward(&s, ids, &alone);
    stack_carry(&s.forward);
    stack_get_state(&s.forward, 0, 1, after);
    CHECK(memcmp(before, after, sizeof before) == 0);
    network_release(&s);
    free(ids);

    read_text(&n.corpus, steps + 1);
    measure(&n, (int64_t)steps, 1, 0);
    const double *dc = n.flow.layers[0].dc;
    CHECK_MSG(dc[0] > 1e-3, "dc %g", dc[0]);
    for (size_t k = 1; k < steps; k++)
        CHECK_MSG(dc[k] == dc[0], "%zu back %.9g, at the end %.9g", k, dc[k], dc[0]);
    CHECK(n.flow.layers[0].forget == 1);
    release(&n);
}

/* The input gate keeps its initial weights: inputs are added and nothing is forgotten. */
static void an_lstm_that_never_forgets_has_a_c_that_grows(void)
{
    struct net n;
    draw(&n.m, CHARNN_CELL_LSTM, 1);
    read_text(&n.corpus, 2000);
    set_bias(&n.m, 1, 1000);
    measure(&n, 400, 4, 0);
    const double *c = n.flow.layers[0].c; /* k steps back */
    CHECK_MSG(c[0] > 1.5 * c[200] && c[200] > 1.5 * c[360],
              "|c| after 40, 200, 400 steps: %g %g %g", c[360], c[200], c[0]);
    release(&n);

    draw(&n.m, CHARNN_CELL_LSTM, 1);
    read_text(&n.corpus, 2000);
    measure(&n, 400, 4, 0);
    c = n.flow.layers[0].c;
    CHECK_MSG(c[0] < 1.1 * c[200], "|c| with a gate: %g, then %g", c[200], c[0]);
    release(&n);
}

static void a_radius_that_was_asked_for_is_there(void)
{
    static const double radii[] = { 0.5, 1, 1.5 };
    for (int cell = 0; cell < CHARNN_CELLS; cell++)
        for (size_t i = 0; i < 3; i++) {
            struct net n;
            draw(&n.m, cell, 2);
            read_text(&n.corpus, 200);
            const struct param *p = model_param(&n.m, 1, W_HH);
            const float first = (float)n.m.weights[param_at(p, 0, 0)];
            measure(&n, 30, 3, radii[i]);
            for (int l = 0; l < 2; l++)
                for (int g = 0; g < n.flow.layers[l].n_gates; g++) {
                    const struct charnn_gradflow_gate *gate = &n.flow.layers[l].gates[g];
                    CHECK_MSG(fabs(gate->radius - radii[i]) < 1e-3 * radii[i],
                              "%s of layer %d: %g", gate->name, l, gate->radius);
                    CHECK(gate->singular >= gate->radius * 0.999);
                }
            CHECK((float)n.m.weights[param_at(p, 0, 0)] == first);
            release(&n);
        }
}

/* In an RNN far from saturation, a smaller W_hh shrinks gradients more in each step. */
static void a_smaller_w_hh_fades_faster(void)
{
    double last[3];
    for (int i = 0; i < 3; i++) {
        struct net n;
        draw(&n.m, CHARNN_CELL_RNN, 1);
        read_text(&n.corpus, 200);
        measure(&n, 30, 4, 0.4 + 0.4 * i);
        last[i] = n.flow.layers[0].dh[29] / n.flow.layers[0].dh[0];
        release(&n);
    }
    CHECK_MSG(last[0] < 0.01 * last[1] && last[1] < 0.1 * last[2], "%g %g %g", last[0],
              last[1], last[2]);
}

static double radius_of(const double *w, size_t n)
{
    double scratch[2 * 9];
    return spectrum_radius(w, n, scratch);
}

static double singular_of(const double *w, size_t n)
{
    double scratch[2 * 3];
    return spectrum_singular_value(w, n, scratch);
}

static int near(double a, double b)
{
    return fabs(a - b) <= 3e-4 * fabs(b);
}

static void radius_and_singular_value_are_those_of_the_book(void)
{
    /* a rotation by 90 degrees times 0.9: eigenvalues +-0.9 i; the matrix is normal, so its
     * spectral radius and its largest singular value are both 0.9 */
    const double turn[] = { 0, -0.9, 0.9, 0 };
    /* eigenvalues 0.5 and 0.25 on the diagonal; sigma of [[a b] [0 d]]:
     * s^2 = (S + sqrt(S^2 - 4 a^2 d^2)) / 2, S = a^2 + b^2 + d^2 = 16.3125 -> 4.0387 */
    const double shear[] = { 0.5, 4, 0, 0.25 };
    const double nilpotent[] = { 0, 9, 0, 0 };
    const double zero[9] = { 0 };
    /* a cycle of three, scaled by 2, 3, 4: eigenvalues are the cube roots of 24 */
    const double cycle[] = { 0, 2, 0, 0, 0, 3, 4, 0, 0 };
    const double huge[] = { 1e38, 0, 0, 1e38 };
    CHECK(near(radius_of(turn, 2), 0.9) && near(singular_of(turn, 2), 0.9));
    CHECK(near(radius_of(shear, 2), 0.5));
    CHECK_MSG(near(singular_of(shear, 2), 4.03887), "%.6f", singular_of(shear, 2));
    CHECK(radius_of(nilpotent, 2) == 0 && near(singular_of(nilpotent, 2), 9));
    CHECK(radius_of(zero, 3) == 0 && singular_of(zero, 3) == 0);
    CHECK(near(radius_of(cycle, 3), 2.884499) && near(singular_of(cycle, 3), 4));
    CHECK(near(radius_of(huge, 2), 1e38));
    CHECK(isnan(radius_of((const double[]){ NAN }, 1)));
}

static void the_result_does_not_depend_on_threads(void)
{
    struct net n;
    struct charnn_gradflow other;
    struct charnn_error e;
    const struct charnn_gradflow_config config = { .length = 64, .rows = 40 };
    draw(&n.m, CHARNN_CELL_LSTM, 2);
    read_text(&n.corpus, 500);
    measure(&n, 64, 40, 0);
    struct pool *one = pool_new(1);
    CHECK(gradflow_measure(&n.m, one, &n.corpus, "text", &config, &other, &e) == 0);
    for (int l = 0; l < 2; l++) {
        const struct charnn_gradflow_layer *a = &n.flow.layers[l], *b = &other.layers[l];
        CHECK(memcmp(a->dh, b->dh, 64 * sizeof *a->dh) == 0);
        CHECK(memcmp(a->dc, b->dc, 64 * sizeof *a->dc) == 0);
        CHECK(memcmp(a->dw, b->dw, 64 * sizeof *a->dw) == 0);
    }
    charnn_gradflow_free(&other);
    pool_free(one);
    release(&n);
}

/* If no elements are merged into blocks, the sum of the squares of a map is the squared
 * norm of the step's outer product.  With a single sequence, that is the reported norm. */
static void a_map_is_the_matrix_whose_norm_is_reported(void)
{
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
        struct net n;
        draw(&n.m, cell, 1);
        read_text(&n.corpus, 100);
        measure(&n, 30, 1, 0);
        CHECK(n.flow.n_maps == 4 && n.flow.map_columns == H);
        for (int64_t i = 0; i < n.flow.n_maps; i++) {
            const struct charnn_gradflow_map *map = &n.flow.maps[i];
            const int64_t R = n.flow.map_rows, all = (int64_t)n.m.cell->gates * H;
            double squares = 0;
            for (int64_t r = 0; r < R; r++)
                for (int64_t c = 0; c < H; c++) {
                    const double z = map->z[r * H + c];
                    const int64_t rows = (r < all % R) + all / R;
                    squares += z * z * (double)rows;
                }
            const double want = n.flow.layers[0].dw[map->back];
            CHECK_MSG(fabs(sqrt(squares) - want) < 1e-4 * want, "cell %d, %d back: %g, %g",
                      cell, (int)map->back, sqrt(squares), want);
        }
        release(&n);
    }
}

static void what_cannot_be_measured_is_refused(void)
{
    static const struct {
        struct charnn_gradflow_config config;
        int usage;
        const char *says;
    } bad[] = {
        { { 50, 4, 0, CHARNN_UNKNOWN_AUTO },
          0,
          "text: 50 characters are too few for a sequence of 50" },
        { { 0, 4, 0, CHARNN_UNKNOWN_AUTO }, 1, "`length` and `rows`" },
        { { 10, 0, 0, CHARNN_UNKNOWN_AUTO }, 1, "`length` and `rows`" },
        { { 5000, 4, 0, CHARNN_UNKNOWN_AUTO }, 1, "`length` and `rows`" },
        { { 10, 5000, 0, CHARNN_UNKNOWN_AUTO }, 1, "`length` and `rows`" },
        { { 10, 4, -1, CHARNN_UNKNOWN_AUTO }, 1, "the spectral radius" },
        { { 10, 4, NAN, CHARNN_UNKNOWN_AUTO }, 1, "the spectral radius" },
    };
    struct net n;
    draw(&n.m, CHARNN_CELL_RNN, 1);
    read_text(&n.corpus, 50);
    pool_run(pool(), 1, pack_job, &n.m);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct charnn_error e = { 0 };
        CHECK(gradflow_measure(&n.m, pool(), &n.corpus, "text", &bad[i].config, &n.flow,
                               &e) < 0);
        CHECK_MSG(e.usage == bad[i].usage && strstr(e.message, bad[i].says), "%zu: %s", i,
                  e.message);
        CHECK(n.flow.layers == NULL);
    }
    measure(&n, 49, 4, 0); /* a text of 50 characters has only one sequence of 49 */
    release(&n);
}

static void weights_that_are_too_large_are_an_error(void)
{
    const struct charnn_gradflow_config config = { .length = 8, .rows = 2 };
    struct charnn_error e = { 0 };
    struct net n;
    draw(&n.m, CHARNN_CELL_LSTM, 1);
    read_text(&n.corpus, 50);
    for (size_t i = 0; i < n.m.set.total; i++)
        n.m.weights[i] = i % 2 ? 3e38f : -3e38f;
    pool_run(pool(), POOL_ALL, pack_job, &n.m);
    CHECK(gradflow_measure(&n.m, pool(), &n.corpus, "text", &config, &n.flow, &e) < 0);
    CHECK_MSG(strstr(e.message, "logits are not finite"), "%s", e.message);
    CHECK(n.flow.layers == NULL);
    release(&n);
}

int main(void)
{
    RUN(an_lstm_that_only_remembers_keeps_c_and_its_gradient_bit_for_bit);
    RUN(an_lstm_that_never_forgets_has_a_c_that_grows);
    RUN(a_radius_that_was_asked_for_is_there);
    RUN(a_smaller_w_hh_fades_faster);
    RUN(radius_and_singular_value_are_those_of_the_book);
    RUN(the_result_does_not_depend_on_threads);
    RUN(a_map_is_the_matrix_whose_norm_is_reported);
    RUN(what_cannot_be_measured_is_refused);
    RUN(weights_that_are_too_large_are_an_error);
    pool_free(pool());
    return test_end();
}
