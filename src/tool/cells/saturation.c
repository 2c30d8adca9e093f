/* saturation.c - counts closed and open gates, and prints tables. */
#include "cells/saturation.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/unknown.h"

#define CLOSED 0.1F
#define OPEN 0.9F
enum {
    ALWAYS = 99
};                    /* a gate is "always" closed or open if it is so for at least this
                       * percentage of the characters */
enum { LISTED = 12 }; /* units listed in a line of the table; JSON lists all */

int saturation_init(struct saturation *s, const struct charnn_shape *shape)
{
    const size_t n = shape->layers * shape->size;
    *s = (struct saturation){ .shape = *shape };
    s->low = calloc(n, shape->gates * sizeof *s->low);
    s->high = calloc(n, shape->gates * sizeof *s->high);
    if (s->low && s->high)
        return 0;
    saturation_release(s);
    return -1;
}

void saturation_release(struct saturation *s)
{
    free(s->low);
    free(s->high);
    s->low = s->high = NULL;
}

static bool is_tanh(const struct saturation *s, size_t gate)
{
    return strchr(s->shape.tanh_gates, s->shape.letters[gate]) != NULL;
}

void saturation_add(struct saturation *s, const float *gates)
{
    const size_t H = s->shape.size, rows = s->shape.layers * s->shape.gates;
    s->chars++;
    for (size_t row = 0; row < rows; row++) {
        const float closed = is_tanh(s, row % s->shape.gates) ? -OPEN : CLOSED;
        for (size_t j = row * H; j < (row + 1) * H; j++) {
            s->low[j] += gates[j] < closed;
            s->high[j] += gates[j] > OPEN;
        }
    }
}

/* The share of characters at which a unit's gate is saturated, averaged over the units.  `counts`
 * [H] has, for each unit, the number of these characters. */
static double saturated_share(const struct saturation *s, const uint32_t *counts)
{
    double sum = 0;
    for (size_t j = 0; j < s->shape.size; j++)
        sum += (double)counts[j];
    return sum / ((double)s->shape.size * (double)s->chars);
}

static bool is_always(const struct saturation *s, uint32_t count)
{
    return (double)count * 100 >= (double)s->chars * ALWAYS;
}

/* Adds a list of units with a count before it: "3: 4 17 99". */
static void put_always(struct buf *out, const struct saturation *s, const uint32_t *counts)
{
    size_t n = 0;
    for (size_t j = 0; j < s->shape.size; j++)
        n += (size_t)is_always(s, counts[j]);
    buf_printf(out, "%zu%s", n, n ? ":" : "");
    for (size_t j = 0, shown = 0; j < s->shape.size && shown < LISTED; j++)
        if (is_always(s, counts[j])) {
            buf_printf(out, " %zu", j + 1);
            shown++;
        }
    buf_str(out, n > LISTED ? " ..." : "");
}

static void put_gate_row(struct buf *out, const struct saturation *s, size_t row)
{
    const size_t at = row * s->shape.size, gate = row % s->shape.gates;
    buf_printf(out, "%zu\t%c\t%s\t%.2f %%\t%.2f %%\t", row / s->shape.gates + 1,
               s->shape.letters[gate], is_tanh(s, gate) ? "-0.9" : "0.1",
               100 * saturated_share(s, s->low + at),
               100 * saturated_share(s, s->high + at));
    put_always(out, s, s->low + at);
    buf_char(out, '\t');
    put_always(out, s, s->high + at);
    buf_char(out, '\n');
}

void saturation_text(struct buf *out, const struct saturation *s, size_t only)
{
    buf_printf(out,
               "layer\tgate\tclosed if below\tshare closed\tshare open (above 0.9)\tunits "
               "closed at %d %% of the characters\tunits open at %d %% of the characters\n",
               ALWAYS, ALWAYS);
    for (size_t row = 0; row < s->shape.layers * s->shape.gates; row++)
        if (only == 0 || row / s->shape.gates + 1 == only)
            put_gate_row(out, s, row);
}

/* --------------------------------------------------------------------------- JSON */

static void put_unit_list(struct json_out *o, const char *key, const struct saturation *s,
                          const uint32_t *counts)
{
    json_open(o, key, '[');
    for (size_t j = 0; j < s->shape.size; j++)
        if (is_always(s, counts[j]))
            json_put_int(o, NULL, (int64_t)j + 1);
    json_close(o, ']');
}

static void put_gate_json(struct json_out *o, const struct saturation *s, size_t row)
{
    const size_t at = row * s->shape.size, gate = row % s->shape.gates;
    json_open(o, NULL, '{');
    json_put_int(o, "layer", (int64_t)(row / s->shape.gates + 1));
    json_put_string(o, "gate", &s->shape.letters[gate], 1);
    json_put_real(o, "shut_below", is_tanh(s, gate) ? -0.9 : 0.1);
    json_put_real(o, "shut", saturated_share(s, s->low + at));
    json_put_real(o, "open", saturated_share(s, s->high + at));
    put_unit_list(o, "always_shut", s, s->low + at);
    put_unit_list(o, "always_open", s, s->high + at);
    json_close(o, '}');
}

void saturation_json(struct buf *out, const struct saturation *s, size_t only)
{
    struct json_out o = { .b = out, .first = true };
    json_open(&o, NULL, '{');
    json_put_int(&o, "chars", s->chars);
    json_open(&o, "gates", '[');
    for (size_t row = 0; row < s->shape.layers * s->shape.gates; row++)
        if (only == 0 || row / s->shape.gates + 1 == only)
            put_gate_json(&o, s, row);
    json_close(&o, ']');
    unknown_json(&o, &s->unknown);
    json_close(&o, '}');
    buf_char(out, '\n');
}
