/* export.c - what both formats need: the values of parameters, and a description of the
 * model. */
#include "export/export.h"

#include <math.h>

enum { MUCH = 1 << 16 };

void export_flush(struct export *x)
{
    if (x->out.failed && !x->failed)
        x->failed = err_set(x->e, "out of memory");
    if (x->failed || x->out.len < MUCH)
        return;
    x->write(x->out.data, x->out.len, x->arg);
    x->out.len = 0;
}

float *export_values(struct export *x, const struct param *p)
{
    float *w = x->failed ? NULL : ckpt_tensor(x->ckpt, p->name, x->e);
    if (!w)
        x->failed = -1;
    return w;
}

/* Appends a number of weights in a suitable unit. */
static void put_weight_count(double n, struct buf *out)
{
    if (n < 1e6)
        buf_printf(out, "%.0f thousand", ceil(n / 1e3));
    else
        buf_printf(out, "%.1f million", n / 1e6);
}

void export_describe(const struct export *x, struct buf *out)
{
    const struct model_shape *s = &x->ckpt->shape;
    char skip[FIELD_WORD];
    buf_printf(out, "%s of %zu layer%s of %zu units", cell_kinds[s->cell].with_article,
               s->layers, s->layers == 1 ? "" : "s", s->size);
    if (s->skip != CHARNN_SKIP_NONE)
        buf_printf(out, " with %s skips", config_choice("skip", s->skip, skip));
    buf_printf(out, " that knows %zu %s%s, ", s->symbols,
               x->ckpt->vocab.unit == VOCAB_BYTE ? "byte" : "character",
               s->symbols == 1 ? "" : "s");
    put_weight_count((double)model_count(x->m), out);
    buf_str(out, " weights");
}
