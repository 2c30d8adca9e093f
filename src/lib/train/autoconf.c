/*
 * autoconf.c - how to train when nobody says.  The constants were found by experiment.
 *
 * What mattered, in this order: one-hot input weights that begin large (each symbol moves
 * the state decisively from the first step on) together with a high learning rate; a rate
 * that falls to nothing by the end of the plan; weight decay on the matrices; dropout that
 * grows with the number of times that the text is read; and a size that the work allows.
 */
#include "train/autoconf.h"

#include <math.h>
#include <stdio.h>
#include <stdint.h>

#include "base/number.h"

enum { EPOCHS_MOST = 20, STEPS_LEAST = 300, WEIGHTS_PER_CHARACTER = 4 };

/* Sizes worth their work, from the smallest. */
static const struct rung {
    double flops;
    int64_t layers, size;
} ladder[] = {
    { 0, 1, 128 },      { 1e12, 1, 256 },   { 4e12, 1, 384 }, { 1.4e13, 1, 512 },
    { 4.5e13, 2, 384 }, { 1.2e14, 2, 512 }, { 6e14, 3, 512 },
};
enum { RUNGS = sizeof ladder / sizeof *ladder };

/* Matrix weights that a character meets. */
static double weights(const struct charnn_config *c, size_t symbols)
{
    const double gates = c->cell == CHARNN_CELL_LSTM  ? 4
                         : c->cell == CHARNN_CELL_GRU ? 3
                                                      : 1;
    const double H = (double)c->size, L = (double)c->layers;
    const int dense = c->skip == CHARNN_SKIP_DENSE;
    const double below = dense ? L * (L - 1) / 2 : L - 1; /* states that layers read */
    const double one = gates * H * ((L + below) * H + (double)c->embed) +
                       (double)symbols * H * (dense ? L : 1);
    return c->bidirectional ? 2 * one : one;
}

double autoconf_step_flops(const struct charnn_config *c, size_t symbols)
{
    return 6 * weights(c, symbols) * (double)c->batch_size * (double)c->seq_length;
}

/* What a text is worth: ten minutes of two cores for a megabyte, less than proportionally
 * more for more. */
static double worth(size_t characters)
{
    return 6e13 * sqrt((double)characters / 1e6);
}

/* Skips need a layer to pass by. */
static int64_t layers_of(const struct charnn_config *c, const struct rung *r)
{
    return c->skip != CHARNN_SKIP_NONE && r->layers < 2 ? 2 : r->layers;
}

/* The largest size that the work and the text allow. */
static void settle_size(struct charnn_config *c, size_t characters, size_t symbols,
                        double flops)
{
    const int64_t layers = c->layers, size = c->size;
    for (size_t i = RUNGS; i-- > 0;) {
        c->layers = layers == CHARNN_AUTO ? layers_of(c, &ladder[i]) : layers;
        c->size = size == CHARNN_AUTO ? ladder[i].size : size;
        if (ladder[i].flops <= flops &&
            weights(c, symbols) <= WEIGHTS_PER_CHARACTER * (double)characters)
            return;
    }
}

static void settle_steps(struct charnn_config *c, double epoch, size_t symbols,
                         double flops)
{
    const double affordable = flops / autoconf_step_flops(c, symbols);
    const double most = fmax(EPOCHS_MOST * epoch, STEPS_LEAST);
    if (!c->steps && !c->epochs)
        c->steps = (int64_t)fmax(1, ceil(fmin(affordable, most)));
}

/* So that the command which repeats a run can be read. */
static double to_two_digits(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.1e", x);
    return number_parse(text, NULL);
}

static double between(double lo, double x, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static void settle(double *x, double value)
{
    if (*x < 0)
        *x = value;
}

/* By the number of times that the text is read. */
static void settle_regularisers(struct charnn_config *c, double epochs)
{
    settle(&c->dropout, to_two_digits(between(0.1, 0.1 + 0.04 * (epochs - 2.5), 0.5)));
    settle(&c->weight_decay, epochs < 6 ? 0.1 : 0.2);
    settle(&c->reset, c->documents ? 0 : 0.02); /* documents begin often enough */
}

static void settle_rates(struct charnn_config *c)
{
    const double kind = c->cell == CHARNN_CELL_LSTM  ? 1
                        : c->cell == CHARNN_CELL_GRU ? 0.75
                                                     : 0.3;
    const double deep = c->layers > 1 ? 2.0 / 3 : 1;
    settle(&c->learning_rate, to_two_digits(kind * deep * fmin(0.02, 8 / (double)c->size)));
    settle(&c->input_range, c->cell == CHARNN_CELL_LSTM ? 4 : 2);
}

void autoconf_settings(struct charnn_config *c, size_t characters, size_t symbols,
                       double flops)
{
    if (c->batch_size == CHARNN_AUTO)
        c->batch_size = 32;
    if (c->seq_length == CHARNN_AUTO)
        c->seq_length = 32;
    if (flops <= 0)
        flops = worth(characters);
    const double epoch =
        (double)characters / ((double)c->batch_size * (double)c->seq_length);
    settle_size(c, characters, symbols, flops);
    settle_steps(c, epoch, symbols, flops);
    settle_regularisers(c, c->epochs && !c->steps ? (double)c->epochs
                                                  : (double)c->steps / epoch);
    settle_rates(c);
}
