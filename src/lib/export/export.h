/*
 * export.h - what the formats of an exported model share.
 *
 * The templates model.c.in and page.html (base/template.h) are filled by export_c.c and
 * export_html.c.  The output is written in pieces, because the weights of a large model are
 * hundreds of megabytes of text.
 */
#ifndef CHARNN_EXPORT_EXPORT_H
#define CHARNN_EXPORT_EXPORT_H

#include "base/template.h"
#include "ckpt/ckpt.h"

struct export
{
    const struct ckpt *ckpt;
    const struct model *m; /* names and shapes of its parameters */
    const char *name;      /* prefix of the functions, or title */
    int int8;
    struct buf out; /* not written yet */
    charnn_write_fn *write;
    void *arg;
    struct charnn_error *e;
    int failed; /* sticky; e says why */
};

/* The two formats (export_c.c, export_html.c). */
void export_c(struct export *x);
void export_html(struct export *x);

/* Writes what is in `out`, if that is a large piece. */
void export_flush(struct export *x);

/* The values of a parameter, row after row (allocated), or NULL (x->failed). */
float *export_values(struct export *x, const struct param *p);

/* "an LSTM of 2 layers of 128 units with 65 characters, 0.3 million weights" */
void export_describe(const struct export *x, struct buf *out);

/* In export_model.c: writes the checkpoint's model in the format and under the name of the
 * settings. */
int export_model(const struct ckpt *c, const struct charnn_export_config *config,
                 charnn_write_fn *write, void *arg, struct charnn_error *e);

#endif
