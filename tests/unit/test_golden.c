/*
 * test_golden.c - compares whole networks with what PyTorch computed
 * (tests/golden/README.md).
 *
 * Every file is run on every instruction set of this machine, in one and in three threads.
 * Logits and gradients may differ by 1e-5 of the tensor's largest entry, and loss curves by
 * 1e-4 nats.  The largest difference of each is printed.
 */
#include <math.h>
#include <stdlib.h>

#include "charnn.h"
#include "ckpt/safetensors.h"
#include "nn/network.h"
#include "config/config.h"
#include "test.h"
#include "train/optim.h"

// clang-format off
static const char *const names[] = {
    "rnn-tanh-1", "rnn-tanh-2", "rnn-relu-1", "rnn-relu-2", "lstm-1",
    "lstm-2",     "gru-1",      "gru-2",      "gru-2-embed", "rnn-tanh-3-residual",
    "lstm-3-residual", "lstm-3-dense", "gru-3-dense", "rnn-relu-1-both",
    "lstm-2-both", "gru-2-both", "lstm-2-drop", "gru-2-both-drop", "optimizers",
};
// clang-format on
static const int team_sizes[] = { 1, 3 };

struct net {
    const char *name; /* name of the file, for messages */
    struct st_file file;
    struct model m;
    struct network net;
    struct pool *pool;
    int threads;
    double limit; /* the largest allowed difference of a tensor */
    size_t T, B;
    int32_t *ids, *targets; /* [T][B] */
    real *g;                /* [set.total] */
    /* for a training run */
    struct charnn_config config;
    struct optim optim;
    struct arena slots;
    int64_t step;
};

/* ----------------------------------------------------------------------- set-up */

static void require(int condition, const char *what, const char *detail)
{
    if (!condition) {
        printf("Bail out! %s: %s\n", what, detail);
        exit(1);
    }
}

static const struct st_tensor *find(const struct net *n, const char *prefix,
                                    const char *name)
{
    char full[ST_NAME];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    const struct st_tensor *t = st_find(&n->file, full);
    require(t != NULL, n->name, full);
    return t;
}

static void *numbers(size_t n, size_t each)
{
    void *x = calloc(n ? n : 1, each);
    require(x != NULL, "memory", "none left");
    return x;
}

/* The values of the tensor; the caller frees them. */
static float *values(const struct st_tensor *t)
{
    float *x = numbers(t->count, sizeof *x);
    st_get_f32(t, x);
    return x;
}

static struct model_shape shape_of(const struct net *n)
{
    const char *cell = st_metadata(&n->file, "cell");
    const char *activation = st_metadata(&n->file, "activation");
    const struct st_tensor *embed = st_find(&n->file, "embed.weight");
    const char *skip = st_metadata(&n->file, "skip");
    require(cell && activation, n->name, "no cell in its metadata");
    return (struct model_shape){
        .cell = !strcmp(cell, "rnn")   ? CHARNN_CELL_RNN
                : !strcmp(cell, "gru") ? CHARNN_CELL_GRU
                                       : CHARNN_CELL_LSTM,
        .activation =
            !strcmp(activation, "relu") ? CHARNN_ACTIVATION_RELU : CHARNN_ACTIVATION_TANH,
        .layers = (size_t)find(n, "", "h0")->shape[0],
        .size = (size_t)find(n, "", "h0")->shape[2],
        .embed = embed ? (size_t)embed->shape[1] : 0,
        .symbols = (size_t)find(n, "", "head.bias")->shape[0],
        .skip = !skip                    ? CHARNN_SKIP_NONE
                : !strcmp(skip, "dense") ? CHARNN_SKIP_DENSE
                                         : CHARNN_SKIP_RESIDUAL,
        .bidirectional = st_find(&n->file, "right") != NULL,
    };
}

static void pack_job(void *arg, const struct team *team)
{
    model_pack(&((struct net *)arg)->m, team);
}

static void import_weights(struct net *n)
{
    for (size_t i = 0; i < n->m.set.n; i++) {
        const struct param *p = &n->m.set.list[i];
        float *x = values(find(n, "", p->name));
        param_import(p, n->m.weights, x);
        free(x);
    }
    pool_run(n->pool, n->threads, pack_job, n);
}

static void import_state(struct net *n)
{
    for (int kind = 0; kind < (int)n->m.cell->states; kind++) {
        float *x = values(find(n, "", kind ? "c0" : "h0"));
        for (size_t l = 0; l < n->m.shape.layers; l++)
            stack_set_state(&n->net.forward, l, kind, x + l * n->B * n->m.shape.size);
        free(x);
    }
}

static void import_right(struct net *n)
{
    const struct bidir *b = &n->net.bidir;
    if (!n->net.reverse)
        return;
    require(find(n, "", "right")->count <= b->most * n->B, n->name, "right");
    st_get(find(n, "", "right"), ST_I32, b->text);
    st_get(find(n, "", "right.n"), ST_I32, b->n);
    network_begin_reverse(&n->net);
}

static void clear_gradient(struct net *n)
{
    memset(n->g, 0, n->m.set.total * sizeof *n->g);
}

/* The file does not have the masks, only the values that are hashed to make them. */
static struct weight_drop weight_drop_of(const struct net *n)
{
    const char *p = st_metadata(&n->file, "weight-drop");
    const char *key = st_metadata(&n->file, "weight-drop-key");
    if (!p || !key)
        return (struct weight_drop){ 0 };
    return (struct weight_drop){ strtod(p, NULL), strtoull(key, NULL, 10) };
}

static void set_up(struct net *n, const char *name, enum isa isa, int threads)
{
    char path[200];
    struct charnn_error e = { 0 };
    *n = (struct net){
        .name = name, .threads = threads, .limit = 1e-5, .pool = pool_new(threads)
    };
    snprintf(path, sizeof path, "tests/golden/%s.safetensors", name);
    require(n->pool && st_read(&n->file, path, &e) == 0, name, e.message);
    const struct st_tensor *inputs = find(n, "", "inputs");
    const struct model_shape shape = shape_of(n);
    const struct weight_drop drop = weight_drop_of(n);
    n->T = (size_t)inputs->shape[0];
    n->B = (size_t)inputs->shape[1];
    n->ids = numbers(inputs->count, sizeof *n->ids);
    n->targets = numbers(inputs->count, sizeof *n->targets);
    st_get(inputs, ST_I32, n->ids);
    st_get(find(n, "", "targets"), ST_I32, n->targets);
    require(model_init(&n->m, &shape, isa, &e) == 0 && model_alloc(&n->m, &e) == 0 &&
                network_init(&n->net, &n->m, n->T, n->B,
                             drop.p > 0 ? STACK_TRAIN_WEIGHT_DROP : STACK_TRAIN, "a test",
                             &e) == 0,
            name, e.message);
    n->net.forward.weight_drop = drop;
    n->g = aligned_alloc(64, n->m.set.total * sizeof *n->g); /* total is a multiple of 16 */
    require(n->g != NULL, "memory", "none left");
    clear_gradient(n);
    import_weights(n);
    import_state(n);
    import_right(n);
}

static void tear_down(struct net *n)
{
    free(n->ids);
    free(n->targets);
    free(n->g);
    network_release(&n->net);
    model_release(&n->m);
    arena_release(&n->slots);
    st_release(&n->file);
    pool_free(n->pool);
}

/* ------------------------------------------------------------------- comparisons */

/* Compares the results for one file; returns the largest difference of a tensor. */
typedef double compare_fn(struct net *n);

/* The largest |ours - theirs|, relative to the largest |theirs|. */
static double apart(const struct net *n, const char *name, const float *ours,
                    const struct st_tensor *t)
{
    double largest = 0, worst = 0;
    float *theirs = values(t);
    for (size_t i = 0; i < t->count; i++) {
        const double d = fabs((double)ours[i] - (double)theirs[i]);
        worst = d <= worst ? worst : d; /* NaN counts as the worst */
        largest = fmax(largest, fabs((double)theirs[i]));
    }
    free(theirs);
    worst = largest > 0 ? worst / largest : INFINITY;
    CHECK_MSG(worst <= n->limit, "%s on %s, %d threads: %s is %.1e apart", n->name,
              n->m.k->name, n->threads, name, worst);
    return worst;
}

static void sweep(const char *const *files, size_t n_files, compare_fn *compare)
{
    double worst = 0;
    for (size_t f = 0; f < n_files; f++)
        for (int isa = 0; isa < ISA_COUNT; isa++)
            for (size_t i = 0; i < 2 && isa_present((enum isa)isa); i++) {
                struct net n;
                set_up(&n, files[f], (enum isa)isa, team_sizes[i]);
                const double w = compare(&n);
                worst = w <= worst ? worst : w;
                tear_down(&n);
            }
    printf("# the worst is %.1e apart\n", worst);
}

#define SWEEP(compare) sweep(names, sizeof names / sizeof *names, compare)

/* ------------------------------------------------------------------------ logits */

struct logits {
    struct net *n;
    float *out; /* [T][B][V] */
};

static void forward_job(void *arg, const struct team *team)
{
    const struct net *n = arg;
    network_forward(&n->net, n->ids, team);
}

/* Computes the logits of step t in the single block of head_logits, as in sampling. */
static void logits_at(const struct net *n, size_t t, const struct team *team)
{
    const struct dense x = network_head_input(&n->net);
    head_logits(&n->net.head, n->m.weights, &x, t, team);
    team_barrier(team);
}

static void logits_job(void *arg, const struct team *team)
{
    const struct logits *l = arg;
    const struct net *n = l->n;
    const size_t V = n->m.shape.symbols;
    for (size_t t = 0; t < n->T; t++) {
        logits_at(n, t, team);
        for (size_t i = 0; i < n->B * V && team->id == 0; i++) {
            const size_t b = i / V, v = i % V;
            l->out[t * n->B * V + i] =
                (float)n->net.head.logits[(v / PANEL * n->B + b) * PANEL + v % PANEL];
        }
        team_barrier(team);
    }
}

static double compare_logits(struct net *n)
{
    const struct st_tensor *t = find(n, "", "logits");
    struct logits l = { n, numbers(t->count, sizeof *l.out) };
    pool_run(n->pool, n->threads, forward_job, n);
    pool_run(n->pool, n->threads, logits_job, &l);
    const double worst = apart(n, "logits", l.out, t);
    free(l.out);
    return worst;
}

static void logits_are_pytorchs(void)
{
    SWEEP(compare_logits);
}

/* --------------------------------------------------------------------- gradients */

static void train_job(void *arg, const struct team *team)
{
    struct net *n = arg;
    network_forward(&n->net, n->ids, team);
    network_backward(&n->net, n->ids, n->targets, (real)(1 / (double)(n->T * n->B)), n->g,
                     team);
}

static double mean_loss(const struct net *n)
{
    double sum = 0;
    for (size_t i = 0; i < n->T * n->B; i++)
        sum += (double)n->net.loss[i];
    return sum / (double)(n->T * n->B);
}

static double compare_gradients(struct net *n)
{
    pool_run(n->pool, n->threads, train_job, n);
    const float loss = (float)mean_loss(n);
    double worst = apart(n, "loss", &loss, find(n, "", "loss"));
    for (size_t i = 0; i < n->m.set.n; i++) {
        const struct param *p = &n->m.set.list[i];
        float *ours = numbers(p->rows * p->cols, sizeof *ours);
        param_export(p, n->g, ours);
        worst = fmax(worst, apart(n, p->name, ours, find(n, "grad.", p->name)));
        free(ours);
    }
    return worst;
}

static void the_loss_and_all_gradients_are_pytorchs(void)
{
    SWEEP(compare_gradients);
}

/* The gradient of the state before the first step, in the order [L][B][H]. */
static void state_gradient(const struct net *n, size_t kind, float *out)
{
    const size_t H = n->m.shape.size, plane = n->net.forward.layers[0].plane;
    for (size_t l = 0; l < n->m.shape.layers; l++) {
        const real *d = n->net.forward.dstate + (l * n->m.cell->states + kind) * plane;
        for (size_t b = 0; b < n->B; b++)
            for (size_t j = 0; j < H; j++)
                *out++ = (float)d[(j / PANEL * n->B + b) * PANEL + j % PANEL];
    }
}

static double compare_state_gradients(struct net *n)
{
    double worst = 0;
    pool_run(n->pool, n->threads, train_job, n);
    for (size_t kind = 0; kind < n->m.cell->states; kind++) {
        const char *name = kind ? "grad.c0" : "grad.h0";
        const struct st_tensor *t = find(n, "", name);
        float *ours = numbers(t->count, sizeof *ours);
        state_gradient(n, kind, ours);
        worst = fmax(worst, apart(n, name, ours, t));
        free(ours);
    }
    return worst;
}

static void gradients_of_the_carried_in_state_are_pytorchs(void)
{
    SWEEP(compare_state_gradients);
}

/* ------------------------------------------------------------------- loss curves */

/* Plain settings, with the changes in a list like "optimizer=adam learning-rate=0.002". */
static struct charnn_config settings(const char *text)
{
    struct charnn_config c = config_plain();
    struct charnn_error e = { 0 };
    char copy[200], *rest = copy;
    c.clip = c.clip_value = c.weight_decay = c.momentum = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        char *value = strchr(word, '=');
        require(value != NULL, text, "a setting without a value");
        *value = '\0';
        require(charnn_config_set(&c, word, value + 1, &e) == 0, text, e.message);
    }
    return c;
}

static void prepare(struct net *n, const char *text)
{
    struct charnn_error e = { 0 };
    n->config = settings(text);
    n->optim = (struct optim){ .k = n->m.k, .config = &n->config, .total = n->m.set.total };
    n->step = 0;
    arena_release(&n->slots);
    n->slots = (struct arena){ 0 };
    optim_plan(&n->optim, &n->slots);
    require(arena_alloc(&n->slots, "a test", &e) == 0, n->name, e.message);
    optim_plan(&n->optim, &n->slots);
    import_weights(n);
}

static void step_job(void *arg, const struct team *team)
{
    struct net *n = arg;
    if (team->id == 0)
        clear_gradient(n);
    team_barrier(team);
    train_job(n, team);
    optim_step(&n->optim, n->m.weights, n->g, n->step, n->config.learning_rate, team);
    model_pack(&n->m, team);
}

/* Trains, and returns the largest difference, in nats, of the losses before each step. */
static double follow(struct net *n, const char *name, const struct st_tensor *t)
{
    double worst = 0;
    float *theirs = values(t);
    for (n->step = 0; n->step < (int64_t)t->count; n->step++) {
        pool_run(n->pool, n->threads, step_job, n);
        const double d = fabs(mean_loss(n) - (double)theirs[n->step]);
        worst = d <= worst ? worst : d;
    }
    free(theirs);
    CHECK_MSG(worst <= 1e-4, "%s on %s, %d threads: %s is %.1e nats apart", n->name,
              n->m.k->name, n->threads, name, worst);
    return worst;
}

static double compare_curves(struct net *n)
{
    double worst = 0;
    int curves = 0;
    for (size_t i = 0; i < n->file.n_meta; i++) {
        const struct st_meta *meta = &n->file.meta[i];
        if (strncmp(meta->key, "curve.", 6) != 0)
            continue;
        prepare(n, meta->value);
        worst = fmax(worst, follow(n, meta->key, find(n, "", meta->key)));
        curves++;
    }
    CHECK(curves > 0);
    return worst;
}

static void fifty_adam_steps_follow_pytorchs(void)
{
    sweep(names, sizeof names / sizeof *names - 1, compare_curves);
}

static void every_optimizer_follows_pytorchs(void)
{
    sweep(names + sizeof names / sizeof *names - 1, 1, compare_curves);
}

/* ------------------------------------------------------------------ deliberate errors */

/* Exchanges the second and third gate of a bias, as if the order of gates were
 * different. */
static void exchange_gates(struct net *n)
{
    const struct param *p = model_param(&n->m, 0, B_IH);
    const size_t H = n->m.shape.size;
    for (size_t j = 0; j < H; j++) {
        real *a = &n->m.weights[param_at(p, H + j, 0)];
        real *b = &n->m.weights[param_at(p, 2 * H + j, 0)], keep = *a;
        *a = *b;
        *b = keep;
    }
    pool_run(n->pool, n->threads, pack_job, n);
}

static void another_order_of_gates_is_noticed(void)
{
    const char *const files[] = { "lstm-1", "gru-1" };
    for (int i = 0; i < 2; i++) {
        struct net n;
        set_up(&n, files[i], ISA_ref, 1);
        n.limit = INFINITY;
        CHECK(compare_logits(&n) < 1e-5 && compare_gradients(&n) < 1e-5);
        clear_gradient(&n);
        exchange_gates(&n);
        CHECK(compare_logits(&n) > 1e-2 && compare_gradients(&n) > 1e-2);
        tear_down(&n);
    }
}

int main(void)
{
    RUN(logits_are_pytorchs);
    RUN(the_loss_and_all_gradients_are_pytorchs);
    RUN(gradients_of_the_carried_in_state_are_pytorchs);
    RUN(fifty_adam_steps_follow_pytorchs);
    RUN(every_optimizer_follows_pytorchs);
    RUN(another_order_of_gates_is_noticed);
    return test_end();
}
