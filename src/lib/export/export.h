/*
 * export.h - writes a model as one C file or one web page.
 *
 * export_c.c and export_html.c fill the templates model.c.in and page.html
 * (base/template.h).  The output is written in pieces, because the weights of a large model
 * are hundreds of megabytes of text.
 */
#ifndef CHARNN_EXPORT_EXPORT_H
#define CHARNN_EXPORT_EXPORT_H

#include "base/template.h"
#include "ckpt/ckpt.h"

struct export
{
    const struct ckpt *ckpt;
    const struct model *m; /* names and shapes of the parameters; the values come from the
                            * checkpoint */
    const char *name;      /* in C, the prefix of the functions; in HTML, the title */
    int int8;              /* C only: weights in 8 bits */
    struct buf out;        /* output that is not written yet */
    charnn_write_fn *write;
    void *arg;
    struct charnn_error *e;
    int failed; /* an error occurred and is in e; no more output is written */
};

/* Write the model in one of the formats (export_c.c, export_html.c). */
void export_c(struct export *x);
void export_html(struct export *x);

/* Writes the content of `out` and empties it, if it has become large. */
void export_flush(struct export *x);

/* Returns the values of a parameter, row by row, which the caller frees; NULL after an error,
 * which sets x->failed. */
float *export_values(struct export *x, const struct param *p);

/* Appends "an LSTM of 2 layers of 128 units that knows 65 characters, 0.3 million
 * weights". */
void export_describe(const struct export *x, struct buf *out);

/* In export_model.c: writes the checkpoint's model as `config` says. */
int export_model(const struct ckpt *c, const struct charnn_export_config *config,
                 charnn_write_fn *write, void *arg, struct charnn_error *e);

#endif
