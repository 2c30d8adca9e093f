/*
 * autoconf.c - chooses the settings that were not given, by rules found by experiment.
 *
 * In order of importance, the rules want: large initial one-hot input weights, so that each
 * symbol changes the state strongly from the first step on, with a high learning rate; a
 * learning rate that decays almost to zero by the end of the run; a size that the compute
 * budget allows; weight decay of the matrices; dropout, and weight drop in long runs on
 * little text, both stronger the more the run tends to overfit.  The experiments are in
 * scripts/recipe.tsv, and scripts/recipe.sh repeats them.
 */
#include "train/autoconf.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>

#include "base/number.h"
#include "nn/cell.h"
#include "text/documents.h"

static const double TFLOP = 1e12, STEPS_MOST = 1e15;

enum { WEIGHTS_PER_CHARACTER = 5 };

/* Model sizes; each is best for runs of at least `flops` floating-point operations, until
 * the next. */
static const struct size_row {
    double flops;
    int64_t layers, size;
} sizes[] = {
    { 0, 1, 128 },      { 1e12, 1, 256 },   { 4e12, 1, 384 }, { 1.4e13, 1, 512 },
    { 4.5e13, 2, 384 }, { 1.2e14, 2, 512 }, { 6e14, 3, 512 },
};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* The number of matrix weights that are used for each character. */
static double matrix_weights(const struct charnn_config *c, size_t symbols)
{
    const double gates = (double)cell_kinds[c->cell].gates;
    const double H = (double)c->size, L = (double)c->layers;
    const bool dense = c->skip == CHARNN_SKIP_DENSE;
    const double below = dense ? L * (L - 1) / 2 : L - 1; /* connections from the output of
                                                           * a layer to the input of a
                                                           * higher one */
    const double one = gates * H * ((L + below) * H + (double)c->embed) +
                       (double)symbols * H * (dense ? L : 1);
    return c->bidirectional ? 2 * one : one;
}

double autoconf_step_flops(const struct charnn_config *c, size_t symbols)
{
    return 6 * matrix_weights(c, symbols) * (double)c->batch_size * (double)c->seq_length;
}

double autoconf_work(const struct charnn_config *c, size_t symbols, int64_t steps)
{
    return autoconf_step_flops(c, symbols) * (double)steps / TFLOP;
}

/* The default budget, in floating-point operations: 60 Tflop for a text of 10^6
 * characters; for shorter texts proportional to the length, for longer ones to its square
 * root. */
static double default_flops(size_t characters)
{
    const double millions = (double)characters / 1e6;
    return 60 * TFLOP * (millions < 1 ? millions : sqrt(millions));
}

/* The number of layers of a row; at least two with skip connections, which need them. */
static int64_t layers_of(const struct charnn_config *c, const struct size_row *r)
{
    return c->skip != CHARNN_SKIP_NONE && r->layers < 2 ? 2 : r->layers;
}

/* Chooses the largest size that the budget and the length of the text allow. */
static void choose_size(struct charnn_config *c, size_t characters, size_t symbols,
                        double flops)
{
    const int64_t layers = c->layers, size = c->size;
    for (size_t i = SIZES; i-- > 0;) {
        c->layers = layers == CHARNN_AUTO ? layers_of(c, &sizes[i]) : layers;
        c->size = size == CHARNN_AUTO ? sizes[i].size : size;
        if (sizes[i].flops <= flops &&
            matrix_weights(c, symbols) <= WEIGHTS_PER_CHARACTER * (double)characters)
            return;
    }
}

/* Up to this value of overfitting(), more work gives a better model; from there on even the
 * strongest regularization does not prevent it from getting worse. */
static const double OVERFITTING_MOST = 250;
/* Floating-point operations that are enough to learn a few words by heart. */
static const double LIMIT_LEAST = 1e11;

int64_t autoconf_most_steps(const struct charnn_config *c, size_t characters,
                            size_t symbols)
{
    const double n = (double)characters;
    const double flops =
        fmax(fmax(6 * OVERFITTING_MOST * n * n, LIMIT_LEAST), default_flops(characters));
    return (int64_t)fmin(fmax(1, ceil(flops / autoconf_step_flops(c, symbols))),
                         STEPS_MOST);
}

static void choose_steps(struct charnn_config *c, size_t characters, size_t symbols,
                         double flops)
{
    const double affordable = ceil(flops / autoconf_step_flops(c, symbols));
    const int64_t most = autoconf_most_steps(c, characters, symbols);
    if (!c->steps && !c->epochs)
        c->steps = affordable < 1              ? 1
                   : affordable < (double)most ? (int64_t)affordable
                                               : most;
}

double autoconf_round(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.1e", x);
    return number_parse(text, NULL);
}

static double between(double lo, double x, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static void set_auto(double *x, double value)
{
    if (*x < 0)
        *x = value;
}

/* How strongly a run tends to overfit: the matrix weights per character of the text, times
 * the epochs.  The best regularization depends on this number, and much less on the size of
 * the model and the length of the run. */
static double overfitting(const struct charnn_config *c, size_t characters, size_t symbols)
{
    const double n = (double)characters;
    const double step = (double)c->batch_size * (double)c->seq_length;
    const double epochs = c->steps ? (double)c->steps * step / n : (double)c->epochs;
    return matrix_weights(c, symbols) / n * epochs;
}

static void choose_regularization(struct charnn_config *c, double x)
{
    const double each = 2 / (1 + (double)c->layers); /* less with more layers, because
                                                      * dropout acts after each layer */
    set_auto(&c->dropout, autoconf_round(between(0, 0.13 * each * log(x / 1.3), 0.5)));
    set_auto(&c->weight_drop, autoconf_round(between(0, 0.1 * log(x / 12), 0.4)));
    set_auto(&c->weight_decay, x < 30 ? 0.1 : 0.2);
    /* documents already reset the state often enough */
    set_auto(&c->reset, documents_rule_of(c->documents).kind ? 0 : 0.02);
}

static void choose_rates(struct charnn_config *c)
{
    const struct cell_kind *cell = &cell_kinds[c->cell];
    const double deep = c->layers > 1 ? 2.0 / 3 : 1;
    set_auto(&c->learning_rate,
             autoconf_round(cell->learning_rate * deep * fmin(0.02, 8 / (double)c->size)));
    set_auto(&c->input_range, cell->input_range);
}

void autoconf_settings(struct charnn_config *c, size_t characters, size_t symbols,
                       double tflops)
{
    double flops = tflops * TFLOP;
    if (c->batch_size == CHARNN_AUTO)
        c->batch_size = 32;
    if (c->seq_length == CHARNN_AUTO)
        c->seq_length = 32;
    if (flops <= 0)
        flops = default_flops(characters);
    choose_size(c, characters, symbols, flops);
    choose_steps(c, characters, symbols, flops);
    choose_regularization(c, overfitting(c, characters, symbols));
    choose_rates(c);
}
