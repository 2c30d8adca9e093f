/*
 * units.c - reads a text once.  The first part fills a histogram for every state (h or c of
 * a unit); then the best states for each feature become candidates, whose rules are fixed
 * and scored on the rest of the text.
 *
 * The trace emits the states character by character.  They are collected in blocks, and
 * threads divide the states of a block.  So every sum is computed by one thread in a fixed
 * order.
 */
#include "inspect/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "inspect/features.h"
#include "inspect/histogram.h"
#include "inspect/trace.h"

enum { BLOCK = 512 };

/* A state chosen for a feature by the first part of the text, and how well it does on the
 * held-out part. */
struct candidate {
    size_t state;
    struct rule rule;       /* of a binary feature */
    double chosen;          /* score on the first part: F1, or |r| of a numeric feature */
    uint64_t hits, said;    /* held-out part: see histogram_f1 */
    struct moments moments; /* held-out part, of a numeric feature */
};

struct search {
    const struct charnn_units_config *config;
    struct charnn_shape shape;
    struct pool *pool;
    struct features features;
    size_t binary, numeric;      /* number of features of each kind */
    size_t layer, layers;        /* the first layer searched, the number of layers
                                  * searched */
    size_t kinds, states;        /* kinds of state (h, c): 1 or 2; number of states
                                  * searched */
    size_t first, held_out;      /* characters of each part */
    bool *left_out;              /* [features] true: not searched for */
    uint64_t (*ones)[2];         /* [features][part] how often the feature is 1 */
    struct histogram *histogram; /* [states] */
    struct moments *moments;     /* [states][numeric] */
    uint32_t *counts;            /* [states][1 + binary][HISTOGRAM_BINS] */
    float *block;                /* [BLOCK][states] */
    size_t from, n;              /* the first character in the block, the number of
                                  * characters in it */
    struct candidate *candidate; /* [features][top] */
    size_t top;                  /* candidates for each feature, at most `states` */
};

/* ----------------------------------------------------------------------- states */

/* The number of states of one kind.  The states searched are h of all searched layers, then c
 * of all searched layers, or only h or c. */
static size_t row_length(const struct search *s)
{
    return s->layers * s->shape.size;
}

static int state_kind(const struct search *s, size_t state)
{
    const bool second = state >= row_length(s);
    return second || s->config->what == CHARNN_STATE_C ? CHARNN_STATE_C : CHARNN_STATE_H;
}

static void take_states(const struct search *s, const struct charnn_trace_step *step,
                        float *to)
{
    const size_t n = row_length(s), at = s->layer * s->shape.size;
    for (size_t k = 0; k < s->kinds; k++)
        memcpy(to + k * n,
               (state_kind(s, k * n) == CHARNN_STATE_C ? step->c : step->h) + at,
               n * sizeof *to);
}

/* -------------------------------------------------------------- the first part */

static void count_state(const struct search *s, size_t state)
{
    for (size_t t = 0; t < s->n; t++) {
        const double x = histogram_value(s->block[t * s->states + state]);
        histogram_add(&s->histogram[state], x, s->features.bits[s->from + t]);
        for (size_t k = 0; k < s->numeric; k++)
            moments_add(&s->moments[state * s->numeric + k], x,
                        (double)s->features.numbers[k * s->features.n + s->from + t]);
    }
}

static void units_count_job(void *arg, const struct team *team)
{
    const struct search *s = arg;
    size_t lo, hi;
    team_range(team, s->states, &lo, &hi);
    for (size_t i = lo; i < hi; i++)
        count_state(s, i);
}

static bool is_better_candidate(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return x->chosen > y->chosen;
}

static struct candidate judge_state(const struct search *s, size_t i, size_t state)
{
    const struct feature *f = &s->features.list[i];
    struct candidate x = { .state = state };
    x.chosen = f->numeric ? fabs(moments_r(&s->moments[state * s->numeric + f->row]))
                          : histogram_rule(&s->histogram[state], f->row, &x.rule);
    return x;
}

static void units_choose_job(void *arg, const struct team *team)
{
    const struct search *s = arg;
    size_t lo, hi;
    team_range(team, s->features.count, &lo, &hi);
    for (size_t i = lo; i < hi; i++) {
        size_t n = 0;
        if (s->left_out[i])
            continue;
        for (size_t state = 0; state < s->states; state++) {
            const struct candidate x = judge_state(s, i, state);
            n = array_insert(s->candidate + i * s->top, n, s->top, sizeof x, &x,
                             is_better_candidate);
        }
    }
}

/* ------------------------------------------------------------------- the held-out part */

static void measure_one(struct candidate *x, const struct features *f, size_t i, size_t at,
                        double value)
{
    const double y = features_at(f, i, at);
    if (f->list[i].numeric) {
        moments_add(&x->moments, value, y);
        return;
    }
    const int said = histogram_rule_says(&x->rule, value);
    x->said += (uint64_t)said;
    x->hits += (uint64_t)(said && y != 0);
}

static void units_measure_job(void *arg, const struct team *team)
{
    const struct search *s = arg;
    size_t lo, hi;
    team_range(team, s->features.count * s->top, &lo, &hi);
    for (size_t k = lo; k < hi; k++) {
        struct candidate *x = &s->candidate[k];
        if (s->left_out[k / s->top])
            continue;
        for (size_t t = 0; t < s->n; t++)
            measure_one(x, &s->features, k / s->top, s->from + t,
                        histogram_value(s->block[t * s->states + x->state]));
    }
}

/* ------------------------------------------------------------------------ reading */

/* Processes the block, which lies in one part of the text, and empties it. */
static void process_block(struct search *s)
{
    const size_t end = s->from + s->n;
    pool_run(s->pool, POOL_ALL, end <= s->first ? units_count_job : units_measure_job, s);
    if (end == s->first)
        pool_run(s->pool, POOL_ALL, units_choose_job, s);
    s->from = end;
    s->n = 0;
    if (s->config->on_progress)
        s->config->on_progress((int64_t)end, (int64_t)s->features.n,
                               s->config->on_progress_arg);
}

static int on_step(const struct charnn_trace_step *step, void *arg)
{
    struct search *s = arg;
    take_states(s, step, s->block + s->n * s->states);
    s->n++;
    const size_t end = s->from + s->n;
    if (s->n == BLOCK || end == s->first || end == s->features.n)
        process_block(s);
    return 0;
}

/* ------------------------------------------------------------------------ results */

static struct charnn_unit found_unit(const struct search *s, size_t i,
                                     const struct candidate *x)
{
    const bool numeric = s->features.list[i].numeric;
    const size_t place = x->state % row_length(s);
    const double r = moments_r(&x->moments);
    return (struct charnn_unit){
        .layer = (int64_t)(s->layer + place / s->shape.size + 1),
        .unit = (int64_t)(place % s->shape.size + 1),
        .state = state_kind(s, x->state),
        .score = numeric ? fabs(r) : histogram_f1(x->hits, x->said, s->ones[i][1]),
        .chosen = x->chosen,
        .threshold = x->rule.threshold,
        .above = numeric ? r >= 0 : x->rule.above,
    };
}

static bool is_better_unit(const void *a, const void *b)
{
    const struct charnn_unit *x = a, *y = b;
    return x->score > y->score;
}

static struct charnn_feature report_feature(const struct search *s, size_t i,
                                            struct charnn_unit *room)
{
    const struct feature *f = &s->features.list[i];
    struct charnn_feature x = { .name = f->name, .help = f->help, .numeric = f->numeric };
    x.ones[0] = (int64_t)s->ones[i][0];
    x.ones[1] = (int64_t)s->ones[i][1];
    x.chance = f->numeric ? 0 : histogram_f1(s->ones[i][1], s->held_out, s->ones[i][1]);
    x.left_out = s->left_out[i];
    x.unit = room;
    if (x.left_out)
        return x;
    for (size_t k = 0; k < s->top; k++) {
        const struct charnn_unit u = found_unit(s, i, &s->candidate[i * s->top + k]);
        x.n_units = array_insert(room, x.n_units, s->top, sizeof u, &u, is_better_unit);
    }
    return x;
}

/* How far the score of a feature's best unit is above chance: 0 at chance, 1 if it is
 * perfect.  Features are sorted by this number. */
static double skill(const struct charnn_feature *f)
{
    return f->left_out ? -2 : (f->unit[0].score - f->chance) / (1 - f->chance);
}

static bool is_better_feature(const void *a, const void *b)
{
    return skill(a) > skill(b);
}

static int report_all(const struct search *s, struct charnn_units *units,
                      struct charnn_error *e)
{
    const size_t n = s->features.count;
    units->feature = calloc(n, sizeof *units->feature);
    units->all = calloc(n, s->top * sizeof *units->all);
    if (!units->feature || !units->all)
        return err_set(e, "out of memory for the units found");
    for (size_t i = 0; i < n; i++) {
        const struct charnn_feature x = report_feature(s, i, units->all + i * s->top);
        units->n =
            array_insert(units->feature, units->n, n, sizeof x, &x, is_better_feature);
    }
    units->chars[0] = (int64_t)s->first;
    units->chars[1] = (int64_t)s->held_out;
    return 0;
}

/* ------------------------------------------------------------------------- memory */

static void count_features(struct search *s)
{
    for (size_t i = 0; i < s->features.count; i++) {
        const size_t length[2] = { s->first, s->held_out };
        for (size_t at = 0; at < s->features.n; at++)
            s->ones[i][at >= s->first] += features_at(&s->features, i, at) != 0;
        for (int part = 0; part < 2; part++)
            s->left_out[i] = s->left_out[i] || s->ones[i][part] < CHARNN_UNITS_RARE ||
                             (!s->features.list[i].numeric &&
                              length[part] - s->ones[i][part] < CHARNN_UNITS_RARE);
    }
}

static int alloc_search(struct search *s, struct charnn_error *e)
{
    const size_t bins = (1 + s->binary) * HISTOGRAM_BINS, n = s->features.count;
    s->left_out = calloc(n, sizeof *s->left_out);
    s->ones = calloc(n, sizeof *s->ones);
    s->histogram = calloc(s->states, sizeof *s->histogram);
    s->moments = calloc(s->states, s->numeric * sizeof *s->moments);
    s->counts = calloc(s->states, bins * sizeof *s->counts);
    s->block = calloc(s->states, BLOCK * sizeof *s->block);
    s->candidate = calloc(n, s->top * sizeof *s->candidate);
    if (!s->left_out || !s->ones || !s->histogram || !s->moments || !s->counts ||
        !s->block || !s->candidate)
        return err_set(e, "out of memory for the search of %zu units", s->states);
    for (size_t i = 0; i < s->states; i++)
        histogram_init(&s->histogram[i], s->counts + i * bins, s->binary);
    return 0;
}

static void release_search(struct search *s)
{
    features_release(&s->features);
    free(s->left_out);
    free(s->ones);
    free(s->histogram);
    free(s->moments);
    free(s->counts);
    free(s->block);
    free(s->candidate);
}

/* Sets the numbers of states and of characters. */
static int plan_search(struct search *s, const struct corpus *corpus,
                       struct charnn_error *e)
{
    const struct charnn_units_config *c = s->config;
    const size_t limit = (size_t)c->limit, n = corpus->n < limit ? corpus->n : limit;
    if (c->layer > (int64_t)s->shape.layers)
        return err_usage(e, "layer %lld: this model has %zu layer%s", (long long)c->layer,
                         s->shape.layers, s->shape.layers == 1 ? "" : "s");
    if (c->what == CHARNN_STATE_C && !s->shape.has_c)
        return err_usage(e, "the units of %s have no state c",
                         cell_kinds[s->shape.cell].with_article);
    s->layer = c->layer > 0 ? (size_t)c->layer - 1 : 0;
    s->layers = c->layer > 0 ? 1 : s->shape.layers;
    s->kinds = c->what == CHARNN_STATE_BOTH && s->shape.has_c ? 2 : 1;
    s->states = s->kinds * row_length(s);
    s->top = (size_t)c->top < s->states ? (size_t)c->top : s->states;
    s->held_out = (size_t)((double)n * c->held_out);
    s->first = n - s->held_out;
    if (s->held_out < 2 * CHARNN_UNITS_RARE || s->first < 2 * CHARNN_UNITS_RARE)
        return err_set(
            e,
            "%zu characters are too few to search in: %zu of them are held out, and "
            "both parts need at least %d",
            n, s->held_out, 2 * CHARNN_UNITS_RARE);
    return 0;
}

static int prepare_search(struct search *s, const struct corpus *corpus,
                          struct charnn_error *e)
{
    if (plan_search(s, corpus, e) < 0 ||
        features_read(&s->features, corpus, s->first + s->held_out, s->config->match,
                      s->config->n_match, e) < 0)
        return -1;
    for (size_t i = 0; i < s->features.count; i++)
        s->numeric += s->features.list[i].numeric;
    s->binary = s->features.count - s->numeric;
    if (alloc_search(s, e) < 0)
        return -1;
    count_features(s);
    return 0;
}

int units_find(const struct model *m, struct pool *pool, const struct corpus *corpus,
               const struct charnn_units_config *config, struct charnn_units *units,
               struct charnn_error *e)
{
    struct search s = { .config = config, .shape = trace_shape(m), .pool = pool };
    const struct charnn_trace_config all = { .limit = config->limit };
    *units = (struct charnn_units){ 0 };
    int status = prepare_search(&s, corpus, e);
    if (status == 0)
        status = trace_text(m, pool, corpus, &all, on_step, &s, &units->traced, e);
    if (status == 0)
        status = report_all(&s, units, e);
    release_search(&s);
    if (status < 0)
        charnn_units_free(units);
    return status;
}

void charnn_units_free(struct charnn_units *units)
{
    free(units->feature);
    free(units->all);
    *units = (struct charnn_units){ 0 };
}
