/* export_c.c - a model as C99 source: weights as text, and tables that refer to them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "export/export.h"
#include "math/quant.h"
#include "text/documents.h"

extern const char export_model_c_in[]; /* model.c.in */

enum { COLUMNS = 92, INDENT = 4 };

/* ------------------------------------------------------------------------ arrays */

/* Begins an array of n numbers. */
static void array_begin(struct export *x, const char *type, const char *name,
                        const char *suffix, size_t n)
{
    buf_printf(&x->out, "static const %s %s%s[%zu] = {", type, name, suffix, n);
}

static void array_end(struct export *x)
{
    buf_str(&x->out, "\n};\n");
    export_flush(x);
}

/* Appends the next number of a row.  *column is the position in the line, 0 before the
 * first number. */
static void put_c_number(struct export *x, const char *text, size_t *column)
{
    const size_t n = strlen(text);
    if (*column == 0 || *column + 1 + n + 1 > COLUMNS) {
        buf_printf(&x->out, "\n%*s", INDENT, "");
        *column = INDENT;
    } else {
        buf_char(&x->out, ' ');
        ++*column;
    }
    buf_add(&x->out, text, n);
    buf_char(&x->out, ',');
    *column += n + 1;
    export_flush(x);
}

/* Writes an integer without a suffix (1), any other number with the suffix f (0.5f). */
static void put_float(struct export *x, float v, size_t *column)
{
    char text[NUMBER_TEXT + 1];
    number_print_float(v, text);
    if (strpbrk(text, ".e"))
        strcat(text, "f");
    put_c_number(x, text, column);
}

static void put_c_floats(struct export *x, const float *w, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows && !x->failed; i++) {
        size_t column = 0;
        for (size_t j = 0; j < cols; j++)
            put_float(x, w[i * cols + j], &column);
    }
}

/* Adds a row of 8-bit weights. */
static void put_int8(struct export *x, const float *w, size_t cols)
{
    const struct quant row = quant_of(w, cols);
    size_t column = 0;
    for (size_t j = 0; j < cols; j++) {
        char text[8];
        snprintf(text, sizeof text, "%d", quant_round(&row, w[j]));
        put_c_number(x, text, &column);
    }
}

/* ----------------------------------------------------------------------- weights */

/* "rnn.weight_ih_l0" becomes weight_ih_l0; "head.bias" becomes head_bias. */
static const char *c_name(const struct param *p, char name[PARAM_NAME])
{
    const char *s = strncmp(p->name, "rnn.", 4) ? p->name : p->name + 4;
    size_t i = 0;
    for (; s[i]; i++)
        name[i] = s[i] == '.' ? '_' : s[i];
    name[i] = 0;
    return name;
}

static void put_c_quantized(struct export *x, const struct param *p, const char *name,
                            const float *w)
{
    const size_t n = p->rows * p->cols;
    size_t column = 0;
    array_begin(x, "float", name, "_scale", p->rows);
    for (size_t i = 0; i < n; i += p->cols)
        put_float(x, quant_of(w + i, p->cols).scale, &column);
    array_end(x);
    buf_printf(&x->out, "\n/* [%zu x %zu] */\n", p->rows, p->cols);
    array_begin(x, "weight", name, "", n);
    for (size_t i = 0; i < n && !x->failed; i += p->cols)
        put_int8(x, w + i, p->cols);
    array_end(x);
}

static void put_param(struct export *x, const struct param *p)
{
    char name[PARAM_NAME];
    float *w = export_values(x, p);
    if (!w)
        return;
    c_name(p, name);
    if (p->dims == 2 && x->int8) {
        put_c_quantized(x, p, name, w);
    } else if (p->dims == 2) {
        buf_printf(&x->out, "/* [%zu x %zu] */\n", p->rows, p->cols);
        array_begin(x, "weight", name, "", p->rows * p->cols);
        put_c_floats(x, w, p->rows, p->cols);
        array_end(x);
    } else {
        array_begin(x, "float", name, "", p->rows);
        put_c_floats(x, w, 1, p->rows);
        array_end(x);
    }
    buf_char(&x->out, '\n');
    free(w);
}

/* Adds { rows, columns, name }, or { rows, columns, name, name_scale } for 8-bit weights. */
static void put_c_matrix(struct export *x, const struct param *p)
{
    char name[PARAM_NAME];
    buf_printf(&x->out, "{ %zu, %zu, %s", p->rows, p->cols, c_name(p, name));
    if (x->int8)
        buf_printf(&x->out, ", %s_scale", name);
    buf_str(&x->out, " }");
}

static void put_tables(struct export *x)
{
    const struct param *p = x->m->set.list, *embedding = x->ckpt->shape.embed ? p++ : NULL;
    char name[PARAM_NAME];
    buf_str(&x->out, "static const struct network numbers = {\n    {\n");
    for (size_t l = 0; l < x->ckpt->shape.layers; l++, p += LAYER_PARAMS) {
        buf_str(&x->out, "        { ");
        put_c_matrix(x, p + W_IH);
        buf_str(&x->out, ", ");
        put_c_matrix(x, p + W_HH);
        buf_printf(&x->out, ",\n          %s, ", c_name(p + B_IH, name));
        buf_printf(&x->out, "%s },\n", c_name(p + B_HH, name));
    }
    buf_str(&x->out, "    },\n    ");
    put_c_matrix(x, p);
    buf_printf(&x->out, ",\n    %s,\n", c_name(p + 1, name));
    if (embedding) {
        buf_str(&x->out, "    ");
        put_c_matrix(x, embedding);
        buf_str(&x->out, ",\n");
    }
    buf_str(&x->out, "};\n\nstatic const struct network *network(void)\n{\n"
                     "    return &numbers;\n}\n");
}

/* ------------------------------------------------------------------------- slots */

static void put_c_symbols(void *arg)
{
    struct export *x = arg;
    const struct vocab *v = &x->ckpt->vocab;
    size_t column = 0;
    for (size_t i = 0; i < v->size; i++) {
        char text[16];
        snprintf(text, sizeof text, "%lu", (unsigned long)v->symbol[i]);
        put_c_number(x, text, &column);
    }
}

static void put_c_about(void *arg)
{
    struct export *x = arg;
    export_describe(x, &x->out);
}

/* Adds all weights, and the tables that refer to them. */
static void put_numbers(void *arg)
{
    struct export *x = arg;
    for (size_t i = 0; i < x->m->set.n; i++)
        put_param(x, &x->m->set.list[i]);
    put_tables(x);
}

/* The character to begin with, as a C literal: a newline if the model knows it, else the
 * model's first symbol. */
static const char *first_symbol(const struct vocab *v, char text[16])
{
    if (vocab_id(v, '\n') >= 0)
        return "'\\n'";
    snprintf(text, 16, "0x%lX", (unsigned long)v->symbol[0]);
    return text;
}

static void print_size(char text[24], size_t n)
{
    snprintf(text, 24, "%zu", n);
}

/* Returns a text that sets the slot if the condition holds, otherwise NULL. */
static const char *set_if(int condition)
{
    return condition ? "" : NULL;
}

/* `to` must be all zero. */
static void upper_case(char *to, const char *name)
{
    for (size_t i = 0; name[i]; i++)
        to[i] = (char)toupper((unsigned char)name[i]);
}

void export_c(struct export *x)
{
    static const char *const functions[] = { [CHARNN_ACTIVATION_TANH] = "tanhf",
                                             [CHARNN_ACTIVATION_RELU] = "",
                                             [CHARNN_ACTIVATION_SIGMOID] = "sigmoid" };
    /* for each kind of skip connections: the input of layer l > 0, and of the output layer */
    static const char *const below[] = { "m->h[l - 1]", "m->sum", "(float *)m->h" };
    static const char *const top[] = { "m->h[LAYERS - 1]", "m->sum", "(float *)m->h" };
    const struct model_shape *s = &x->ckpt->shape;
    const struct vocab *v = &x->ckpt->vocab;
    const int a = s->activation;
    const int replaces = vocab_replacement(v) >= 0;
    char symbols[24], layers[24], units[24], gates[24], embed[24], separator[24], first[16];
    char activation[FIELD_WORD];
    char upper[CHARNN_NAME_MAX + 1] = "";
    upper_case(upper, x->name);
    print_size(symbols, v->size);
    print_size(layers, s->layers);
    print_size(units, s->size);
    print_size(gates, x->m->cell->gates);
    print_size(embed, s->embed);
    print_size(separator, v->documents.kind ? documents_separator(v->documents.kind) : 0);
    struct slot slots[40 + CHARNN_CELLS] = {
        { "name", x->name, NULL },
        { "NAME", upper, NULL },
        { "about", NULL, put_c_about },
        { "codes", NULL, put_c_symbols },
        { "numbers", NULL, put_numbers },
        { "symbols", symbols, NULL },
        { "layers", layers, NULL },
        { "units", units, NULL },
        { "gates", gates, NULL },
        { "first", first_symbol(v, first), NULL },
        { "unit", v->unit == VOCAB_BYTE ? "a byte" : "a code point", NULL },
        { "char", set_if(v->unit == VOCAB_CHAR), NULL },
        { "documents", set_if(v->documents.kind != 0), NULL },
        { "separator", separator, NULL },
        { "replacement", set_if(replaces), NULL },
        { "unwritten", set_if(replaces && v->size > 1), NULL },
        { "embedding", set_if(s->embed > 0), NULL },
        { "onehot", set_if(s->embed == 0), NULL },
        { "embed", embed, NULL },
        { "int", set_if(x->int8), NULL },
        { "sigmoid", set_if(x->m->cell->gates > 1 || a == CHARNN_ACTIVATION_SIGMOID),
          NULL },
        { "relu", set_if(a == CHARNN_ACTIVATION_RELU), NULL },
        { "activation", config_choice("activation", a, activation), NULL },
        { "function", functions[a], NULL },
        { "below", below[s->skip], NULL },
        { "top", top[s->skip], NULL },
        { "residual", set_if(s->skip == CHARNN_SKIP_RESIDUAL), NULL },
        { "dense", set_if(s->skip == CHARNN_SKIP_DENSE), NULL },
    };
    size_t n = 0;
    while (slots[n].name)
        n++;
    for (int i = 0; i < CHARNN_CELLS; i++)
        slots[n++] = (struct slot){ cell_kinds[i].name, set_if(i == s->cell), NULL };
    template_expand(export_model_c_in, slots, n, x, &x->out);
}
