/*
 * export.h - what the formats of an exported model share.
 *
 * Their frames are model.c.in and page.html, templates with placeholders (base/template.h)
 * that export_c.c and export_html.c fill.  A file is handed out in pieces, because the
 * numbers of a large model are hundreds of megabytes of text.
 */
#ifndef CHARNN_EXPORT_EXPORT_H
#define CHARNN_EXPORT_EXPORT_H

#include "base/template.h"
#include "ckpt/ckpt.h"

struct export
{
    const struct ckpt *ckpt;
    const struct model *m; /* names and shapes of its parameters */
    const char *name;      /* of the functions, or the title */
    int int8;
    struct buf out; /* not handed out yet */
    charnn_write_fn *write;
    void *arg;
    struct charnn_error *e;
    int failed; /* sticky; e says why */
};

/* The two formats (export_c.c, export_html.c). */
void export_c(struct export *x);
void export_html(struct export *x);

/* Hands out what is in `out`, if that is much. */
void export_flush(struct export *x);

/* The values of a parameter, row after row (allocated), or NULL (x->failed). */
float *export_values(struct export *x, const struct param *p);

/* "an LSTM of 2 layers of 128 units with 65 characters, 0.3 million weights" */
void export_describe(const struct export *x, struct buf *out);

#endif
