/* export_model.c - checks the settings and chooses the format. */
#include "export/export.h"

#include <stdbool.h>
#include <string.h>

/* Whether s can be the prefix of C names. */
static bool is_identifier(const char *s)
{
    const size_t n =
        strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return n > 0 && !s[n] && n <= CHARNN_NAME_MAX && s[0] != '_' &&
           !(s[0] >= '0' && s[0] <= '9');
}

static int run_format(struct export *x, int format)
{
    if (format == CHARNN_EXPORT_C)
        export_c(x);
    else
        export_html(x);
    export_flush(x); /* sets failed if out of memory */
    if (!x->failed && x->out.len > 0)
        x->write(x->out.data, x->out.len, x->arg);
    buf_release(&x->out);
    return x->failed;
}

int export_model(const struct ckpt *c, const struct charnn_export_config *config,
                 charnn_write_fn *write, void *arg, struct charnn_error *e)
{
    struct model m;
    if (config->format == CHARNN_EXPORT_C && !is_identifier(config->name))
        return err_usage(
            e,
            "'%s' cannot begin the names of C functions: use up to %d letters, "
            "digits and _, a letter first",
            config->name, CHARNN_NAME_MAX);
    if (!cell_kinds[c->shape.cell].exported)
        return err_usage(e, "%s: the model is %s, which cannot be exported yet",
                         c->file.path, cell_kinds[c->shape.cell].with_article);
    if (model_init(&m, &c->shape, ISA_ref, e) < 0)
        return -1;
    struct export x = {
        .ckpt = c,
        .m = &m,
        .name = config->name,
        .int8 = config->int8,
        .write = write,
        .arg = arg,
        .e = e,
    };
    const int status = run_format(&x, config->format);
    model_release(&m);
    return status;
}
