/* torch_import.c - reads the settings and the vocabulary of a model saved by another
 * program. */
#include "ckpt/torch_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* ---------------------------------------------------------------------- settings */

static int64_t count_layers(const struct st_file *f)
{
    char name[ST_NAME];
    for (int64_t l = 0;; l++) {
        snprintf(name, sizeof name, "rnn.weight_hh_l%lld", (long long)l);
        if (!st_find(f, name))
            return l;
    }
}

/* The cell of torch.nn that has this many gates; -1 if there is none. */
static int cell_of_gates(int64_t gates)
{
    for (int i = 0; i < CHARNN_CELLS; i++)
        if (cell_kinds[i].in_torch && (int64_t)cell_kinds[i].gates == gates)
            return i;
    return -1;
}

/* Infers size, cell and layers from the recurrent weights [G*H, H] of the first layer. */
static int infer_shape(struct ckpt *c, struct charnn_error *e)
{
    static const char name[] = "rnn.weight_hh_l0";
    const struct st_tensor *w = st_find(&c->file, name);
    const struct st_tensor *embed = st_find(&c->file, "embed.weight");
    const struct st_tensor *back = st_find(&c->file, "back.weight_hh_l0");
    if (!w)
        return err_set(e, "%s: neither a checkpoint of charnn nor an RNN of PyTorch: no %s",
                       c->file.path, name);
    const int64_t H = w->n_dims == 2 ? w->shape[1] : 0;
    const int cell = H > 0 && w->shape[0] % H == 0 ? cell_of_gates(w->shape[0] / H) : -1;
    if (cell < 0)
        return err_set(e, "%s: %s should be [G*H, H] with G = 1 (RNN), 3 (GRU) or 4 (LSTM)",
                       c->file.path, name);
    c->config.cell = cell;
    c->config.size = H;
    c->config.bidirectional = back != NULL;
    c->config.layers = count_layers(&c->file);
    c->config.embed = embed && embed->n_dims == 2 ? embed->shape[1] : 0;
    return 0;
}

/* Reads a setting from the metadata, if present. */
static int read_meta_setting(struct ckpt *c, const char *name, struct charnn_error *e)
{
    struct charnn_error why;
    const char *value = st_metadata(&c->file, name);
    if (value && charnn_config_set(&c->config, name, value, &why) < 0)
        return err_set(e, "%s: its metadata: %s", c->file.path, why.message);
    return 0;
}

int torch_import_settings(struct ckpt *c, struct charnn_error *e)
{
    struct charnn_error why;
    c->config = config_plain();
    c->history = c->plans = "[]";
    if (infer_shape(c, e) < 0)
        return -1;
    const int64_t cell = c->config.cell;
    if (read_meta_setting(c, "cell", e) < 0 || read_meta_setting(c, "activation", e) < 0 ||
        read_meta_setting(c, "skip", e) < 0)
        return -1;
    if (c->config.cell != cell)
        return err_set(e,
                       "%s: its metadata says %s, but rnn.weight_hh_l0 has another shape",
                       c->file.path, st_metadata(&c->file, "cell"));
    if (!cell_kinds[cell].has_activation)
        c->config.activation = CHARNN_ACTIVATION_TANH; /* an LSTM or GRU always uses tanh */
    if (config_check(&c->config, &why) < 0)
        return err_set(e, "%s: %s", c->file.path, why.message);
    return 0;
}

/* -------------------------------------------------------------------- vocabulary */

struct symbol {
    int64_t value, count;
    size_t row; /* the row of the symbol in the file */
};

static int compare_symbols(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    return x->value < y->value ? -1 : x->value > y->value;
}

static int check_vocab_tensors(const struct ckpt *c, const struct st_tensor *t,
                               const struct st_tensor *count, struct charnn_error *e)
{
    if (!t)
        return err_set(e,
                       "%s: no vocabulary: save the code points of the symbols as tensor"
                       " vocab, a vector of I32 or I64",
                       c->file.path);
    if ((t->type != ST_I32 && t->type != ST_I64) || t->n_dims != 1 || t->count < 1 ||
        t->count > VOCAB_MAX)
        return err_set(
            e, "%s: tensor vocab should be a vector of I32 or I64, of 1 to %d elements",
            c->file.path, VOCAB_MAX);
    if (count && (count->type != ST_I64 || count->n_dims != 1 || count->count != t->count))
        return err_set(e, "%s: tensor vocab.count should be I64 [%zu]", c->file.path,
                       t->count);
    return 0;
}

/* Reads the symbols, in the order of the file. */
static void read_symbols(const struct st_tensor *t, const struct st_tensor *count,
                         struct symbol *list, int64_t *wide, int32_t *narrow)
{
    st_get(t, t->type, t->type == ST_I64 ? (void *)wide : (void *)narrow);
    for (size_t i = 0; i < t->count; i++)
        list[i] = (struct symbol){ t->type == ST_I64 ? wide[i] : narrow[i], 1, i };
    if (!count)
        return;
    st_get(count, ST_I64, wide);
    for (size_t i = 0; i < t->count; i++)
        list[i].count = wide[i];
}

/* Refuses a sorted list with a symbol that is not a code point, or that occurs twice.
 * (vocab_init checks the range of bytes.) */
static int check_symbols(const struct ckpt *c, const struct symbol *list, size_t n,
                         struct charnn_error *e)
{
    for (size_t i = 0; i < n; i++) {
        const char *fault = list[i].value < 0 || list[i].value > UTF8_LAST
                                ? "is not a code point"
                            : i > 0 && list[i].value == list[i - 1].value ? "occurs twice"
                                                                          : NULL;
        if (fault)
            return err_set(e, "%s: tensor vocab: %lld %s", c->file.path,
                           (long long)list[i].value, fault);
    }
    return 0;
}

/* Makes the vocabulary from a sorted list; symbol and count have room for n elements. */
static int make_vocab(struct ckpt *c, const struct symbol *list, size_t n, uint32_t *symbol,
                      int64_t *count, struct charnn_error *e)
{
    struct charnn_error why;
    const char *unit = st_metadata(&c->file, "unit");
    for (size_t i = 0; i < n; i++) {
        symbol[i] = (uint32_t)list[i].value;
        count[i] = list[i].count;
        c->rows[i] = list[i].row;
    }
    if (unit && strcmp(unit, "char") != 0 && strcmp(unit, "byte") != 0)
        return err_set(e, "%s: the unit in its metadata is neither char nor byte",
                       c->file.path);
    if (vocab_init(&c->vocab, unit && *unit == 'b' ? VOCAB_BYTE : VOCAB_CHAR, symbol, count,
                   n, &why) < 0)
        return err_set(e, "%s: %s", c->file.path, why.message);
    return 0;
}

int torch_import_vocab(struct ckpt *c, struct charnn_error *e)
{
    const struct st_tensor *t = st_find(&c->file, "vocab");
    const struct st_tensor *count = st_find(&c->file, "vocab.count");
    if (check_vocab_tensors(c, t, count, e) < 0)
        return -1;
    const size_t n = t->count; /* at most VOCAB_MAX, so no product overflows */
    struct symbol *list = malloc(n * sizeof *list);
    int64_t *wide = malloc(n * sizeof *wide);
    int32_t *narrow = malloc(n * sizeof *narrow);
    int status = -1;
    c->rows = malloc(n * sizeof *c->rows);
    if (list && wide && narrow && c->rows) {
        read_symbols(t, count, list, wide, narrow);
        qsort(list, n, sizeof *list, compare_symbols);
        status = check_symbols(c, list, n, e);
        if (status == 0)
            status = make_vocab(c, list, n, (uint32_t *)narrow, wide, e);
    } else {
        err_set(e, "%s: out of memory", c->file.path);
    }
    free(list);
    free(wide);
    free(narrow);
    return status;
}

/* ----------------------------------------------------------------------- tensors */

static bool is_param(const struct param_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->list[i].name, name) == 0)
            return true;
    return false;
}

int torch_import_check_rest(const struct ckpt *c, const struct param_set *set,
                            struct charnn_error *e)
{
    for (size_t i = 0; i < c->file.n_tensors; i++) {
        const char *name = c->file.tensors[i].name;
        if (!is_param(set, name) && strcmp(name, "vocab") != 0 &&
            strcmp(name, "vocab.count") != 0)
            return err_set(e,
                           "%s: tensor %s is not part of a charnn model, which has an "
                           "embedding or one-hot input, an RNN, LSTM or GRU, and a linear "
                           "head",
                           c->file.path, name);
    }
    return 0;
}

int torch_import_sort(const struct ckpt *c, const struct st_tensor *t, float *x,
                      struct charnn_error *e)
{
    const bool by_row = !strncmp(t->name, "embed.", 6) || !strncmp(t->name, "head.", 5);
    const bool by_col = c->shape.embed == 0 && (!strcmp(t->name, "rnn.weight_ih_l0") ||
                                                !strcmp(t->name, "back.weight_ih_l0"));
    if (t->count == 0 || (!by_row && !by_col))
        return 0;
    float *old = malloc(t->count * sizeof *old);
    if (!old)
        return err_set(e, "%s: out of memory", c->file.path);
    memcpy(old, x, t->count * sizeof *old);
    const size_t R = (size_t)t->shape[0], C = t->count / R;
    for (size_t r = 0; r < R; r++)
        for (size_t k = 0; k < C; k++)
            x[r * C + k] = old[(by_row ? c->rows[r] : r) * C + (by_col ? c->rows[k] : k)];
    free(old);
    return 0;
}
