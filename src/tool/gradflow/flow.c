/* flow.c - prints profiles as a table, JSON and CSV, and the toy recurrence. */
#include "gradflow/flow.h"

#include <math.h>
#include <string.h>

#include "base/json.h"

const char flow_why_two[] = "Over many steps, W_hh multiplies a gradient by the spectral "
                            "radius of W_hh per step; in "
                            "one step, by at most the largest singular value of W_hh.  The "
                            "spectral radius is never "
                            "larger; for normal matrices (W W' = W' W) the two are equal, "
                            "but W_hh is seldom normal.";

/* ------------------------------------------------------------------------- table */

static void put_view_title(const struct flow_view *v, struct buf *out)
{
    const struct charnn_gradflow *g = &v->flow;
    buf_str(out, v->name);
    if (v->radius > 0)
        buf_printf(out, ", W_hh scaled to spectral radius %g", v->radius);
    if (v->steps == 0)
        buf_str(out, ", before training");
    if (v->steps > 0)
        buf_printf(out, ", after %lld steps", (long long)v->steps);
    buf_printf(out, ": loss %.3f at the last of %lld characters, mean of %lld sequences\n",
               g->loss, (long long)g->length, (long long)g->rows);
}

/* Chooses the steps back to show in the table, up to the last; returns how many. */
static size_t table_columns(int64_t length, int64_t back[16])
{
    static const int64_t some[] = { 0, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560 };
    size_t n = 0;
    for (size_t i = 0; i < sizeof some / sizeof *some && some[i] < length; i++)
        back[n++] = some[i];
    if (back[n - 1] != length - 1)
        back[n++] = length - 1;
    return n;
}

static void put_norm_row(struct buf *out, const char *name, const double *x,
                         const int64_t *back, size_t n)
{
    if (!x)
        return;
    buf_printf(out, "    %-16s", name);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, " %8.2g", x[back[i]]);
    buf_char(out, '\n');
}

static void put_gates(struct buf *out, const struct charnn_gradflow_layer *l)
{
    buf_printf(out, "    %-16s", "W_hh of");
    for (int g = 0; g < l->n_gates; g++)
        buf_printf(out, " %8s", l->gates[g].name);
    buf_printf(out, "\n    %-16s", "  radius");
    for (int g = 0; g < l->n_gates; g++)
        buf_printf(out, " %8.3f", l->gates[g].radius);
    buf_printf(out, "\n    %-16s", "  singular");
    for (int g = 0; g < l->n_gates; g++)
        buf_printf(out, " %8.3f", l->gates[g].singular);
    buf_char(out, '\n');
}

static void put_view_layer(struct buf *out, const struct charnn_gradflow_layer *l,
                           int64_t number, const int64_t *back, size_t n)
{
    buf_printf(out, "  layer %lld", (long long)number);
    if (!isnan(l->forget))
        buf_printf(out, "; mean forget gate %.3f", l->forget);
    buf_printf(out, "\n    %-16s", "steps back");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, " %8lld", (long long)back[i]);
    buf_char(out, '\n');
    put_norm_row(out, "|dL/dh|", l->dh, back, n);
    put_norm_row(out, "|dL/dc|", l->dc, back, n);
    put_norm_row(out, "part of dL/dW_hh", l->dw, back, n);
    put_norm_row(out, "|h|", l->h, back, n);
    put_norm_row(out, "|c|", l->c, back, n);
    put_gates(out, l);
}

void flow_table(const struct flow_view *views, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        int64_t back[16];
        const struct charnn_gradflow *g = &views[i].flow;
        const size_t columns = table_columns(g->length, back);
        put_view_title(&views[i], out);
        for (int64_t l = 0; l < g->n_layers; l++)
            put_view_layer(out, &g->layers[l], l + 1, back, columns);
        buf_char(out, '\n');
    }
    buf_printf(out, "%s\n", flow_why_two);
}

/* -------------------------------------------------------------------------- JSON */

static void put_array(struct json_out *o, const char *key, const double *x, int64_t n)
{
    if (!x) {
        json_put_real(o, key, NAN);
        return;
    }
    json_open(o, key, '[');
    for (int64_t k = 0; k < n; k++)
        json_put_real(o, NULL, x[k]);
    json_close(o, ']');
}

static void put_layer_json(struct json_out *o, const struct charnn_gradflow_layer *l,
                           int64_t length)
{
    json_open(o, NULL, '{');
    json_open(o, "w_hh", '[');
    for (int g = 0; g < l->n_gates; g++) {
        json_open(o, NULL, '{');
        json_put_text(o, "gate", l->gates[g].name);
        json_put_real(o, "spectral_radius", l->gates[g].radius);
        json_put_real(o, "singular_value", l->gates[g].singular);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_put_real(o, "forget", l->forget);
    put_array(o, "dh", l->dh, length);
    put_array(o, "dc", l->dc, length);
    put_array(o, "dw", l->dw, length);
    put_array(o, "h", l->h, length);
    put_array(o, "c", l->c, length);
    json_close(o, '}');
}

void flow_json(const struct flow_view *views, size_t n, struct buf *out)
{
    struct json_out o = { .b = out, .first = true };
    json_open(&o, NULL, '{');
    json_open(&o, "models", '[');
    for (size_t i = 0; i < n; i++) {
        const struct flow_view *v = &views[i];
        const struct charnn_gradflow *g = &v->flow;
        const char *cell = charnn_cell_kind((int)g->cell).name;
        json_open(&o, NULL, '{');
        json_put_text(&o, "name", v->name);
        json_put_text(&o, "cell", cell);
        json_put_real(&o, "steps", v->steps < 0 ? NAN : (double)v->steps);
        json_put_real(&o, "scaled_to", v->radius > 0 ? v->radius : NAN);
        json_put_int(&o, "size", g->size);
        json_put_int(&o, "length", g->length);
        json_put_int(&o, "rows", g->rows);
        json_put_real(&o, "loss", g->loss);
        json_open(&o, "layers", '[');
        for (int64_t l = 0; l < g->n_layers; l++)
            put_layer_json(&o, &g->layers[l], g->length);
        json_close(&o, ']');
        json_close(&o, '}');
    }
    json_close(&o, ']');
    json_close(&o, '}');
    buf_char(out, '\n');
}

/* --------------------------------------------------------------------------- CSV */

/* Adds a CSV field in quotation marks, doubling quotation marks inside it. */
static void put_quoted(struct buf *out, const char *s)
{
    buf_char(out, '"');
    for (; *s; s++)
        buf_printf(out, "%s%c", *s == '"' ? "\"" : "", *s);
    buf_char(out, '"');
}

static void put_field(struct buf *out, const double *x, int64_t k)
{
    buf_char(out, ',');
    if (x && isfinite(x[k]))
        buf_real(out, x[k]);
}

static void put_record(struct buf *out, const struct flow_view *v, int64_t layer, int64_t k)
{
    const struct charnn_gradflow_layer *l = &v->flow.layers[layer];
    put_quoted(out, v->name);
    buf_char(out, ',');
    if (v->steps >= 0)
        buf_printf(out, "%lld", (long long)v->steps);
    put_field(out, v->radius > 0 ? &v->radius : NULL, 0);
    buf_printf(out, ",%lld,%lld", (long long)layer + 1, (long long)k);
    put_field(out, l->dh, k);
    put_field(out, l->dc, k);
    put_field(out, l->dw, k);
    put_field(out, l->h, k);
    put_field(out, l->c, k);
    buf_char(out, '\n');
}

void flow_csv(const struct flow_view *views, size_t n, struct buf *out)
{
    buf_str(out, "name,steps,scaled_to,layer,steps_back,dh,dc,dw,h,c\n");
    for (size_t i = 0; i < n; i++)
        for (int64_t l = 0; l < views[i].flow.n_layers; l++)
            for (int64_t k = 0; k < views[i].flow.length; k++)
                put_record(out, &views[i], l, k);
}

/* --------------------------------------------------------------------------- toy */

/* The inputs: three that keep h at 0, where each step back multiplies the gradient by 3,
 * then some that saturate h, where each step back divides it by up to a thousand. */
void flow_toy(struct buf *out)
{
    static const double x[] = { -0.5, -0.5, -0.5, -0.4, 0, 0.5, -1, -1 };
    enum { T = sizeof x / sizeof *x };
    double h[T + 1] = { 0 }, slope[T + 1] = { 0 }, product[T + 1];
    for (int t = 1; t <= T; t++) {
        h[t] = tanh(2 * x[t - 1] + 3 * h[t - 1] + 1);
        slope[t] = 3 * (1 - h[t] * h[t]);
    }
    product[T] = 1;
    for (int t = T; t > 0; t--)
        product[t - 1] = product[t] * slope[t];
    buf_printf(out,
               "h_t = tanh(2 x_t + 3 h_(t-1) + 1), h_0 = 0, loss L = h_%d\n"
               "dh_t/dh_(t-1) = 3 (1 - h_t^2); dL/dh_t is the product of these factors "
               "over all later steps\n\n"
               "%3s %6s %12s %14s %14s\n%3d %6s %12.6f %14s %14.6e\n",
               (int)T, "t", "x_t", "h_t", "dh_t/dh_(t-1)", "dL/dh_t", 0, "", h[0], "",
               product[0]);
    for (int t = 1; t <= T; t++)
        buf_printf(out, "%3d %6.1f %12.6f %14.6f %14.6e\n", t, x[t - 1], h[t], slope[t],
                   product[t]);
    buf_str(
        out,
        "\nNear h = 0 a step back multiplies the gradient by up to 3 (it explodes); where "
        "tanh\nsaturates, a step back multiplies it by nearly 0 (it vanishes).  W_hh is 3 "
        "in "
        "both cases.\n");
}
